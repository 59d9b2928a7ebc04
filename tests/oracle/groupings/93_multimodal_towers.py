"""Two towers and a scale, each a pair of groups, by nested comprehension over (module, rate)."""

import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, inp, out):
        super().__init__()
        self.fc = nn.Linear(inp, out)
        self.ln = nn.LayerNorm(out)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = Tower(6, 4)
        self.text = Tower(3, 4)
        self.logit_scale = nn.Parameter(torch.tensor(2.66))


model = Model()
towers = ((model.image, 1e-4), (model.text, 1e-5))
groups = [
    {
        "params": [p for p in tower.parameters() if (p.ndim > 1) == decays],
        "lr": lr,
        "weight_decay": 0.2 * decays,
    }
    for tower, lr in towers
    for decays in (True, False)
]
groups.append({"params": [model.logit_scale], "weight_decay": 0.0})
optimizer = torch.optim.AdamW(groups)
