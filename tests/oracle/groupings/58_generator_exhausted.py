"""Wrong: named_parameters() is an iterator, so that the second comprehension finds nothing left."""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(3, d)
        self.LayerNorm = nn.LayerNorm(d)


model = Model()
named = model.named_parameters()
no_decay = ("bias", "LayerNorm.weight")
decayed = [p for n, p in named if not any(nd in n for nd in no_decay)]
exempt = [p for n, p in named if any(nd in n for nd in no_decay)]
optimizer = torch.optim.AdamW(
    [{"params": decayed}, {"params": exempt, "weight_decay": 0.0}], weight_decay=0.01
)
