"""Names taken apart and put together: removeprefix, replace, split with a limit, strip of digits."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.layer1 = nn.Linear(2, d)
        self.layer2 = nn.Linear(d, d)
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)


def key_of(name):
    module, leaf = name.removeprefix("module.").split(".", 1)
    return module.rstrip("0123456789").upper() + "/" + leaf.replace("weight", "w").replace("bias", "b")


DECAYS = {"LAYER/w": 0.1, "LAYER/b": 0.0, "NORM/w": 0.0, "NORM/b": 0.0}
model = nn.DataParallel(Net())
buckets = {key: [] for key in DECAYS}
for name, param in model.named_parameters():
    buckets[key_of(name)].append(param)
optimizer = torch.optim.AdamW(
    [{"params": ps, "weight_decay": DECAYS[k]} for k, ps in buckets.items()], lr=1e-3
)
