"""The function that builds the optimizer is itself returned by another."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)


def get_optimizer_fn(name, wd):
    def fn(model):
        decay = [p for n, p in model.named_parameters() if not n.endswith("bias")]
        no = [p for n, p in model.named_parameters() if n.endswith("bias")]
        return torch.optim.AdamW([{"params": decay, "weight_decay": wd}, {"params": no, "weight_decay": 0.0}])

    return fn


make = get_optimizer_fn("adamw", 0.5)
opt = make(Net())
