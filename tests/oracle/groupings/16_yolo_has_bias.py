"""The older YOLO loop: hasattr(v, "bias"), isinstance BatchNorm2d, weights else. LayerNorm falls to the decayed."""

import torch.nn as nn
import torch.optim as optim


class Neck(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.reduce = nn.Conv2d(c, c, 1)
        self.bn = nn.BatchNorm2d(c)
        self.ln = nn.LayerNorm(c)


class Yolo(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.neck = Neck(4)
        self.detect = nn.Conv2d(4, 7, 1)


model = Yolo()
hyp = {"lr0": 0.01, "momentum": 0.937, "weight_decay": 5e-4}
pg0, pg1, pg2 = [], [], []
for k, v in model.named_modules():
    if hasattr(v, "bias") and isinstance(v.bias, nn.Parameter):
        pg2.append(v.bias)
    if isinstance(v, nn.BatchNorm2d):
        pg0.append(v.weight)
    elif hasattr(v, "weight") and isinstance(v.weight, nn.Parameter):
        pg1.append(v.weight)

optimizer = optim.SGD(pg0, lr=hyp["lr0"], momentum=hyp["momentum"], nesterov=True)
optimizer.add_param_group({"params": pg1, "weight_decay": hyp["weight_decay"]})
optimizer.add_param_group({"params": pg2})
