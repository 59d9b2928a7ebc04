"""What the files around a file decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdlint import check_source, default_settings
from wdlint.sources.project import Project


def make(folder: Path, *files: str) -> Project:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Project(str(folder / files[0]))


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


def found(project: Project, name: str) -> tuple[str, tuple[str, ...]] | None:
    """The file an import leads to, from the project's root, and the attributes that remain."""
    located = project.locate(name, project.file)
    if located is None:
        return None
    return located[0].file.removeprefix(f"{project.root}/"), located[1]


def test_a_package_goes_before_a_module_of_its_name(tmp_path: Path) -> None:
    project = make(tmp_path, "train.py", "conf.py", "conf/__init__.py", "setup.py")
    assert found(project, "conf.WD") == ("conf/__init__.py", ("WD",))


def test_a_file_in_a_package_imports_from_outside_of_it_first(tmp_path: Path) -> None:
    project = make(tmp_path, "pkg/train.py", "pkg/__init__.py", "pkg/conf.py", "conf.py", "setup.py")
    assert found(project, "conf.WD") == ("conf.py", ("WD",))


def test_a_script_imports_from_its_own_folder_first(tmp_path: Path) -> None:
    project = make(tmp_path, "scripts/train.py", "scripts/conf.py", "conf.py", "setup.py")
    assert found(project, "conf.WD") == ("scripts/conf.py", ("WD",))


def test_a_folder_without_modules_is_not_the_package_of_its_name(tmp_path: Path) -> None:
    project = make(tmp_path, "train.py", "wandb/run.log", "setup.py")
    assert found(project, "wandb.init") is None


@pytest.mark.parametrize("name", ["torch.optim.Adam", "typing.Final", "numpy.array"])
def test_a_folder_of_the_project_does_not_stand_for_a_well_known_library(tmp_path: Path, name: str) -> None:
    top = name.partition(".")[0]
    assert (
        found(make(tmp_path, "train.py", f"{top}/__init__.py", f"{top}/optim.py", "setup.py"), name) is None
    )


def test_a_relative_import_counts_its_dots(tmp_path: Path) -> None:
    project = make(tmp_path, "a/b/train.py", "a/conf.py", "setup.py")
    assert found(project, "..conf.WD") == ("a/conf.py", ("WD",))


def test_without_a_repository_the_topmost_readme_below_here_marks_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(
        tmp_path, "repo/examples/train.py", "repo/examples/README.md", "repo/README.md", "README.md"
    )
    monkeypatch.chdir(tmp_path / "repo")
    assert project.root == str(tmp_path / "repo")


def test_what_imports_lead_to_is_found_by_their_text(tmp_path: Path) -> None:
    project = make(tmp_path, "train.py", "a.py", "b.py", "c.py", "setup.py")
    (tmp_path / "train.py").write_text("import os\nfrom a import (\n    x,\n)\n")
    (tmp_path / "a.py").write_text("def f():\n    import b as bee\n")
    names = [file.rpartition("/")[2] for file in project.reachable(project.file)]
    assert names == ["train.py", "a.py", "b.py"]
    assert [file.rpartition("/")[2] for file in project.importers(str(tmp_path / "b.py"))] == ["a.py"]


def test_a_very_large_file_is_not_read(tmp_path: Path) -> None:
    project = make(tmp_path, "train.py", "data.py", "setup.py")
    (tmp_path / "data.py").write_bytes(b"#" * 1_000_001)
    assert project.read(str(tmp_path / "data.py")) is None
