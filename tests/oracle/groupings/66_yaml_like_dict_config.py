"""A nested dict of configuration with get() and defaults, and ** into the constructor."""

import torch
import torch.nn as nn

config = {
    "model": {"width": 4, "depth": 2},
    "optimizer": {"name": "adamw", "kwargs": {"lr": 2e-4, "weight_decay": 0.06, "betas": [0.9, 0.95]}},
    "no_decay": {"substrings": ["bn", "embed"], "biases": True},
}


class Net(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.embed = nn.Embedding(3, width)
        for i in range(depth):
            self.add_module(f"fc{i}", nn.Linear(width, width))
            self.add_module(f"bn{i}", nn.BatchNorm1d(width))


def matches(name, rules):
    if rules.get("biases", False) and name.endswith(".bias"):
        return True
    return any(s in name for s in rules.get("substrings", []))


OPTIMIZERS = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}
model = Net(**config["model"])
rules = config.get("no_decay", {})
wd_params = [p for n, p in model.named_parameters() if not matches(n, rules)]
other = [p for n, p in model.named_parameters() if matches(n, rules)]
optimizer_class = OPTIMIZERS[config["optimizer"]["name"]]
kwargs = config["optimizer"]["kwargs"]
optimizer = optimizer_class([{"params": wd_params}, {"params": other, "weight_decay": 0.0}], **kwargs)
