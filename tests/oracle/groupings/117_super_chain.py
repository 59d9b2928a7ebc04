"""Each class of a chain adds its groups to those of its base."""

import torch
from torch import nn


class A(nn.Module):
    def __init__(self, d, **kw):
        super().__init__()
        self.a = nn.Linear(d, d)

    def groups(self):
        return [{"params": self.a.parameters(), "weight_decay": 0.1}]


class B(A):
    def __init__(self, d, h=3, **kw):
        super().__init__(d, **kw)
        self.b = nn.Linear(d, h)

    def groups(self):
        return super().groups() + [{"params": self.b.parameters(), "weight_decay": 0.2}]


class C(B):
    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.c = nn.LayerNorm(2)

    def groups(self):
        g = super(C, self).groups()
        g.append({"params": self.c.parameters()})
        return g


c = C(2, h=4)
opt = torch.optim.AdamW(c.groups(), weight_decay=0.0, lr=1e-3)
