"""A factory binds the optimizer's class and options; the groups are filtered pairs."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, act=nn.GELU):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(3):
            self.layers.append(nn.Linear(4, 4))
            self.layers.append(act())
        self.register_parameter("tau", nn.Parameter(torch.ones(1)))


def optimizer_factory(cls, **kw):
    def build(params):
        return cls(params, **kw)

    return build


def is_bias(item):
    return item[0].endswith("bias") or item[0] == "tau"


def main():
    model = Net()
    build = optimizer_factory(torch.optim.AdamW, lr=1e-3, weight_decay=0.09)
    named = list(model.named_parameters())
    yes = [p for _, p in filter(is_bias, named)]
    no = [p for _, p in filter(lambda i: not is_bias(i), named)]
    opt = build([{"params": no}, {"params": yes, "weight_decay": 0.0}])
    return opt


main()
