"""What the files around a file decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdlint import check_source, default_settings
from wdlint.sources.project import Project

PROGRAM = b"""
import torch

def build(a, b):
    return torch.optim.AdamW([{"params": a.parameters()}, {"params": b.parameters(), "wd": 0.0}], weight_decay=0.1)
"""


def codes(path: Path) -> list[str]:
    report = check_source(PROGRAM, str(path), default_settings(), Project(str(path)))
    return [finding.code for finding in report.findings]


def test_a_key_nobody_reads_is_ignored_in_silence(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "other.py").write_text("group['wd'] = 0.1\n")
    assert "WD204" in codes(tmp_path / "train.py")


@pytest.mark.parametrize("reader", ["wd = group['wd']", 'x = g["wd"] * 2', "group.get('wd', 0)"])
def test_a_key_another_file_of_the_project_reads_is_not_reported(tmp_path: Path, reader: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "schedule.py").write_text(reader + "\n")
    (tmp_path / "app").mkdir()
    assert "WD204" not in codes(tmp_path / "app" / "train.py")


def test_files_of_another_project_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "setup.py").touch()
    (tmp_path / "b" / "setup.py").touch()
    (tmp_path / "b" / "schedule.py").write_text("wd = group['wd']\n")
    assert "WD204" in codes(tmp_path / "a" / "train.py")
