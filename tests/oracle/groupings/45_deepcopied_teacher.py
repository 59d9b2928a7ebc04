"""A teacher deep-copied from the student and frozen; layers cloned with deepcopy; only the student is optimised."""

import copy

import torch
from torch import nn


def get_clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])


class Encoder(nn.Module):
    def __init__(self, layer, n):
        super().__init__()
        self.layers = get_clones(layer, n)
        self.norm = nn.LayerNorm(8)


student = Encoder(nn.TransformerEncoderLayer(8, 2, 16), 2)
teacher = copy.deepcopy(student)
teacher.requires_grad_(False)
groups = [
    {"params": [p for n, p in student.named_parameters() if p.ndim > 1], "weight_decay": 0.04},
    {"params": [p for n, p in student.named_parameters() if p.ndim <= 1], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=5e-4)
