"""A registry filled by decorators in another file makes the groups; the name of the strategy is a constant."""

import torch
from registry import STRATEGIES
from torch import nn

STRATEGY = "by_rank"


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.proj = nn.Linear(d, d)
        self.ln = nn.LayerNorm(d)
        self.table = nn.Parameter(torch.zeros(2, d))


model = Net()
groups = STRATEGIES[STRATEGY](model, 0.05)
optimizer = torch.optim.AdamW(groups, lr=1e-3)
