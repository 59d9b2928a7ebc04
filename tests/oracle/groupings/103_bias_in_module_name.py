"""Wrong: a substring test on whole names, and a module is called `debias`; its matrix escapes the decay."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.debias = nn.Linear(d, d)
        self.relative_attention_bias = nn.Embedding(5, 2)
        self.mix = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)


model = Net()
no_decay = {"bias", "norm"}
groups = [
    {
        "params": [p for n, p in model.named_parameters() if all(nd not in n for nd in no_decay)],
        "weight_decay": 0.1,
    },
    {
        "params": [p for n, p in model.named_parameters() if not all(nd not in n for nd in no_decay)],
        "weight_decay": 0,
    },
]
optimizer = torch.optim.AdamW(groups, lr=1e-3)
