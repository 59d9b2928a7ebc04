"""``--fix`` and ``--diff`` at the command line: exit codes, what is said afterwards, and odd input."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from wdlint import cli

ROOT = Path(__file__).parent.parent

HEAD = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 256)
        self.norm = nn.LayerNorm(256)


model = Classifier()
"""
SAFE = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)\n"
UNSAFE = SAFE.replace("0.01", "1e-5")
WITHHELD = "torch.optim.Adam(Classifier().parameters(), lr=1e-3, weight_decay=0.01)\n"
CLEAN = SAFE.replace("Adam(", "SGD(")


class Result(NamedTuple):
    code: int
    out: str
    err: str


Wdlint = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Wdlint:
    def call(*arguments: str) -> Result:
        capfdbinary.readouterr()
        code = cli.main(arguments)
        out, err = capfdbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return call


def piped(data: bytes, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "wdlint", *arguments]
    return subprocess.run(command, cwd=folder, input=data, capture_output=True, env=environment)


def write(name: str, *statements: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(statements))
    return path


# -------------------------------------------------------------------------------- exit codes

NO_FLAG, ZERO, ON_FIX, BOTH = (
    (),
    ("--exit-zero",),
    ("--exit-non-zero-on-fix",),
    ("--exit-zero", "--exit-non-zero-on-fix"),
)


@pytest.mark.parametrize(
    ("statement", "mode", "codes"),
    [
        # with:        neither, --exit-zero, --exit-non-zero-on-fix, both
        (SAFE, "check", (1, 0, 1, 0)),
        (SAFE, "--fix", (0, 0, 1, 1)),
        (SAFE, "--diff", (1, 0, 1, 1)),
        (UNSAFE, "--fix", (1, 0, 1, 0)),
        (UNSAFE, "--diff", (0, 0, 0, 0)),
        (SAFE + UNSAFE, "--fix", (1, 0, 1, 1)),
        (SAFE + UNSAFE, "--diff", (1, 0, 1, 1)),
        (CLEAN, "--fix", (0, 0, 0, 0)),
        (CLEAN, "--diff", (0, 0, 0, 0)),
    ],
)
def test_exit_codes(
    folder: Path, run: Wdlint, statement: str, mode: str, codes: tuple[int, int, int, int]
) -> None:
    for flags, code in zip((NO_FLAG, ZERO, ON_FIX, BOTH), codes, strict=True):
        path = write("train.py", statement)
        assert run(mode, "train.py", *flags).code == code, flags
        path.unlink()
        assert run(mode, "train.py", *flags).code == 2, flags


@pytest.mark.parametrize(("mode", "codes"), [("--fix", (0, 1)), ("--diff", (1, 1))])
def test_exit_codes_for_the_standard_input(folder: Path, mode: str, codes: tuple[int, int]) -> None:
    data = (HEAD + SAFE).encode()
    assert piped(data, folder, mode, "-").returncode == codes[0]
    assert piped(data, folder, mode, "-", "--exit-non-zero-on-fix").returncode == codes[1]
    assert piped((HEAD + CLEAN).encode(), folder, mode, "-", "--exit-non-zero-on-fix").returncode == 0
    assert piped(b"torch.optim.Adam(", folder, mode, "-").returncode == 2


# ------------------------------------------------------------------------------ what is said


def test_the_fixes_are_listed_where_they_were_in_the_file(folder: Path, run: Wdlint) -> None:
    write("train.py", SAFE, SAFE)
    message = "WD101 coupled-weight-decay: Adam puts weight decay 0.01 into the gradient, where it is rescaled for every weight"
    diff = run("--diff", "--show-fixes")
    assert f"train.py:13:13: would fix {message}\ntrain.py:14:13: would fix {message}\n" in diff.err
    assert diff.out.startswith("--- a/train.py\n")
    fix = run("--fix", "--show-fixes")
    assert fix.out.startswith(f"train.py:13:13: fixed {message}\ntrain.py:14:13: fixed {message}\n")


