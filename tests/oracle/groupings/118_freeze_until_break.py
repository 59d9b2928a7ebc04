"""Layers are frozen until a break; an attribute that is None raises within a try."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(4)])
        self.extra = None


model = Net()
frozen = []
for i, layer in enumerate(model.layers):
    if i == 2:
        break
    for p in layer.parameters():
        p.requires_grad = False
    frozen.append(layer)
try:
    extra = list(model.extra.parameters())
except AttributeError:
    extra = []
train = [p for p in model.parameters() if p.requires_grad]
opt = torch.optim.AdamW([{"params": train}, {"params": extra, "weight_decay": 0.0}], weight_decay=0.03)
