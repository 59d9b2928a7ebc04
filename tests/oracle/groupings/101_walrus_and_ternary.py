"""One comprehension with an assignment expression; the decay is a ternary inside the dict."""

import torch
from torch import nn

WD = 0.08


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.proj_in = nn.Linear(2, d)
        self.ln = nn.LayerNorm(d)
        self.proj_out = nn.Linear(d, 2)


model = Net()
optimizer = torch.optim.AdamW(
    [
        {"params": [p], "weight_decay": 0.0 if exempt else WD}
        for n, p in model.named_parameters()
        if (exempt := p.ndim == 1 or n.startswith("proj_out")) is not None
    ],
    lr=1e-3,
)
