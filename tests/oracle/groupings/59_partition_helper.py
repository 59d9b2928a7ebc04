"""A generic partition(predicate, items), and a predicate made with functools.partial."""

from functools import partial

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3)
        self.norm = nn.GroupNorm(2, 4)
        self.temperature = nn.Parameter(torch.ones(1, 1))
        self.fc = nn.Linear(4, 2)


def partition(predicate, items):
    yes, no = [], []
    for item in items:
        (yes if predicate(item) else no).append(item)
    return yes, no


def should_decay(item, exempt):
    name, param = item
    return param.ndim >= 2 and not any(word in name for word in exempt)


model = Net()
decay, no_decay = partition(partial(should_decay, exempt=["temperature"]), model.named_parameters())
optimizer = torch.optim.AdamW(
    [
        {"params": [p for _, p in decay], "weight_decay": 0.1},
        {"params": [p for _, p in no_decay], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
