"""Decays from a frozen dataclass, the groups as dataclasses turned into dicts."""

from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass(frozen=True)
class OptimConfig:
    lr: float = 1e-3
    weight_decay: float = 0.2
    norm_decay: float = 0.0
    skip: tuple = ("pos", "cls")


@dataclass
class Group:
    weight_decay: float
    params: list = field(default_factory=list)

    def to_dict(self):
        return {"params": self.params, "weight_decay": self.weight_decay}


class ViT(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.cls = nn.Parameter(torch.zeros(1, 1, d))
        self.pos = nn.Parameter(torch.zeros(1, 5, d))
        self.proj = nn.Linear(d, d)
        self.ln = nn.LayerNorm(d)


config = OptimConfig()
model = ViT()
regular, norm = Group(config.weight_decay), Group(weight_decay=config.norm_decay)
for name, param in model.named_parameters():
    target = norm if param.ndim == 1 or name in config.skip else regular
    target.params.append(param)
optimizer = torch.optim.AdamW([group.to_dict() for group in (regular, norm)], lr=config.lr)
