"""How parameters are split: the three styles, what is exempt, and parameters read only once.

Every program is fixed from bytes to bytes by the whole engine, as it is for a user.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from wdlint import check_paths, check_source, fix_paths, fix_source
from wdlint.facts import Fix
from wdlint.settings import Settings, default_settings

EXPRESSION = replace(default_settings(), unsafe_fixes=True)
LOOP = replace(EXPRESSION, fix_style="loop")
HELPER = replace(EXPRESSION, fix_style="helper")

MODEL = """\
import itertools

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(8, 4)
        self.body = nn.Linear(4, 4)
        self.norm = nn.LayerNorm(4)


"""

RESPONSE_NORM = """\
class ResponseNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, 4))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.respond = ResponseNorm()


"""


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def fixed(program: str, chosen: Settings = EXPRESSION) -> str:
    """The program once fixed; fixing it again changes nothing, and nothing is left to say."""
    once = fix_source(program.encode(), "train.py", chosen)
    assert not once.problems
    twice = fix_source(once.data, "train.py", chosen)
    assert twice.data == once.data
    return once.data.decode()


def fix_of(program: str, chosen: Settings = EXPRESSION) -> Fix:
    (finding,) = check_source(program.encode(), "train.py", chosen).findings
    assert finding.fix is not None
    return finding.fix


def becomes(before: str, after: str, chosen: Settings, head: str = MODEL) -> None:
    assert fixed(head + dedent(before), chosen) == head + dedent(after)
    assert not check_source((head + dedent(after)).encode(), "train.py", chosen).findings


# ------------------------------------------------------------------------------- loop


def test_a_loop_fills_two_lists_before_the_statement() -> None:
    becomes(
        """
        net = Net()
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
        """,
        """
        net = Net()
        decay, no_decay = [], []
        for parameter in net.parameters():
            if parameter.ndim > 1:
                decay.append(parameter)
            else:
                no_decay.append(parameter)
        optimizer = torch.optim.AdamW([
            {"params": decay},
            {"params": no_decay, "weight_decay": 0.0},
        ], lr=1e-3, weight_decay=0.05)
        """,
        LOOP,
    )


def test_conditions_of_the_argument_become_lines_of_the_loop() -> None:
    becomes(
        """
        def build(net: Net):
            return torch.optim.AdamW(
                [p for n, p in net.named_parameters() if p.requires_grad if "embed" not in n], weight_decay=0.05
            )
        """,
        """
        def build(net: Net):
            decay, no_decay = [], []
            for name, parameter in net.named_parameters():
                if not parameter.requires_grad:
                    continue
                if "embed" in name:
                    continue
                if parameter.ndim > 1:
                    decay.append(parameter)
                else:
                    no_decay.append(parameter)
            return torch.optim.AdamW(
                [
                    {"params": decay},
                    {"params": no_decay, "weight_decay": 0.0},
                ], weight_decay=0.05
            )
        """,
        LOOP,
    )


def test_names_of_the_loop_are_new_to_the_file() -> None:
    becomes(
        """
        decay, parameter = 0.05, Net()
        optimizer = torch.optim.AdamW(parameter.parameters(), weight_decay=decay)
        """,
        """
        decay, parameter = 0.05, Net()
        decayed, no_decay = [], []
        for param in parameter.parameters():
            if param.ndim > 1:
                decayed.append(param)
            else:
                no_decay.append(param)
        optimizer = torch.optim.AdamW([
            {"params": decayed},
            {"params": no_decay, "weight_decay": 0.0},
        ], weight_decay=decay)
        """,
        LOOP,
    )


ODD = {
    "a format string": """f"{n}.x" != "head.x\"""",
    "a string with a hash, on two lines": '''p.requires_grad
        and n != "#"''',
    "a lambda with the same name": "(lambda p: p)(p).requires_grad",
}


@pytest.mark.parametrize("condition", ODD.values(), ids=ODD.keys())
def test_a_condition_that_cannot_be_renamed_is_left_as_it_is(condition: str) -> None:
    held = f"[p for n, p in net.named_parameters() if {condition}]"
    program = f"{MODEL}net = Net()\noptimizer = torch.optim.AdamW({held}, weight_decay=0.05)\n"
    after = fixed(program, LOOP)
    assert f"for parameter in {held}:\n" in after
    assert not check_source(after.encode(), "train.py", LOOP).findings


