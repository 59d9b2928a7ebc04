"""Wrong: the pattern says `layer_norm`, the model says `layernorm`; every gain decays."""

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.input_layernorm = nn.LayerNorm(d)
        self.dense = nn.Linear(d, d)


class Model(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.layers = nn.ModuleList([Layer(d), Layer(d)])
        self.final_layernorm = nn.LayerNorm(d)


def is_exempt(name):
    return name.endswith("bias") or "layer_norm" in name


model = Model()
decay = {n: p for n, p in model.named_parameters() if not is_exempt(n)}
exempt = {n: p for n, p in model.named_parameters() if is_exempt(n)}
optimizer = torch.optim.AdamW(
    [
        {"params": list(decay.values()), "weight_decay": 0.1},
        {"params": list(exempt.values()), "weight_decay": 0.0},
    ]
)
