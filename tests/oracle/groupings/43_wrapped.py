"""Moved, cast, compiled and wrapped: names begin with `module.` or not, the parameters are the same."""

import torch
import torch.nn as nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)


model = Net().to(device)
model = model.to(memory_format=torch.channels_last).train()
if torch.cuda.device_count() > 1:
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
model = nn.DataParallel(model)
no_decay = [p for n, p in model.named_parameters() if n.startswith("module.bn") or n.endswith(".bias")]
decay = [p for n, p in model.named_parameters() if not (n.startswith("module.bn") or n.endswith(".bias"))]
optimizer = torch.optim.SGD([{"params": decay, "weight_decay": 1e-4}, {"params": no_decay}], lr=0.1)
