"""main() makes the model and hands it to train(), which hands it to make_optimizer()."""

import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleList(nn.LayerNorm(b) for b in sizes[1:-1])


def make_optimizer(model, lr, weight_decay):
    norm_params = [p for norm in model.norms for p in norm.parameters()]
    biases = [layer.bias for layer in model.layers]
    weights = [layer.weight for layer in model.layers]
    return torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": weight_decay},
            {"params": norm_params + biases, "weight_decay": 0.0},
        ],
        lr=lr,
    )


def train(model, epochs=1, lr=1e-3):
    optimizer = make_optimizer(model, lr=lr, weight_decay=0.01)
    for _ in range(epochs):
        optimizer.zero_grad()


def main():
    model = Regressor([4, 8, 8, 1])
    train(model)


if __name__ == "__main__":
    main()