NO_LOOP = {
    "an argument of another call": "run(torch.optim.AdamW(net.parameters(), weight_decay=0.05))",
    "a lambda": "build = lambda: torch.optim.AdamW(net.parameters(), weight_decay=0.05)",
    "one line with its if": "if net: optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.05)",
    "the body of a class": "class Run:\n    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.05)",
    "something that must happen before": (
        "optimizer = torch.optim.AdamW(net.parameters(), lr=(lr := 1e-3), weight_decay=0.05)"
    ),
}


@pytest.mark.parametrize("statement", NO_LOOP.values(), ids=NO_LOOP.keys())
def test_where_no_loop_can_stand_the_expression_does(statement: str) -> None:
    program = f"{MODEL}net = Net()\n{statement}\n"
    assert fixed(program, LOOP) == fixed(program, EXPRESSION) != program


# ----------------------------------------------------------------------------- helper

GROUPS = '''\


def parameter_groups(parameters):
    """Two groups for an optimizer: what it decays, and what it does not."""
    parameters = list(parameters)
    return [
        {"params": [p for p in parameters if p.ndim > 1]},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
'''


def test_one_function_serves_all_sites_of_a_file() -> None:
    before = dedent("""
        net, other = Net(), Net()
        first = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
        second = torch.optim.Adam(itertools.chain(net.parameters(), other.parameters()), weight_decay=0.05)
    """)
    after = dedent("""
        net, other = Net(), Net()
        first = torch.optim.AdamW(parameter_groups(net.parameters()), lr=1e-3, weight_decay=0.05)
        second = torch.optim.AdamW(parameter_groups(itertools.chain(net.parameters(), other.parameters())), weight_decay=0.05)
    """)
    head = MODEL.replace("from torch import nn\n", f"from torch import nn\n{GROUPS}")
    assert fixed(MODEL + before, HELPER) == head + after


def test_a_site_that_comes_later_uses_the_function_that_is_there() -> None:
    head = MODEL.replace(
        "from torch import nn\n", f"from torch import nn\n{GROUPS}".replace("parameter_g", "my_g")
    )
    becomes(
        "optimizer = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n",
        "optimizer = torch.optim.AdamW(my_groups(Net().parameters()), weight_decay=0.05)\n",
        HELPER,
        head,
    )


def test_the_library_s_own_decay_is_written_out_in_the_call() -> None:
    after = fixed(MODEL + "optimizer = torch.optim.AdamW(Net().body.parameters())\n", HELPER)
    assert "torch.optim.AdamW(parameter_groups(Net().body.parameters()), weight_decay=0.01)" in after


def test_no_coefficient_is_written_beside_options_that_may_hold_one() -> None:
    program = (
        MODEL + "net, opts = Net(), {'lr': 1e-3}\noptimizer = torch.optim.AdamW(net.parameters(), **opts)\n"
    )
    assert fixed(program, HELPER) == fixed(program, EXPRESSION) != program


def test_a_flag_is_added_behind_the_argument() -> None:
    after = fixed(
        MODEL + "optimizer = torch.optim.NAdam(Net().parameters(), 1e-3, (0.9, 0.99), 1e-8, 0.05)\n", HELPER
    )
    assert after.endswith(
        "NAdam(parameter_groups(Net().parameters()), 1e-3, (0.9, 0.99), 1e-8, 0.05, decoupled_weight_decay=True)\n"
    )


def test_comments_in_the_argument_stay_where_they_are() -> None:
    after = fixed(
        MODEL + "o = torch.optim.AdamW([  # all\n    *Net().parameters(),  # of it\n], weight_decay=0.05)\n",
        HELPER,
    )
    assert after.endswith(
        "AdamW(parameter_groups([  # all\n    *Net().parameters(),  # of it\n]), weight_decay=0.05)\n"
    )


def test_the_function_s_name_is_new_to_the_file() -> None:
    program = MODEL + "parameter_groups = 2\no = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n"
    assert "AdamW(decay_groups(Net().parameters())" in fixed(program, HELPER)


def test_a_file_without_imports_at_its_head_gets_the_expression() -> None:
    program = dedent("""
        def main(net):
            import torch

            return torch.optim.AdamW(net.parameters(), weight_decay=0.05)
    """)
    assert fixed(program, HELPER) == fixed(program, EXPRESSION) != program


OWN = """\
def get_groups(model, weight_decay):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        (no_decay if p.ndim <= 1 else decay).append(p)
    return [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]


"""


def test_a_function_of_the_file_that_does_the_same_is_used() -> None:
    program = MODEL + OWN + "optimizer = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n"
    assert fixed(program, HELPER).endswith("AdamW(get_groups(Net(), 0.05), weight_decay=0.05)\n")
    assert fix_of(program, HELPER).message == "a no-decay group for the norms and biases, by `get_groups`"


