"""Lightning with two optimizers in a tuple, groups of a submodule in one, a helper method in between."""

import pytorch_lightning as pl
import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 8)
        self.norm = nn.LayerNorm(8)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 1)


class LitGAN(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.generator = Generator()
        self.discriminator = Discriminator()

    def _split(self, module):
        decay = [p for p in module.parameters() if p.ndim > 1]
        rest = [p for p in module.parameters() if p.ndim <= 1]
        return [{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}]

    def configure_optimizers(self):
        opt_g = torch.optim.AdamW(self._split(self.generator), lr=2e-4)
        opt_d = torch.optim.Adam(self.discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
        return [opt_g, opt_d], []


model = LitGAN()
pl.Trainer().fit(model)
