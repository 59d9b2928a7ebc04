"""ParameterList, ParameterDict and parameters under names with digits; split by the last part of the name."""

import torch
from torch import nn


class PromptedModel(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.prompts = nn.ParameterList([nn.Parameter(torch.zeros(2, d)) for _ in range(3)])
        self.scales = nn.ParameterDict(
            {"query": nn.Parameter(torch.ones(d)), "value": nn.Parameter(torch.ones(d))}
        )
        self.w1 = nn.Parameter(torch.zeros(d, d))
        self.w2 = nn.Parameter(torch.zeros(d, d))
        self.b1 = nn.Parameter(torch.zeros(d))


model = PromptedModel()
matrices = [p for n, p in model.named_parameters() if n.rsplit(".", 1)[-1].startswith("w")]
prompts = [p for n, p in model.named_parameters() if n.split(".")[0] == "prompts"]
taken = {id(p) for p in matrices + prompts}
others = [p for p in model.parameters() if id(p) not in taken]
optimizer = torch.optim.AdamW(
    [
        {"params": matrices, "weight_decay": 0.1},
        {"params": prompts, "weight_decay": 1e-5},
        {"params": others, "weight_decay": 0.0},
    ],
    lr=1e-3,
)
