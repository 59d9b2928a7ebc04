"""Optimizers."""

import torch


def make_optimizer(model, lr, weight_decay=1e-4):
    params_no_bn = [p for n, p in model.named_parameters() if "bn" not in n]
    params_bn = [p for n, p in model.named_parameters() if "bn" in n]
    return torch.optim.SGD(
        [{"params": params_no_bn}, {"params": params_bn, "weight_decay": 0.0}],
        lr=lr,
        momentum=0.9,
        weight_decay=weight_decay,
    )
