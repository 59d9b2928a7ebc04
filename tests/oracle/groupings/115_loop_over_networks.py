"""One optimizer a network of a dict, built in a loop with a condition on the name."""

import torch
from torch import nn

nets = {
    "policy": nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.Linear(8, 2)),
    "value": nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)),
}
wds = {"policy": 1e-2, "value": 0.0}
opts = {}
for key, net in nets.items():
    if key == "policy":
        g = [
            {"params": [p for p in net.parameters() if p.ndim > 1]},
            {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
        opts[key] = torch.optim.AdamW(g, lr=1e-3, weight_decay=wds[key])
    else:
        opts[key] = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=wds[key])
