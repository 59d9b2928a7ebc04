"""Wrong: the elif that should catch norms stands after the one that catches every weight."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(2):
            self.layers.append(nn.ModuleList([nn.Linear(d, d), nn.LayerNorm(d)]))
        self.scale = nn.Parameter(torch.ones(d))


model = Net()
weights, biases, norms, rest = [], [], [], []
for module_name, module in model.named_modules():
    for name, param in module.named_parameters(recurse=False):
        if name == "weight":
            weights.append(param)
        elif name == "bias":
            biases.append(param)
        elif isinstance(module, nn.LayerNorm):
            norms.append(param)
        else:
            rest.append(param)
groups = [{"params": weights, "weight_decay": 0.1}, {"params": biases + norms + rest, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-3)
