"""The groups under an `if`: one list or two, by a constant; None stands for no exemption."""

import torch
from torch import nn

NO_DECAY = ("ln", "bias")
USE_GROUPS = True


class Net(nn.Module):
    def __init__(self, d=4, use_bias=True, extra=None):
        super().__init__()
        self.a = nn.Linear(d, d, bias=use_bias)
        self.ln = nn.LayerNorm(d) if use_bias else nn.Identity()
        if extra is not None:
            self.extra = nn.Linear(d, extra)


def groups(model, skip=None, wd=0.01):
    if skip is None:
        return model.parameters()
    plain, free = [], []
    for n, p in model.named_parameters():
        bucket = free if any(map(n.count, skip)) else plain
        bucket.append(p)
    return [{"params": plain, "weight_decay": wd}, {"params": free, "weight_decay": 0.0}]


model = Net(extra=3)
optimizer = torch.optim.AdamW(groups(model, NO_DECAY if USE_GROUPS else None), lr=1e-3, weight_decay=0.2)
