"""Which number an argument is worth, however it gets there."""

from __future__ import annotations

import pytest

from tests.reason.programs import facts, only_site
from wdlint.facts import Default, Known, OneOf, Unknown, number

KNOWN = {
    "a literal": "torch.optim.Adam(m.parameters(), weight_decay=5e-4)",
    "folded arithmetic": "torch.optim.Adam(m.parameters(), weight_decay=5 * 10**-4)",
    "a positional argument": "torch.optim.Adam(m.parameters(), 1e-3, (0.9, 0.999), 1e-8, 5e-4)",
    "a module constant": "WD = 5e-4\ntorch.optim.Adam(m.parameters(), weight_decay=WD)",
    "the last of several assignments": "WD = 1\nWD = 5e-4\ntorch.optim.Adam(m.parameters(), weight_decay=WD)",
    "a parsed string": 'torch.optim.Adam(m.parameters(), weight_decay=float("5e-4"))',
    "a dict spread by **": "kw = {'weight_decay': 5e-4}\ntorch.optim.Adam(m.parameters(), **kw)",
    "a dict() spread by **": "kw = dict(lr=1, weight_decay=5e-4)\ntorch.optim.Adam(m.parameters(), **kw)",
    "a key set later": "kw = {}\nkw['weight_decay'] = 5e-4\ntorch.optim.Adam(m.parameters(), **kw)",
    "a subscript": "cfg = {'opt': {'wd': 5e-4}}\ntorch.optim.Adam(m.parameters(), weight_decay=cfg['opt']['wd'])",
    "dict.get": "cfg = {'wd': 5e-4}\ntorch.optim.Adam(m.parameters(), weight_decay=cfg.get('wd', 0))",
    "an unpacked tuple": "lr, wd = 1e-3, 5e-4\ntorch.optim.Adam(m.parameters(), lr, weight_decay=wd)",
    "a class attribute": "class C:\n    wd = 5e-4\ntorch.optim.Adam(m.parameters(), weight_decay=C.wd)",
    "a namespace": "import types\nc = types.SimpleNamespace(wd=5e-4)\n"
    "torch.optim.Adam(m.parameters(), weight_decay=c.wd)",
    "what the only caller passes": "def f(m, wd):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)\nf(net, 5e-4)",
    "a helper's return value": "def wd():\n    return 5e-4\ntorch.optim.Adam(m.parameters(), weight_decay=wd())",
    "a walrus": "if (wd := 5e-4):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)",
    "a list built by append": "groups = []\ngroups.append({'params': a.parameters(), 'weight_decay': 5e-4})\n"
    "torch.optim.Adam(groups)",
    "a group given to add_param_group": "opt = torch.optim.Adam(b.parameters())\n"
    "opt.add_param_group({'params': a.parameters(), 'weight_decay': 5e-4})",
}

