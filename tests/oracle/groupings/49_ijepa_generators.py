"""I-JEPA: generator expressions in the dicts, encoder and predictor, a flag that says who is excluded."""

import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(1, 4, dim), requires_grad=False)
        self.patch_embed = nn.Conv2d(3, dim, 2)
        self.norm = nn.LayerNorm(dim)


class Predictor(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.mask_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.predictor_embed = nn.Linear(dim, dim)
        self.predictor_norm = nn.LayerNorm(dim)


def init_opt(encoder, predictor, wd=0.04):
    param_groups = [
        {
            "params": (p for n, p in encoder.named_parameters() if ("bias" not in n) and (len(p.shape) != 1)),
            "weight_decay": wd,
        },
        {
            "params": (
                p for n, p in predictor.named_parameters() if ("bias" not in n) and (len(p.shape) != 1)
            ),
            "weight_decay": wd,
        },
        {
            "params": (p for n, p in encoder.named_parameters() if ("bias" in n) or (len(p.shape) == 1)),
            "WD_exclude": True,
            "weight_decay": 0,
        },
        {
            "params": (p for n, p in predictor.named_parameters() if ("bias" in n) or (len(p.shape) == 1)),
            "WD_exclude": True,
            "weight_decay": 0,
        },
    ]
    return torch.optim.AdamW(param_groups)


init_opt(Encoder(), Predictor())
