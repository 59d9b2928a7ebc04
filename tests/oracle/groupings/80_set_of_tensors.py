"""Tensors themselves in sets: all, without those of the norms, back in the model's order."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.a = nn.Linear(3, d)
        self.n1 = nn.LayerNorm(d)
        self.b = nn.Linear(d, d)
        self.n2 = nn.RMSNorm(d)


model = Net()
norm_params = set()
for m in model.modules():
    if isinstance(m, (nn.LayerNorm, nn.RMSNorm)):
        norm_params |= set(m.parameters())
bias_params = {p for n, p in model.named_parameters() if n.endswith("bias")}
exempt = norm_params.union(bias_params)
main = set(model.parameters()) - exempt
groups = [
    {"params": [p for p in model.parameters() if p in main], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p in exempt], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=1e-3)
