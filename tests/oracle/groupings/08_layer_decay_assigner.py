"""Layer-wise learning rates: an assigner class gives each depth its groups, the depth comes from a regex."""

import re

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.fc = nn.Linear(d, d)


class Encoder(nn.Module):
    def __init__(self, d=6, n=3):
        super().__init__()
        self.embed = nn.Linear(4, d)
        self.layers = nn.ModuleList()
        for _ in range(n):
            self.layers.append(Layer(d))
        self.norm = nn.LayerNorm(d)


class LayerDecayAssigner:
    def __init__(self, values):
        self.values = values

    def get_scale(self, layer_id):
        return self.values[layer_id]

    def get_layer_id(self, name):
        match = re.match(r"layers\.(\d+)\.", name)
        if match:
            return int(match.group(1)) + 1
        return 0 if name.startswith("embed") else len(self.values) - 1


def get_groups(model, weight_decay, assigner, lr):
    names, groups = {}, {}
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        if param.ndim == 1 or name.endswith(".bias"):
            group_name, this_decay = "no_decay", 0.0
        else:
            group_name, this_decay = "decay", weight_decay
        layer_id = assigner.get_layer_id(name)
        group_name = f"layer_{layer_id}_{group_name}"
        if group_name not in groups:
            scale = assigner.get_scale(layer_id)
            names[group_name] = {"weight_decay": this_decay, "params": [], "lr_scale": scale}
            groups[group_name] = {"weight_decay": this_decay, "params": [], "lr": lr * scale}
        groups[group_name]["params"].append(param)
        names[group_name]["params"].append(name)
    return list(groups.values())


model = Encoder()
num_layers = len(model.layers)
assigner = LayerDecayAssigner([0.75 ** (num_layers + 1 - i) for i in range(num_layers + 2)])
optimizer = torch.optim.AdamW(get_groups(model, 0.05, assigner, 1e-3), lr=1e-3, weight_decay=0.05)
