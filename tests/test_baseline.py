"""The baseline: old findings are left alone, new ones are reported, and it only shrinks by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import COUPLED, Result, Wdlint, folder, run, spawn, write

__all__ = ["folder", "run"]  # fixtures

NAME = "wdlint-baseline.json"
LINE = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.05)"


@pytest.fixture
def known(folder: Path, run: Wdlint) -> Path:
    """A file with one finding, which is in the baseline that the configuration names."""
    write(folder / "wdlint.toml", f'baseline = "{NAME}"\n')
    train = write(folder / "train.py", COUPLED)
    assert run("baseline").code == 0
    return train


def entries(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / NAME).read_text())["findings"]
    return found


def another(number: int = 1) -> str:
    """One more line with a finding."""
    return f"opt{number} = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.0{number})\n"


# ------------------------------------------------------------------------------ what it hides


def test_what_is_in_the_baseline_is_not_reported_and_is_counted(known: Path, run: Wdlint) -> None:
    assert run() == Result(
        0, "Nothing new: 1 file checked, 1 builds optimizers.\n1 is in the baseline.\n", ""
    )


def test_what_is_new_is_reported(known: Path, run: Wdlint) -> None:
    known.write_text(COUPLED + another())
    found = run("--output-format", "json")
    document = json.loads(found.out)
    assert found.code == 1
    assert [finding["line"] for finding in document["findings"]] == [len(COUPLED.splitlines()) + 1]
    assert document["summary"]["baselined"] == 1


def test_a_copy_of_an_old_line_is_new(known: Path, run: Wdlint) -> None:
    line = next(line for line in COUPLED.splitlines() if "Adam(" in line)
    known.write_text(f"{COUPLED}{line}\n")
    assert len(json.loads(run("--output-format", "json").out)["findings"]) == 1


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda text: "# a comment\n\n\n" + text, id="lines above"),
        pytest.param(lambda text: text + "\n\nprint('done')\n", id="lines below"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="other line endings"),
        pytest.param(lambda text: text.replace(" = torch.optim", "  =  torch.optim"), id="white space in it"),
        pytest.param(
            lambda text: "if True:\n" + "".join(f"    {line}\n" for line in text.splitlines()),
            id="indentation",
        ),
    ],
)
def test_changes_around_a_line_make_nothing_new(known: Path, run: Wdlint, edit: Any) -> None:
    known.write_bytes(edit(COUPLED).encode())
    assert run().code == 0


def test_a_changed_line_is_new(known: Path, run: Wdlint) -> None:
    known.write_text(COUPLED.replace("optimizer =", "adam ="))
    found = run()
    assert found.code == 1
    assert found.err == (
        f"note: 1 finding of {NAME} is no longer there; 'wdlint baseline --update' takes it out\n"
    )


def test_it_is_found_from_every_folder(known: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = known.parent / "deep" / "er"
    write(inside / "more.py", COUPLED)
    assert run("baseline", "--update", "--allow-growth").code == 0
    monkeypatch.chdir(inside)
    assert run("more.py").code == 0
    assert run("../..").code == 0
    assert run(str(known)).code == 0


def test_it_may_lie_beside_the_code(folder: Path, run: Wdlint) -> None:
    write(folder / "src" / "train.py", COUPLED)
    (folder / "ci").mkdir()
    assert run("baseline", "--output", "ci/old.json").code == 0
    assert '"path": "../src/train.py"' in (folder / "ci" / "old.json").read_text()
    assert run("--baseline", "ci/old.json").code == 0


def test_the_standard_input_has_the_baseline_of_its_file(known: Path) -> None:
    folder = known.parent
    assert spawn(["-", "--stdin-filename", "train.py"], folder, COUPLED.encode()).code == 0
    assert spawn(["-", "--stdin-filename", "other.py"], folder, COUPLED.encode()).code == 1


def test_worker_processes_know_the_baseline(folder: Path, run: Wdlint) -> None:
    for number in range(70):
        write(folder / f"m{number}.py", COUPLED)
    run("baseline")
    assert run("--baseline", NAME, "--jobs", "2").code == 0


def test_fixes_leave_alone_what_is_in_the_baseline(known: Path, run: Wdlint) -> None:
    known.write_text(COUPLED + another())
    run("--fix", "--unsafe-fixes")
    text = known.read_text()
    assert next(line for line in COUPLED.splitlines() if "Adam(" in line) in text
    assert "opt1 = torch.optim.AdamW(" in text


def test_it_can_be_left_out_for_once(known: Path, run: Wdlint) -> None:
    assert run("--no-baseline").code == 1
    assert run("--no-baseline", "--baseline", NAME) == Result(
        2, "", "error: --baseline and --no-baseline contradict each other: use one of them\n"
    )


# ---------------------------------------------------------------------------- how it is written


def test_it_is_sorted_and_has_an_entry_a_line(folder: Path, run: Wdlint) -> None:
    for name in ("b.py", "a.py"):
        write(folder / name, COUPLED)
    found = run("baseline")
    assert found == Result(
        0,
        "",
        f"wrote 2 findings to {NAME}\n"
        f'to use it, say baseline = "{NAME}" in the configuration, or --baseline {NAME}\n',
    )
    lines = (folder / NAME).read_text().splitlines()
    assert [json.loads(line.strip().rstrip(","))["path"] for line in lines[3:5]] == ["a.py", "b.py"]
    assert len(lines) == 7


def test_line_numbers_are_not_in_it(known: Path) -> None:
    (entry,) = entries(known.parent)
    assert set(entry) == {"path", "code", "text", "count"}


def test_equal_lines_are_one_entry_with_a_count(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED + another() + another())
    run("baseline")
    assert sorted(entry["count"] for entry in entries(folder)) == [1, 2]


def test_one_that_is_there_is_not_written_over(known: Path, run: Wdlint) -> None:
    assert run("baseline") == Result(
        2,
        "",
        f"error: {NAME} is there already; --update takes out what is no longer found, "
        "and to start anew, delete it first\n",
    )


def test_a_folder_that_is_not_there_is_an_error(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert run("baseline", "--output", "no/b.json") == Result(
        2, "", "error: no/b.json: cannot be written: no such file or directory\n"
    )


def test_an_empty_baseline_is_a_baseline(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", "x = 1\n")
    assert run("baseline").code == 0
    assert run("--baseline", NAME).code == 0


# ------------------------------------------------------------------------------ how it changes


def test_an_update_takes_out_what_is_mended(known: Path, run: Wdlint) -> None:
    known.write_text("x = 1\n")
    assert run("baseline", "--update") == Result(0, "", f"{NAME}: 1 finding before, 0 now\n")
    assert entries(known.parent) == []
    assert run() == Result(0, "All clear: 1 file checked, 0 build optimizers.\n", "")


def test_an_update_puts_nothing_in_unless_it_may_grow(known: Path, run: Wdlint) -> None:
    known.write_text(COUPLED + another())
    assert run("baseline", "--update") == Result(
        0,
        "",
        f"{NAME}: 1 finding, as before\n1 finding is new and not in it; --allow-growth puts them in\n",
    )
    assert run().code == 1
    assert run("baseline", "--update", "--allow-growth").err == f"{NAME}: 1 finding before, 2 now\n"
    assert run().code == 0


def test_an_update_keeps_what_was_not_checked(known: Path, run: Wdlint) -> None:
    other = write(known.parent / "other.py", COUPLED)
    run("baseline", "--update", "--allow-growth")
    known.write_text("x = 1\n")
    other.write_text("x = 1\n")
    run("baseline", "--update", "other.py")
    assert [entry["path"] for entry in entries(known.parent)] == ["train.py"]
    run("baseline", "--update", "--select", "WD2")
    assert [entry["path"] for entry in entries(known.parent)] == ["train.py"]


def test_an_update_keeps_the_entries_of_a_file_that_cannot_be_read(known: Path, run: Wdlint) -> None:
    known.write_text("import torch\ntorch.optim.Adam(\n")
    assert run("baseline", "--update").code == 2
    assert len(entries(known.parent)) == 1


def test_a_renamed_file_is_new_until_the_next_update(known: Path, run: Wdlint) -> None:
    known.rename(known.with_name("moved.py"))
    assert run().code == 1
    assert run("baseline", "--update").err == f"{NAME}: 1 finding before, 1 now\n"
    assert [entry["path"] for entry in entries(known.parent)] == ["moved.py"]
    assert run().code == 0


def test_what_only_pedantic_runs_find_is_not_left_over_without_it(folder: Path, run: Wdlint) -> None:
    entry = {"path": "train.py", "code": "WD101", "text": "x", "count": 1, "certainty": "possible"}
    write(folder / NAME, json.dumps({"version": 1, "findings": [entry]}))
    write(folder / "train.py", "x = 1\n")
    assert run("--baseline", NAME).err == ""
    assert "no longer there" in run("--baseline", NAME, "--pedantic").err
    run("baseline", "--update")
    assert len(entries(folder)) == 1
    run("baseline", "--update", "--pedantic")
    assert entries(folder) == []


# --------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "<<<<<<< HEAD\n", ":1: not a baseline: not valid JSON (a merge conflict?)", id="conflict"
        ),
        pytest.param("", ":1: not a baseline: not valid JSON (a merge conflict?)", id="empty"),
        pytest.param("[]", ": not a baseline: there is no list of findings in it", id="another document"),
        pytest.param(
            '{"version": 2, "findings": []}',
            ": a baseline of version 2, which this wdlint cannot read",
            id="from the future",
        ),
        pytest.param(
            '{"version": 1, "findings": [{"path": "a", "code": "WD101", "count": 1}]}',
            ": entry 1 has no text as 'text'",
            id="a field is missing",
        ),
        pytest.param(
            '{"version": 1, "findings": [{"path": "a", "code": "WD101", "text": "x", "count": 0}]}',
            ": entry 1 has no 'count' of 1 or more",
            id="no count",
        ),
        pytest.param(
            '{"version": 1, "findings": [1]}',
            ": entry 1 is not a table of path, code, text and count",
            id="no table",
        ),
    ],
)
def test_a_broken_baseline_is_one_line(folder: Path, run: Wdlint, text: str, error: str) -> None:
    write(folder / "train.py", COUPLED)
    write(folder / NAME, text)
    assert run("--baseline", NAME) == Result(2, "", f"error: {NAME}{error}\n")
    assert run("baseline", "--update") == Result(2, "", f"error: {NAME}{error}\n")


def test_a_missing_baseline_says_how_to_write_one(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    expected = Result(2, "", "error: old.json: no such baseline; 'wdlint baseline' writes one\n")
    assert run("--baseline", "old.json") == expected
    assert spawn(["-", "--baseline", "old.json"], folder, COUPLED.encode()) == expected


def test_a_folder_is_no_baseline(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert run("--baseline", ".") == Result(2, "", "error: .: the baseline cannot be read: is a directory\n")


def test_growth_is_a_matter_of_updates(run: Wdlint) -> None:
    assert run("baseline", "--allow-growth") == Result(
        2, "", "error: --allow-growth says what --update may do: add it\n"
    )


def test_the_configuration_must_name_a_file(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", "baseline = true\n")
    assert run() == Result(
        2,
        "",
        "error: wdlint.toml:1: 'baseline' must be a path, for example \"wdlint-baseline.json\", not true\n",
    )
