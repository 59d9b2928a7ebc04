"""Swin's set_weight_decay: a skip set, skip keywords and a helper that checks them."""

import torch
from torch import nn, optim


class WindowAttention(nn.Module):
    def __init__(self, dim, window, heads):
        super().__init__()
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.qkv = nn.Linear(dim, 3 * dim)
        self.logit_scale = nn.Parameter(torch.ones(heads, 1, 1))


class Stage(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.blocks = nn.ModuleList([WindowAttention(dim, 2, 2) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.reduction = nn.Linear(dim, 2 * dim, bias=False)


class Swin(nn.Module):
    def __init__(self, dim=4, depths=(1, 2)):
        super().__init__()
        self.absolute_pos_embed = nn.Parameter(torch.zeros(1, 9, dim))
        self.layers = nn.ModuleList()
        for i, depth in enumerate(depths):
            self.layers.append(Stage(dim * 2**i, depth))
        self.head = nn.Linear(dim * 2 ** len(depths), 5)

    def no_weight_decay(self):
        return {"absolute_pos_embed"}

    def no_weight_decay_keywords(self):
        return {"relative_position_bias_table", "logit_scale"}


def build_optimizer(model, base_lr=5e-4, weight_decay=0.05):
    skip = {}
    skip_keywords = {}
    if hasattr(model, "no_weight_decay"):
        skip = model.no_weight_decay()
    if hasattr(model, "no_weight_decay_keywords"):
        skip_keywords = model.no_weight_decay_keywords()
    parameters = set_weight_decay(model, skip, skip_keywords)
    return optim.AdamW(parameters, eps=1e-8, betas=(0.9, 0.999), lr=base_lr, weight_decay=weight_decay)


def set_weight_decay(model, skip_list=(), skip_keywords=()):
    has_decay = []
    no_decay = []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        if (
            len(param.shape) == 1
            or name.endswith(".bias")
            or (name in skip_list)
            or check_keywords_in_name(name, skip_keywords)
        ):
            no_decay.append(param)
        else:
            has_decay.append(param)
    return [{"params": has_decay}, {"params": no_decay, "weight_decay": 0.0}]


def check_keywords_in_name(name, keywords=()):
    isin = False
    for keyword in keywords:
        if keyword in name:
            isin = True
    return isin


optimizer = build_optimizer(Swin())
