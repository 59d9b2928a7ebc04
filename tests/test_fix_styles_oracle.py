"""The styles of a split against PyTorch: what each makes of the programs of the oracle, executed.

Every parameter is trained once and by the same rules as before, weights are decayed as promised,
and without decay a step is the same to the last bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.oracle.execution import Execution, Role, execute, torch
from tests.oracle.programs import PROGRAMS, Program
from wdlint.engine import fix_source
from wdlint.settings import Settings, default_settings

pytestmark = pytest.mark.oracle

EXPRESSION = replace(default_settings(), unsafe_fixes=True)
LOOP = replace(EXPRESSION, fix_style="loop")
HELPER = replace(EXPRESSION, fix_style="helper")
SPLIT = {name: each for name, each in PROGRAMS.items() if {"WD101", "WD201"} & set(each.codes.split())}


def fixed(program: str, chosen: Settings) -> str:
    result = fix_source(program.encode(), "train.py", chosen)
    assert not result.problems
    assert fix_source(result.data, "train.py", chosen).data == result.data
    return result.data.decode()


def random_gradient(role: Role, parameter: Any) -> Any:
    generator = torch.Generator().manual_seed(role.number)
    return torch.randn(parameter.shape, generator=generator)


def weights_without_decay(execution: Execution) -> dict[Role, Any]:
    for group in execution.groups():
        group["weight_decay"] = 0.0
    execution.step(random_gradient)
    return execution.weights()


def assert_split(before: str, after: str, expected: dict[str, float] | float) -> None:
    """``expected`` is the decay of each weight, by the name of its layer where they differ."""
    then, now = execute(before), execute(after)
    assert set(Counter(role for role, _, _ in now.members()).values()) == {1}
    assert now.trained() == then.trained()
    options = now.other_options()
    assert options == then.other_options()
    for role, decay in now.decays().items():
        layers = expected if isinstance(expected, dict) else {}
        wanted = expected if isinstance(expected, float) else layers.get(role.layer, 0.05)
        assert decay == (0.0 if role.exempt else wanted), str(role)
    ours, theirs = weights_without_decay(now), weights_without_decay(then)
    assert all(torch.equal(ours[role], weight) for role, weight in theirs.items())


@pytest.mark.parametrize("chosen", [LOOP, HELPER], ids=["loop", "helper"])
@pytest.mark.parametrize("program", SPLIT.values(), ids=SPLIT.keys())
def test_each_style_trains_the_same_parameters_and_spares_norms_and_biases(
    program: Program, chosen: Settings
) -> None:
    after = fixed(program.text, chosen)
    assert after != program.text
    assert_split(program.text, after, program.decay)


HEAD = """\
import itertools

import torch
from torch import nn


class ResponseNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma_bias = nn.Parameter(torch.full((1, 1, 1, 4), 0.5))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(8, 4)
        self.body = nn.Linear(4, 4)
        self.respond = ResponseNorm()
        self.norm = nn.LayerNorm(4)


"""
PLAIN_HEAD = HEAD.replace("        self.respond = ResponseNorm()\n", "")

READ_ONCE = {
    "an iterator in a variable": (
        "held = filter(lambda p: p.requires_grad, Net().parameters())\n"
        "optimizer = torch.optim.AdamW(held, lr=1e-3, weight_decay=0.05)\n"
    ),
    "an iterator from a caller": (
        "def build(params, lr):\n    return torch.optim.AdamW(params, lr=lr, weight_decay=0.05)\n\n\n"
        "net = Net()\noptimizer = build(net.parameters(), 1e-3)\n"
    ),
    "a list from two callers": (
        "def build(params):\n    return torch.optim.AdamW(params, lr=1e-3, weight_decay=0.05)\n\n\n"
        "one = build(list(Net().parameters()))\ntwo = build(list(Net().parameters()))\n"
    ),
    "a model of which a part is frozen": (
        "net = Net()\nnet.body.requires_grad_(False)\n"
        "optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)\n"
    ),
    "two models and a rate for each": (
        "a, b = Net(), Net()\noptimizer = torch.optim.AdamW(\n    [\n"
        "        {'params': a.parameters(), 'lr': 1e-4, 'betas': (0.8, 0.9)},\n"
        "        {'params': list(b.parameters())},\n    ],\n    lr=1e-3,\n    weight_decay=0.05,\n)\n"
    ),
}
STYLES = pytest.mark.parametrize("chosen", [EXPRESSION, LOOP, HELPER], ids=["expression", "loop", "helper"])


@STYLES
@pytest.mark.parametrize("body", READ_ONCE.values(), ids=READ_ONCE.keys())
def test_parameters_that_are_read_once_or_by_group(body: str, chosen: Settings) -> None:
    after = fixed(PLAIN_HEAD + body, chosen)
    assert after != PLAIN_HEAD + body
    assert_split(PLAIN_HEAD + body, after, 0.05)


NAMED = {
    "one model": "optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)\n",
    "two models": (
        "other = Net()\noptimizer = torch.optim.AdamW(\n"
        "    list(net.parameters()) + list(other.parameters()), lr=1e-3, weight_decay=0.05\n)\n"
    ),
    "what is trained of it": (
        "net.body.requires_grad_(False)\noptimizer = torch.optim.AdamW(\n"
        "    filter(lambda p: p.requires_grad, net.parameters()), lr=1e-3, weight_decay=0.05\n)\n"
    ),
}


@STYLES
@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED.keys())
def test_a_gain_of_four_dimensions_is_spared_by_its_name(body: str, chosen: Settings) -> None:
    program = f"{HEAD}net = Net()\n{body}"
    after = fixed(program, chosen)
    assert_split(program, after, 0.05)


@STYLES
def test_embeddings_are_spared_where_that_is_asked_for(chosen: Settings) -> None:
    program = f"{HEAD}net = Net()\n{NAMED['one model']}"
    after = fixed(program, replace(chosen, no_decay=("bias", "norm", "embedding")))
    assert_split(program, after, {"Embedding": 0.0})
