"""torch's newer interface: named parameters go straight into the optimizer, in groups too."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.emb = nn.EmbeddingBag(6, d)
        self.norm = nn.LayerNorm(d)
        self.fc = nn.Linear(d, 2)


model = Net()
plain = torch.optim.AdamW(model.named_parameters(), lr=1e-3, weight_decay=0.3)
split = torch.optim.AdamW(
    [
        {"params": [(n, p) for n, p in model.named_parameters() if p.ndim > 1], "weight_decay": 0.3},
        {"params": [(n, p) for n, p in model.named_parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
