"""Part of the program in train.py."""

import torch

from .base import BaseTrainer


class Trainer(BaseTrainer):
    def build_optimizer(self, named):
        wd = self.cfg.get("wd", 1e-4)
        by_decay = {}
        for n, p in named:
            by_decay.setdefault(0.0 if p.ndim <= 1 else wd, []).append(p)
        groups = [dict(params=ps, weight_decay=w) for w, ps in by_decay.items()]
        return torch.optim.SGD(groups, lr=self.cfg["lr"])
