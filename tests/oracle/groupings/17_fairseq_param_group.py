"""fairseq: parameters carry the name of their group, and a composite hands each name to its own optimizer."""

import torch
from torch import nn


class Embedder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim)
        self.layernorm_embedding = nn.LayerNorm(dim)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedder = Embedder(11, 6)
        self.encoder = nn.GRU(6, 6)
        self.final_layer_norm = nn.LayerNorm(6)
        self.out = nn.Linear(6, 11)
        for name, param in self.named_parameters():
            if "layer_norm" in name or "layernorm" in name or name.endswith("bias"):
                param.param_group = "no_decay"
            else:
                param.param_group = "decay"


def split(params):
    groups = {}
    for p in params:
        group = getattr(p, "param_group", "default")
        if group not in groups:
            groups[group] = []
        groups[group].append(p)
    return groups


model = Translator()
params = list(filter(lambda p: p.requires_grad, model.parameters()))
by_group = split(params)
coefficients = {"decay": 0.01, "no_decay": 0.0}
optimizer = torch.optim.Adam(
    [{"params": by_group[name], "weight_decay": coefficients[name]} for name in sorted(by_group)],
    lr=7e-4,
    betas=(0.9, 0.98),
)
