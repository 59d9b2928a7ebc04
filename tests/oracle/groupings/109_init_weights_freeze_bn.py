"""Batch norms frozen by an isinstance loop in train(); the list comprehension skips them."""

import torch
import torch.nn as nn


class FrozenStem(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self._freeze()

    def _freeze(self):
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
                m.weight.requires_grad = False
                m.bias.requires_grad = False


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = FrozenStem()
        self.tail = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))


def trainable(module):
    return [p for p in module.parameters() if p.requires_grad]


model = Net()
optimizer = torch.optim.SGD(
    [{"params": trainable(model.stem), "lr": 1e-3, "weight_decay": 1e-4}, {"params": trainable(model.tail)}],
    lr=1e-2,
    weight_decay=5e-4,
)
