"""Which optimizer a call builds, however the class is named."""

from __future__ import annotations

import pytest

from tests.reason.programs import facts, only_site

ADAM = {
    "the full name": "import torch\ntorch.optim.Adam(p)",
    "torch under another name": "import torch as th\nth.optim.Adam(p)",
    "a module alias": "import torch.optim as O\nO.Adam(p)",
    "from torch import optim": "from torch import optim\noptim.Adam(p)",
    "from torch.optim import Adam": "from torch.optim import Adam\nAdam(p)",
    "an import under another name": "from torch.optim import Adam as A\nA(p)",
    "a star import": "from torch.optim import *\nAdam(p)",
    "the defining module": "from torch.optim.adam import Adam\nAdam(p)",
    "an import in the function": "def f():\n    from torch.optim import Adam\n    return Adam(p)",
    "a variable": "import torch\nOpt = torch.optim.Adam\nOpt(p)",
    "getattr": "import torch\ngetattr(torch.optim, 'Adam')(p)",
    "a dict": "import torch\n{'adam': torch.optim.Adam, 'sgd': torch.optim.SGD}['adam'](p)",
    "a class attribute": "import torch\nclass T:\n    opt_class = torch.optim.Adam\n"
    "    def f(self):\n        return self.opt_class(p)",
    "an argument": "import torch\ndef f(optimizer_cls):\n    return optimizer_cls(p, lr=1)\nf(torch.optim.Adam)",
    "a default": "import torch\ndef f(optimizer_cls=torch.optim.Adam):\n    return optimizer_cls(p, lr=1)",
    "a lambda's body": "import torch\nf = lambda params: torch.optim.Adam(params)",
    "a partial": "import torch\nfrom functools import partial\npartial(torch.optim.Adam, lr=1)",
}

NOT_TORCH = {
    "a class of the same file": "from torch.optim import Optimizer\nclass Adam(Optimizer):\n    pass\nAdam(p)",
    "defined below its use": "def f():\n    return Adam(p)\nclass Adam:\n    pass",
    "a relative import": "from .optim import Adam\nAdam(p)",
    "another package": "from mlx.optimizers import Adam\nAdam(lr)",
    "a parameter named torch": "def f(torch):\n    torch.optim.Adam(p)",
    "a method": "class T:\n    def Adam(self, p):\n        pass\n    def f(self):\n        self.Adam(p)",
    "what the result returns": "import torch\ntorch.optim.Adam(p).step(q)",
}


@pytest.mark.parametrize("program", ADAM.values(), ids=ADAM.keys())
def test_torch_adam_is_recognised(program: str) -> None:
    assert only_site(program).optimizer.name == "torch.optim.Adam"


@pytest.mark.parametrize("program", NOT_TORCH.values(), ids=NOT_TORCH.keys())
def test_something_else_of_that_name_is_not_taken_for_it(program: str) -> None:
    names = [s.optimizer.name for s in facts(program).sites]
    assert names in ([], ["torch.optim.Adam"][: int("step" in program)])


def test_a_conditional_import_stays_ambiguous() -> None:
    site = only_site(
        """
        try:
            from apex.optimizers import FusedAdam as Adam
        except ImportError:
            from torch.optim import Adam
        Adam(p, lr=1)
        """
    )
    assert {o.name for o in site.optimizers} == {"apex.optimizers.FusedAdam", "torch.optim.Adam"}
    assert site.couplings == ("decoupled", "coupled")


def test_a_choice_at_run_time_stays_ambiguous() -> None:
    site = only_site("import torch\ncls = torch.optim.Adam if a else torch.optim.SGD\ncls(p, lr=1)")
    assert {o.short_name for o in site.optimizers} == {"Adam", "SGD"}


FLAGS = {
    "decoupled_weight_decay=True": ("torch.optim.Adam(p, decoupled_weight_decay=True)", "decoupled"),
    "decoupled_weight_decay=False": ("torch.optim.Adam(p, decoupled_weight_decay=False)", "coupled"),
    "a flag that cannot be read": ("torch.optim.Adam(p, decoupled_weight_decay=flag())", "unknown"),
    "apex adam_w_mode=False": ("apex.optimizers.FusedAdam(p, adam_w_mode=False)", "coupled"),
    "apex by default": ("apex.optimizers.FusedAdam(p)", "decoupled"),
    "bitsandbytes Adam is decoupled": ("bitsandbytes.optim.Adam8bit(p)", "decoupled"),
    "torchao Adam8bit is coupled": ("torchao.optim.Adam8bit(p)", "coupled"),
}


@pytest.mark.parametrize(("call", "coupling"), FLAGS.values(), ids=FLAGS.keys())
def test_flags_and_libraries_decide_the_coupling(call: str, coupling: str) -> None:
    program = f"import torch, apex.optimizers, bitsandbytes, torchao.optim\n{call}"
    assert only_site(program).couplings == (coupling,)


