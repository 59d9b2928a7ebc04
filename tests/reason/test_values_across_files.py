"""Which number an argument is worth when the answer stands in another file of the project."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from wdlint.facts import Default, Known, OneOf, OptimizerSite, Place, Unknown, Value
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.sources.project import Project
from wdlint.sources.text import Source, parse


class Case(NamedTuple):
    """A project, what the decay in ``train.py`` is worth, and why it is unknown if it is."""

    files: dict[str, str]
    value: Value
    checked: str = "train.py"


def project(folder: Path, files: dict[str, str]) -> Path:
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    return folder


def sites(folder: Path, files: dict[str, str], checked: str = "train.py") -> tuple[OptimizerSite, ...]:
    path = str(project(folder, files) / checked)
    source = Source.decode(Path(path).read_bytes(), path)
    return examine(source, parse(source), catalogue(), Project(path)).sites


def only_site(folder: Path, files: dict[str, str], checked: str = "train.py") -> OptimizerSite:
    (site,) = sites(folder, files, checked)
    return site


def decay(site: OptimizerSite) -> Value:
    return next((g.decay.value for g in site.groups if g.decay.origin == "group"), site.decay.value)


USE = "import torch\n{}\ntorch.optim.Adam(model.parameters(), weight_decay={})\n"
"""A script that imports something and uses it."""

PARSER = """
    import argparse
    def get_args():
        parser = argparse.ArgumentParser()
        parser.add_argument("--weight-decay", type=float, default=5e-4)
        return parser.parse_args()
"""
CONFIG = """
    from dataclasses import dataclass
    @dataclass
    class Config:
        weight_decay: float = 5e-4
"""
BUILD = """
    import torch
    def build(model, weight_decay):
        return torch.optim.Adam(model.parameters(), weight_decay=weight_decay)
"""
BUILD_ARGS = """
    import torch
    def build(model, args):
        return torch.optim.Adam(model.parameters(), weight_decay=args.weight_decay)
