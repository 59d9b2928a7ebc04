"""Megatron: four lists by decay and head, multipliers in the groups; the coefficient is multiplied in here."""

import torch
from torch import nn


class Chunk(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.word_embeddings = nn.Embedding(12, dim)
        self.layers = nn.ModuleList([nn.Linear(dim, dim), nn.Linear(dim, dim)])
        self.final_norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 2)


def get_param_groups(modules, no_weight_decay_cond, scale_lr_cond, lr_mult, weight_decay):
    wd_no_scale_lr, wd_scale_lr, no_wd_no_scale_lr, no_wd_scale_lr = [], [], [], []
    for module in modules:
        for name, param in module.named_parameters():
            if not param.requires_grad:
                continue
            if no_weight_decay_cond is not None:
                no_wd = no_weight_decay_cond(name, param)
            else:
                no_wd = name.endswith(".bias") or len(param.shape) == 1
            scale_lr = scale_lr_cond(name, param) if scale_lr_cond is not None else False
            if not no_wd and not scale_lr:
                wd_no_scale_lr.append(param)
            elif not no_wd and scale_lr:
                wd_scale_lr.append(param)
            elif no_wd and not scale_lr:
                no_wd_no_scale_lr.append(param)
            else:
                no_wd_scale_lr.append(param)
    param_groups = []
    for params, wd_mult, mult in (
        (wd_no_scale_lr, 1.0, 1.0),
        (wd_scale_lr, 1.0, lr_mult),
        (no_wd_no_scale_lr, 0.0, 1.0),
        (no_wd_scale_lr, 0.0, lr_mult),
    ):
        if len(params):
            param_groups.append(
                {
                    "params": params,
                    "weight_decay": wd_mult * weight_decay,
                    "wd_mult": wd_mult,
                    "lr_mult": mult,
                }
            )
    return param_groups


model = [Chunk()]
groups = get_param_groups(model, None, lambda name, param: name.startswith("head"), 10.0, 0.01)
optimizer = torch.optim.AdamW(groups, lr=1e-4)
