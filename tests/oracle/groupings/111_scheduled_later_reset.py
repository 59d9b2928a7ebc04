"""The optimizer is built twice: the second, after thawing, with everything and other groups."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.base = nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d))
        self.head = nn.Linear(d, 2)


def thaw(module):
    for p in module.parameters():
        p.requires_grad = True


net = Net()
net.base.requires_grad_(False)
optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=1e-3, weight_decay=0.1)
thaw(net.base)
optimizer = torch.optim.AdamW(
    [
        {"params": [p for p in net.parameters() if p.requires_grad and p.ndim > 1]},
        {"params": [p for p in net.parameters() if p.requires_grad and p.ndim <= 1], "weight_decay": 0.0},
    ],
    lr=1e-4,
    weight_decay=0.05,
)
