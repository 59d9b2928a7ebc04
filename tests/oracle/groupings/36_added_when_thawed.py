"""The head is trained first; a backbone is added to the optimizer later, with a decay of its own."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4))
        self.neck = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)


class FineTuner:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.AdamW(self.model.head.parameters(), lr=1e-3, weight_decay=0.05)

    def thaw(self):
        self.optimizer.add_param_group(
            {"params": self.model.backbone.parameters(), "lr": 1e-5, "weight_decay": 0.0}
        )
        self.optimizer.add_param_group(dict(params=self.model.neck.parameters(), lr=1e-4))


tuner = FineTuner(Net())
tuner.thaw()
