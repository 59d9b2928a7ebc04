"""Groups in a defaultdict keyed by the pair of learning rate and decay."""

from collections import defaultdict

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), num_layers=2)
        self.decoder = nn.Linear(8, 8)
        self.out_norm = nn.LayerNorm(8)


def groups_of(model, lr, wd):
    buckets = defaultdict(list)
    for name, p in model.named_parameters():
        this_lr = lr * 0.1 if name.startswith("encoder.") else lr
        this_wd = 0.0 if p.ndim == 1 else wd
        buckets[(this_lr, this_wd)].append(p)
    return [{"params": ps, "lr": key[0], "weight_decay": key[1]} for key, ps in sorted(buckets.items())]


model = Model()
optimizer = torch.optim.AdamW(groups_of(model, lr=1e-3, wd=0.02))
