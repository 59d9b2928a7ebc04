"""fast.ai: named_children() sliced into stages, discriminative rates, one group a stage and decay for all."""

import torch
from torch import nn

net = nn.Sequential(
    nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
    nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8)),
    nn.Linear(8, 2),
)
children = list(net.children())
stages = [children[:1], children[1:2], children[2:]]
lrs = [1e-3 / 2.6**i for i in reversed(range(len(stages)))]
groups = []
for stage, lr in zip(stages, lrs):
    params = [p for child in stage for p in child.parameters()]
    groups.append({"params": params, "lr": lr})
opt = torch.optim.AdamW(groups, weight_decay=0.01)
