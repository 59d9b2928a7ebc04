"""Part of the program in train.py."""


class BaseTrainer:
    def __init__(self, model, cfg):
        self.cfg = cfg
        self.model = model
        self.hooks = []
        self.build()

    def build(self):
        self.optimizer = self.build_optimizer(self.trainable())

    def trainable(self):
        return [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
