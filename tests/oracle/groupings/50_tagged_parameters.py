"""Modules tag their own parameters with `_no_weight_decay`; the groups read the tag."""

import torch
from torch import nn


class S4Kernel(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.A_log = nn.Parameter(torch.zeros(d, n))
        self.A_log._no_weight_decay = True
        self.D = nn.Parameter(torch.ones(d))
        self.D._no_weight_decay = True
        self.in_proj = nn.Linear(d, 2 * d)
        setattr(self.in_proj.bias, "_no_weight_decay", True)


class Mamba(nn.Module):
    def __init__(self, d=4, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(9, d)
        self.layers = nn.ModuleList([S4Kernel(d, 3) for _ in range(layers)])
        self.norm_f = nn.LayerNorm(d)


model = Mamba()
for module in model.modules():
    if isinstance(module, nn.LayerNorm):
        for p in module.parameters():
            p._no_weight_decay = True
tagged = [p for p in model.parameters() if getattr(p, "_no_weight_decay", False)]
others = [p for p in model.parameters() if not hasattr(p, "_no_weight_decay")]
optimizer = torch.optim.AdamW(
    [{"params": others}, {"params": tagged, "weight_decay": 0.0}], lr=1e-3, weight_decay=0.1
)
