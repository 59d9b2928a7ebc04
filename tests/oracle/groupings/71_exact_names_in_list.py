"""Wrong: `n not in no_decay` asks for whole names, and no parameter is called `bias`."""

import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.dense = nn.Linear(d, d)
        self.LayerNorm = nn.LayerNorm(d)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = Encoder()
        self.classifier = nn.Linear(4, 2)


net = Net()
no_decay = ["bias", "gamma", "beta", "LayerNorm.bias", "LayerNorm.weight"]
params = [
    {"params": [p for n, p in net.named_parameters() if n not in no_decay], "weight_decay": 0.01},
    {"params": [p for n, p in net.named_parameters() if n in no_decay], "weight_decay": 0.0},
]
optimizer = torch.optim.Adam(params, lr=5e-5)
