"""A tuple of types from a list of names through getattr(nn, name), and exact types, not subclasses."""

import torch
from torch import nn

NORM_NAMES = ["LayerNorm", "GroupNorm", "BatchNorm2d", "InstanceNorm2d"]
NORM_TYPES = tuple(getattr(nn, name) for name in NORM_NAMES)


class Fp32LayerNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.float()).type_as(x)


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.pre = Fp32LayerNorm(d)
        self.fc = nn.Linear(d, d)
        self.post = nn.LayerNorm(d)


model = Net()
norms = [p for m in model.modules() if type(m) in NORM_TYPES for p in m.parameters(recurse=False)]
subclassed = [
    p
    for m in model.modules()
    if isinstance(m, NORM_TYPES) and type(m) not in NORM_TYPES
    for p in m.parameters(recurse=False)
]
rest = list(model.fc.parameters())
optimizer = torch.optim.AdamW(
    [
        {"params": norms, "weight_decay": 0.0},
        {"params": subclassed, "weight_decay": 1e-3},
        {"params": rest, "weight_decay": 0.1},
    ]
)
