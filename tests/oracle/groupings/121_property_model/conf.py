"""Part of the program in train.py."""

from dataclasses import dataclass, field


@dataclass
class OptimCfg:
    lr: float = 1e-3
    wd: float = 0.06
    skip: list = field(default_factory=lambda: ["norm", "bias"])


@dataclass
class Cfg:
    width: int = 4
    optim: OptimCfg = field(default_factory=OptimCfg)

    @property
    def hidden(self):
        return self.width * 2
