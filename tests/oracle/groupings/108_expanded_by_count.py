"""Groups made first and filled by index: the index is the sum of two conditions."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d))
        self.head = nn.Linear(d, 2)


net = Net()
groups = [{"params": [], "weight_decay": wd, "lr": lr} for lr in (1e-5, 1e-3) for wd in (0.0, 0.1)]
for n, p in net.named_parameters():
    groups[2 * n.startswith("head") + int(p.ndim > 1)]["params"].append(p)
groups = [g for g in groups if len(g["params"]) > 0]
opt = torch.optim.AdamW(groups)
