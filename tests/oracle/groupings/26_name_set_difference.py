"""Names as sets: all, minus the norms' found by walking modules, minus biases."""

import torch
from torch import nn


class Mixer(nn.Module):
    def __init__(self, dim=6, depth=2):
        super().__init__()
        self.stem = nn.Linear(3, dim)
        self.mixers = nn.ModuleList(
            nn.ModuleDict({"norm": nn.LayerNorm(dim), "token": nn.Linear(dim, dim)}) for _ in range(depth)
        )
        self.head = nn.Linear(dim, 2)


def norm_names(model):
    names = set()
    for module_name, module in model.named_modules():
        if isinstance(module, (nn.LayerNorm, nn.BatchNorm1d)):
            for param_name in dict(module.named_parameters(recurse=False)):
                names.add(f"{module_name}.{param_name}")
    return names


model = Mixer()
params = dict(model.named_parameters())
all_names = set(params)
no_decay_names = norm_names(model) | {n for n in all_names if n.endswith(".bias")}
decay_names = all_names.difference(no_decay_names)
optimizer = torch.optim.AdamW(
    [
        {"params": [params[n] for n in sorted(decay_names)], "weight_decay": 0.05},
        {"params": [params[n] for n in sorted(no_decay_names)], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
