"""model.apply() with a closure that sorts each module's own parameters."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.act = nn.PReLU()
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)


model = Net()
decay, no_decay = [], []


def visit(module):
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        decay.append(module.weight)
        if module.bias is not None:
            no_decay.append(module.bias)
    elif not list(module.children()):
        no_decay.extend(module.parameters(recurse=False))


model.apply(visit)
optimizer = torch.optim.AdamW(
    [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}], weight_decay=0.02
)
