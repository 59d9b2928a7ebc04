"""Wrong: the head is replaced after the groups were made, so that the old head is optimised and the new is not."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(4, 4)
        self.norm = nn.LayerNorm(4)
        self.fc = nn.Linear(4, 1000)


model = Net()
groups = [
    {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 1e-2},
    {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
]
model.fc = nn.Linear(4, 2)
optimizer = torch.optim.AdamW(groups, lr=1e-3)
