"""A decay computed for each parameter from its shape, one group for each."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, widths=(2, 4, 8)):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        self.norm = nn.LayerNorm(widths[-1])


def decay_for(param, base=0.1):
    if param.ndim < 2:
        return 0.0
    fan_in = param.shape[1]
    return base / fan_in


model = Net()
groups = [{"params": [p], "weight_decay": decay_for(p), "name": n} for n, p in model.named_parameters()]
optimizer = torch.optim.AdamW(groups, lr=1e-3)
