"""A module with the names and shapes many models have, to stand in for one that cannot be seen.

Never imported: the machine follows this file like the program's own.
"""

# ruff: noqa
# mypy: ignore-errors
import torch
from torch import nn


class _Attention(nn.Module):
    def __init__(self):
        self.q_proj = nn.Linear(1, 1)
        self.out_proj = nn.Linear(1, 1)


class _Block(nn.Module):
    def __init__(self):
        self.attn = _Attention()
        self.self_attn = nn.MultiheadAttention(1, 1)
        self.ln_1 = nn.LayerNorm(1)
        self.norm1 = nn.LayerNorm(1)
        self.LayerNorm = nn.LayerNorm(1)
        self.layer_norm = nn.LayerNorm(1)
        self.mlp = nn.Sequential(nn.Linear(1, 1), nn.GELU(), nn.Linear(1, 1))
        self.gamma = nn.Parameter(torch.ones(1))


class _Stage(nn.Module):
    def __init__(self):
        self.conv1 = nn.Conv2d(1, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(1)
        self.downsample = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1))


class Probe(nn.Module):
    def __init__(self):
        self.embed = nn.Embedding(1, 1)
        self.pos_embed = nn.Parameter(torch.zeros(1, 1, 1))
        self.features = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))
        self.layer1 = nn.Sequential(_Stage())
        self.blocks = nn.ModuleList([_Block()])
        self.norm = nn.LayerNorm(1)
        self.head = nn.Linear(1, 1)
