"""A trainer base class calls a hook that the subclass overrides; the model is made in another method."""

import torch
from torch import nn


class Unet(nn.Module):
    def __init__(self, base=4):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(3, base, 3), nn.Conv2d(base, 2 * base, 3)])
        self.gn = nn.GroupNorm(2, 2 * base)
        self.time_mlp = nn.Sequential(nn.Linear(4, base), nn.SiLU(), nn.Linear(base, base))


class BaseTrainer:
    weight_decay = 0.01

    def __init__(self):
        self.model = self.build_model()
        self.optimizer = torch.optim.AdamW(self.param_groups(), lr=1e-4)

    def build_model(self):
        raise NotImplementedError

    def param_groups(self):
        return [{"params": self.model.parameters(), "weight_decay": self.weight_decay}]


class UnetTrainer(BaseTrainer):
    weight_decay = 0.02

    def build_model(self):
        return Unet(base=6)

    def param_groups(self):
        time_ids = {id(p) for p in self.model.time_mlp.parameters()}
        rest = [p for p in self.model.parameters() if id(p) not in time_ids]
        return [
            {"params": [p for p in rest if p.ndim == 4], "weight_decay": self.weight_decay},
            {"params": [p for p in rest if p.ndim != 4], "weight_decay": 0.0},
            {"params": list(self.model.time_mlp.parameters()), "weight_decay": 0.0, "lr": 1e-3},
        ]


UnetTrainer()
