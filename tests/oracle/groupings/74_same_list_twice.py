"""Wrong: a default argument that is a list is shared, so both calls fill the same groups."""

import torch
from torch import nn


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.pi = nn.Linear(4, 2)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(4, 1)
        self.q_norm = nn.LayerNorm(4)


def collect(module, into=[]):
    for p in module.parameters():
        into.append(p)
    return into


actor, critic = Actor(), Critic()
actor_params = collect(actor)
critic_params = collect(critic)
actor_optimizer = torch.optim.Adam(actor_params, lr=1e-3)
critic_optimizer = torch.optim.AdamW(critic_params, lr=1e-3, weight_decay=1e-2)
