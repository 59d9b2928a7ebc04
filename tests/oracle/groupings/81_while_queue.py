"""A walk of the module tree with a stack of (prefix, module), in place of named_modules()."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(d, d), nn.GroupNorm(2, d))
        self.query = nn.Parameter(torch.zeros(3, d))
        self.dec = nn.Bilinear(d, d, 2)


model = Net()
stack = [("", model)]
decay, no_decay = {}, {}
while stack:
    prefix, module = stack.pop()
    for name, param in module._parameters.items():
        if param is None:
            continue
        full = prefix + name
        is_norm = "Norm" in module.__class__.__name__
        (no_decay if is_norm or name == "bias" else decay)[full] = param
    for name, child in module._modules.items():
        stack.append((prefix + name + ".", child))
optimizer = torch.optim.AdamW(
    [
        {"params": [decay[k] for k in sorted(decay)], "weight_decay": 0.1},
        {"params": [no_decay[k] for k in sorted(no_decay)], "weight_decay": 0.0},
    ]
)
