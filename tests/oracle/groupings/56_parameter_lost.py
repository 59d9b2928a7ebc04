"""Wrong: neither list takes the embeddings and the raw gate, which are never trained."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embed = nn.Embedding(7, d)
        self.gate = nn.Parameter(torch.zeros(d))
        self.fc = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)


model = Model()
decay, no_decay = [], []
for module in model.modules():
    if isinstance(module, nn.Linear):
        decay.append(module.weight)
        if module.bias is not None:
            no_decay.append(module.bias)
    elif isinstance(module, nn.LayerNorm):
        no_decay.extend([module.weight, module.bias])
optimizer = torch.optim.AdamW(
    [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}], weight_decay=0.05
)
