"""Lightning: configure_optimizers with self.parameters() and hyperparameters, returned in a dict."""

import pytorch_lightning as pl
import torch
from torch import nn


class LitAutoEncoder(pl.LightningModule):
    def __init__(self, hidden_dim=8, learning_rate=1e-3, weight_decay=1e-2):
        super().__init__()
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.encoder = nn.Sequential(nn.Linear(12, hidden_dim), nn.BatchNorm1d(hidden_dim), nn.ReLU())
        self.decoder = nn.Linear(hidden_dim, 12)

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


if __name__ == "__main__":
    trainer = pl.Trainer(max_epochs=1)
    trainer.fit(LitAutoEncoder(hidden_dim=6))
