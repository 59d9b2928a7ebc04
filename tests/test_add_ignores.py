"""``--add-ignores``: a comment at each finding, so that the next run has none and the program is the same."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.test_cli import COUPLED, Result, Wdlint, folder, run, write

__all__ = ["folder", "run"]  # fixtures

HEAD = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
"""
CALL = "torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.05)"


def ignored(folder: Path, run: Wdlint, statement: str, *flags: str) -> str:
    """A statement after comments were added; the program is the same and nothing is found any more."""
    file = folder / "train.py"
    file.write_bytes((HEAD + statement).encode())
    before = ast.dump(ast.parse(file.read_bytes()))
    assert run("--add-ignores", "-q", *flags).code == 0
    text = file.read_bytes().decode()
    assert ast.dump(ast.parse(text)) == before
    assert run("-q") == Result(0, "", "")
    assert run("--add-ignores", "-q") == Result(0, "", "")
    assert file.read_bytes().decode() == text
    return text[len(HEAD) :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f"opt = {CALL}\n", f"opt = {CALL}  # wdlint: ignore[WD101]\n", id="at the end"),
        pytest.param(f"opt = {CALL}", f"opt = {CALL}  # wdlint: ignore[WD101]", id="no newline at the end"),
        pytest.param(f"opt = {CALL}   \n", f"opt = {CALL}  # wdlint: ignore[WD101]\n", id="trailing spaces"),
        pytest.param(
            f"opt = {CALL}  # tuned\n",
            f"opt = {CALL}  # tuned  # wdlint: ignore[WD101]\n",
            id="after a comment",
        ),
        pytest.param(
            f"opt = {CALL}  # noqa: E501\n",
            f"opt = {CALL}  # noqa: E501  # wdlint: ignore[WD101]\n",
            id="after another linter's",
        ),
        pytest.param(
            f"opt = {CALL}  # wdlint: ignore[WD301] known\n",
            f"opt = {CALL}  # wdlint: ignore[WD301, WD101] known\n",
            id="into a comment that is there",
        ),
        pytest.param(
            f"# wdlint: ignore[WD301]\nopt = {CALL}\n",
            f"# wdlint: ignore[WD301, WD101]\nopt = {CALL}\n",
            id="into a comment above",
        ),
        pytest.param(
            "opt = torch.optim.Adam(\n    model.parameters(),\n    lr=1e-3,\n    weight_decay=0.05,\n)\n",
            "opt = torch.optim.Adam(  # wdlint: ignore[WD101]\n"
            "    model.parameters(),\n    lr=1e-3,\n    weight_decay=0.05,\n)\n",
            id="a call over several lines",
        ),
        pytest.param(
            f"opt = \\\n    {CALL}\n",
            f"opt = \\\n    {CALL}  # wdlint: ignore[WD101]\n",
            id="after a backslash",
        ),
        pytest.param(
            f"opt, name = {CALL}, \\\n    'x'\n",
            f"opt, name = {CALL}, \\\n    'x'  # wdlint: ignore[WD101]\n",
            id="before a backslash",
        ),
        pytest.param(
            f'opt, name = {CALL}, """\n# not a comment\n"""\n',
            f'opt, name = {CALL}, """\n# not a comment\n"""  # wdlint: ignore[WD101]\n',
            id="before a long string",
        ),
        pytest.param(
            f"if True: opt = {CALL}; x = 1\n",
            f"if True: opt = {CALL}; x = 1  # wdlint: ignore[WD101]\n",
            id="several statements in a line",
        ),
        pytest.param(
            f"def f(opt={CALL}):\n    pass\n",
            f"def f(opt={CALL}):  # wdlint: ignore[WD101]\n    pass\n",
            id="in the header of a function",
        ),
        pytest.param(
            f"class C:\n    def f(self):\n        return {CALL}\n",
            f"class C:\n    def f(self):\n        return {CALL}  # wdlint: ignore[WD101]\n",
            id="indented",
        ),
        pytest.param(
            f"größe = 'θ'; opt = {CALL}\n", f"größe = 'θ'; opt = {CALL}  # wdlint: ignore[WD101]\n", id="θ"
        ),
    ],
)
def test_where_the_comment_goes(folder: Path, run: Wdlint, before: str, after: str) -> None:
    write(folder / "wdlint.toml", 'ignore = ["WD901"]\n')
    assert ignored(folder, run, before) == after


def test_the_reason_is_written_behind_the_code(folder: Path, run: Wdlint) -> None:
    after = ignored(folder, run, f"opt = {CALL}\n", "--reason", "as in\n the  paper")
    assert after.endswith("  # wdlint: ignore[WD101] as in the paper\n")


def test_line_endings_and_encodings_stay(folder: Path, run: Wdlint) -> None:
    file = folder / "train.py"
    text = f"# coding: latin-1\n{HEAD}opt = {CALL}\nname = 'é'\n".replace("\n", "\r\n")
    file.write_bytes(text.encode("latin-1"))
    assert run("--add-ignores", "-q").code == 0
    expected = text.replace(CALL, f"{CALL}  # wdlint: ignore[WD101]")
    assert file.read_bytes() == expected.encode("latin-1")


def test_a_reason_that_the_encoding_cannot_hold_leaves_the_file(folder: Path, run: Wdlint) -> None:
    file = folder / "train.py"
    text = f"# coding: ascii\n{HEAD}opt = {CALL}\n"
    write(file, text)
    assert run("--add-ignores", "--reason", "θ", "-q").err == (
        "error: train.py:6: no ignore comments were written: the result cannot be written in ascii\n"
    )
    assert file.read_text() == text


def test_two_rules_share_a_comment(folder: Path, run: Wdlint) -> None:
    statement = (
        'opt = torch.optim.Adam([{"params": model.parameters(), "wd": 0.1}], lr=1e-3, weight_decay=0.05)\n'
    )
    assert "ignore[WD101, WD204]" in ignored(folder, run, statement)


def test_only_what_is_shown_is_ignored(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert run("--add-ignores", "--ignore", "WD101").code == 0
    assert (folder / "train.py").read_text() == COUPLED


def test_it_says_how_many_and_reports_what_is_left(folder: Path, run: Wdlint) -> None:
    write(folder / "a.py", COUPLED)
    write(folder / "b.py", COUPLED + "# wdlint: ignore[WD999]\n")
    found = run("--add-ignores", "--output-format", "concise")
    assert found.err == "ignored 2 findings with comments in 2 files\n"
    assert "b.py" in found.out and "WD901" in found.out
    assert found.code == 1


def test_a_file_that_cannot_be_written_is_an_error(
    folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wdlint.fixes.write.replace_file", full)
    write(folder / "train.py", COUPLED)
    found = run("--add-ignores", "-q")
    assert (found.code, found.err) == (2, "error: train.py: could not be written: no space left on device\n")
    assert "WD101" in found.out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--add-ignores", "--fix"], "--add-ignores and --fix do different things: use one of them"),
        (["--add-ignores", "--diff"], "--add-ignores and --diff do different things: use one of them"),
        (["--reason", "x"], "--reason is what --add-ignores writes: add it"),
        (["--add-ignores", "-"], "--add-ignores writes files; it cannot write where '-' comes from"),
    ],
)
def test_what_does_not_go_together(run: Wdlint, arguments: list[str], error: str) -> None:
    assert run(*arguments) == Result(2, "", f"error: {error}\n")
