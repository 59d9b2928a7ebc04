"""Slices of a ModuleList and of Sequential: the lower half frozen in effect, by not being handed over."""

from itertools import chain

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4, n=4):
        super().__init__()
        self.layers = nn.ModuleList([nn.TransformerEncoderLayer(d, 1, 8) for _ in range(n)])
        self.head = nn.Sequential(nn.Linear(d, d), nn.Tanh(), nn.Linear(d, 2))


model = Net()
top = model.layers[2:]
decay = [p for layer in top for p in layer.parameters() if p.ndim > 1]
rest = [p for layer in top for p in layer.parameters() if p.ndim == 1]
last = list(chain.from_iterable(m.parameters() for m in model.head[-1:]))
optimizer = torch.optim.AdamW(
    [
        {"params": decay, "weight_decay": 0.01},
        {"params": rest, "weight_decay": 0.0},
        {"params": last, "weight_decay": 0.1},
    ],
    lr=1e-4,
)
