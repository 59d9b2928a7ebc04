"""``wdlint explain FILE:LINE``: what is found at a line, with its numbers, or what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wdlint.engine.parameters import TargetError
from wdlint.explain import text
from wdlint.explain.page import Page
from wdlint.places import page_at
from wdlint.settings import default_settings

PEDANTIC = replace(default_settings(), pedantic=True)

PROGRAM = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 256)
        self.norm = nn.LayerNorm(256)


model = Classifier()
optimizer = torch.optim.Adam(
    model.parameters(),
    lr=1e-3,
    weight_decay=0.01,
)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    return path


def at(path: Path, line: int) -> Page:
    return page_at(str(path), line, PEDANTIC, 92)


def words(page: Page) -> str:
    return " ".join(text.render(page, 100).split())


@pytest.mark.parametrize("line", [13, 14, 16, 17])
def test_every_line_of_the_call_leads_to_its_finding(program: Path, line: int) -> None:
    page = at(program, line)
    assert page.summary == "One finding here."
    assert page.sections[0].heading == "error WD101 coupled-weight-decay"
    assert page.data["rules"] == ["WD101"]
    assert page.see == ("WD101", "adamw")


def test_a_finding_comes_with_its_numbers_its_derivation_and_its_fix(program: Path) -> None:
    page = at(program, 13)
    assert [part.heading for part in page.sections] == [
        "error WD101 coupled-weight-decay",
        "With the numbers of this place",
        "Adam with L2: inside the gradient",
        "AdamW: outside the gradient",
        "The derivation",
        "The fix",
    ]
    shown = words(page)
    assert "lr·wd = 1e-5 of itself" in shown
    assert "+optimizer = torch.optim.AdamW(" in shown


def test_where_nothing_is_found_the_optimizer_is_described(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(PROGRAM.replace("Adam(", "SGD("))
    shown = words(at(path, 13))
    assert "Nothing is found here." in shown
    assert "SGD: adds the decay to a gradient that it does not rescale: the same as weight decay." in shown
    assert "group 0: weight_decay 0.01 (argument, line 16)" in shown


def test_any_other_line_says_which_lines_to_ask_for(program: Path) -> None:
    shown = words(at(program, 1))
    assert "Nothing is found here, and no optimizer is built." in shown
    assert "- line 13: WD101 coupled-weight-decay" in shown
    assert "- line 13: Adam" in shown


def test_numbers_that_are_not_known_make_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(PROGRAM.replace("lr=1e-3", "lr=find_lr()"))
    headings = [part.heading for part in at(path, 13).sections]
    assert "With the numbers of this place" in headings
    assert "Adam with L2: inside the gradient" not in headings


@pytest.mark.parametrize("line", [0, 18, 10**9])
def test_a_line_that_is_not_there_is_an_error(program: Path, line: int) -> None:
    with pytest.raises(TargetError, match=f"has 17 lines, and no line {line}"):
        at(program, line)


def test_a_file_that_does_not_parse_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text("x = (\n")
    with pytest.raises(TargetError, match=r"train\.py"):
        at(path, 1)
