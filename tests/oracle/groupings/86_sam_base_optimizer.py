"""A wrapper class that makes its base optimizer from groups and keywords, and a class chosen by a flag."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(3, d)
        self.bn = nn.BatchNorm1d(d)


class SAM:
    def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
        self.rho = rho
        self.base_optimizer = base_optimizer(params, **kwargs)
        self.param_groups = self.base_optimizer.param_groups


def split_normalization_params(model, norm_classes=None):
    if not norm_classes:
        norm_classes = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
    norm_params, other_params = [], []
    for module in model.modules():
        if next(module.children(), None):
            other_params.extend(p for p in module.parameters(recurse=False) if p.requires_grad)
        elif isinstance(module, norm_classes):
            norm_params.extend(p for p in module.parameters() if p.requires_grad)
        else:
            other_params.extend(p for p in module.parameters() if p.requires_grad)
    return norm_params, other_params


param_groups = split_normalization_params(Net())
wd_groups = [0.0, 1e-3]
parameters = [{"params": p, "weight_decay": w} for p, w in zip(param_groups, wd_groups) if p]
optimizer = SAM(parameters, torch.optim.SGD, lr=0.1, momentum=0.9)