DEFAULTS = {
    "argparse, dashes": (
        "p.add_argument('--weight-decay', default=5e-4)\nargs = p.parse_args()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=args.weight_decay)",
        "--weight-decay",
    ),
    "argparse, dest": (
        "p.add_argument('--wd', '--l2', dest='decay', default=5e-4)\nargs = p.parse_args()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=args.decay)",
        "--wd",
    ),
    "argparse in main(), used in a function": (
        "def run(args):\n    torch.optim.Adam(m.parameters(), weight_decay=args.wd)\n"
        "def main():\n    p = argparse.ArgumentParser()\n    p.add_argument('--wd', default=5e-4)\n    run(p.parse_args())",
        "--wd",
    ),
    "vars(args)": (
        "p.add_argument('--wd', default=5e-4)\ncfg = vars(p.parse_args())\n"
        "torch.optim.Adam(m.parameters(), weight_decay=cfg['wd'])",
        "--wd",
    ),
    "absl": (
        "from absl import flags\nflags.DEFINE_float('wd', 5e-4, 'decay')\nFLAGS = flags.FLAGS\n"
        "torch.optim.Adam(m.parameters(), weight_decay=FLAGS.wd)",
        "--wd",
    ),
    "click": (
        "import click\n@click.command()\n@click.option('--wd', default=5e-4)\ndef main(wd):\n"
        "    torch.optim.Adam(m.parameters(), weight_decay=wd)\nmain()",
        "--wd",
    ),
    "typer": (
        "import typer\ndef main(wd: float = typer.Option(5e-4)):\n"
        "    torch.optim.Adam(m.parameters(), weight_decay=wd)\ntyper.run(main)",
        "--wd",
    ),
    "a function's parameter": (
        "def f(m, wd=5e-4):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)",
        "argument `wd` of f()",
    ),
    "a constructor's parameter through self": (
        "class T:\n    def __init__(self, wd=5e-4):\n        self.wd = wd\n"
        "    def go(self):\n        torch.optim.Adam(m.parameters(), weight_decay=self.wd)",
        "argument `wd` of T()",
    ),
    "a base class's constructor": (
        "class B:\n    def __init__(self, wd=5e-4):\n        self.wd = wd\nclass T(B):\n"
        "    def go(self):\n        torch.optim.Adam(m.parameters(), weight_decay=self.wd)",
        "argument `wd` of B()",
    ),
    "save_hyperparameters": (
        "class T(L.LightningModule):\n    def __init__(self, wd=5e-4):\n        self.save_hyperparameters()\n"
        "    def go(self):\n        torch.optim.Adam(m.parameters(), weight_decay=self.hparams.wd)",
        "argument `wd` of T()",
    ),
    "a dataclass as annotation": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    wd: float = 5e-4\n"
        "def f(c: C):\n    torch.optim.Adam(m.parameters(), weight_decay=c.wd)",
        "field `wd` of C",
    ),
    "a dataclass field()": (
        "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    wd: float = field(default=5e-4)\nc = C()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=c.wd)",
        "field `wd` of C",
    ),
    "HfArgumentParser": (
        "from dataclasses import dataclass\nfrom transformers import HfArgumentParser\n@dataclass\nclass A:\n    x: int = 1\n"
        "@dataclass\nclass B:\n    wd: float = 5e-4\na, b = HfArgumentParser((A, B)).parse_args_into_dataclasses()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=b.wd)",
        "field `wd` of B",
    ),
    "tyro": (
        "import tyro\nfrom dataclasses import dataclass\n@dataclass\nclass C:\n    wd: float = 5e-4\nc = tyro.cli(C)\n"
        "torch.optim.Adam(m.parameters(), weight_decay=c.wd)",
        "field `wd` of C",
    ),
    "a constant that a configurator may override": (
        "WD = 5e-4\nexec(open('configurator.py').read())\ntorch.optim.Adam(m.parameters(), weight_decay=WD)",
        "a module that calls exec()",
    ),
    "a string that argparse converts": (
        "p.add_argument('--wd', type=float, default='5e-4')\nargs = p.parse_args()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=args.wd)",
        "--wd",
    ),
    "arithmetic on an option": (
        "p.add_argument('--wd', default=1e-3)\nargs = p.parse_args()\n"
        "torch.optim.Adam(m.parameters(), weight_decay=args.wd / 2)",
        "--wd",
    ),
}

UNKNOWN = {
    "an import": "from conf import wd\ntorch.optim.Adam(m.parameters(), weight_decay=wd)",
    "an argument nobody passes": "def f(m, wd):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)",
    "a call": "torch.optim.Adam(m.parameters(), weight_decay=tune())",
    "an option without default": "p.add_argument('--wd', type=float)\na = p.parse_args()\n"
    "torch.optim.Adam(m.parameters(), weight_decay=a.wd)",
    "**kwargs of an unknown caller": "def f(m, **kw):\n    torch.optim.Adam(m.parameters(), **kw)",
    "defined by itself": "wd = wd\ntorch.optim.Adam(m.parameters(), weight_decay=wd)",
}


def coefficient(program: str):
    site = only_site("import torch\n" + program)
    return next((g.decay.value for g in site.groups if g.decay.origin == "group"), site.decay.value)


@pytest.mark.parametrize("program", KNOWN.values(), ids=KNOWN.keys())
def test_a_number_that_is_fixed_is_known(program: str) -> None:
    assert coefficient(program) == Known(5e-4)


@pytest.mark.parametrize(("program", "of"), DEFAULTS.values(), ids=DEFAULTS.keys())
def test_a_number_that_a_user_can_override_is_a_default_and_says_of_what(program: str, of: str) -> None:
    assert coefficient(program) == Default(5e-4, of)


