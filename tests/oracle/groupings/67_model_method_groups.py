"""The model makes its own groups in a method, calling super() for the base's and adding the adapters'."""

import torch
from torch import nn


class Base(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d))

    def param_groups(self, wd):
        return [
            {"params": [self.trunk[0].weight], "weight_decay": wd},
            {"params": [self.trunk[0].bias, *self.trunk[1].parameters()], "weight_decay": 0.0},
        ]


class WithAdapter(Base):
    def __init__(self, d=4, rank=2):
        super().__init__(d)
        self.lora_A = nn.Parameter(torch.zeros(rank, d))
        self.lora_B = nn.Parameter(torch.zeros(d, rank))
        self.adapter_norm = nn.LayerNorm(d)

    def param_groups(self, wd):
        groups = super().param_groups(wd)
        groups[1]["params"] += list(self.adapter_norm.parameters())
        groups.append({"params": [self.lora_A, self.lora_B], "weight_decay": wd / 10, "lr": 1e-2})
        return groups


model = WithAdapter()
optimizer = torch.optim.AdamW(model.param_groups(wd=0.5), lr=1e-3)
