"""A switch of booleans in the signature: what may decay is decided by three flags."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.embed = nn.Embedding(8, d)
        self.rnn = nn.RNN(d, d)
        self.norm = nn.LayerNorm(d)
        self.out = nn.Linear(d, 8)


def decayed(name, module, *, decay_norm=False, decay_embedding=False, decay_bias=False):
    if isinstance(module, nn.LayerNorm) and not decay_norm:
        return False
    if isinstance(module, nn.Embedding) and not decay_embedding:
        return False
    return decay_bias or "bias" not in name


def param_groups(model, wd, **flags):
    with_decay, without = [], []
    for module in model.modules():
        for name, param in module.named_parameters(recurse=False):
            target = with_decay if decayed(name, module, **flags) else without
            target.append(param)
    return {"params": with_decay, "weight_decay": wd}, {"params": without, "weight_decay": 0.0}


model = Net()
optimizer = torch.optim.RMSprop([*param_groups(model, 0.03, decay_embedding=True)], lr=1e-3)
