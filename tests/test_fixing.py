"""Files fixed at once, and one fix at a time, which comes to the same; what goes wrong in writing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wdlint import check_paths, default_settings, fix_paths
from wdlint.facts import FileReport
from wdlint.fixes.rounds import Offer
from wdlint.fixing import Answer, fix_chosen

EXAMPLES = Path(__file__).parent.parent / "examples"
UNSAFE = replace(default_settings(), unsafe_fixes=True)

COUPLED = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)\n"
TWICE = f"import torch\n\nmodel = torch.nn.Linear(8, 8)\n{COUPLED}{COUPLED}"


def accept(offer: Offer, report: FileReport) -> Answer:
    return "accept"


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The examples twice, seen from their folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("chosen", "fixed"):
        shutil.copytree(EXAMPLES, tmp_path / name)
    return Path("chosen"), Path("fixed")


def test_accepting_everything_is_fixing_everything(copies: tuple[Path, Path]) -> None:
    chosen, fixed = copies
    one_by_one = fix_chosen(check_paths([str(chosen)], UNSAFE), UNSAFE, accept)
    at_once = fix_paths([str(fixed)], UNSAFE)
    for path in sorted(fixed.rglob("*.py")):
        assert (chosen / path.relative_to(fixed)).read_bytes() == path.read_bytes()
    codes = [
        [finding.code for file in run.fixed for finding in file.applied] for run in (one_by_one, at_once)
    ]
    assert sorted(codes[0]) == sorted(codes[1]) != []


def test_nothing_is_written_before_everything_is_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        Path(name).write_text(TWICE)

    def interrupt(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fix_paths(["."], UNSAFE, jobs=1, progress=interrupt)
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == [TWICE, TWICE]


def test_a_file_that_somebody_saves_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(TWICE)

    def save(done: int, total: int) -> None:
        Path("train.py").write_text(TWICE + "# more\n")

    run = fix_paths(["."], UNSAFE, progress=save)
    message = "could not be written: it has changed since it was checked"
    assert [error.message for error in run.all_errors] == [message]
    assert Path("train.py").read_text() == TWICE + "# more\n"


def test_what_was_fixed_is_listed_where_it_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(TWICE)
    run = fix_chosen(check_paths(["train.py"], UNSAFE), UNSAFE, accept)
    assert [finding.place.line for finding in run.fixed[0].applied] == [4, 5]


def test_declining_everything_changes_nothing(copies: tuple[Path, Path]) -> None:
    chosen, _ = copies
    found = check_paths([str(chosen)], UNSAFE)
    after = fix_chosen(found, UNSAFE, lambda offer, report: "decline")
    assert after.findings == found.findings
    assert not any(file.applied for file in after.fixed)
    for path in sorted(chosen.rglob("*.py")):
        assert path.read_bytes() == (EXAMPLES / path.relative_to(chosen)).read_bytes()


def test_nothing_is_offered_after_quitting(copies: tuple[Path, Path]) -> None:
    chosen, _ = copies
    offered: list[Offer] = []

    def quit_at_once(offer: Offer, report: FileReport) -> Answer:
        offered.append(offer)
        return "quit"

    found = check_paths([str(chosen)], UNSAFE)
    assert fix_chosen(found, UNSAFE, quit_at_once).findings == found.findings
    assert len(offered) == 1


def test_a_file_that_cannot_be_written_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        Path(name).write_text(TWICE)

    def refuse(path: str, data: bytes) -> None:
        if path == "a.py":
            raise PermissionError(13, "Permission denied")
        Path(path).write_bytes(data)

    monkeypatch.setattr("wdlint.fixes.write.replace_file", refuse)
    run = fix_chosen(check_paths(["."], UNSAFE), UNSAFE, accept)
    assert [(e.path, e.message) for e in run.all_errors] == [
        ("a.py", "could not be written: permission denied")
    ]
    assert Path("a.py").read_text() == TWICE
    assert Path("b.py").read_text().count("AdamW(") == 2
