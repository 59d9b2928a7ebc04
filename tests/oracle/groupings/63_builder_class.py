"""A builder with a fluent interface: add_rule() returns self, build() tries the rules in order."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.tokens = nn.Embedding(7, d)
        self.attn = nn.MultiheadAttention(d, 2)
        self.norm = nn.LayerNorm(d)
        self.cls = nn.Linear(d, 2)


class ParamGroupBuilder:
    def __init__(self, model, default_decay):
        self.model = model
        self.default = {"params": [], "weight_decay": default_decay}
        self.rules = []

    def add_rule(self, predicate, **options):
        self.rules.append((predicate, {"params": [], **options}))
        return self

    def build(self):
        for name, param in self.model.named_parameters():
            for predicate, group in self.rules:
                if predicate(name, param):
                    group["params"].append(param)
                    break
            else:
                self.default["params"].append(param)
        return [self.default] + [group for _, group in self.rules if group["params"]]


builder = (
    ParamGroupBuilder(Net(), default_decay=0.1)
    .add_rule(lambda n, p: "relative" in n, weight_decay=0.0)
    .add_rule(lambda n, p: n.startswith("cls."), lr=1e-2, weight_decay=0.3)
    .add_rule(lambda n, p: p.ndim < 2, weight_decay=0.0)
    .add_rule(lambda n, p: "tokens" in n, weight_decay=0.01)
)
optimizer = torch.optim.AdamW(builder.build(), lr=1e-3)
