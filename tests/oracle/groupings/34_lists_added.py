"""list(...) + list(...) over an encoder and a decoder that stand in different variables."""

import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(9, 4)
        self.rnn = nn.GRU(4, 4, batch_first=True)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.Linear(8, 1)
        self.output = nn.Linear(4, 9)
        self.output_norm = nn.LayerNorm(9)


encoder, decoder = Encoder(), Decoder()
params = list(encoder.parameters()) + list(decoder.parameters())
optimizer = torch.optim.Adam(params, lr=1e-3, weight_decay=1e-6)
