"""k-diffusion: apply_wd() marks modules' weights with sets of tags, filter_params reads them."""

import torch
from torch import nn


def add_to_tags(param, tag):
    if not hasattr(param, "_tags"):
        param._tags = set([tag])
    else:
        param._tags.add(tag)


def apply_wd(module):
    for name, param in module.named_parameters(recurse=False):
        if name.endswith("weight"):
            add_to_tags(param, "wd")
    return module


def filter_params(function, module):
    for param in module.parameters():
        tags = getattr(param, "_tags", set())
        if function(tags):
            yield param


class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.up_proj = apply_wd(nn.Linear(d, 2 * d, bias=False))
        self.down_proj = apply_wd(nn.Linear(2 * d, d, bias=False))


class Denoiser(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.patch_in = apply_wd(nn.Linear(3, d))
        self.mid = nn.ModuleList([FeedForward(d) for _ in range(2)])
        self.class_emb = nn.Embedding(5, d)

    def param_groups(self, base_lr=2e-4):
        wd = filter_params(lambda tags: "wd" in tags, self)
        no_wd = filter_params(lambda tags: "wd" not in tags, self)
        return [
            {"params": list(wd), "lr": base_lr},
            {"params": list(no_wd), "lr": base_lr, "weight_decay": 0.0},
        ]


inner_model = Denoiser()
opt = torch.optim.AdamW(inner_model.param_groups(), lr=5e-4, betas=(0.9, 0.95), weight_decay=1e-3)
