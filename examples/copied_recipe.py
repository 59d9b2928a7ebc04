"""A small transformer that learns to reverse digits, trained with the parameter groups of a BERT recipe.

wdlint reports WD205: the recipe exempts "LayerNorm.weight", but nn.TransformerEncoder calls its
norms norm1 and norm2, so their gains are decayed with the matrices.
"""

import torch
import torch.nn.functional as F
from torch import nn

DIGITS, LENGTH = 10, 8


class Reverser(nn.Module):
    def __init__(self, width=64, heads=4, depth=2):
        super().__init__()
        self.digits = nn.Embedding(DIGITS, width)
        self.positions = nn.Parameter(torch.zeros(1, LENGTH, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth)
        self.head = nn.Linear(width, DIGITS)

    def forward(self, digits):
        return self.head(self.encoder(self.digits(digits) + self.positions))


def make_optimizer(model, lr, weight_decay):
    no_decay = ["bias", "LayerNorm.weight"]
    groups = [
        {
            "params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)],
            "weight_decay": weight_decay,
        },
        {
            "params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)],
            "weight_decay": 0.0,
        },
    ]
    return torch.optim.AdamW(groups, lr=lr)


def main():
    torch.manual_seed(0)
    model = Reverser()
    optimizer = make_optimizer(model, lr=1e-3, weight_decay=0.1)
    for step in range(61):
        digits = torch.randint(DIGITS, (64, LENGTH))
        loss = F.cross_entropy(model(digits).flatten(0, 1), digits.flip(1).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            print(f"step {step}: loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
