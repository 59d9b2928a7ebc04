"""SAC: actor, critics in one optimizer, a loose log_alpha in a third; only the critics' matrices decay."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


def mlp(sizes, norm=False):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if norm and i < len(sizes) - 2:
            layers.append(nn.LayerNorm(sizes[i + 1]))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers[:-1])


class Critic(nn.Module):
    def __init__(self, obs, act):
        super().__init__()
        self.q1 = mlp([obs + act, 8, 1], norm=True)
        self.q2 = mlp([obs + act, 8, 1], norm=True)


class Actor(nn.Module):
    def __init__(self, obs, act):
        super().__init__()
        self.net = mlp([obs, 8, 2 * act])
        self.log_std = nn.Parameter(-0.5 * torch.ones(act))


class Agent:
    def __init__(self, obs=3, act=2, lr=3e-4, wd=1e-4):
        self.actor = Actor(obs, act)
        self.critic = Critic(obs, act)
        self.log_alpha = torch.tensor(np.log(0.1), requires_grad=True)
        self.actor_optimizer = optim.Adam(self.actor.parameters(), lr=lr)
        matrices = [p for p in self.critic.parameters() if p.dim() == 2]
        vectors = [p for p in self.critic.parameters() if p.dim() != 2]
        self.critic_optimizer = optim.AdamW(
            [{"params": matrices}, {"params": vectors, "weight_decay": 0}], lr=lr, weight_decay=wd
        )
        self.alpha_optimizer = optim.Adam([self.log_alpha], lr=lr)


Agent()
