"""itertools.groupby over the parameters sorted by a key."""

from itertools import groupby
from operator import itemgetter

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.u = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)
        self.v = nn.Linear(d, 1)


def decay_of(item):
    name, param = item
    return 0.0 if param.squeeze().dim() < 2 else 0.1


model = Net()
keyed = [(decay_of(item), item[1]) for item in model.named_parameters()]
groups = []
for wd, members in groupby(sorted(keyed, key=itemgetter(0)), key=itemgetter(0)):
    groups.append({"params": [p for _, p in members], "weight_decay": wd})
optimizer = torch.optim.AdamW(groups, lr=1e-3)