def test_a_function_that_leaves_norms_decayed_is_not_used() -> None:
    wrong = OWN.replace("p.ndim <= 1", 'name.endswith("bias")')
    program = MODEL + wrong + "optimizer = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n"
    assert "get_groups(Net" not in fixed(program, HELPER)


def test_a_function_that_sets_another_learning_rate_is_not_used() -> None:
    faster = OWN.replace('"weight_decay": 0.0', '"weight_decay": 0.0, "lr": 1.0')
    assert faster != OWN
    program = MODEL + faster + "optimizer = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n"
    assert "get_groups(Net" not in fixed(program, HELPER)


def test_the_helper_of_a_file_that_shadows_list_does_not_call_it() -> None:
    program = f"{MODEL}list = 3\noptimizer = torch.optim.AdamW(Net().parameters(), weight_decay=0.05)\n"
    assert "    parameters = [*parameters]\n" in fixed(program, HELPER)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def test_a_function_of_another_file_is_used_where_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    head = f"from groups import get_groups\n{MODEL}net = Net()\n"
    write(
        tmp_path,
        groups=OWN,
        train=f"{head}optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.05)\n",
    )
    fix_paths(["train.py"], HELPER, jobs=1)
    assert (tmp_path / "train.py").read_text() == (
        f"{head}optimizer = torch.optim.AdamW(get_groups(net, 0.05), weight_decay=0.05)\n"
    )


# --------------------------------------------------------------------- what is exempt


def exempting(*kinds: str, style: str = "expression") -> Settings:
    return replace(EXPRESSION, no_decay=kinds, fix_style=style)


SITE = "optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.05)\n"


def test_a_norm_that_is_no_vector_is_exempt_by_its_name() -> None:
    becomes(
        f"net = Net()\n{SITE}",
        """
        net = Net()
        optimizer = torch.optim.AdamW([
            {"params": [p for n, p in net.named_parameters() if p.ndim > 1 and "gamma" not in n]},
            {"params": [p for n, p in net.named_parameters() if p.ndim <= 1 or "gamma" in n], "weight_decay": 0.0},
        ], weight_decay=0.05)
        """,
        EXPRESSION,
        "import torch\nfrom torch import nn\n\n\n" + RESPONSE_NORM,
    )


def test_embeddings_are_exempt_where_the_settings_say_so() -> None:
    after = fixed(f"{MODEL}net = Net()\n{SITE}", exempting("bias", "norm", "embedding"))
    assert '[p for n, p in net.named_parameters() if p.ndim > 1 and "embed.weight" not in n]' in after
    assert '[p for n, p in net.named_parameters() if p.ndim <= 1 or "embed.weight" in n]' in after


def test_patterns_on_names_are_settings_too() -> None:
    after = fixed(f"{MODEL}net = Net()\n{SITE}", exempting("bias", "norm", "re:^body"))
    assert 'p.ndim <= 1 or "body.weight" in n' in after


def test_less_than_all_vectors_is_a_matter_of_names() -> None:
    after = fixed(f"{MODEL}net = Net()\n{SITE}", exempting("bias"))
    assert '[p for n, p in net.named_parameters() if "bias" not in n]' in after
    assert '[p for n, p in net.named_parameters() if "bias" in n]' in after


def test_rank_is_kept_where_it_does_what_is_asked() -> None:
    program = f"{MODEL}net = Net()\n{SITE}"
    assert fixed(program, exempting("bias", "norm")) == fixed(program, EXPRESSION)


def test_names_in_a_loop_and_in_a_function() -> None:
    program = f"{MODEL}net = Net()\n{SITE}"
    loop = fixed(program, exempting("bias", "norm", "embedding", style="loop"))
    assert "for name, parameter in net.named_parameters():\n" in loop
    assert 'if parameter.ndim > 1 and "embed.weight" not in name:\n' in loop
    helper = fixed(program, exempting("bias", "norm", "embedding", style="helper"))
    assert "parameter_groups(net.named_parameters())" in helper
    assert '[p for n, p in parameters if p.ndim > 1 and "embed.weight" not in n]' in helper


def test_what_needs_a_model_that_is_not_known_is_withheld() -> None:
    fix = fix_of("import torch\nfrom nets import net\n" + SITE, exempting("bias", "norm", "embedding"))
    assert fix.withheld == (
        "the model is not known, so nobody can say which parameters are norms, biases and embeddings"
    )


def test_parameters_without_names_cannot_be_told_apart_by_them() -> None:
    program = f"{MODEL}net = Net()\nheld = list(net.parameters())\n{SITE.replace('net.parameters()', 'held')}"
    fix = fix_of(program, exempting("bias", "norm", "embedding"))
    assert fix.withheld == ('the parameters have no names here; those with "embed.weight" in them are exempt')