"""

OPTION = Default(5e-4, "--weight-decay")
FIELD = Default(5e-4, "field `weight_decay` of Config")

IMPORTS = {
    "a constant of a module beside": Case({"train.py": USE.format("from conf import WD", "WD"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a constant under another name": Case({"train.py": USE.format("from conf import WD as W", "W"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a module": Case({"train.py": USE.format("import conf", "conf.WD"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a module under another name": Case({"train.py": USE.format("import conf as C", "C.WD"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a module of a package": Case({"train.py": USE.format("from pkg import conf", "conf.WD"), "pkg/__init__.py": "", "pkg/conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a dotted module": Case({"train.py": USE.format("import pkg.conf", "pkg.conf.WD"), "pkg/__init__.py": "", "pkg/conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a module in a folder that is no package": Case({"train.py": USE.format("from src.conf import WD", "WD"), "src/conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a dotted module in folders that are no packages": Case({"train.py": USE.format("import a.b.conf", "a.b.conf.WD"), "a/b/conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a package's __init__ that hands it on": Case({"train.py": USE.format("from pkg import WD", "WD"), "pkg/__init__.py": "from .conf import WD", "pkg/conf.py": "WD = 5e-4"}, Known(5e-4)),
    "two packages that hand it on": Case(
        {"train.py": USE.format("from pkg import WD", "WD"), "pkg/__init__.py": "from .sub import *", "pkg/sub/__init__.py": "from .conf import WD", "pkg/sub/conf.py": "WD = 5e-4"},
        Known(5e-4),
    ),
    "a star import": Case({"train.py": USE.format("from conf import *", "WD"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "a star import of a star import": Case(
        {"train.py": USE.format("from data import *", "WD"), "data.py": "from conf import *", "conf.py": "WD = 5e-4"}, Known(5e-4)
    ),
    "the last of two star imports": Case(
        {"train.py": USE.format("from a import *\nfrom b import *", "WD"), "a.py": "WD = 1.0", "b.py": "WD = 5e-4"}, Known(5e-4)
    ),
    "a relative import": Case({"pkg/train.py": USE.format("from .conf import WD", "WD"), "pkg/__init__.py": "", "pkg/conf.py": "WD = 5e-4"}, Known(5e-4), "pkg/train.py"),
    "a relative import of the package above": Case(
        {"pkg/sub/train.py": USE.format("from ..conf import WD", "WD"), "pkg/conf.py": "WD = 5e-4"}, Known(5e-4), "pkg/sub/train.py"
    ),
    "a relative import of a module": Case({"pkg/train.py": USE.format("from . import conf", "conf.WD"), "pkg/conf.py": "WD = 5e-4"}, Known(5e-4), "pkg/train.py"),
    "an absolute import from the project's root": Case(
        {"pkg/sub/train.py": USE.format("from pkg.conf import WD", "WD"), "pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/conf.py": "WD = 5e-4"}, Known(5e-4), "pkg/sub/train.py"
    ),
    "an absolute import from src/": Case({"scripts/train.py": USE.format("from pkg.conf import WD", "WD"), "src/pkg/conf.py": "WD = 5e-4"}, Known(5e-4), "scripts/train.py"),
    "an import inside a function": Case(
        {"train.py": "import torch\ndef f(m):\n    from conf import WD\n    torch.optim.Adam(m.parameters(), weight_decay=WD)", "conf.py": "WD = 5e-4"}, Known(5e-4)
    ),
    "importlib": Case({"train.py": USE.format("import importlib\nconf = importlib.import_module('conf')", "conf.WD"), "conf.py": "WD = 5e-4"}, Known(5e-4)),
    "arithmetic in the other module": Case({"train.py": USE.format("from conf import WD", "WD"), "conf.py": "BASE = 1e-4\nWD = 5 * BASE"}, Known(5e-4)),
    "a dict of a configuration module": Case({"train.py": USE.format("from conf import CFG", "CFG['opt']['wd']"), "conf.py": "CFG = {'opt': {'wd': 5e-4}}"}, Known(5e-4)),
    "a dict of another file spread by **": Case(
        {"train.py": "import torch\nfrom conf import KW\ntorch.optim.Adam(m.parameters(), **KW)", "conf.py": "KW = dict(lr=1e-3, weight_decay=5e-4)"}, Known(5e-4)
    ),
    "a class attribute": Case({"train.py": USE.format("from conf import Config", "Config.WD"), "conf.py": "class Config:\n    WD = 5e-4"}, Known(5e-4)),
    "an inherited class attribute": Case(
        {"train.py": "import torch\nfrom base import Base\nclass T(Base):\n    def go(self):\n        torch.optim.Adam(self.m.parameters(), weight_decay=self.wd)", "base.py": "class Base:\n    wd = 5e-4"},
        Known(5e-4),
    ),
    "an attribute that a base class sets": Case(
        {
            "train.py": "import torch\nfrom base import Base\nclass T(Base):\n    def go(self):\n        torch.optim.Adam(self.m.parameters(), weight_decay=self.wd)",
            "base.py": "class Base:\n    def __init__(self):\n        self.wd = 5e-4",
        },
        Known(5e-4),
    ),
    "what a helper of another file returns": Case({"train.py": USE.format("from lib import wd", "wd()"), "lib.py": "def wd():\n    return 5e-4"}, Known(5e-4)),
    "what a helper makes of its argument": Case({"train.py": USE.format("from lib import half", "half(1e-3)"), "lib.py": "def half(x):\n    return x / 2"}, Known(5e-4)),
    "a method of an imported class": Case(
        {"train.py": USE.format("from lib import Settings", "Settings(5e-4).decay()"), "lib.py": "class Settings:\n    def __init__(self, wd):\n        self.wd = wd\n    def decay(self):\n        return self.wd"},
        Known(5e-4),
    ),
    "one of two branches of the other module": Case(
        {"train.py": USE.format("from conf import WD", "WD"), "conf.py": "if big:\n    WD = 0.1\nelse:\n    WD = 5e-4"}, OneOf((Known(0.1), Known(5e-4)))
    ),
}  # fmt: skip

DECLARED = {
    "argparse behind a function": Case({"train.py": USE.format("from options import get_args\nargs = get_args()", "args.weight_decay"), "options.py": PARSER}, OPTION),
    "argparse at the top of another file": Case(
        {"train.py": USE.format("from options import args", "args.weight_decay"), "options.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--weight-decay', default=5e-4)\nargs = p.parse_args()"},
        OPTION,
    ),
    "a parser made in another file and parsed here": Case(
        {"train.py": USE.format("from options import get_parser\nargs = get_parser().parse_args()", "args.weight_decay"), "options.py": "import argparse\ndef get_parser():\n    p = argparse.ArgumentParser()\n    p.add_argument('--weight-decay', default=5e-4)\n    return p"},
        OPTION,
    ),
    "a parent parser of another file": Case(
        {"train.py": USE.format("import argparse\nfrom options import base\np = argparse.ArgumentParser(parents=[base])\nargs = p.parse_args()", "args.weight_decay"), "options.py": "import argparse\nbase = argparse.ArgumentParser(add_help=False)\nbase.add_argument('--weight-decay', default=5e-4)"},
        OPTION,
    ),
    "a function of another file that adds options to a parser": Case(
        {"train.py": USE.format("import argparse\nfrom options import add\np = argparse.ArgumentParser()\nadd(p)\nargs = p.parse_args()", "args.weight_decay"), "options.py": "def add(p):\n    p.add_argument('--weight-decay', default=5e-4)"},
        OPTION,
    ),
    "dest": Case(
        {"train.py": USE.format("from options import args", "args.decay"), "options.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--wd', '--l2', dest='decay', default=5e-4)\nargs = p.parse_args()"},
        Default(5e-4, "--wd"),
    ),
    "set_defaults": Case(
        {"train.py": USE.format("from options import args", "args.weight_decay"), "options.py": "import argparse\np = argparse.ArgumentParser()\np.set_defaults(weight_decay=5e-4)\nargs = p.parse_args()"},
        Default(5e-4, "set_defaults()"),
    ),
    "vars() of a namespace": Case({"train.py": USE.format("from options import get_args\ncfg = vars(get_args())", "cfg['weight_decay']"), "options.py": PARSER}, OPTION),
    "options of a class and its subclass in two files": Case(
        {
            "train.py": USE.format("from train_options import TrainOptions\nopt = TrainOptions().parse()", "opt.weight_decay"),
            "base_options.py": "import argparse\nclass BaseOptions:\n    def initialize(self, parser):\n        parser.add_argument('--name')\n        return parser\n    def parse(self):\n        parser = self.initialize(argparse.ArgumentParser())\n        self.opt = parser.parse_args()\n        return self.opt",
            "train_options.py": "from base_options import BaseOptions\nclass TrainOptions(BaseOptions):\n    def initialize(self, parser):\n        parser = BaseOptions.initialize(self, parser)\n        parser.add_argument('--weight-decay', default=5e-4)\n        return parser",
        },
        OPTION,
    ),
    "absl flags": Case(
        {"train.py": USE.format("from absl import flags\nimport options\nFLAGS = flags.FLAGS", "FLAGS.weight_decay"), "options.py": "from absl import flags\nflags.DEFINE_float('weight_decay', 5e-4, '')"},
        Default(5e-4, "--weight_decay"),
    ),
    "a dataclass": Case({"train.py": USE.format("from conf import Config\ncfg = Config()", "cfg.weight_decay"), "conf.py": CONFIG}, FIELD),
    "a dataclass as annotation": Case(
        {"train.py": "import torch\nfrom conf import Config\ndef f(m, cfg: Config):\n    torch.optim.Adam(m.parameters(), weight_decay=cfg.weight_decay)", "conf.py": CONFIG}, FIELD
    ),
    "a dataclass as dotted annotation": Case(
        {"train.py": "import torch\nimport conf\ndef f(m, cfg: conf.Config):\n    torch.optim.Adam(m.parameters(), weight_decay=cfg.weight_decay)", "conf.py": CONFIG}, FIELD
    ),
    "a dataclass whose field is inherited": Case(
        {"train.py": USE.format("from conf import Big\ncfg = Big()", "cfg.weight_decay"), "conf.py": CONFIG + "    @dataclass\n    class Big(Config):\n        x: int = 1\n"}, FIELD
    ),
    "a field the constructor call sets": Case({"train.py": USE.format("from conf import Config\ncfg = Config(weight_decay=0.1)", "cfg.weight_decay"), "conf.py": CONFIG}, Known(0.1)),
    "a nested dataclass": Case(
        {"train.py": USE.format("from conf import Run\nrun = Run()", "run.opt.weight_decay"), "conf.py": CONFIG + "    from dataclasses import field\n    @dataclass\n    class Run:\n        opt: Config = field(default_factory=lambda: Config())\n"}, FIELD
    ),
    "HfArgumentParser": Case(
        {"train.py": USE.format("from transformers import HfArgumentParser\nfrom conf import Config\n(cfg,) = HfArgumentParser((Config,)).parse_args_into_dataclasses()", "cfg.weight_decay"), "conf.py": CONFIG}, FIELD
    ),
    "tyro": Case({"train.py": USE.format("import tyro\nfrom conf import Config\ncfg = tyro.cli(Config)", "cfg.weight_decay"), "conf.py": CONFIG}, FIELD),
    "click": Case(
        {"optim.py": BUILD, "train.py": "import click\nfrom optim import build\n@click.command()\n@click.option('--wd', default=5e-4)\ndef main(wd):\n    build(net, wd)\nmain()"}, Default(5e-4, "--wd"), "optim.py"
    ),
    "typer": Case(
        {"optim.py": BUILD, "train.py": "import typer\nfrom optim import build\ndef main(wd: float = typer.Option(5e-4)):\n    build(net, wd)\ntyper.run(main)"}, Default(5e-4, "--wd"), "optim.py"
    ),
    "save_hyperparameters in a base class": Case(
        {
            "train.py": "import torch\nfrom base import Base\nclass T(Base):\n    def configure_optimizers(self):\n        return torch.optim.Adam(self.parameters(), weight_decay=self.hparams.wd)",
            "base.py": "import lightning as L\nclass Base(L.LightningModule):\n    def __init__(self, wd=5e-4):\n        super().__init__()\n        self.save_hyperparameters()",
        },
        Default(5e-4, "argument `wd` of Base()"),
    ),
    "a yacs default": Case(
        {"optim.py": "import torch\ndef build(m, cfg):\n    return torch.optim.Adam(m.parameters(), weight_decay=cfg.SOLVER.WEIGHT_DECAY)", "train.py": "from optim import build\nfrom conf import load\nbuild(net, load())", "conf.py": "_C = CfgNode()\n_C.BN = CfgNode()\n_C.BN.WEIGHT_DECAY = 0.0\n_C.SOLVER = CfgNode()\n_C.SOLVER.WEIGHT_DECAY = 5e-4\ndef load():\n    return _C.clone()"},
        Default(5e-4, "`_C.SOLVER.WEIGHT_DECAY`"),
        "optim.py",
    ),
    "the program's only option, asked by a function nobody visibly calls": Case(
        {"optim.py": BUILD_ARGS, "main.py": "import optim\nfrom options import get_args\nregistry.run(optim, get_args())", "options.py": PARSER}, OPTION, "optim.py"
    ),
}  # fmt: skip

KEYWORDS = """
    class Config:
        weight_decay = 5e-4
        def __init__(self, **kwargs):
            for key, value in kwargs.items():
                setattr(self, key, value)
