"""Weight normalisation in the old style: weight_g has two dimensions and is exempted by its name."""

import torch
from torch import nn


class TCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()
        for dilation in (1, 2):
            conv = nn.Conv1d(4, 4, 2, dilation=dilation)
            self.layers.append(torch.nn.utils.weight_norm(conv))
        self.head = nn.Linear(4, 2)


model = TCN()
decay = [p for n, p in model.named_parameters() if not n.endswith(("_g", "bias"))]
no_decay = [p for n, p in model.named_parameters() if n.endswith(("_g", "bias"))]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}]
)