# -------------------------------------------------------------------------- read once


def test_an_iterator_in_a_variable_becomes_a_list_where_it_is_made() -> None:
    becomes(
        """
        trained = filter(lambda p: p.requires_grad, Net().parameters())
        optimizer = torch.optim.AdamW(trained, weight_decay=0.05)
        """,
        """
        trained = list(filter(lambda p: p.requires_grad, Net().parameters()))
        optimizer = torch.optim.AdamW([
            {"params": [p for p in trained if p.ndim > 1]},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ], weight_decay=0.05)
        """,
        EXPRESSION,
    )


def test_each_function_has_its_own_variable_of_a_name() -> None:
    build = """
        def {name}(net: Net):
            held = filter(lambda p: p.requires_grad, net.parameters())
            return torch.optim.AdamW(held, weight_decay=0.05)
    """
    program = MODEL + dedent(build.format(name="one")) + "\n\n" + dedent(build.format(name="two"))
    assert fixed(program).count("held = list(filter(lambda p: p.requires_grad, net.parameters()))\n") == 2


def test_an_iterator_that_is_used_elsewhere_is_left_alone() -> None:
    program = MODEL + "held = Net().parameters()\nnext(held)\n" + SITE.replace("net.parameters()", "held")
    assert fixed(program) == program


BUILD = "def build(params, lr):\n    return torch.optim.AdamW(params, lr=lr, weight_decay=0.05)\n\n\n"


def test_an_iterator_that_arrives_as_an_argument_is_split_by_its_one_caller() -> None:
    becomes(
        BUILD + "net = Net()\noptimizer = build(net.parameters(), 1e-3)\n",
        BUILD
        + dedent("""
            net = Net()
            optimizer = build([
                {"params": [p for p in net.parameters() if p.ndim > 1]},
                {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ], 1e-3)
        """),
        EXPRESSION,
    )


def test_of_two_callers_neither_is_changed_and_both_are_named() -> None:
    program = f"{MODEL}{BUILD}one = build(Net().parameters(), 1e-3)\ntwo = build(Net().parameters(), 1e-2)\n"
    fix = fix_of(program)
    assert fix.withheld == (
        "`params` is an iterator that arrives as an argument of `build`; line 19 or line 20 is where it can be split; --fix-style helper hands them over as they are"
    )


def test_a_caller_in_another_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        building=f"import torch\n\n\n{BUILD}",
        train=f"from building import build\n{MODEL}optimizer = build(Net().parameters(), 1e-3)\n",
    )
    (report,) = check_paths(["building.py"], EXPRESSION, jobs=1).reports
    (finding,) = report.findings
    assert finding.fix is not None and finding.fix.withheld is not None
    assert "argument of `build`; train.py, line 16 is where it can be split" in finding.fix.withheld


@pytest.mark.parametrize("chosen", [LOOP, HELPER], ids=["loop", "helper"])
def test_a_loop_and_a_function_read_an_iterator_once(chosen: Settings) -> None:
    program = f"{MODEL}{BUILD}one = build(Net().parameters(), 1e-3)\ntwo = build(Net().parameters(), 1e-2)\n"
    after = fixed(program, chosen)
    assert after != program and not check_source(after.encode(), "train.py", chosen).findings


def test_the_library_s_own_decay_is_written_into_the_loop_s_group() -> None:
    after = fixed(MODEL + "optimizer = torch.optim.AdamW(Net().body.parameters())\n", LOOP)
    assert '{"params": decay, "weight_decay": 0.01},' in after


def test_groups_that_differ_in_their_rates_are_each_split() -> None:
    becomes(
        """
        net = Net()
        optimizer = torch.optim.AdamW([
            {"params": net.embed.parameters(), "lr": 1e-4},
            {"params": net.body.parameters(), "lr": 1e-5},
            {"params": net.norm.parameters()},
        ], lr=1e-3, weight_decay=0.05)
        """,
        """
        net = Net()
        optimizer = torch.optim.AdamW([
            {"params": net.embed.parameters(), "lr": 1e-4},
            {"params": [p for p in net.body.parameters() if p.ndim > 1], "lr": 1e-5},
            {"params": [p for p in net.body.parameters() if p.ndim <= 1], "lr": 1e-5, "weight_decay": 0.0},
            {"params": [p for p in net.norm.parameters() if p.ndim > 1]},
            {"params": [p for p in net.norm.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ], lr=1e-3, weight_decay=0.05)
        """,
        EXPRESSION,
    )
