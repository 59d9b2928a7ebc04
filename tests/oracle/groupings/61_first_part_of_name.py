"""Groups by the first part of the name, with a table of options and rpartition for the leaf."""

import torch
from torch import nn

OPTIONS = {"encoder": {"lr": 1e-5, "weight_decay": 0.01}, "decoder": {"lr": 1e-4, "weight_decay": 0.02}}


class Seq2Seq(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d))
        self.decoder = nn.Sequential(nn.Linear(d, d), nn.LayerNorm(d))
        self.copy_gate = nn.Linear(d, 1)


model = Seq2Seq()
groups = {}
for name, param in model.named_parameters():
    top, *_ = name.split(".")
    path, _, leaf = name.rpartition(".")
    options = dict(OPTIONS.get(top, {}))
    if leaf == "bias":
        options["weight_decay"] = 0.0
    key = (top, leaf)
    if key not in groups:
        groups[key] = {"params": [], **options}
    groups[key]["params"].append(param)
optimizer = torch.optim.AdamW(list(groups.values()), lr=1e-3, weight_decay=0.05)
