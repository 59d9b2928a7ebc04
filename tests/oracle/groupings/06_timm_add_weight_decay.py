"""timm's old helper: one-dimensional, `.bias` or in the skip list means no decay."""

import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, channels=(3, 4, 8), classes=5):
        super().__init__()
        layers = []
        for inner, outer in zip(channels[:-1], channels[1:]):
            layers += [nn.Conv2d(inner, outer, 3, bias=False), nn.BatchNorm2d(outer), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, channels[-1]))
        self.fc = nn.Linear(channels[-1], classes)


def add_weight_decay(model, weight_decay=1e-5, skip_list=()):
    decay = []
    no_decay = []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue  # frozen weights
        if len(param.shape) == 1 or name.endswith(".bias") or name in skip_list:
            no_decay.append(param)
        else:
            decay.append(param)
    return [{"params": no_decay, "weight_decay": 0.0}, {"params": decay, "weight_decay": weight_decay}]


model = ConvNet()
weight_decay = 2e-5
parameters = model.parameters()
if weight_decay:
    parameters = add_weight_decay(model, weight_decay, {"cls_token"})
    weight_decay = 0.0
optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=weight_decay)
