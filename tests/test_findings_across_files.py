"""Findings whose reason stands in another file: where they are reported, shown and fixed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wdlint import check_paths, default_settings, fix_paths
from wdlint.engine import Run
from wdlint.reports import Look, render

TRAIN = """\
import torch
from conf import WD

optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=WD)
"""
CONF = "SEED = 1\nWD = 0.05\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "conf.py").write_text(CONF)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(path: str = "train.py") -> Run:
    return check_paths([path], default_settings())


def test_the_other_file_gets_a_frame_of_its_own(folder: Path) -> None:
    assert """\
train.py:4:13: error WD101 coupled-weight-decay
Adam puts weight decay 0.05 into the gradient, where it is rescaled for every weight.
   |
 4 | optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=WD)
   |             ^^^^^^^^^^^^^^^^                              --------------- adds 0.05·θ to the gradient
   |             divides its gradient, decay included, by √v̂
   |
   ::: conf.py:2:6
   |
 2 | WD = 0.05
   |      ---- the number comes from here
   |
""" in render("full", checked(), Look())


def test_the_other_file_is_named_in_json_and_sarif(folder: Path) -> None:
    (finding,) = json.loads(render("json", checked(), Look()))["findings"]
    assert [(r["path"], r["line"]) for r in finding["related"]] == [("train.py", 4), ("conf.py", 2)]
    (result,) = json.loads(render("sarif", checked(), Look()))["runs"][0]["results"]
    places = [r["physicalLocation"]["artifactLocation"]["uri"] for r in result["relatedLocations"]]
    assert places == ["train.py", "conf.py"]


@pytest.mark.parametrize("name", ["concise", "github"])
def test_formats_of_one_line_stay_with_the_checked_file(folder: Path, name: str) -> None:
    shown = render(name, checked(), Look(summary=False))
    assert "train.py" in shown
    assert "conf.py" not in shown


def test_a_file_that_is_only_looked_into_reports_nothing_itself(folder: Path) -> None:
    assert not checked("conf.py").findings


def test_a_broken_file_that_is_only_looked_into_is_no_error_of_the_checked_one(folder: Path) -> None:
    (folder / "conf.py").write_text("WD = = 1\n")
    run = checked()
    assert not run.findings
    assert not run.all_errors


GROUPS = """\
def groups(model):
    decay = [p for p in model.parameters() if p.ndim > 1]
    no_decay = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "wd": 0.0}]
"""
BUILDS = """\
import torch
from lib import groups

optimizer = torch.optim.AdamW(groups(model), lr=1e-3)
"""


def test_a_wrong_key_in_another_file_is_reported_at_the_optimizer_that_gets_it(folder: Path) -> None:
    (folder / "lib.py").write_text(GROUPS)
    (folder / "train.py").write_text(BUILDS)
    (finding,) = checked().findings
    assert (finding.code, finding.place.path, finding.place.line) == ("WD204", "train.py", 4)
    assert [(r.place.path, r.place.line) for r in finding.related] == [("lib.py", 4)]


def test_fixing_a_file_changes_no_other(folder: Path) -> None:
    (folder / "lib.py").write_text(GROUPS)
    (folder / "train.py").write_text(BUILDS)
    fix_paths(["train.py"], replace(default_settings(), unsafe_fixes=True))
    assert (folder / "lib.py").read_text() == GROUPS
    assert (folder / "train.py").read_text() == BUILDS


def test_a_comment_in_the_checked_file_ignores_it(folder: Path) -> None:
    (folder / "train.py").write_text(TRAIN.replace("=WD)", "=WD)  # wdlint: ignore[WD101]"))
    run = checked()
    assert not run.findings
    assert sum(report.suppressed for report in run.reports) == 1