NAMED = {
    "in the call": ("import torch\ntorch.optim.Adam(p)", 2),
    "by a star import": ("from torch.optim import *\nAdam(p)", 2),
    "in a local variable": ("import torch\nO = torch.optim.Adam\n\nO(p)", 2),
    "through two variables": ("import torch\nO = torch.optim.Adam\nP = O\nP(p, lr=1)", 2),
    "in a table": ("import torch\nT = {\n'a': torch.optim.Adam}\nT['a'](p)", 3),
    "in dict()": ("import torch\nT = dict(\na=torch.optim.Adam)\nT.get('a')(p)", 3),
    "in a partial": ("import torch, functools\nmake = functools.partial(torch.optim.Adam)\nmake(p, lr=1)", 2),
    "as a string": ("import torch\nname = 'Adam'\ngetattr(torch.optim, name)(p)", 2),
    "in an argument of a wrapper": (
        "import torch\ntorch.distributed.optim.ZeroRedundancyOptimizer(\np,\noptimizer_class=torch.optim.Adam)",
        4,
    ),
    "in a class": (
        "import torch\nclass T:\n    O = torch.optim.Adam\n    def f(self):\n        self.O(p, lr=1)",
        3,
    ),
    "in a function whose neighbour uses the same name": (
        "import torch\ndef f():\n    O = torch.optim.SGD\n    O(p)\n"
        "def g():\n    O = torch.optim.Adam\n    O(p)",
        6,
    ),
    "in a constructor": (
        "import torch\nclass T:\n    def __init__(self):\n        self.optim_class = torch.optim.Adam\n"
        "    def f(self):\n        self.optim_class(p, lr=1)",
        4,
    ),
}


@pytest.mark.parametrize(("program", "line"), NAMED.values(), ids=NAMED.keys())
def test_a_class_is_named_at_the_end_of_the_way_to_the_call(program: str, line: int) -> None:
    naming = facts(program).sites[-1].naming
    assert naming.place is not None and naming.place.line == line


NOT_RENAMED = {
    "a parameter": (
        "import torch\ndef f(cls=torch.optim.Adam):\n    cls(p, lr=1)",
        "the class arrives as an argument (`cls`, line 2): another one would change an interface",
    ),
    "a variable that is used twice": (
        "import torch\nO = torch.optim.Adam\nprint(O)\nO(p)",
        "`O` is used at lines 3 and 4",
    ),
    "a table that others look into": (
        "import torch\nT = {'a': torch.optim.Adam}\nT['a'](p)\nprint(T.keys())",
        "`T` is used at lines 3 and 4",
    ),
    "a table that is changed": (
        "import torch\nT = {'a': torch.optim.Adam}\nT['b'] = 1\nT['a'](p)",
        "`T` is not simply assigned one class (lines 2 and 3)",
    ),
    "a value that goes to two names": (
        "import torch\nO = P = torch.optim.Adam\nO(p)",
        "`O` is not simply assigned one class (line 2)",
    ),
    "a value of an expression": (
        "import torch\nprint(O := torch.optim.Adam)\nO(p)",
        "`O` is not simply assigned one class (line 2)",
    ),
    "a name that is exported": (
        "import torch\n__all__ = ['O']\nO = torch.optim.Adam\nO(p)",
        "line 2 names `O` in a string",
    ),
    "a subclass with another one": (
        "import torch\nclass T:\n    O = torch.optim.Adam\n    def f(self):\n        self.O(p, lr=1)\n"
        "class U(T):\n    O = torch.optim.Adam",
        "`O` is not simply assigned one class (lines 3 and 7)",
    ),
    "getattr of the module of the old class": (
        "import torch.optim.adam\ngetattr(torch.optim.adam, 'Adam')(p)",
        "line 2 chooses the class when the program runs",
    ),
}


@pytest.mark.parametrize(("program", "why"), NOT_RENAMED.values(), ids=NOT_RENAMED.keys())
def test_a_class_that_others_get_as_well_is_not_renamed(program: str, why: str) -> None:
    naming = only_site(program).naming
    assert (naming.place, naming.why) == (None, why)


def test_an_option_that_names_the_class_leaves_it_open() -> None:
    site = only_site(
        """
        import torch
        parser.add_argument("--optimizer", default="adamw")
        args = parser.parse_args()
        {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[args.optimizer](p, lr=1)
        """
    )
    assert {o.short_name for o in site.optimizers} == {"Adam", "AdamW"}


def test_getattr_with_an_option_may_be_another_class() -> None:
    site = only_site(
        """
        import torch
        parser.add_argument("--optimizer", default="Adam")
        args = parser.parse_args()
        getattr(torch.optim, args.optimizer)(p, lr=1)
        """
    )
    assert site.optimizer.short_name == "Adam"
    assert site.ambiguous


def test_torch_may_come_through_a_star_import_of_the_project() -> None:
    assert only_site("from model import *\ntorch.optim.Adam(p)").optimizer.name == "torch.optim.Adam"


def test_a_fallback_of_this_file_leaves_the_class_open() -> None:
    site = only_site(
        """
        try:
            from mylib import Adam
        except ImportError:
            from torch.optim import Adam
        Adam(p, lr=1, weight_decay=0.1)
        """
    )
    assert site.ambiguous


def _chain(names: list[str], setting: str) -> list[bool]:
    arms = "".join(
        f"{'el' if i else ''}if {setting}.lower() == '{n.lower()}':\n    o = torch.optim.{n}(ps, weight_decay=0.05)\n"
        for i, n in enumerate(names)
    )
    program = (
        "import argparse, torch\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--opt', default='adam')\nargs = parser.parse_args()\nps = model.parameters()\n"
    )
    return [site.among_many for site in facts(program + arms).sites]


LISTED = ["SGD", "Adam", "AdamW", "Adadelta", "RMSprop"]


def test_an_arm_of_a_long_list_of_optimizers_may_never_be_taken() -> None:
    assert _chain(LISTED, "other.name") == [True] * 5


def test_the_arm_that_the_default_picks_is_taken() -> None:
    assert _chain(LISTED, "args.opt") == [True, False, True, True, True]


def test_a_short_list_is_a_programs_own_choice() -> None:
    assert _chain(LISTED[:3], "other.name") == [False] * 3
