"""``wdlint params``: what it lists, in each format, and how it says what it does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.snapshots import agrees
from tests.test_cli import COUPLED, Result, Wdlint, folder, run, write
from wdlint.engine import parameters
from wdlint.facts import (
    BuiltGroup,
    Decay,
    Default,
    Gap,
    Grouping,
    Known,
    Membership,
    Model,
    OptimizerSite,
    Parameter,
    Place,
    Span,
    Unknown,
)
from wdlint.reports import Look
from wdlint.reports.palette import Palette
from wdlint.reports.parameters import FORMATS, render
from wdlint.reports.screen import columns
from wdlint.settings import default_settings

__all__ = ["folder", "run"]  # fixtures

TRAIN = """\
import torch
from models import GPT

model = GPT()
optimizer = torch.optim.AdamW(groups_of(model), lr=1e-3, weight_decay=0.1)
"""


def line(number: int, path: str = "train.py") -> Place:
    return Place(path, Span(0, 1), number, 1, number, 2)


def layer(name: str, kind: Any, ndim: int | None, number: int, owner: str, **more: Any) -> Parameter:
    return Parameter(name, kind, ndim, line(number, "models.py"), owner=owner, **more)


EMBEDDING = layer("wte.weight", "embedding", 2, 21, "Embedding", example="wte.weight")
NORM = layer("h.*.ln_1.weight", "norm", 1, 8, "LayerNorm", example="h.0.ln_1.weight")
WEIGHT = layer("h.*.attn.c_attn.weight", "weight", 2, 9, "Linear", example="h.0.attn.c_attn.weight")
BIAS = layer("h.*.attn.c_attn.bias", "bias", 1, 9, "Linear", maybe=True)
SCALE = layer("logit_scale", "scale", None, 24, "GPT", trainable=None)
TOKEN = layer("cls_token", "other", 3, 25, "GPT")
FROZEN = layer("pos_embed", "position", 3, 26, "GPT", trainable=False)
TIED = layer("lm_head.weight", "weight", 2, 27, "Linear")

MODEL = Model(
    "GPT",
    (EMBEDDING, NORM, WEIGHT, BIAS, SCALE, TOKEN, FROZEN, TIED),
    complete=False,
    where=line(18, "models.py"),
    gaps=(Gap("backbone", "timm is not installed", line(22, "models.py")),),
)
GROUPING = Grouping(
    MODEL,
    (
        BuiltGroup(Decay(Default(0.1, "--wd"), "argument", line(5)), line(5)),
        BuiltGroup(Decay(Known(0.0), "group", line(12, "groups.py")), line(12, "groups.py")),
        BuiltGroup(Decay(Unknown("it is read from a file"), "group", line(13, "groups.py"))),
    ),
    (
        Membership(EMBEDDING, (0,)),
        Membership(NORM, (0,)),
        Membership(WEIGHT, (0,)),
        Membership(BIAS, (), (0, 1)),
        Membership(SCALE, (2,)),
        Membership(TOKEN),
        Membership(FROZEN, (1,)),
        Membership(TIED, (0, 1)),
    ),
    caller=line(4),
)


def site(**more: Any) -> OptimizerSite:
    from tests.reason.programs import only_site

    return replace(only_site(TRAIN), **more)


@pytest.fixture
def report() -> parameters.ParameterReport:
    return parameters.ParameterReport("train.py", (site(groupings=(GROUPING,)),))


# ---------------------------------------------------------------------------- formats


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_prints_what_it_printed_before(report: parameters.ParameterReport, name: str) -> None:
    assert agrees(f"params-{name}.txt", render(name, [report], Look()))


@pytest.mark.parametrize("width", [40, 60, 80, 300])
def test_a_table_is_as_wide_as_the_terminal_at_most(report: parameters.ParameterReport, width: int) -> None:
    rows = render("table", [report], Look(width=width)).splitlines()
    assert max(map(columns, rows)) <= max(92, min(width, 110))
    assert not any(row.endswith(" ") for row in rows)


def test_colours_mark_decayed_norms_doubt_and_what_is_in_no_or_two_groups(
    report: parameters.ParameterReport,
) -> None:
    text = render("table", [report], Look(palette=Palette(colour=True)))
    styles = {
        name: text.partition(name)[0].rpartition("\x1b[")[2].rstrip("m ")
        for name in ("h.*.ln_1.weight", "h.*.attn.c_attn.bias", "cls_token", "lm_head.weight")
    }
    assert styles == {
        "h.*.ln_1.weight": "1;33",
        "h.*.attn.c_attn.bias": "2",
        "cls_token": "1;31",
        "lm_head.weight": "1;31",
    }


def test_the_json_has_every_field_of_its_contract(report: parameters.ParameterReport) -> None:
    document = json.loads(render("json", [report], Look()))
    assert document["version"] == 1
    (optimizer,) = document["sites"]
    assert {key: optimizer[key] for key in ("path", "line", "optimizer", "models")} == {
        "path": "train.py",
        "line": 5,
        "optimizer": "torch.optim.AdamW",
        "models": [0],
    }
    (model,) = document["models"]
    assert (model["class"], model["path"], model["line"], model["complete"]) == (
        "GPT",
        "models.py",
        18,
        False,
    )
    wanted = ("pattern", "kind", "ndim", "trainable", "certainty", "group", "weight_decay")
    rows = [tuple(row[key] for key in wanted) for row in model["parameters"]]
    assert rows == [
        ("wte.weight", "embedding", 2, True, "certain", 0, 0.1),
        ("h.*.ln_1.weight", "norm", 1, True, "certain", 0, 0.1),
        ("h.*.attn.c_attn.weight", "weight", 2, True, "certain", 0, 0.1),
        ("h.*.attn.c_attn.bias", "bias", 1, True, "possible", None, None),
        ("logit_scale", "scale", None, None, "certain", 2, None),
        ("cls_token", "other", 3, True, "certain", None, None),
        ("pos_embed", "position", 3, False, "certain", 1, 0.0),
        ("lm_head.weight", "weight", 2, True, "certain", None, None),
    ]
    assert model["gaps"] == [
        {"name": "backbone", "why": "timm is not installed", "path": "models.py", "line": 22}
    ]


def test_every_model_of_the_json_belongs_to_a_site_or_a_class(report: parameters.ParameterReport) -> None:
    twice = parameters.ParameterReport("b.py", (site(groupings=(GROUPING, GROUPING)),))
    inventory = parameters.ParameterReport("models.py", model=MODEL)
    document = json.loads(render("json", [report, inventory, twice], Look()))
    assert [optimizer["models"] for optimizer in document["sites"]] == [[0], [2, 3]]
    assert len(document["models"]) == 4
    assert {row["group"] for row in document["models"][1]["parameters"]} == {None}


def test_rows_of_one_name_that_fare_alike_are_one_row() -> None:
    again = replace(NORM, example="h.1.ln_1.weight")
    apart = replace(NORM, example="h.2.ln_1.weight")
    members = (Membership(NORM, (0,)), Membership(again, (0,)), Membership(apart, (1,)))
    report = parameters.ParameterReport("train.py", (site(groupings=(replace(GROUPING, members=members),)),))
    rows = json.loads(render("json", [report], Look()))["models"][0]["parameters"]
    assert [(row["count"], row["group"]) for row in rows] == [(2, 0), (1, 1)]
    assert "h.*.ln_1.weight (x2)" in render("table", [report], Look())


def test_what_the_names_are_of_is_said_where_it_is_not_the_model() -> None:
    for basis, words, certainty in (
        ("family", "those of the gpt2 family", "likely"),
        ("probes", "not known", "possible"),
    ):
        grouping = replace(GROUPING, basis=basis, family="gpt2")
        report = parameters.ParameterReport("train.py", (site(groupings=(grouping,)),))
        assert words in render("table", [report], Look())
        document = json.loads(render("json", [report], Look()))
        assert document["models"][0]["parameters"][0]["certainty"] == certainty


# ------------------------------------------------------------------------ the command


def test_a_file_without_an_optimizer_says_so(folder: Path, run: Wdlint) -> None:
    write(folder / "data.py", "x = 1\n")
    assert run("params", "data.py") == Result(0, "data.py: no optimizer is built here\n", "")
    assert json.loads(run("params", "--format", "json", "data.py").out) == {
        "version": 1,
        "sites": [],
        "models": [],
    }


def test_an_unknown_model_is_shown_with_the_reason(
    folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen = site(groupings=(), groupings_unknown="`groups_of` is not in this file")
    monkeypatch.setattr(
        parameters, "parameters_of", lambda *_: parameters.ParameterReport("train.py", (unseen,))
    )
    assert run("params", "train.py").out == (
        "train.py:5: AdamW\n  parameters not known: `groups_of` is not in this file\n"
    )
    document = json.loads(run("params", "train.py", "--format=json").out)
    assert document["sites"][0]["unknown"] == "`groups_of` is not in this file"


def test_several_files_are_listed_in_the_order_given(folder: Path, run: Wdlint) -> None:
    write(folder / "b.py", COUPLED)
    write(folder / "a.py", "x = 1\n")
    shown = run("params", "b.py", "a.py")
    assert shown.code == 0
    assert shown.out.index("b.py:13: Adam") < shown.out.index("a.py: no optimizer")


MODELS = """import torch
from other import Head


