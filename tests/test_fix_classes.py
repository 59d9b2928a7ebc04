"""The class after a fix: exact text before and after, however the class came to the call.

Unlike ``test_fixes.py`` these start from programs: what the reasoner says of the class is part of it.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from wdlint.engine import FixedFile, check_source, fix_source
from wdlint.settings import default_settings
from wdlint.sources.project import Project

UNSAFE = replace(default_settings(), unsafe_fixes=True)


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def fix(text: str, weight_decay: float | None = None) -> FixedFile:
    settings = replace(UNSAFE, weight_decay=weight_decay)
    result = fix_source(text.encode(), "train.py", settings)
    assert not result.problems
    return result


def fixed(text: str, weight_decay: float | None = None) -> str:
    """The program after its fixes; a second run changes nothing."""
    once = fix(text, weight_decay).data.decode()
    assert fix(once, weight_decay).data.decode() == once
    return once


def withheld(text: str) -> str:
    """Why the one finding of a program has no fix."""
    result = fix(text)
    assert result.data.decode() == text
    (finding,) = result.report.findings
    assert finding.fix is not None and finding.fix.withheld is not None
    return finding.fix.withheld


def cautions(text: str) -> tuple[str, ...]:
    """What makes the first fix of a program unsafe."""
    applied = fix(text).applied[0].fix
    assert applied is not None and applied.applicability == ("unsafe" if applied.cautions else "safe")
    return applied.cautions


def test_a_call_in_an_f_string_is_left_alone() -> None:
    text = "import torch\nprint(f'{torch.optim.Adam(model.parameters(), weight_decay=1e-2)}')\n"
    assert withheld(text) == "the call stands in an f-string"


# ---------------------------------------------------------------- the class as a value

HELD = {
    "a variable": (
        "opt_cls = torch.optim.Adam\nopt = opt_cls(",
        "opt_cls = torch.optim.AdamW\nopt = opt_cls(",
    ),
    "a string": ("opt = getattr(torch.optim, 'Adam')(", "opt = getattr(torch.optim, 'AdamW')("),
    "a string in a variable": (
        'name = "Adam"\nopt = getattr(torch.optim, name)(',
        'name = "AdamW"\nopt = getattr(torch.optim, name)(',
    ),
    "a table": (
        "OPTIMIZERS = {'adam': torch.optim.Adam, 'sgd': torch.optim.SGD}\nopt = OPTIMIZERS['adam'](",
        "OPTIMIZERS = {'adam': torch.optim.AdamW, 'sgd': torch.optim.SGD}\nopt = OPTIMIZERS['adam'](",
    ),
    "a table made by dict()": (
        "OPTIMIZERS = dict(adam=torch.optim.Adam)\nopt = OPTIMIZERS.get('adam')(",
        "OPTIMIZERS = dict(adam=torch.optim.AdamW)\nopt = OPTIMIZERS.get('adam')(",
    ),
    "a partial": (
        "make = functools.partial(torch.optim.Adam, betas=(0.9, 0.98))\nopt = make(",
        "make = functools.partial(torch.optim.AdamW, betas=(0.9, 0.98))\nopt = make(",
    ),
    "a wrapper": (
        "opt = torch.distributed.optim.ZeroRedundancyOptimizer(optimizer_class=torch.optim.Adam, params=",
        "opt = torch.distributed.optim.ZeroRedundancyOptimizer(optimizer_class=torch.optim.AdamW, params=",
    ),
}


@pytest.mark.parametrize(("before", "after"), HELD.values(), ids=HELD.keys())
def test_a_class_is_renamed_where_it_is_named(before: str, after: str) -> None:
    program = "import functools, torch\n{}groups(), lr=1e-2, weight_decay=1e-2)\n"
    assert fixed(program.format(before)) == program.format(after)


def test_a_partial_is_renamed_and_the_call_of_it_is_split() -> None:
    before = """
        import functools, torch
        make = functools.partial(torch.optim.Adam, lr=1e-2, weight_decay=1e-2)
        opt = make(model.parameters())
        """
    after = """
        import functools, torch
        make = functools.partial(torch.optim.AdamW, lr=1e-2, weight_decay=1e-2)
        opt = make([
            {"params": [p for p in model.parameters() if p.ndim > 1]},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ])
        """
    assert fixed(dedent(before)) == dedent(after)


def test_an_attribute_of_the_class_is_renamed_where_it_is_set() -> None:
    before = """
        import torch
        class Trainer:
            optimizer_class = torch.optim.Adam
            def configure(self, groups):
                return self.optimizer_class(groups, lr=1e-2, weight_decay=1e-2)
        """
    assert fixed(dedent(before)) == dedent(before).replace("optim.Adam", "optim.AdamW")


def test_a_class_that_another_file_takes_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "other.py").write_text("import train\nprint(train.OPTIMIZERS)\n")
    path = tmp_path / "train.py"
    text = "import torch\nOPTIMIZERS = {'adam': torch.optim.Adam}\nopt = OPTIMIZERS['adam'](g, lr=1, weight_decay=0.1)\n"
    path.write_text(text)
    result = fix_source(text.encode(), str(path), UNSAFE, Project(str(path)))
    assert result.data.decode() == text
    (finding,) = result.report.findings
    assert finding.fix is not None
    assert finding.fix.withheld == f"`OPTIMIZERS` is used elsewhere, too: {tmp_path / 'other.py'}:2"


def test_a_class_that_is_passed_is_left_alone_and_the_argument_named() -> None:
    text = "import torch\ndef f(g, cls=torch.optim.Adam):\n    return cls(g, lr=1, weight_decay=0.1)\n"
    assert withheld(text) == (
        "the class arrives as an argument (`cls`, line 2): another one would change an interface"
    )


# -------------------------------------------------------------------------- arguments

ARGUMENTS = {
    "five by position": (
        "Adam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2)",
        "AdamW(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2)",
    ),
    "amsgrad by position": (
        "Adam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, True)",
        "AdamW(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, True)",
    ),
    "amsgrad by name": (
        "Adam(groups(), lr=1e-3, weight_decay=1e-2, amsgrad=True)",
        "AdamW(groups(), lr=1e-3, weight_decay=1e-2, amsgrad=True)",
    ),
    "the keywords of the implementation": (
        "Adam(groups(), 1e-3, weight_decay=1e-2, foreach=None, maximize=False, capturable=False, fused=None)",
        "AdamW(groups(), 1e-3, weight_decay=1e-2, foreach=None, maximize=False, capturable=False, fused=None)",
    ),
    "the flag of NAdam": (
        "NAdam(groups(), 1e-3, weight_decay=1e-2)",
        "NAdam(groups(), 1e-3, weight_decay=1e-2, decoupled_weight_decay=True)",
    ),
    "the flag of NAdam, false by position": (
        "NAdam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, 0.004, False)",
        "NAdam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, 0.004, True)",
    ),
    "the flag of RAdam, false by position": (
        "RAdam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, False)",
        "RAdam(groups(), 1e-3, (0.9, 0.999), 1e-8, 1e-2, True)",
    ),
    "the flag of RAdam, false by name": (
        "RAdam(groups(), decoupled_weight_decay=False, weight_decay=1e-2, lr=1e-3)",
        "RAdam(groups(), decoupled_weight_decay=True, weight_decay=1e-2, lr=1e-3)",
    ),
    "a mapping that can be read": (
        "Adam(groups(), **{'lr': 1e-3, 'weight_decay': 1e-2})",
        "AdamW(groups(), **{'lr': 1e-3, 'weight_decay': 1e-2})",
    ),
}


@pytest.mark.parametrize(("before", "after"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_stay_right(before: str, after: str) -> None:
    assert (
        fixed(f"import torch\nopt = torch.optim.{before}\n") == f"import torch\nopt = torch.optim.{after}\n"
    )


# ---------------------------------------------------------------- what else names the class


def test_an_import_that_only_the_replaced_calls_have_read_goes() -> None:
    before = """
        from torch.optim import Adam, lr_scheduler
        def build(a, b):
            \"\"\"Adam for both.\"\"\"
            first = Adam(groups(a), weight_decay=1e-2, lr=1e-2)  # Adam
            return first, Adam(groups(b), weight_decay=1e-2, lr=1e-2)
        """
    after = """
        from torch.optim import AdamW, lr_scheduler
        def build(a, b):
            \"\"\"Adam for both.\"\"\"
            first = AdamW(groups(a), weight_decay=1e-2, lr=1e-2)  # Adam
            return first, AdamW(groups(b), weight_decay=1e-2, lr=1e-2)
        """
    assert fixed(dedent(before)) == dedent(after)


def test_an_import_of_its_own_goes_with_its_line() -> None:
    before = """
        from torch.optim import Adam
        from torch.optim import AdamW
        opt = Adam(groups(), weight_decay=1e-2, lr=1e-2)
        """
    after = """
        from torch.optim import AdamW
        opt = AdamW(groups(), weight_decay=1e-2, lr=1e-2)
        """
    assert fixed(dedent(before)) == dedent(after)


STILL_READ = {
    "a call that keeps it": "\nother = Adam(groups(), lr=1e-2)",
    "an export": '\n__all__ = ["Adam"]',
    "an annotation in a string": '\ndef step(opt: "Adam | None") -> None: ...',
}


@pytest.mark.parametrize("use", STILL_READ.values(), ids=STILL_READ.keys())
def test_an_import_that_something_else_reads_stays(use: str) -> None:
    before = f"from torch.optim import Adam\nopt = Adam(groups(), weight_decay=1e-2, lr=1e-2){use}\n"
    after = f"from torch.optim import Adam, AdamW\nopt = AdamW(groups(), weight_decay=1e-2, lr=1e-2){use}\n"
    assert fixed(before) == after


def test_an_import_that_another_file_takes_stays(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "other.py").write_text("from train import (\n    Adam,\n)\n")
    path = tmp_path / "train.py"
    text = "from torch.optim import Adam\nopt = Adam(groups(), weight_decay=1e-2, lr=1e-2)\n"
    path.write_text(text)
    result = fix_source(text.encode(), str(path), UNSAFE, Project(str(path)))
    assert result.data.decode().startswith("from torch.optim import Adam, AdamW\n")


def test_annotations_of_what_is_converted_name_the_new_class() -> None:
    before = """
        from torch.optim import Adam
        first: Adam = Adam(groups(), weight_decay=1e-2, lr=1e-2)
        def build() -> Adam:
            second = Adam(groups(), weight_decay=1e-2, lr=1e-2)
            return second
        """
    after = """
        from torch.optim import AdamW
        first: AdamW = AdamW(groups(), weight_decay=1e-2, lr=1e-2)
        def build() -> AdamW:
            second = AdamW(groups(), weight_decay=1e-2, lr=1e-2)
            return second
        """
    assert fixed(dedent(before)) == dedent(after)


def test_an_annotation_that_holds_for_another_optimizer_too_stays() -> None:
    before = """
        from torch.optim import Adam
        def build(other) -> Adam:
            if other:
                return Adam(groups(), lr=1e-2)
            return Adam(groups(), weight_decay=1e-2, lr=1e-2)
        """
    after = """
        from torch.optim import Adam, AdamW
        def build(other) -> Adam:
            if other:
                return Adam(groups(), lr=1e-2)
            return AdamW(groups(), weight_decay=1e-2, lr=1e-2)
        """
    assert fixed(dedent(before)) == dedent(after)


# ------------------------------------------------------------------ arguments nobody can read


def test_a_mapping_that_cannot_be_read_makes_another_class_unsafe() -> None:
    text = "import torch\ndef f(g, **kw):\n    return torch.optim.Adam(g, weight_decay=0.1, lr=1, **kw)\n"
    assert cautions(text) == ("line 3 passes a ** mapping that may hold what AdamW does not take",)


def test_a_flag_that_may_be_given_already_is_not_given_again() -> None:
    text = "import torch\ndef f(g, **kw):\n    return torch.optim.NAdam(g, weight_decay=0.1, lr=1, **kw)\n"
    assert withheld(text) == (
        "line 3 passes arguments that cannot be read and may set `decoupled_weight_decay`"
    )


# ----------------------------------------------------------------------- names in factories

PICKED = {
    "by keyword": (
        "model, opt='adam', weight_decay=0.05, lr=1e-3",
        "model, opt='adamw', weight_decay=0.05, lr=1e-3",
    ),
    "by position": ('model, "adam", 1e-3, 0.05', 'model, "adamw", 1e-3, 0.05'),
    "with a prefix": ("model, 'lookahead_Adam', 1e-3, 0.05", "model, 'lookahead_adamw', 1e-3, 0.05"),
    "nadam": ("model, 'nadam', 1e-3, 0.05", "model, 'nadamw', 1e-3, 0.05"),
}


@pytest.mark.parametrize(("before", "after"), PICKED.values(), ids=PICKED.keys())
def test_a_factory_is_asked_for_the_decoupled_twin(before: str, after: str) -> None:
    program = "from timm.optim import create_optimizer_v2\nopt = create_optimizer_v2({})\n"
    assert fixed(program.format(before)) == program.format(after)


def test_a_word_in_a_variable_is_changed_where_it_is_written() -> None:
    before = "import timm.optim\nNAME = 'adam'\nopt = timm.optim.create_optimizer_v2(m, NAME, 1e-3, 0.05)\n"
    assert fixed(before) == before.replace("'adam'", "'adamw'")


def test_the_number_given_to_a_factory_is_replaced_by_the_user_s() -> None:
    before = "from timm.optim import create_optimizer_v2\nopt = create_optimizer_v2(m, 'adam', 1e-3, 1e-5)\n"
    assert fixed(before, weight_decay=0.05) == before.replace("'adam', 1e-3, 1e-5", "'adamw', 1e-3, 0.05")


def test_a_factory_that_has_no_twin_says_so() -> None:
    text = "from timm.optim import create_optimizer_v2\nopt = create_optimizer_v2(m, 'adamax', 1e-3, 0.05)\n"
    assert withheld(text) == "create_optimizer_v2() has no decoupled adamax: pick adamw"


def test_a_word_that_an_option_may_change_is_left_alone() -> None:
    text = dedent(
        """
        import argparse
        from timm.optim import create_optimizer_v2
        parser = argparse.ArgumentParser()
        parser.add_argument("--opt", default="adam")
        args = parser.parse_args()
        opt = create_optimizer_v2(model, args.opt, 1e-3, 0.05)
        """
    )
    assert withheld(text) == "create_optimizer_v2() may pick another optimizer than adam"


@pytest.mark.parametrize("word", ["adamw", "radam", "sgd", "lamb"])
def test_a_factory_that_builds_something_else_is_not_reported(word: str) -> None:
    text = f"from timm.optim import create_optimizer_v2\nopt = create_optimizer_v2(m, {word!r}, 1e-3, 0.05)\n"
    assert fix(text).report.findings == () and fix(text).data.decode() == text


# ------------------------------------------------------------------- classes handed over

HANDED = {
    "darts": (
        "Net(24, 12, optimizer_cls=torch.optim.Adam, optimizer_kwargs={'lr': 1e-3, 'weight_decay': 1e-2})",
        "Net(24, 12, optimizer_cls=torch.optim.AdamW, optimizer_kwargs={'lr': 1e-3, 'weight_decay': 1e-2})",
    ),
    "tabnet": (
        "Net(optimizer_fn=torch.optim.Adam, optimizer_params=dict(lr=1e-3, weight_decay=1e-2))",
        "Net(optimizer_fn=torch.optim.AdamW, optimizer_params=dict(lr=1e-3, weight_decay=1e-2))",
    ),
    "stable-baselines3": (
        "Net(policy_kwargs=dict(optimizer_class=torch.optim.Adam, optimizer_kwargs=dict(weight_decay=1e-2)))",
        "Net(policy_kwargs=dict(optimizer_class=torch.optim.AdamW, optimizer_kwargs=dict(weight_decay=1e-2)))",
    ),
}


@pytest.mark.parametrize(("before", "after"), HANDED.values(), ids=HANDED.keys())
def test_a_class_that_is_handed_to_a_library_is_renamed(before: str, after: str) -> None:
    program = "import torch\nfrom library import Net\nnet = {}\n"
    assert fixed(program.format(before)) == program.format(after)


def test_a_flag_for_a_class_that_is_handed_over_belongs_to_its_keywords() -> None:
    text = (
        "import torch\nfrom library import Net\n"
        "net = Net(optimizer_cls=torch.optim.NAdam, optimizer_kwargs={'weight_decay': 1e-2})\n"
    )
    assert withheld(text) == (
        "the keywords of torch.optim.NAdam are handed on: add 'decoupled_weight_decay': True to them"
    )


SILENT = {
    "no decay": "Net(optimizer_cls=torch.optim.Adam, optimizer_kwargs={'lr': 1e-3})",
    "a mapping that may go anywhere": "dict(optimizer_cls=torch.optim.Adam, optimizer_kwargs={'weight_decay': 1e-2})",
    "a decoupled class": "Net(optimizer_cls=torch.optim.AdamW, optimizer_kwargs={'weight_decay': 1e-2})",
}


@pytest.mark.parametrize("call", SILENT.values(), ids=SILENT.keys())
def test_what_is_handed_over_without_coupled_decay_is_not_reported(call: str) -> None:
    assert fix(f"import torch\nfrom library import Net\nnet = {call}\n").report.findings == ()


def test_a_class_that_the_project_itself_calls_is_reported_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "library.py").write_text("class Net:\n    pass\n")
    path = tmp_path / "train.py"
    text = (
        "import torch\nfrom library import Net\n"
        "net = Net(optimizer_cls=torch.optim.Adam, optimizer_kwargs={'weight_decay': 1e-2})\n"
    )
    path.write_text(text)
    assert fix_source(text.encode(), str(path), UNSAFE, Project(str(path))).report.findings == ()


# ------------------------------------------------------------------ numbers in variables


def test_the_user_s_number_replaces_a_variable_s_that_only_this_call_reads() -> None:
    before = "import torch\nWD = 1e-4\nopt = torch.optim.Adam(groups(), lr=1e-3, weight_decay=WD)\n"
    assert fixed(before, weight_decay=0.05) == before.replace("1e-4", "0.05").replace("Adam", "AdamW")
    assert fix(before, weight_decay=0.05).applied[0].fix.applicability == "safe"  # type: ignore[union-attr]


READ_ELSEWHERE = {
    "by another line": "print(WD)",
    "by an export": '__all__ = ["WD"]',
    "set a second time": "if x: WD = 1e-3",
}


@pytest.mark.parametrize("line", READ_ELSEWHERE.values(), ids=READ_ELSEWHERE.keys())
def test_a_number_that_others_read_as_well_is_left_to_the_user(line: str) -> None:
    text = f"import torch\nWD = 1e-4\n{line}\nopt = torch.optim.Adam(groups(), lr=1e-3, weight_decay=WD)\n"
    assert fixed(text, weight_decay=0.05) == text.replace("Adam", "AdamW")


# ------------------------------------------------------------------------------ layout


def test_arguments_stay_aligned_with_the_parenthesis() -> None:
    before = """
        import torch
        opt = torch.optim.Adam(groups(),
                               lr=1e-3,  # warm

                               betas=(0.9,
                                      0.98), weight_decay=1e-2)
        """
    after = """
        import torch
        opt = torch.optim.AdamW(groups(),
                                lr=1e-3,  # warm

                                betas=(0.9,
                                       0.98), weight_decay=1e-2)
        """
    assert fixed(dedent(before)) == dedent(after)


def test_text_over_several_lines_is_not_touched() -> None:
    before = """
        import torch
        opt = torch.optim.Adam(groups('''
                               a'''),
                               lr=1e-3, weight_decay=1e-2)
        """
    assert fixed(dedent(before)) == dedent(before).replace("Adam", "AdamW")


# ----------------------------------------------------------------------- other libraries

LIBRARIES = {
    "apex, whose flag keeps the decay coupled": (
        "from apex.optimizers import FusedAdam\nopt = FusedAdam(groups(), lr=1e-3, weight_decay=1e-2, adam_w_mode=False)\n",
        "from apex.optimizers import FusedAdam\nopt = FusedAdam(groups(), lr=1e-3, weight_decay=1e-2, adam_w_mode=True)\n",
    ),
    "deepspeed, whose flag is called otherwise": (
        "from deepspeed.ops.adam import DeepSpeedCPUAdam as A\nopt = A(groups(), 1e-3, weight_decay=1e-2, adamw_mode=False)\n",
        "from deepspeed.ops.adam import DeepSpeedCPUAdam as A\nopt = A(groups(), 1e-3, weight_decay=1e-2, adamw_mode=True)\n",
    ),
    "torchao": (
        "import torchao.optim\nopt = torchao.optim.Adam8bit(groups(), 1e-3, weight_decay=1e-2)\n",
        "import torchao.optim\nopt = torchao.optim.AdamW8bit(groups(), 1e-3, weight_decay=1e-2)\n",
    ),
    "pytorch_optimizer, which has a flag": (
        "import pytorch_optimizer\nopt = pytorch_optimizer.AdaMax(groups(), lr=1e-3, weight_decay=1e-2)\n",
        "import pytorch_optimizer\nopt = pytorch_optimizer.AdaMax(groups(), lr=1e-3, weight_decay=1e-2, weight_decouple=True)\n",
    ),
    "torch_optimizer": (
        "from torch_optimizer import AdaBelief\nopt = AdaBelief(groups(), lr=1e-3, weight_decay=1e-2)\n",
        "from torch_optimizer import AdaBelief\nopt = AdaBelief(groups(), lr=1e-3, weight_decay=1e-2, weight_decouple=True)\n",
    ),
    "timm's own NAdam, which is another class": (
        "from timm.optim import NAdamLegacy\nopt = NAdamLegacy(groups(), lr=1e-3, weight_decay=1e-2)\n",
        "from timm.optim import NAdamW\nopt = NAdamW(groups(), lr=1e-3, weight_decay=1e-2)\n",
    ),
    "pyro, whose options are a dict": (
        "from pyro.optim import Adam\nopt = Adam({'lr': 1e-3, 'weight_decay': 1e-2})\n",
        "from pyro.optim import AdamW\nopt = AdamW({'lr': 1e-3, 'weight_decay': 1e-2})\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), LIBRARIES.values(), ids=LIBRARIES.keys())
def test_other_libraries_get_their_own_twin(before: str, after: str) -> None:
    assert fixed(before) == after


NO_TWIN = ["RMSprop", "Adagrad", "Adadelta", "Adamax"]


@pytest.mark.parametrize("name", NO_TWIN)
def test_an_optimizer_without_a_twin_is_left_with_the_advice(name: str) -> None:
    text = f"import torch\nopt = torch.optim.{name}(groups(), lr=1e-3, weight_decay=1e-2)\n"
    assert withheld(text).startswith(f"torch has no decoupled {name}: use torch.optim.AdamW, or ")


# ------------------------------------------------------------------- beside another choice

OFFERED = {
    "elif": """
        if name == "adam":
            optimizer = torch.optim.Adam(params, lr=1e-2, weight_decay=0.05)
        elif name == "adamw":
            optimizer = torch.optim.AdamW(params, lr=1e-2, weight_decay=0.05)
    """,
    "else": """
        if decoupled:
            optimizer = torch.optim.AdamW(params, lr=1e-2, weight_decay=0.05)
        else:
            optimizer = torch.optim.Adam(params, lr=1e-2, weight_decay=0.05)
    """,
    "two ifs": """
        if name == "adam":
            optimizer = torch.optim.Adam(params, lr=1e-2, weight_decay=0.05)
        if name == "adamw":
            optimizer = torch.optim.AdamW(params, lr=1e-2, weight_decay=0.05)
    """,
    "match": """
        match name:
            case "adam":
                optimizer = torch.optim.Adam(params, lr=1e-2, weight_decay=0.05)
            case "adamw":
                optimizer = torch.optim.AdamW(params, lr=1e-2, weight_decay=0.05)
    """,
}


@pytest.mark.parametrize("choice", OFFERED.values(), ids=OFFERED.keys())
def test_a_choice_between_adam_and_adamw_stays_one(choice: str) -> None:
    program = "import torch\n\n\ndef make(name, decoupled, params):\n" + textwrap.indent(
        dedent(choice), "    "
    )
    line = 1 + program[: program.index("AdamW(")].count("\n")
    reasons = [f.fix.withheld for f in fix(program).report.findings if f.code == "WD101" and f.fix]
    assert reasons == [f"line {line} builds AdamW for another choice: make that one instead"]


def test_adamw_for_other_parameters_is_no_other_choice() -> None:
    program = dedent(
        """
        import torch


        def make(stage, first, second):
            if stage == 1:
                return torch.optim.Adam(first, lr=1e-2, weight_decay=0.05)
            return torch.optim.AdamW(second, lr=1e-2, weight_decay=0.05)
        """
    )
    assert "AdamW(first" in fixed(program)


# --------------------------------------------------------------------- what a number means

L2_NUMBERS = {
    "of a graph network": (
        "torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=5e-4)",
        "weight_decay 5e-4 was an L2 coefficient, and as decoupled decay at lr 0.01 its time scale 1/(lr·wd)"
        " is 200,000 steps: choose the number, for example --weight-decay 0.05",
    ),
    "at a group's own learning rate": (
        'torch.optim.Adam([{"params": model.parameters(), "lr": 1e-5}], lr=1e-2, weight_decay=1e-3)',
        "weight_decay 1e-3 at lr 1e-5 has a time scale 1/(lr·wd) of 100 million steps, next to nothing:"
        " choose the number, for example --weight-decay 0.05",
    ),
}


@pytest.mark.parametrize(("call", "caution"), L2_NUMBERS.values(), ids=L2_NUMBERS.keys())
def test_an_l2_coefficient_is_not_carried_over_in_silence(call: str, caution: str) -> None:
    program = f"import torch\nmodel = torch.nn.Linear(3, 3)\noptimizer = {call}\n"
    (finding,) = check_source(program.encode(), "train.py", default_settings()).findings
    assert finding.fix is not None
    assert (finding.fix.applicability, finding.fix.cautions) == ("unsafe", (caution,))
