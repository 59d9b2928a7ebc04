"""Wrong: `or` between two negations is always true, so everything decays and the second group is a part of it."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(3, d)
        self.norm = nn.LayerNorm(d)


model = Net()
decay = [p for n, p in model.named_parameters() if "bias" not in n or "norm" not in n]
no_decay = [p for n, p in model.named_parameters() if "bias" in n and "norm" in n]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3
)
