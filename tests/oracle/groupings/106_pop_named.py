"""A dict of the named parameters that is emptied with pop(): what is left decays."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.query_tokens = nn.Parameter(torch.zeros(1, 2, d))
        self.cross = nn.MultiheadAttention(d, 1, batch_first=True)
        self.ln = nn.LayerNorm(d)
        self.proj = nn.Linear(d, d)


model = Net()
left = dict(model.named_parameters())
special = [left.pop("query_tokens")]
for name in list(left):
    if name.startswith("ln.") or name.endswith("bias"):
        special.append(left.pop(name))
assert "query_tokens" not in left
optimizer = torch.optim.AdamW(
    [{"params": left.values(), "weight_decay": 0.05}, {"params": special, "weight_decay": 0.0}], lr=1e-4
)
