"""EAFP: try to take module.bias, fall back on AttributeError; None is skipped."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 4, 3, bias=False)
        self.c2 = nn.Conv2d(4, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(4, 2)


model = Net()
weights, biases, scales = [], [], []
for layer in [model.c1, model.c2, model.bn, model.drop, model.fc]:
    try:
        bias = layer.bias
    except AttributeError:
        continue
    if bias is not None:
        biases.append(bias)
    if type(layer) is nn.BatchNorm2d:
        scales.append(layer.weight)
    else:
        weights.append(layer.weight)
optimizer = torch.optim.AdamW(
    [
        {"params": weights, "weight_decay": 0.05},
        {"params": biases, "weight_decay": 0.0},
        {"params": scales, "weight_decay": 0.0},
    ],
    lr=1e-3,
)
