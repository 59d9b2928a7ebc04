"""DistributedDataParallel and torch.compile; groups from model.module, which has the plain names."""

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP


class Net(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.embed = nn.Embedding(10, dim)
        self.norm = nn.LayerNorm(dim)
        self.proj = nn.Linear(dim, dim)


def main():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    model = Net()
    model = torch.compile(model)
    model = DDP(model)
    raw_model = model.module._orig_mod
    skip = {"embed.weight", "norm.weight"}
    named = {n: p for n, p in raw_model.named_parameters() if p.requires_grad}
    groups = [
        {"params": [p for n, p in named.items() if n not in skip and p.dim() > 1], "weight_decay": 0.1},
        {"params": [p for n, p in named.items() if n in skip or p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    dist.destroy_process_group()
    return optimizer


if __name__ == "__main__":
    main()
