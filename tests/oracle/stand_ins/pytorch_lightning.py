"""As much of Lightning as builds optimizers. On the path under torch only: wdlint must do without it."""

from torch import nn


class LightningModule(nn.Module):
    def save_hyperparameters(self, *_names):
        pass


class Trainer:
    def __init__(self, **_options):
        pass

    def fit(self, model, *_loaders):
        model.configure_optimizers()
