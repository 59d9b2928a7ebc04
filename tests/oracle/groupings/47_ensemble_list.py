"""A ModuleList of models: one optimizer for the whole list and one for each member."""

import torch
import torch.nn as nn


class Member(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.inp = nn.Linear(3, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, 1)


ensemble = nn.ModuleList([Member(h) for h in (4, 6)])
joint = torch.optim.AdamW(ensemble.parameters(), lr=1e-3, weight_decay=1e-3)

optimizers = []
for member in ensemble:
    weights = [p for n, p in member.named_parameters() if n.endswith("weight") and "norm" not in n]
    rest = [p for n, p in member.named_parameters() if not n.endswith("weight") or "norm" in n]
    optimizers.append(
        torch.optim.AdamW([{"params": weights, "weight_decay": 0.1}, {"params": rest}], weight_decay=0)
    )
