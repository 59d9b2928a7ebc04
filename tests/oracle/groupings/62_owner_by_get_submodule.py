"""The module that owns a parameter is looked up by its name: model.get_submodule(path)."""

import torch
from torch import nn

NORMS = (nn.LayerNorm, nn.GroupNorm, nn.BatchNorm2d)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3))
        self.gain = nn.Parameter(torch.ones(4, 1, 1))
        self.head = nn.Linear(4, 2)


def belongs_to_norm(model, name):
    path, _, _ = name.rpartition(".")
    return isinstance(model.get_submodule(path), NORMS)


model = Net()
decay, no_decay = [], []
for name, param in model.named_parameters():
    if belongs_to_norm(model, name) or name.endswith("bias"):
        no_decay.append(param)
    else:
        decay.append(param)
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0}]
)