def test_the_list_of_fixes_does_not_disturb_a_program_that_reads(folder: Path, run: Wdlint) -> None:
    write("train.py", SAFE)
    found = run("--fix", "--show-fixes", "--output-format", "json")
    assert json.loads(found.out)["summary"]["fixed"] == 1
    assert found.err.startswith("train.py:13:13: fixed WD101 ")


def test_listing_fixes_needs_fixes(folder: Path, run: Wdlint) -> None:
    message = "error: --show-fixes lists what --fix or --diff does: add one of them\n"
    assert run("--show-fixes") == Result(2, "", message)


def test_after_fixing_it_is_said_what_was_not_fixed_and_why(folder: Path, run: Wdlint) -> None:
    write("train.py", SAFE, UNSAFE, WITHHELD, WITHHELD)
    left = (
        "3 errors in 1 file (1 checked, 1 builds optimizers).\n"
        "1 more can be fixed with --unsafe-fixes.\n"
        "2 fixes are withheld: the parameters cannot be written twice: "
    )
    assert f"Would fix 1 finding in 1 file.\nWould leave {left}" in run("--diff").err
    assert f"Fixed 1 finding in 1 file.\nLeft {left}" in run("--fix").out


def test_a_check_does_not_go_into_why_fixes_are_withheld(folder: Path, run: Wdlint) -> None:
    write("train.py", WITHHELD)
    assert run().out.endswith("\nFound 1 error in 1 file (1 checked, 1 builds optimizers).\n")


def test_quiet_says_none_of_it(folder: Path, run: Wdlint) -> None:
    write("train.py", SAFE)
    assert run("--diff", "-q").err == ""
    assert run("--fix", "-q") == Result(0, "", "")


def test_machine_formats_carry_no_summary(folder: Path, run: Wdlint) -> None:
    write("train.py", SAFE)
    found = run("--fix", "--output-format", "json")
    assert json.loads(found.out)["summary"]["fixed"] == 1
    assert (found.code, found.err) == (0, "")


# -------------------------------------------------------------------------------------- git


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_changes_that_are_not_committed_are_named_once(folder: Path, run: Wdlint) -> None:
    for name in ("a.py", "b.py", "c.py"):
        write(name, SAFE)
    subprocess.run(["git", "init", "-q"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["git", "add", "."], check=True)
    assert run("--fix").err == ""
    write("a.py", SAFE, "\n")
    assert run("--diff").err.count("note:") == 0
    assert run("--fix", "a.py").err == "note: a.py has other changes that are not committed\n"
    for name in ("a.py", "b.py"):
        write(name, SAFE, "\n")
    note = "note: 2 of the fixed files have other changes that are not committed\n"
    assert run("--fix").err == note
    write("a.py", SAFE, "\n")
    assert run("--fix", "-q").err == ""


# -------------------------------------------------------------------------------- odd input


@pytest.mark.parametrize("mode", ["--fix", "--diff"])
def test_an_empty_folder(folder: Path, run: Wdlint, mode: str) -> None:
    Path("empty").mkdir()
    assert run(mode, "empty") == Result(0, "", "no Python files under empty\n")


def test_a_typo_in_a_flag(run: Wdlint) -> None:
    assert run("--fixx") == Result(2, "", "error: unknown option '--fixx'; did you mean '--fix'?\n")
    assert run("--unsafe").err == "error: unknown option '--unsafe'; did you mean '--unsafe-fixes'?\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--diff"], "--interactive writes what is accepted and --diff nothing: use one of them"),
        (["-"], "--interactive cannot ask where '-' reads the standard input"),
        ([], "--interactive asks at a terminal, and this is none; use --diff, then --fix"),
    ],
)
def test_questions_that_cannot_be_asked(run: Wdlint, arguments: list[str], message: str) -> None:
    assert run("--interactive", *arguments) == Result(2, "", f"error: {message}\n")


