"""One dict a parameter appended in a loop, bias twice as fast and without decay, as in Faster R-CNN."""

import torch
import torch.nn as nn


class FasterRCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.base = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3))
        for p in self.base[0].parameters():
            p.requires_grad = False
        self.cls_score = nn.Linear(4, 3)
        self.bbox_pred = nn.Linear(4, 12)


lr = 0.001
DOUBLE_BIAS, BIAS_DECAY, WEIGHT_DECAY = True, False, 0.0005
model = FasterRCNN()
params = []
for key, value in dict(model.named_parameters()).items():
    if value.requires_grad:
        if "bias" in key:
            params += [
                {
                    "params": [value],
                    "lr": lr * (DOUBLE_BIAS + 1),
                    "weight_decay": BIAS_DECAY and WEIGHT_DECAY or 0,
                }
            ]
        else:
            params += [{"params": [value], "lr": lr, "weight_decay": WEIGHT_DECAY}]
optimizer = torch.optim.SGD(params, momentum=0.9)
