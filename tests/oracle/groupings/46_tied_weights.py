"""Input and output embeddings are tied: named_parameters() has the tensor once, under its first name."""

import torch
from torch import nn


class LM(nn.Module):
    def __init__(self, vocab=12, dim=6):
        super().__init__()
        self.encoder = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.decoder = nn.Linear(dim, vocab)
        self.decoder.weight = self.encoder.weight


model = LM()
decay = [p for n, p in model.named_parameters() if "weight" in n and "norm" not in n and "encoder" not in n]
no_decay = [p for n, p in model.named_parameters() if "weight" not in n or "norm" in n or "encoder" in n]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 1.2e-6}, {"params": no_decay, "weight_decay": 0}]
)