class GPT(torch.nn.Module):
    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.blocks = torch.nn.ModuleList([torch.nn.LayerNorm(width) for _ in range(depth)])
        self.head = Head(width)
"""
HEAD = """from torch import nn


class Head(nn.Linear):
    def __init__(self, width: int) -> None:
        super().__init__(width, 10, bias=False)
"""


def test_a_class_is_listed_without_groups(folder: Path, run: Wdlint) -> None:
    write(folder / "models.py", MODELS)
    write(folder / "lib/other.py", HEAD)
    shown = run("params", "models.py:GPT", "--root", "lib")
    assert shown.code == 0
    assert agrees("params-class.txt", shown.out)


def test_a_class_that_is_imported_is_looked_up_too(folder: Path, run: Wdlint) -> None:
    write(folder / "models.py", MODELS)
    write(folder / "other.py", HEAD)
    shown = run("params", "models.py:Head")
    assert (shown.code, "weight" in shown.out) == (0, True)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nope.py", "nope.py: no such file or directory"),
        ("nope.py:GPT", "nope.py: no such file or directory"),
        (".", ".: is a directory"),
        ("models.py:GTP", "models.py: no class 'GTP'; did you mean 'GPT'?"),
        ("models.py:Other", "models.py: no class 'Other'; it has GPT, Block"),
        ("broken.py", "broken.py:1:7: syntax error: invalid syntax"),
        ("broken.py:GPT", "broken.py:1:7: syntax error: invalid syntax"),
    ],
)
def test_what_cannot_be_listed_is_one_line_and_exit_code_2(
    folder: Path, run: Wdlint, target: str, message: str
) -> None:
    write(folder / "models.py", "class GPT:\n    class Block:\n        pass\n")
    write(folder / "broken.py", "def f(:\n")
    assert run("params", target) == Result(2, "", f"error: {message}\n")


def test_what_can_be_listed_is_listed_beside_what_cannot(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    shown = run("params", "nope.py", "train.py")
    assert (shown.code, shown.err) == (2, "error: nope.py: no such file or directory\n")
    assert shown.out.startswith("train.py:13: Adam")


def test_a_file_whose_name_holds_a_colon_is_a_file(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py:GPT", COUPLED)
    assert run("params", "train.py:GPT").out.startswith("train.py:GPT:13: Adam")


def test_params_without_a_target_is_a_mistake(run: Wdlint) -> None:
    assert run("params").code == 2
    assert run("params", "--format", "yaml", "x.py").err == (
        "error: --format: unknown value 'yaml'; choose from table, json, markdown\n"
    )


def test_parameters_of_a_file_are_its_sites(folder: Path) -> None:
    write(folder / "train.py", COUPLED)
    report = parameters.parameters_of("train.py", default_settings())
    assert (report.path, len(report.sites), report.model) == ("train.py", 1, None)
