"""Decay that grows with depth: zip over blocks and a list of coefficients."""

import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, d=4, depth=3):
        super().__init__()
        self.inp = nn.Linear(2, d)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d)) for _ in range(depth)])
        self.out = nn.Linear(d, 1)


tower = Tower(depth=3)
decays = [0.01 * (i + 1) for i in range(len(tower.blocks))]
groups = [{"params": tower.inp.parameters(), "weight_decay": 0.0}]
for i, (block, wd) in enumerate(zip(tower.blocks, decays)):
    groups.append({"params": [block[0].weight], "weight_decay": wd, "name": f"block{i}"})
    groups.append({"params": [block[0].bias, *block[1].parameters()], "weight_decay": 0.0})
groups += [{"params": tower.out.parameters()}]
optimizer = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.005)
