"""Wrong: the prefix is the plain model's, the names are DataParallel's, so nothing is a backbone."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.fc = nn.Linear(4, 2)


model = nn.DataParallel(Net())
backbone = [p for n, p in model.named_parameters() if n.startswith("backbone.")]
head = [p for n, p in model.named_parameters() if not n.startswith("backbone.")]
optimizer = torch.optim.AdamW(
    [{"params": backbone, "weight_decay": 0.0, "lr": 1e-5}, {"params": head, "weight_decay": 0.05}], lr=1e-3
)
