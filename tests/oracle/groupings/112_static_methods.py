"""A class of static and class methods that makes the groups; RAdam with its decay decoupled by a flag."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc1 = nn.Linear(2, d)
        self.fc2 = nn.Linear(d, 1)
        self.norm = nn.LayerNorm(d)


class Groups:
    @staticmethod
    def of(model):
        weights = [m.weight for m in (model.fc1, model.fc2)]
        other = [model.fc1.bias, model.fc2.bias]
        other.extend(model.norm.parameters())
        return weights, other

    @classmethod
    def dicts(cls, model, wd):
        weights, other = cls.of(model)
        return [dict(params=weights, weight_decay=wd), dict(params=other, weight_decay=0.0)]


optimizer = torch.optim.RAdam(Groups.dicts(Net(), wd=0.07), lr=1e-3, decoupled_weight_decay=True)
