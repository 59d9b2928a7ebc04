"""Only what ends in `.conv.weight` decays; the whitelist forgets the plain convolution `predict`."""

import torch
from torch import nn


class ConvBN(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, 3, bias=False)
        self.norm = nn.BatchNorm2d(c2)


class Darknet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.Sequential(ConvBN(3, 4), nn.MaxPool2d(2), ConvBN(4, 8))
        self.predict = nn.Conv2d(8, 6, 1)


model = Darknet()
wd_params, other_params = [], []
for name, tensor in model.named_parameters():
    if not tensor.requires_grad:
        continue
    elif name.endswith((".conv.weight", ".linear.weight")):
        wd_params.append(tensor)
    else:
        other_params.append(tensor)
optimizer = torch.optim.SGD(
    [{"params": wd_params, "weight_decay": 0.0005}, {"params": other_params, "weight_decay": 0}], lr=0.0013
)
