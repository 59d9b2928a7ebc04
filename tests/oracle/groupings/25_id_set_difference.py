"""The head's parameters by id, the rest by filter, as in a hundred segmentation repositories."""

import torch
import torch.nn as nn


class SegNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.aspp = nn.ModuleList([nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, dilation=2)])
        self.classifier = nn.Conv2d(4, 2, 1)


net = SegNet()
ignored_params = list(map(id, net.classifier.parameters()))
ignored_params += list(map(id, net.aspp.parameters()))
base_params = filter(lambda p: id(p) not in ignored_params, net.parameters())
optimizer = torch.optim.SGD(
    [
        {"params": base_params, "lr": 1e-3},
        {"params": net.classifier.parameters(), "lr": 1e-2, "weight_decay": 0},
        {"params": net.aspp.parameters(), "lr": 1e-2},
    ],
    lr=1e-3,
    weight_decay=5e-4,
    momentum=0.9,
)
