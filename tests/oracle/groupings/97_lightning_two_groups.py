"""Lightning: hyperparameters through save_hyperparameters(), groups by a nested helper, scheduler in a tuple."""

import pytorch_lightning as pl
import torch
from torch import nn


class TextModel(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embeddings = nn.Embedding(10, hidden)
        self.LayerNorm = nn.LayerNorm(hidden)
        self.pooler = nn.Linear(hidden, hidden)


class LitClassifier(pl.LightningModule):
    def __init__(self, hidden: int = 4, lr: float = 2e-5, weight_decay: float = 0.01, num_labels: int = 2):
        super().__init__()
        self.save_hyperparameters()
        self.lr, self.wd = lr, weight_decay
        self.model = TextModel(hidden)
        self.out = nn.Linear(hidden, num_labels)

    def configure_optimizers(self):
        no_decay = ["bias", "LayerNorm.weight"]

        def exempt(name):
            return any(nd in name for nd in no_decay)

        model = self.model
        groups = [
            {"params": [p for n, p in model.named_parameters() if not exempt(n)], "weight_decay": self.wd},
            {"params": [p for n, p in model.named_parameters() if exempt(n)], "weight_decay": 0.0},
            {"params": self.out.parameters(), "weight_decay": 0.0, "lr": 10 * self.lr},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.lr)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]


def main():
    model = LitClassifier(num_labels=3)
    pl.Trainer(max_steps=1).fit(model)


main()
