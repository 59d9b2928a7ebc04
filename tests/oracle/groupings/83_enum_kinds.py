"""A classifier function returns an Enum; a table of decays is keyed by it."""

from enum import Enum

import torch
from torch import nn


class Kind(Enum):
    WEIGHT = "weight"
    BIAS = "bias"
    NORM = "norm"
    EMBEDDING = "embedding"


DECAY = {Kind.WEIGHT: 0.1, Kind.BIAS: 0.0, Kind.NORM: 0.0, Kind.EMBEDDING: 0.02}


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.words = nn.Embedding(9, d)
        self.positions = nn.Embedding(5, d)
        self.norm = nn.LayerNorm(d)
        self.fc = nn.Linear(d, 2)


def kind_of(module, name):
    if isinstance(module, nn.Embedding):
        return Kind.EMBEDDING
    if isinstance(module, nn.LayerNorm):
        return Kind.NORM
    return Kind.BIAS if name == "bias" else Kind.WEIGHT


model = Net()
members = {kind: [] for kind in Kind}
for module in model.modules():
    for name, param in module.named_parameters(recurse=False):
        members[kind_of(module, name)].append(param)
optimizer = torch.optim.AdamW(
    [{"params": members[kind], "weight_decay": DECAY[kind]} for kind in Kind], lr=1e-3
)
