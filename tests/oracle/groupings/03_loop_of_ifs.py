"""A loop over the names, a chain of ifs with continue, three lists and a learning rate for one."""

import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.encoder = nn.LSTM(6, 5, num_layers=2, bidirectional=True)
        self.norm = nn.LayerNorm(10)
        self.crf_transitions = nn.Parameter(torch.zeros(4, 4))
        self.head = nn.Linear(10, 4)


def group_parameters(model, weight_decay, head_lr):
    decay, no_decay, head = [], [], []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        if name.startswith("head.") or "crf" in name:
            head.append(param)
        elif "bias" in name or "norm" in name.lower():
            no_decay.append(param)
        elif name == "embedding.weight":
            no_decay.append(param)
        else:
            decay.append(param)
    return [
        {"params": decay, "weight_decay": weight_decay},
        {"params": no_decay, "weight_decay": 0.0},
        {"params": head, "lr": head_lr},
    ]


model = Tagger()
optimizer = torch.optim.AdamW(group_parameters(model, 0.05, 1e-2), lr=1e-3, weight_decay=1e-4)
