"""LoRA: everything frozen but what is called lora_, and lora_B at sixteen times the rate without decay."""

import math

import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, r=2):
        super().__init__()
        self.base = base
        self.lora_A = nn.Linear(base.in_features, r, bias=False)
        self.lora_B = nn.Linear(r, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))


class Net(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.q = nn.Linear(d, d)
        self.v = nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)


model = Net()
for target in ("q", "v"):
    setattr(model, target, LoRALinear(getattr(model, target)))
for n, p in model.named_parameters():
    p.requires_grad = "lora_" in n
group_a = [p for n, p in model.named_parameters() if p.requires_grad and "lora_B" not in n]
group_b = [p for n, p in model.named_parameters() if p.requires_grad and "lora_B" in n]
optimizer = torch.optim.AdamW(
    [
        {"params": group_a, "weight_decay": 0.01, "lr": 1e-4},
        {"params": group_b, "weight_decay": 0.0, "lr": 16e-4},
    ]
)