"""
"""A configuration class as minGPT writes it."""

DECLARED |= {
    "a class that sets its keywords, none given": Case({"train.py": USE.format("from conf import Config\ncfg = Config(lr=1)", "cfg.weight_decay"), "conf.py": KEYWORDS}, FIELD),
    "a class that sets its keywords, given": Case({"train.py": USE.format("from conf import Config\ncfg = Config(weight_decay=0.1)", "cfg.weight_decay"), "conf.py": KEYWORDS}, Known(0.1)),
    "a field given by position after inherited ones": Case(
        {"train.py": USE.format("from conf import Big\ncfg = Big(0.1, 2)", "cfg.weight_decay"), "conf.py": CONFIG + "    @dataclass\n    class Big(Config):\n        x: int = 1\n"}, Known(0.1)
    ),
    "a dataclass filled from options": Case(
        {"train.py": USE.format("from conf import Config\nfrom options import get_args\ncfg = Config(**vars(get_args()))", "cfg.weight_decay"), "conf.py": CONFIG.replace("5e-4", "0.3"), "options.py": PARSER}, OPTION
    ),
    "options spread into a constructor": Case(
        {
            "model.py": """
                import lightning as L, torch
                class Net(L.LightningModule):
                    def __init__(self, lr=1e-3, weight_decay=0.0):
                        super().__init__()
                        self.save_hyperparameters()
                    @staticmethod
                    def add_model_specific_args(parent):
                        parser = argparse.ArgumentParser(parents=[parent], add_help=False)
                        parser.add_argument("--weight-decay", default=5e-4)
                        return parser
                    def configure_optimizers(self):
                        return torch.optim.Adam(self.parameters(), weight_decay=self.hparams.weight_decay)
            """,
            "train.py": """
                import argparse
                from model import Net
                parser = Net.add_model_specific_args(argparse.ArgumentParser())
                args = parser.parse_args()
                model = Net(**vars(args))
            """,
        },
        OPTION,
        "model.py",
    ),
    "an option spread into a constructor, and one that is not declared": Case(
        {
            "model.py": BUILD.replace("weight_decay)", "weight_decay=0.1)", 1),
            "train.py": "import argparse\nfrom model import build\np = argparse.ArgumentParser()\np.add_argument('--lr', default=1)\nbuild(model=net, **vars(p.parse_args()))",
        },
        Default(0.1, "argument `weight_decay` of build()"),
        "model.py",
    ),
    "attributes of a configuration object that its module sets": Case(
        {
            "train.py": USE.format("from conf import cfg", "cfg.TRAIN.WEIGHT_DECAY"),
            "conf.py": "from easydict import EasyDict as edict\n__C = edict()\ncfg = __C\n__C.TRAIN = edict()\n__C.TRAIN.WEIGHT_DECAY = 5e-4",
        },
        Default(5e-4, "`__C.TRAIN.WEIGHT_DECAY`"),
    ),
    "a ConfigDict whose part has a name of its own": Case(
        {
            "train.py": "import torch\ndef build(m, config):\n    torch.optim.Adam(m.parameters(), weight_decay=config.optim.weight_decay)",
            "configs/default.py": "import ml_collections\ndef get_config():\n    config = ml_collections.ConfigDict()\n    config.optim = optim = ml_collections.ConfigDict()\n    optim.weight_decay = 5e-4\n    return config",
        },
        Default(5e-4, "`optim.weight_decay`"),
    ),
}  # fmt: skip

CALLERS = {
    "the only caller, by position": Case({"optim.py": BUILD, "train.py": "from optim import build\nbuild(net, 5e-4)"}, Known(5e-4), "optim.py"),
    "the only caller, by name, through a module": Case({"optim.py": BUILD, "train.py": "import optim\noptim.build(model=net, weight_decay=5e-4)"}, Known(5e-4), "optim.py"),
    "a caller through a package's __init__": Case(
        {"pkg/optim.py": BUILD, "pkg/__init__.py": "from .optim import build", "train.py": "from pkg import build\nbuild(net, 5e-4)"}, Known(5e-4), "pkg/optim.py"
    ),
    "two callers in two files": Case(
        {"optim.py": BUILD, "a.py": "from optim import build\nbuild(net, 0.1)", "b.py": "from optim import build\nbuild(net, 0.2)"}, OneOf((Known(0.1), Known(0.2))), "optim.py"
    ),
    "two callers that agree": Case(
        {"optim.py": BUILD, "a.py": "from optim import build\nbuild(net, 5e-4)", "b.py": "from optim import build\nbuild(net, 5e-4)"}, Known(5e-4), "optim.py"
    ),
    "a default that the caller overrides": Case({"optim.py": BUILD.replace("weight_decay)", "weight_decay=0.1)", 1), "train.py": "from optim import build\nbuild(net, weight_decay=0)"}, Known(0), "optim.py"),
    "a default that the caller leaves": Case(
        {"optim.py": BUILD.replace("weight_decay)", "weight_decay=5e-4)", 1), "train.py": "from optim import build\nbuild(net)"}, Default(5e-4, "argument `weight_decay` of build()"), "optim.py"
    ),
    "options that a caller parsed": Case({"optim.py": BUILD_ARGS, "train.py": "from optim import build\nfrom options import get_args\ndef main():\n    args = get_args()\n    build(net, args)", "options.py": PARSER}, OPTION, "optim.py"),
    "options handed through two callers": Case(
        {"optim.py": BUILD_ARGS, "loop.py": "from optim import build\ndef train(args):\n    build(net, args)", "train.py": "from loop import train\nfrom options import get_args\ntrain(get_args())", "options.py": PARSER}, OPTION, "optim.py"
    ),
    "a caller's ** mapping": Case({"optim.py": BUILD, "train.py": "from optim import build\nkw = dict(weight_decay=5e-4)\nbuild(net, **kw)"}, Known(5e-4), "optim.py"),
    "the options a constructor keeps": Case(
        {
            "solver.py": "import torch\nclass Solver:\n    def __init__(self, args):\n        self.args = args\n    def build(self):\n        torch.optim.Adam(self.net.parameters(), weight_decay=self.args.weight_decay)",
            "train.py": "from solver import Solver\nfrom options import get_args\nSolver(get_args()).build()",
            "options.py": PARSER,
        },
        OPTION,
        "solver.py",
    ),
    "a method's caller": Case(
        {
            "solver.py": "import torch\nclass Solver:\n    def build(self, wd):\n        torch.optim.Adam(self.net.parameters(), weight_decay=wd)",
            "train.py": "from solver import Solver\nsolver = Solver()\nsolver.build(5e-4)",
        },
        Known(5e-4),
        "solver.py",
    ),
    "a function of the same name elsewhere is no caller": Case(
        {"optim.py": BUILD.replace("weight_decay)", "weight_decay=5e-4)", 1), "other.py": "def build(model, weight_decay):\n    pass\nbuild(net, 0.1)"}, Default(5e-4, "argument `weight_decay` of build()"), "optim.py"
    ),
    "a subclass that hands its argument to the base class": Case(
        {
            "base.py": "import torch\nclass Base:\n    def __init__(self, wd):\n        self.wd = wd\n    def build(self):\n        torch.optim.Adam(self.net.parameters(), weight_decay=self.wd)",
            "train.py": "from base import Base\nclass Mine(Base):\n    def __init__(self):\n        super().__init__(5e-4)",
        },
        Known(5e-4),
        "base.py",
    ),
    "a subclass that only inherits the constructor": Case(
        {
            "base.py": "import torch\nclass Base:\n    def __init__(self, wd):\n        self.wd = wd\n    def build(self):\n        torch.optim.Adam(self.net.parameters(), weight_decay=self.wd)",
            "train.py": "from base import Base\nclass Mine(Base):\n    pass\nMine(5e-4).build()",
        },
        Known(5e-4),
        "base.py",
    ),
}  # fmt: skip

HYDRA = "import hydra\nimport torch\n@hydra.main(config_path='conf', config_name='config')\ndef main(cfg):\n    torch.optim.Adam(m.parameters(), weight_decay=cfg.{})\nmain()"
"""A script whose configuration Hydra composes."""

CONFIGURED = {
    "a key of Hydra's configuration": Case({"train.py": HYDRA.format("weight_decay"), "conf/config.yaml": "weight_decay: 1e-4"}, Default(1e-4, "`weight_decay` in {}/conf/config.yaml")),
    "a nested key": Case({"train.py": HYDRA.format("optimizer.weight_decay"), "conf/config.yaml": "optimizer:\n  weight_decay: 0.01"}, Default(0.01, "`optimizer.weight_decay` in {}/conf/config.yaml")),
    "a group": Case(
        {"train.py": HYDRA.format("optimizer.weight_decay"), "conf/config.yaml": "defaults:\n  - optimizer: adam\n", "conf/optimizer/adam.yaml": "weight_decay: 0.01\n", "conf/optimizer/sgd.yaml": "weight_decay: 1\n"},
        Default(0.01, "`optimizer.weight_decay` in {}/conf/optimizer/adam.yaml"),
    ),
    "a value of the primary file over a group's": Case(
        {"train.py": HYDRA.format("optimizer.weight_decay"), "conf/config.yaml": "defaults:\n  - optimizer: adam\n  - _self_\noptimizer:\n  weight_decay: 0.1\n", "conf/optimizer/adam.yaml": "weight_decay: 0.01\n"},
        Default(0.1, "`optimizer.weight_decay` in {}/conf/config.yaml"),
    ),
    "a group's value over the primary file's, where _self_ comes first": Case(
        {"train.py": HYDRA.format("optimizer.weight_decay"), "conf/config.yaml": "defaults:\n  - _self_\n  - optimizer: adam\noptimizer:\n  weight_decay: 0.1\n", "conf/optimizer/adam.yaml": "weight_decay: 0.01\n"},
        Default(0.01, "`optimizer.weight_decay` in {}/conf/optimizer/adam.yaml"),
    ),
    "a group with a package of its own": Case(
        {"train.py": HYDRA.format("weight_decay"), "conf/config.yaml": "defaults:\n  - optimizer: adam\n", "conf/optimizer/adam.yaml": "# @package _global_\nweight_decay: 0.01\n"},
        Default(0.01, "`weight_decay` in {}/conf/optimizer/adam.yaml"),
    ),
    "a group put elsewhere": Case(
        {"train.py": HYDRA.format("opt.weight_decay"), "conf/config.yaml": "defaults:\n  - optimizer@opt: adam\n", "conf/optimizer/adam.yaml": "weight_decay: 0.01\n"},
        Default(0.01, "`opt.weight_decay` in {}/conf/optimizer/adam.yaml"),
    ),
    "a base configuration beside it": Case(
        {"train.py": HYDRA.format("weight_decay"), "conf/config.yaml": "defaults:\n  - base\n", "conf/base.yaml": "weight_decay: 0.01\n"}, Default(0.01, "`weight_decay` in {}/conf/base.yaml")
    ),
    "an interpolation": Case(
        {"train.py": HYDRA.format("optimizer.weight_decay"), "conf/config.yaml": "wd: 0.01\noptimizer:\n  weight_decay: ${wd}\n"}, Default(0.01, "`wd` in {}/conf/config.yaml")
    ),
    "Hydra's configuration in another file's function": Case(
        {"optim.py": "import torch\ndef build(m, cfg):\n    return torch.optim.Adam(m.parameters(), weight_decay=cfg.weight_decay)", "train.py": "import hydra\nfrom optim import build\n@hydra.main(config_path='conf', config_name='config')\ndef main(cfg):\n    build(net, cfg.optimizer)\nmain()", "conf/config.yaml": "optimizer:\n  weight_decay: 0.01"},
        Default(0.01, "`optimizer.weight_decay` in {}/conf/config.yaml"),
        "optim.py",
    ),
    "OmegaConf.load": Case({"train.py": USE.format("from omegaconf import OmegaConf\ncfg = OmegaConf.load('conf.yaml')", "cfg.opt.wd"), "conf.yaml": "opt:\n  wd: 1e-4"}, Default(1e-4, "`opt.wd` in {}/conf.yaml")),
    "OmegaConf.merge with the command line": Case(
        {"train.py": USE.format("from omegaconf import OmegaConf\ncfg = OmegaConf.merge(OmegaConf.load('conf.yaml'), OmegaConf.from_cli())", "cfg.wd"), "conf.yaml": "wd: 0.01"}, Default(0.01, "`wd` in {}/conf.yaml")
    ),
    "OmegaConf.structured": Case({"train.py": USE.format("from omegaconf import OmegaConf\nfrom conf import Config\ncfg = OmegaConf.structured(Config)", "cfg.weight_decay"), "conf.py": CONFIG}, FIELD),
    "yaml.safe_load of an opened file": Case(
        {"train.py": USE.format("import yaml\nwith open('conf.yaml') as f:\n    cfg = yaml.safe_load(f)", "cfg['opt']['wd']"), "conf.yaml": "opt: {wd: 0.01}"}, Default(0.01, "`opt.wd` in {}/conf.yaml")
    ),
    "a string that yaml does not take for a number, converted": Case(
        {"train.py": USE.format("import yaml\ncfg = yaml.safe_load(open('conf.yaml'))", "float(cfg['wd'])"), "conf.yaml": "wd: 1e-4"}, Default(1e-4, "`wd` in {}/conf.yaml")
    ),
    "json": Case({"train.py": USE.format("import json\ncfg = json.load(open('conf.json'))", "cfg['wd']"), "conf.json": '{"wd": 0.01}'}, Default(0.01, "`wd` in {}/conf.json")),
    "a configuration turned into a namespace": Case(
        {"train.py": USE.format("import yaml\nfrom lib import dict2namespace\ncfg = dict2namespace(yaml.safe_load(open('conf.yaml')))", "cfg.opt.wd"), "lib.py": "import argparse\ndef dict2namespace(d):\n    n = argparse.Namespace()\n    for k, v in d.items():\n        setattr(n, k, v)\n    return n", "conf.yaml": "opt:\n  wd: 0.01"},
        Default(0.01, "`opt.wd` in {}/conf.yaml"),
    ),
    "the default of an option that names the file": Case(
        {"train.py": USE.format("import argparse, yaml\np = argparse.ArgumentParser()\np.add_argument('--config', default='configs/base.yaml')\nargs = p.parse_args()\ncfg = yaml.safe_load(open(args.config))", "cfg['wd']"), "configs/base.yaml": "wd: 0.01"},
        Default(0.01, "`wd` in {}/configs/base.yaml"),
    ),
}  # fmt: skip

UNKNOWN = {
    "a dataclass filled from a mapping that is not known": {"train.py": USE.format("from conf import Config\ncfg = Config(**load())", "cfg.weight_decay"), "conf.py": CONFIG},
    "a module that is not there": {"train.py": USE.format("from conf import WD", "WD")},
    "a name the module does not have": {"train.py": USE.format("from conf import WD", "WD"), "conf.py": "X = 1"},
    "a module with a syntax error": {"train.py": USE.format("from conf import WD", "WD"), "conf.py": "WD = = 5e-4"},
    "modules that import each other for it": {"train.py": USE.format("from a import WD", "WD"), "a.py": "from b import WD", "b.py": "from a import WD"},
    "star imports in a circle": {"train.py": USE.format("from a import *", "WD"), "a.py": "from b import *", "b.py": "from a import *"},
    "a name bound for type checkers only": {"train.py": USE.format("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from conf import WD", "WD"), "conf.py": "WD = 5e-4"},
    "a module of the standard library with a double in the project": {"train.py": USE.format("from statistics import WD", "WD"), "statistics.py": "WD = 5e-4"},
    "a private name behind a star": {"train.py": USE.format("from conf import *", "_WD"), "conf.py": "_WD = 5e-4"},
    "an option without default": {"train.py": USE.format("from options import args", "args.wd"), "options.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--wd', type=float)\nargs = p.parse_args()"},
    "a caller that passes something unknown": {"train.py": BUILD, "main.py": "from train import build\nbuild(net, tune())"},
    "a caller with *args": {"train.py": BUILD, "main.py": "from train import build\nbuild(*stuff)"},
    "two programs with options of the same name that disagree": {
        "train.py": BUILD_ARGS,
        "a.py": "import argparse, train\np = argparse.ArgumentParser()\np.add_argument('--weight-decay', default=0.1)\nrun(train, p.parse_args())",
        "b.py": "import argparse, train\np = argparse.ArgumentParser()\np.add_argument('--weight-decay', default=0.2)\nrun(train, p.parse_args())",
    },
    "two configuration classes with the field": {
        "train.py": "import torch\nimport conf\ndef f(m, cfg):\n    torch.optim.Adam(m.parameters(), weight_decay=cfg.weight_decay)",
        "conf.py": CONFIG + "    @dataclass\n    class Other:\n        weight_decay: float = 0.3\n",
    },
    "an option of a program that has nothing to do with it": {"train.py": BUILD_ARGS, "other.py": PARSER},
    "an option whose attribute is set later": {"train.py": USE.format("from options import get_args\nargs = get_args()\nargs.weight_decay = tune()", "args.weight_decay"), "options.py": PARSER},
    "a key that Hydra's files do not have": {"train.py": HYDRA.format("wd"), "conf/config.yaml": "x: 1"},
    "a key that has to be given": {"train.py": HYDRA.format("wd"), "conf/config.yaml": "wd: ???"},
    "a key that a resolver fills": {"train.py": HYDRA.format("wd"), "conf/config.yaml": "wd: ${oc.env:WD}"},
    "a broken configuration file": {"train.py": HYDRA.format("wd"), "conf/config.yaml": "wd: [1"},
    "a configuration file outside the project": {"train.py": USE.format("import yaml\ncfg = yaml.safe_load(open('/etc/conf.yaml'))", "cfg['wd']")},
    "a configuration file whose name is computed": {"train.py": USE.format("import yaml\ncfg = yaml.safe_load(open(f'{name}.yaml'))", "cfg['wd']"), "conf.yaml": "wd: 0.01"},
    "an interpolation of itself": {"train.py": HYDRA.format("wd"), "conf/config.yaml": "wd: ${wd}"},
}  # fmt: skip


def _in(folder: Path, value: Value) -> Value:
    return Default(value.value, value.of.format(folder)) if isinstance(value, Default) else value


@pytest.mark.parametrize("case", IMPORTS.values(), ids=IMPORTS.keys())
def test_an_import_is_followed_to_the_number(tmp_path: Path, case: Case) -> None:
    assert decay(only_site(tmp_path, case.files, case.checked)) == case.value


@pytest.mark.parametrize("case", DECLARED.values(), ids=DECLARED.keys())
def test_a_setting_declared_in_another_file_is_a_default(tmp_path: Path, case: Case) -> None:
    assert decay(only_site(tmp_path, case.files, case.checked)) == case.value


@pytest.mark.parametrize("case", CALLERS.values(), ids=CALLERS.keys())
def test_callers_in_other_files_say_what_an_argument_is(tmp_path: Path, case: Case) -> None:
    assert decay(only_site(tmp_path, case.files, case.checked)) == case.value


@pytest.mark.parametrize("case", CONFIGURED.values(), ids=CONFIGURED.keys())
def test_a_number_in_a_configuration_file_is_a_default(tmp_path: Path, case: Case) -> None:
    assert decay(only_site(tmp_path, case.files, case.checked)) == _in(tmp_path, case.value)


@pytest.mark.parametrize("files", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_the_project_does_not_decide_is_unknown_and_says_why(
    tmp_path: Path, files: dict[str, str]
) -> None:
    value = decay(only_site(tmp_path, files))
    unknown = [v for v in (value.values if isinstance(value, OneOf) else (value,)) if isinstance(v, Unknown)]
    assert unknown
    assert all(v.why for v in unknown)


# ------------------------------------------------------------------------------ classes

ADAM = {
    "a class under another name in another file": {"train.py": "from lib import Opt\nOpt(m.parameters(), weight_decay=0.1)", "lib.py": "from torch.optim import Adam as Opt"},
    "a class a caller passes": {"train.py": "def build(m, optimizer_cls, **kw):\n    return optimizer_cls(m.parameters(), **kw)", "main.py": "import torch\nfrom train import build\nbuild(net, torch.optim.Adam, weight_decay=0.1)"},
    "a class a configuration module holds": {"train.py": "import conf\nconf.OPTIMIZER_CLASS(m.parameters(), weight_decay=0.1)", "conf.py": "import torch\nOPTIMIZER_CLASS = torch.optim.Adam"},
    "a registry and a name that is known": {"train.py": "from registry import OPTIMIZERS\nOPTIMIZERS['adam'](m.parameters(), weight_decay=0.1)", "registry.py": "import torch\nOPTIMIZERS = {'adam': torch.optim.Adam, 'sgd': torch.optim.SGD}"},
    "a partial of another file": {"train.py": "from lib import make_opt_cls\nmake_opt_cls(m.parameters())", "lib.py": "import functools, torch\nmake_opt_cls = functools.partial(torch.optim.Adam, weight_decay=0.1)"},
}  # fmt: skip


@pytest.mark.parametrize("files", ADAM.values(), ids=ADAM.keys())
def test_a_class_that_comes_from_another_file_is_known(tmp_path: Path, files: dict[str, str]) -> None:
    site = only_site(tmp_path, files)
    assert [o.name for o in site.optimizers] == ["torch.optim.Adam"]
    assert site.naming.place is None and site.naming.why
    assert decay(site) == Known(0.1)


def test_a_registry_and_a_name_that_is_not_known_give_one_of_its_classes(tmp_path: Path) -> None:
    files = {
        "train.py": "from registry import OPTIMIZERS\nOPTIMIZERS[name](m.parameters(), weight_decay=0.1)",
        "registry.py": "import torch\nOPTIMIZERS = {'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}",
    }
    site = only_site(tmp_path, files)
    assert [o.name for o in site.optimizers] == ["torch.optim.Adam", "torch.optim.AdamW"]
    assert site.ambiguous


def test_hydra_instantiates_the_class_its_configuration_names(tmp_path: Path) -> None:
    files = {
        "train.py": """
            import hydra
            @hydra.main(config_path="conf", config_name="config")
            def main(cfg):
                opt = hydra.utils.instantiate(cfg.optimizer, params=net.parameters())
        """,
        "conf/config.yaml": "defaults:\n  - optimizer: adam\n",
        "conf/optimizer/adam.yaml": "_target_: torch.optim.Adam\nlr: 1e-3\nweight_decay: 0.1\n",
    }
    site = only_site(tmp_path, files)
    assert [o.name for o in site.optimizers] == ["torch.optim.Adam"]
    assert decay(site) == Default(0.1, f"`optimizer.weight_decay` in {tmp_path}/conf/optimizer/adam.yaml")
    assert site.lr == Default(1e-3, f"`optimizer.lr` in {tmp_path}/conf/optimizer/adam.yaml")
    assert [g.parameters.extent for g in site.groups] == ["whole"]


# ------------------------------------------------------------------- groups and learning rate


def test_groups_that_a_helper_of_another_file_builds_are_read(tmp_path: Path) -> None:
    files = {
        "train.py": "import torch\nfrom lib import groups\ntorch.optim.AdamW(groups(net, 0.05), lr=1e-3)",
        "lib.py": """
            def groups(model, wd):
                decay = [p for p in model.parameters() if p.ndim > 1]
                rest = [p for p in model.parameters() if p.ndim <= 1]
                return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]
        """,
    }
    site = only_site(tmp_path, files)
    assert [g.decay.value for g in site.groups] == [Known(0.05), Known(0.0)]
    assert [g.parameters.exempts for g in site.groups] == [False, True]


def test_where_the_run_decides_which_groups_it_is_the_decay_is_one_of_theirs(tmp_path: Path) -> None:
    files = {
        "train.py": "import torch\nfrom lib import groups\ntorch.optim.Adam(groups(net, cfg), lr=1e-3)",
        "lib.py": """
            def groups(model, cfg):
                if cfg.split:
                    found = []
                    for name, p in model.named_parameters():
                        if "bias" in name:
                            found.append({"params": p, "weight_decay": 0})
                        else:
                            found.append({"params": p, "weight_decay": 0.1})
                else:
                    found = [{"params": list(model.parameters()), "weight_decay": 0.1}]
                return found
        """,
    }
    site = only_site(tmp_path, files)
    assert site.groups_unknown
    assert site.decay.value == OneOf((Known(0), Known(0.1)))
    assert site.decay.origin == "group"


def test_the_learning_rate_is_found_as_the_decay_is(tmp_path: Path) -> None:
    files = {
        "train.py": "import torch\nfrom conf import LR, WD\ntorch.optim.Adam(m.parameters(), lr=LR, weight_decay=WD)",
        "conf.py": "LR = 1e-3\nWD = 5e-4",
    }
    assert only_site(tmp_path, files).lr == Known(1e-3)


# ------------------------------------------------------------------------------- places


def where(site: OptimizerSite) -> Place:
    place = getattr(decay(site), "where", None)
    assert isinstance(place, Place)
    return place


def test_a_number_says_in_which_file_and_line_it_stands(tmp_path: Path) -> None:
    site = only_site(
        tmp_path, {"train.py": USE.format("from conf import WD", "WD"), "conf.py": "X = 1\nWD = 5e-4\n"}
    )
    place = where(site)
    assert (place.path, place.line, place.column) == (f"{tmp_path}/conf.py", 2, 6)


def test_a_number_in_a_configuration_file_says_where_it_stands(tmp_path: Path) -> None:
    site = only_site(tmp_path, {"train.py": HYDRA.format("o.wd"), "conf/config.yaml": "o:\n  wd: 0.01\n"})
    place = where(site)
    assert (place.path, place.line, place.column) == (f"{tmp_path}/conf/config.yaml", 2, 7)


def test_paths_of_other_files_are_relative_where_the_checked_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, {"app/train.py": USE.format("from conf import WD", "WD"), "conf.py": "WD = 5e-4"})
    monkeypatch.chdir(tmp_path)
    source = Source.decode(Path("app/train.py").read_bytes(), "app/train.py")
    (site,) = examine(source, parse(source), catalogue(), Project("app/train.py")).sites
    assert where(site).path == "conf.py"


# ----------------------------------------------------------------------- precision


def test_callers_in_tests_do_not_count(tmp_path: Path) -> None:
    files = {
        "train.py": BUILD.replace("weight_decay)", "weight_decay=5e-4)", 1),
        "tests/test_train.py": "from train import build\nbuild(net, 0.1)",
    }
    assert decay(only_site(tmp_path, files)) == Default(5e-4, "argument `weight_decay` of build()")


def test_a_caller_that_trains_adapters_makes_the_parameters_those_of_adapters(tmp_path: Path) -> None:
    files = {
        "train.py": "import torch\ndef build(params, wd):\n    return torch.optim.AdamW(params, weight_decay=wd)",
        "main.py": "import peft\nfrom train import build\nbuild(net.parameters(), 0.1)",
    }
    assert [g.parameters.extent for g in only_site(tmp_path, files).groups] == ["adapters"]


def test_more_callers_than_are_followed_leave_a_doubt(tmp_path: Path) -> None:
    callers = {f"m{i}.py": f"from train import build\nbuild(net, {i})" for i in range(9)}
    value = decay(only_site(tmp_path, {"train.py": BUILD, **callers}))
    assert isinstance(value, OneOf)
    assert any(isinstance(v, Unknown) for v in value.values)


# ------------------------------------------------------------------------------- budgets


def test_a_site_that_its_own_file_decides_opens_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"train.py": USE.format("from conf import model", "5e-4"), "conf.py": "model = 1"}

    def no_other_file(*_: object) -> None:
        raise AssertionError("another file is opened")

    monkeypatch.setattr("wdlint.reason.modules.Modules.load", no_other_file)
    assert decay(only_site(tmp_path, files)) == Known(5e-4)


def test_a_long_chain_of_modules_ends_in_unknown(tmp_path: Path) -> None:
    files = {f"m{i}.py": f"from m{i + 1} import WD" for i in range(100)} | {"m100.py": "WD = 5e-4"}
    value = decay(only_site(tmp_path, files | {"train.py": USE.format("from m0 import WD", "WD")}))
    assert isinstance(value, Unknown)
    assert "budget" in value.why
