"""mmengine's paramwise_cfg: decay_mult keys by the longest name, norms and biases by multipliers."""

import torch
from torch import nn
from torch.nn import GroupNorm, LayerNorm
from torch.nn.modules.batchnorm import _BatchNorm

optim_cfg = dict(type="AdamW", lr=6e-5, betas=(0.9, 0.999), weight_decay=0.01)
paramwise_cfg = dict(
    norm_decay_mult=0.0,
    bias_decay_mult=1.0,
    custom_keys={
        "backbone": dict(lr_mult=0.1),
        "backbone.pos": dict(decay_mult=0.0),
        "head": dict(lr_mult=10.0),
    },
)


class Segmentor(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.ModuleDict(
            {"embed": nn.Conv2d(3, 4, 3), "pos": nn.Conv2d(4, 4, 3), "norm": nn.LayerNorm(4)}
        )
        self.head = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))


def add_params(params, module, prefix, cfg):
    sorted_keys = sorted(sorted(cfg["custom_keys"].keys()), key=len, reverse=True)
    is_norm = isinstance(module, (_BatchNorm, GroupNorm, LayerNorm))
    for name, param in module.named_parameters(recurse=False):
        group = {"params": [param]}
        full_name = f"{prefix}.{name}" if prefix else name
        for key in sorted_keys:
            if key in full_name:
                group["lr"] = optim_cfg["lr"] * cfg["custom_keys"][key].get("lr_mult", 1.0)
                group["weight_decay"] = optim_cfg["weight_decay"] * cfg["custom_keys"][key].get(
                    "decay_mult", 1.0
                )
                break
        if is_norm:
            group["weight_decay"] = optim_cfg["weight_decay"] * cfg.get("norm_decay_mult", 1.0)
        params.append(group)
    for child_name, child in module.named_children():
        add_params(params, child, f"{prefix}.{child_name}" if prefix else child_name, cfg)


params = []
add_params(params, Segmentor(), "", paramwise_cfg)
options = {k: v for k, v in optim_cfg.items() if k != "type"}
optimizer = torch.optim.AdamW(params, **options)
