"""Norms are what has a `normalized_shape` or a `num_features`; a home-made one has neither."""

import torch
from torch import nn


class ScaleNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(dim))


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(d, d)
        self.ln = nn.LayerNorm(d)
        self.bn = nn.BatchNorm1d(d)
        self.sn = ScaleNorm(d)


model = Net()
decay, no_decay = [], []
for module in model.modules():
    own = list(module.parameters(recurse=False))
    if hasattr(module, "normalized_shape") or hasattr(module, "num_features"):
        no_decay += own
    else:
        decay += own
optimizer = torch.optim.AdamW([{"params": decay}, {"params": no_decay, "weight_decay": 0}], weight_decay=1e-2)
