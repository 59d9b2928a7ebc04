"""Groups through properties of the model and getattr over a tuple of attribute names."""

import torch
from torch import nn


class Net(nn.Module):
    NO_DECAY = ("norm_in", "norm_out")

    def __init__(self, d=4):
        super().__init__()
        self.norm_in = nn.LayerNorm(d)
        self.body = nn.Linear(d, d, bias=False)
        self.norm_out = nn.LayerNorm(d)

    @property
    def exempt_parameters(self):
        return [p for attr in self.NO_DECAY for p in getattr(self, attr).parameters()]

    @property
    def decayed_parameters(self):
        exempt = set(map(id, self.exempt_parameters))
        return [p for p in self.parameters() if id(p) not in exempt]

    @classmethod
    def create(cls, **kwargs):
        return cls(**kwargs)


net = Net.create(d=6)
optimizer = torch.optim.AdamW(
    [
        {"params": net.decayed_parameters, "weight_decay": 0.1},
        {"params": net.exempt_parameters, "weight_decay": 0.0},
    ]
)
