"""A classifier."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, classes, width=6):
        super().__init__()
        self.stem = nn.Linear(3, width)
        self.scale = nn.Parameter(torch.ones(1, width))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
