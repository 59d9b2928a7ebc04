"""DINOv2: one dict a parameter with multipliers, then fused into groups by equal multipliers."""

from collections import defaultdict

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.Linear(dim, dim)
        self.ls1_gamma = nn.Parameter(torch.ones(dim))


class DinoViT(nn.Module):
    def __init__(self, dim=6, depth=2):
        super().__init__()
        self.n_blocks = depth
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.patch_embed = nn.Conv2d(3, dim, 2)
        self.blocks = nn.ModuleList([Block(dim) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)


def get_vit_lr_decay_rate(name, lr_decay_rate=1.0, num_layers=12):
    layer_id = num_layers + 1
    if "cls_token" in name or "patch_embed" in name:
        layer_id = 0
    elif ".blocks." in name or name.startswith("blocks."):
        layer_id = int(name[name.find("blocks.") :].split(".")[1]) + 1
    return lr_decay_rate ** (num_layers + 1 - layer_id)


def get_params_groups_with_decay(model, lr_decay_rate=1.0, patch_embed_lr_mult=1.0):
    n_blocks = model.n_blocks if hasattr(model, "n_blocks") else 0
    all_param_groups = []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        decay_rate = get_vit_lr_decay_rate(name, lr_decay_rate, num_layers=n_blocks)
        d = {"params": param, "lr_multiplier": decay_rate, "wd_multiplier": 1.0, "name": name}
        if name.endswith(".bias") or "norm" in name or "gamma" in name:
            d.update({"wd_multiplier": 0.0})
        if "patch_embed" in name:
            d.update({"lr_multiplier": d["lr_multiplier"] * patch_embed_lr_mult})
        all_param_groups.append(d)
    return all_param_groups


def fuse_params_groups(all_params_groups, keys=("lr_multiplier", "wd_multiplier")):
    fused = defaultdict(lambda: {"params": []})
    for d in all_params_groups:
        identifier = ""
        for k in keys:
            identifier += k + str(d[k]) + "_"
        for k in keys:
            fused[identifier][k] = d[k]
        fused[identifier]["params"].append(d["params"])
    return fused.values()


model = DinoViT()
groups = list(fuse_params_groups(get_params_groups_with_decay(model, 0.5, 0.2)))
for group in groups:
    group["weight_decay"] = 0.04 * group["wd_multiplier"]
optimizer = torch.optim.AdamW(groups, lr=2e-4, betas=(0.9, 0.999))
