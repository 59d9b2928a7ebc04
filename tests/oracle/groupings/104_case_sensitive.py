"""Wrong: the pattern is `LayerNorm.weight`, the attribute `layernorm`; the author forgot lower()."""

import torch
from torch import nn


class Output(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.dense = nn.Linear(d, d)
        self.layernorm = nn.LayerNorm(d, elementwise_affine=True)


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.attention = nn.ModuleDict()
        for name in ("self", "cross"):
            self.attention[name] = Output(d)
        self.lm_head = nn.Linear(d, 9)


NO_DECAY = "bias,LayerNorm.weight".split(",")
model = Net()
named = tuple((n, p) for n, p in model.named_parameters() if p.requires_grad)
with_decay = [p for n, p in named if not any(x in n for x in NO_DECAY)]
without = [p for n, p in named if any(x in n for x in NO_DECAY)]
optimizer = torch.optim.AdamW(
    [{"params": with_decay, "weight_decay": 0.01}, {"params": without, "weight_decay": 0.0}], lr=1e-5
)
