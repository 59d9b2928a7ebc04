"""Shell patterns in a table, fnmatch against the full name, the last match wins."""

from fnmatch import fnmatch

import torch
from torch import nn

RULES = {"*": 0.1, "*.bias": 0.0, "embed*": 0.01, "blocks.[0-1].*norm*": 0.0, "final_norm.*": 0.0}


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm_in = nn.LayerNorm(d)
        self.fc = nn.Linear(d, d)


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embedding = nn.Embedding(5, d)
        self.blocks = nn.ModuleList(Block(d) for _ in range(2))
        self.final_norm = nn.LayerNorm(d)


model = Net()
groups = {}
for name, param in model.named_parameters():
    chosen = [wd for pattern, wd in RULES.items() if fnmatch(name, pattern)][-1]
    groups.setdefault(chosen, {"params": [], "weight_decay": chosen})["params"].append(param)
optimizer = torch.optim.NAdam([groups[wd] for wd in sorted(groups)], lr=1e-3, decoupled_weight_decay=True)
