"""Everything frozen in a loop, the head thawed, and filter() picks what is left."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.layer4 = nn.Conv2d(4, 8, 3)
        self.fc = nn.Linear(8, classes)


model = Net()
for param in model.parameters():
    param.requires_grad = False
for param in model.layer4.parameters():
    param.requires_grad_(True)
model.fc = nn.Linear(8, 10)

optimizer = torch.optim.AdamW(
    filter(lambda p: p.requires_grad, model.parameters()), lr=1e-3, weight_decay=0.1
)
