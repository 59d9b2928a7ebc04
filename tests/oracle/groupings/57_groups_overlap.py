"""Wrong: a norm's bias is in both lists, which torch refuses with a ValueError."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc1 = nn.Linear(3, d)
        self.norm = nn.LayerNorm(d)
        self.fc2 = nn.Linear(d, 2)


model = Model()
biases = [p for n, p in model.named_parameters() if n.endswith(".bias")]
norms = [p for n, p in model.named_parameters() if "norm" in n]
weights = [p for n, p in model.named_parameters() if n.startswith("fc") and n.endswith(".weight")]
optimizer = torch.optim.AdamW(
    [
        {"params": weights, "weight_decay": 0.01},
        {"params": biases, "weight_decay": 0.0},
        {"params": norms, "weight_decay": 0.0},
    ],
    lr=1e-3,
)
