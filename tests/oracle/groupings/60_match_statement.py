"""A match over the parts of the name."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embed = nn.Embedding(6, d)
        self.blocks = nn.ModuleList(
            [nn.ModuleDict({"norm": nn.LayerNorm(d), "fc": nn.Linear(d, d)}) for _ in range(2)]
        )
        self.head = nn.Linear(d, 3)


def decay_of(name):
    match name.split("."):
        case [*_, "bias"]:
            return 0.0
        case ["embed", "weight"]:
            return 1e-4
        case ["blocks", _, "norm", _]:
            return 0.0
        case _:
            return 1e-2


model = Net()
by_decay = {0.0: [], 1e-4: [], 1e-2: []}
for name, param in model.named_parameters():
    by_decay[decay_of(name)].append(param)
optimizer = torch.optim.AdamW([{"params": v, "weight_decay": k} for k, v in by_decay.items()], lr=1e-3)
