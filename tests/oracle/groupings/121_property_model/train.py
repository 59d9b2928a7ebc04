"""The model is a property made at first use; the groups are generators; dataclasses hold the numbers."""

import torch
from conf import Cfg
from torch import nn


class Net(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        self.inp = nn.Linear(3, cfg.hidden)
        self.norm = nn.LayerNorm(cfg.hidden)
        self.out = nn.Linear(cfg.hidden, 1)


class Experiment:
    def __init__(self, cfg: Cfg):
        self.cfg = cfg
        self._model = None

    @property
    def model(self):
        if self._model is None:
            self._model = Net(self.cfg)
        return self._model

    def params(self, keep):
        for n, p in self.model.named_parameters():
            skip = any(s in n for s in self.cfg.optim.skip)
            if skip == keep:
                yield p

    def optimizer(self):
        return torch.optim.AdamW(
            [
                {"params": self.params(False), "weight_decay": self.cfg.optim.wd},
                {"params": self.params(True), "weight_decay": 0.0},
            ],
            lr=self.cfg.optim.lr,
        )


if __name__ == "__main__":
    exp = Experiment(Cfg(width=2))
    opt = exp.optimizer()
