"""One group a submodule attribute, with and without a decay of its own."""

import torch
from torch import nn


class Depth(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.decoder = nn.ConvTranspose2d(4, 1, 3)
        self.log_vars = nn.Parameter(torch.zeros(2))
        self.auxiliary = nn.Linear(4, 1)


class Trainer:
    def __init__(self):
        self.model = Depth()
        self.base_lr = 1e-4
        self.optimizer = self._optimizer()

    def _optimizer(self):
        model = self.model
        return torch.optim.AdamW(
            [
                {"params": model.backbone.parameters(), "lr": self.base_lr / 10},
                {"params": model.decoder.parameters()},
                {"params": [model.log_vars], "weight_decay": 0.0},
            ],
            lr=self.base_lr,
            weight_decay=1e-2,
        )


Trainer()
