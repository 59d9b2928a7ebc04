"""Rules as pairs of a regular expression and a decay; the first that matches wins."""

import re

import torch
from torch import nn

RULES = [
    (r"(^|\.)bias$", 0.0),
    (r"norm\d*\.", 0.0),
    (r"^(tok|pos)_emb", 1e-3),
    (r"layers\.[01]\..*weight", 1e-2),
    (r".*", 1e-1),
]


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.proj = nn.Linear(d, d)


class Model(nn.Module):
    def __init__(self, d=5):
        super().__init__()
        self.tok_emb = nn.Embedding(8, d)
        self.pos_emb = nn.Parameter(torch.zeros(1, 4, d))
        self.layers = nn.ModuleList([Layer(d) for _ in range(3)])
        self.norm = nn.LayerNorm(d)


def decay_for(name):
    for pattern, decay in RULES:
        if re.search(pattern, name):
            return decay
    raise KeyError(name)


model = Model()
buckets = {}
for name, param in model.named_parameters():
    buckets.setdefault(decay_for(name), []).append(param)
groups = [{"params": params, "weight_decay": decay} for decay, params in buckets.items()]
optimizer = torch.optim.AdamW(groups, lr=1e-3)
