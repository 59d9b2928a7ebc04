"""Perhaps wrapped, and unwrapped again by a helper that asks hasattr."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv1d(2, 2, 1)
        self.norms = nn.ModuleDict({k: nn.LayerNorm(2) for k in ("a", "b")})


def unwrap(model):
    return model.module if hasattr(model, "module") else model


model = Net()
if torch.cuda.device_count() > 1:
    model = nn.DataParallel(model)
params = []
for name, p in unwrap(model).named_parameters():
    wd = 0.0 if name.startswith("norms.") else 0.01
    params += [{"params": [p], "weight_decay": wd}]
opt = torch.optim.Adam(params, lr=1e-3)
