"""A backbone frozen by name prefix up to a layer; the groups skip what is frozen."""

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.ln = nn.LayerNorm(d)
        self.ff = nn.Linear(d, d)


class Classifier(nn.Module):
    def __init__(self, d=6):
        super().__init__()
        self.backbone = nn.ModuleDict(
            {"embeddings": nn.Embedding(7, d), "layers": nn.ModuleList([Layer(d) for _ in range(4)])}
        )
        self.pooler = nn.Linear(d, d)
        self.classifier = nn.Linear(d, 2)


def freeze(model, up_to):
    frozen = ["backbone.embeddings"] + [f"backbone.layers.{i}." for i in range(up_to)]
    for name, param in model.named_parameters():
        if name.startswith(tuple(frozen)):
            param.requires_grad = False


model = Classifier()
freeze(model, 2)
model.pooler.requires_grad_(False)
trainable = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in trainable if ".ln." not in n and "bias" not in n], "weight_decay": 0.01},
        {"params": [p for n, p in trainable if ".ln." in n or "bias" in n], "weight_decay": 0.0},
    ],
    lr=2e-5,
)