def test_a_file_that_may_not_be_written_is_left_and_its_findings_shown(
    folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("train.py", SAFE)
    monkeypatch.setattr("wdlint.fixes.write.os.access", lambda *_: False)
    found = run("--fix")
    assert (found.code, found.err) == (2, "error: train.py: could not be written: permission denied\n")
    assert path.read_text() == HEAD + SAFE
    assert "train.py:13:13: error WD101" in found.out
    assert "Fixed" not in found.out


def test_a_broken_file_in_the_midst_does_not_keep_the_others_from_being_fixed(
    folder: Path, run: Wdlint
) -> None:
    write("a.py", SAFE)
    Path("b.py").write_text("torch.optim.Adam(\n")
    write("c.py", SAFE)
    found = run("--fix")
    assert found.code == 2
    assert found.out == ("Fixed 2 findings in 2 files.\nFound nothing in 3 files; 1 could not be checked.\n")
    assert re.fullmatch(r"error: b\.py:1:\d+: syntax error: .*\n", found.err)
    assert Path("b.py").read_text() == "torch.optim.Adam(\n"


def test_a_file_that_is_named_twice_is_fixed_once(folder: Path, run: Wdlint) -> None:
    path = write("src/deep/train.py", SAFE)
    names = ["src", "src/deep", "src/deep/train.py", "./src/deep/train.py", str(path.resolve())]
    assert run("--fix", *names).out.startswith("Fixed 1 finding in 1 file.\nAll clear: 1 file checked")
    assert path.read_text().count("AdamW(") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_file_and_links_to_it_are_fixed_once(folder: Path, run: Wdlint) -> None:
    path = write("src/train.py", SAFE)
    Path("link.py").symlink_to("src/train.py")
    Path("folder").symlink_to("src")
    found = run("--fix", "link.py", "src", "folder", "folder/train.py")
    assert found.out.startswith("Fixed 1 finding in 1 file.\nAll clear: 1 file checked")
    assert path.read_text().count("AdamW(") == 1
    assert Path("link.py").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes there")
def test_a_pipe_beside_a_file_is_not_waited_for(folder: Path) -> None:
    write("train.py", SAFE)
    os.mkfifo("pipe.py")
    assert piped(b"", folder, "--fix", "train.py").returncode == 0
    assert piped(b"", folder, "train.py").returncode == 0  # asks the files around whether they read a key


def test_the_standard_input_is_never_lost(folder: Path) -> None:
    for data in (b"", b"torch.optim.Adam(", b"\xff\xfe torch.optim.Adam", (HEAD + UNSAFE).encode()):
        assert piped(data, folder, "--fix", "-").stdout == data


def test_the_standard_input_keeps_its_line_ends(folder: Path) -> None:
    done = piped((HEAD + SAFE).replace("\n", "\r\n").encode(), folder, "--fix", "-")
    assert done.returncode == 0
    assert b"AdamW" in done.stdout
    assert done.stdout.count(b"\r\n") == done.stdout.count(b"\n")


# ---------------------------------------------------------------------- once more, and as a patch


def test_a_second_run_changes_nothing(folder: Path, run: Wdlint) -> None:
    shutil.copytree(ROOT / "examples", "examples")
    assert run("--fix", "--unsafe-fixes", "--exit-non-zero-on-fix", "examples").code == 1
    once = {path: path.read_bytes() for path in Path("examples").rglob("*.py")}
    assert run("--fix", "--unsafe-fixes", "--exit-non-zero-on-fix", "examples").code == 0
    assert {path: path.read_bytes() for path in Path("examples").rglob("*.py")} == once


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_patch_of_the_examples_makes_of_them_what_fix_makes(folder: Path, run: Wdlint) -> None:
    for name in ("patched", "fixed"):
        shutil.copytree(ROOT / "examples", name)
    patch = run("--diff", "--unsafe-fixes", "patched").out
    subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True)
    run("--fix", "--unsafe-fixes", "fixed")
    for path in sorted(Path("fixed").rglob("*.py")):
        assert Path("patched", path.relative_to("fixed")).read_bytes() == path.read_bytes()
