"""map, filter, zip(*...) and operator.methodcaller, where others write comprehensions."""

from operator import methodcaller

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, 1, bias=False)


model = Net()
names, params = zip(*model.named_parameters())
matrices = list(filter(lambda p: p.dim() > 1, params))
vectors = list(filter(lambda p: not p.dim() > 1, params))
by_head = [name.startswith("out") for name in names]
assert sum(by_head) == 1
more = list(map(methodcaller("clone"), []))
groups = list(
    map(lambda pair: {"params": pair[0], "weight_decay": pair[1]}, [(matrices, 0.1), (vectors, 0.0)])
)
optimizer = torch.optim.AdamW(groups + more, lr=1e-3)