@pytest.mark.parametrize("program", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_number_that_cannot_be_seen_is_unknown_and_says_why(program: str) -> None:
    value = coefficient(program)
    assert isinstance(value, Unknown)
    assert value.why


def test_two_branches_give_one_of_two_values() -> None:
    value = coefficient(
        "if big:\n    wd = 0.1\nelse:\n    wd = 0.0\ntorch.optim.Adam(m.parameters(), weight_decay=wd)"
    )
    assert value == OneOf((Known(0.1), Known(0.0)))


def test_a_branch_that_leaves_contributes_nothing() -> None:
    value = coefficient(
        "def f():\n    wd = 5e-4\n    if bad:\n        wd = 9\n        raise ValueError\n"
        "    torch.optim.Adam(m.parameters(), weight_decay=wd)"
    )
    assert value == Known(5e-4)


def test_callers_that_disagree_give_one_of_their_values() -> None:
    value = coefficient(
        "def f(m, wd):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)\nf(a, 0.1)\nf(b, 0.2)"
    )
    assert value == OneOf((Known(0.1), Known(0.2)))


def test_what_callers_pass_wins_over_a_default_they_never_use() -> None:
    value = coefficient(
        "def f(m, wd=0.1):\n    torch.optim.Adam(m.parameters(), weight_decay=wd)\nf(a, wd=0)\n"
    )
    assert value == Known(0)


def test_the_library_default_applies_where_nothing_is_written() -> None:
    site = only_site("import torch\ntorch.optim.AdamW(m.parameters(), lr=1e-3)")
    assert (site.decay.origin, number(site.decay.value)) == ("default", 0.01)


def test_transformers_adamw_does_not_decay_by_default() -> None:
    site = only_site("from transformers import AdamW\nAdamW(m.parameters(), lr=1e-3)")
    assert number(site.decay.value) == 0


def test_the_learning_rate_is_read_like_the_decay() -> None:
    site = only_site("import torch\nLR = 1e-3\ntorch.optim.Adam(m.parameters(), LR, weight_decay=1)")
    assert site.lr == Known(1e-3)


def test_a_deep_expression_ends_in_unknown_and_not_in_an_error() -> None:
    program = "wd0 = 1\n" + "".join(f"wd{i + 1} = wd{i} + wd{i}\n" for i in range(300))
    site = only_site("import torch\n" + program + "torch.optim.Adam(m.parameters(), weight_decay=wd300)")
    assert number(site.decay.value) is None or number(site.decay.value) > 0


def test_where_a_number_is_written_is_remembered() -> None:
    value = coefficient("WD = 5e-4\n\ntorch.optim.Adam(m.parameters(), weight_decay=WD)")
    assert value.where is not None
    assert value.where.line == 2


def test_a_module_without_optimizers_has_no_facts() -> None:
    assert not facts("import torch\nprint(torch.zeros(1))")


CHANGED = {
    "popped": "kw = dict(weight_decay=5e-4)\nwd = kw.pop('weight_decay')\ntorch.optim.Adam(m.parameters(), **kw)",
    "deleted": "kw = dict(weight_decay=5e-4)\ndel kw['weight_decay']\ntorch.optim.Adam(m.parameters(), **kw)",
    "scaled in place": "kw = dict(weight_decay=5e-4)\nkw['weight_decay'] *= f\ntorch.optim.Adam(m.parameters(), **kw)",
    "set in a nested mapping": "c = {'o': {'weight_decay': 5e-4}}\nc['o']['weight_decay'] = 0.0\n"
    "torch.optim.Adam(m.parameters(), **c['o'])",
    "overridden by a mapping that is not known": "torch.optim.Adam(m.parameters(), **{'weight_decay': 5e-4, **user})",
    "set under a condition": "kw = {}\nif flag:\n    kw['weight_decay'] = 5e-4\ntorch.optim.Adam(m.parameters(), **kw)",
    "set by another function": "C = {'wd': 5e-4}\ndef load():\n    C['wd'] = x\n"
    "def f(m):\n    torch.optim.Adam(m.parameters(), weight_decay=C['wd'])",
    "an attribute set from outside": "p.add_argument('--wd', default=5e-4)\nargs = p.parse_args()\nargs.wd = tune()\n"
    "def f(m):\n    torch.optim.Adam(m.parameters(), weight_decay=args.wd)",
    "lost by a break": "wd = 5e-4\nfor n in names:\n    if n:\n        wd = 0.0\n        break\n"
    "torch.optim.Adam(m.parameters(), weight_decay=wd)",
    "rebound by a function that declares it global": "WD = 5e-4\ndef setup():\n    global WD\n    WD = 0.0\n"
    "def f(m):\n    torch.optim.Adam(m.parameters(), weight_decay=WD)",
    "left to the callers' own mapping": "def f(m, kw={}):\n    torch.optim.AdamW(m.parameters(), **kw)",
}


@pytest.mark.parametrize("program", CHANGED.values(), ids=CHANGED.keys())
def test_a_number_that_may_have_changed_is_not_certain(program: str) -> None:
    value = coefficient(program)
    assert value != Known(5e-4)
    assert not isinstance(value, Default)
