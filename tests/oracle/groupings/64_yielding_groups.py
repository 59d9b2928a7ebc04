"""The groups come from a generator function; `yield from` for the nested one."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv1d(2, d, 3), nn.BatchNorm1d(d))
        self.rnn = nn.LSTM(d, d)
        self.out = nn.Linear(d, 2)


def decay_groups(module, wd):
    yield {"params": [p for p in module.parameters() if p.dim() > 1], "weight_decay": wd}
    flat = [p for p in module.parameters() if p.dim() <= 1]
    if flat:
        yield {"params": flat, "weight_decay": 0.0}


def all_groups(model):
    yield from decay_groups(model.cnn, 0.1)
    yield from decay_groups(model.rnn, 0.01)
    yield {"params": model.out.parameters(), "weight_decay": 0.0, "lr": 1e-2}


optimizer = torch.optim.AdamW(list(all_groups(Net())), lr=1e-3)
