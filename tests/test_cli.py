"""The command line as a user types it: what is printed where, and the exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

import wdlint
from tests.snapshots import agrees
from wdlint import cli, engine, knowledge
from wdlint.formats import FORMATS

COUPLED = """\
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 256)
        self.norm = nn.LayerNorm(256)


model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
"""
"""One WD101 with a safe fix."""

WEAK = COUPLED.replace("0.01", "1e-5")
"""One WD101 whose fix is unsafe until a number is chosen."""

CLEAN = "import torch\n\noptimizer = torch.optim.SGD([], lr=0.1, weight_decay=1e-4)\n"

ROOT = Path(__file__).parent.parent


@dataclass
class Result:
    code: int
    out: str
    err: str


Wdlint = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; the environment says nothing about colour or width."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Wdlint:
    """Run the command line in this process."""

    def call(*arguments: str) -> Result:
        capfdbinary.readouterr()
        code = cli.main(arguments)
        out, err = capfdbinary.readouterr()
        return Result(code, out.decode(), err.decode())

    return call


def spawn(arguments: Sequence[str], folder: Path, data: bytes = b"", **environment: str) -> Result:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "wdlint", *arguments],
        cwd=folder,
        input=data,
        capture_output=True,
        env={**_quiet_environment(), **environment},
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def _quiet_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# -------------------------------------------------------------------------------- exit codes


def test_a_clean_tree_exits_with_0(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", CLEAN)
    assert run() == Result(0, "All clear: 1 file checked, 1 builds optimizers.\n", "")


def test_findings_exit_with_1(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    found = run()
    assert found.code == 1
    assert "train.py:13:13: error WD101 coupled-weight-decay\n" in found.out
    assert found.err == ""


def test_a_file_that_cannot_be_checked_exits_with_2_beside_findings(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    write(folder / "broken.py", "from torch.optim import Adam\ndef f(:\n")
    found = run()
    assert found.code == 2
    assert "WD101" in found.out
    assert re.search(r"^error: broken\.py:2:\d+: syntax error: ", found.err, re.MULTILINE)


def test_a_path_that_does_not_exist_exits_with_2_and_is_named(folder: Path, run: Wdlint) -> None:
    assert run("nope.py") == Result(2, "", "error: nope.py: no such file or directory\n")


def test_an_empty_folder_is_no_error(folder: Path, run: Wdlint) -> None:
    (folder / "empty").mkdir()
    assert run("empty") == Result(0, "", "no Python files under empty\n")


def test_exit_zero_hides_findings_but_not_failures(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert run("--exit-zero").code == 0
    assert run("--exit-zero", "nope.py").code == 2


# ------------------------------------------------------------------------------------ commands


def test_check_may_be_left_out(folder: Path, run: Wdlint) -> None:
    write(folder / "src/train.py", COUPLED)
    assert run("check", "src") == run("src")
    assert run() == run("check")


def test_a_folder_named_like_a_command_can_be_checked(folder: Path, run: Wdlint) -> None:
    write(folder / "explain/train.py", COUPLED)
    assert run("./explain").out.startswith("explain/train.py:13:13:")
    assert run("check", "explain").code == 1


def test_version(run: Wdlint) -> None:
    assert run("--version") == Result(0, f"wdlint {wdlint.__version__}\n", "")


def test_help_lists_the_commands_and_every_option(run: Wdlint) -> None:
    shown = run("--help").out
    context = click.Context(cli.cli)
    for name in cli.cli.list_commands(context):
        assert f"\n  {name} " in shown
    check = cli.cli.get_command(context, "check")
    assert check is not None
    for param in check.params:
        if isinstance(param, click.Option):
            assert param.opts[-1] in shown
            assert param.help in " ".join(shown.split()) if param.help else False


@pytest.mark.parametrize("rule", ["WD101", "wd101", "coupled-weight-decay"])
def test_explain_prints_the_card(run: Wdlint, rule: str) -> None:
    shown = run("explain", rule)
    assert shown.code == 0
    assert shown.out.startswith("WD101 coupled-weight-decay\n")
    assert "arxiv.org/abs/1711.05101" in shown.out


def test_explain_suggests_the_nearest_rule(run: Wdlint) -> None:
    assert run("explain", "WD11") == Result(2, "", "error: unknown rule 'WD11'; did you mean 'WD101'?\n")
    missing = run("explain", "missing-decay-group")
    assert "did you mean 'missing-no-decay-group'?" in missing.err


@pytest.mark.parametrize("name", ["adamw", "AdamW"])
def test_explain_tells_the_story_of_a_concept(run: Wdlint, name: str) -> None:
    assert run("explain", name).out.startswith("Weight decay, L2 and AdamW\n")


def test_explain_works_numbers_out(run: Wdlint) -> None:
    numbers = ("--lr", "3e-4", "--weight-decay", "0.1", "--betas", "0.9,0.95", "--eps", "1e-8")
    shown = run("explain", "WD101", *numbers, "--steps", "5000").out
    assert shown.startswith("Weight decay with lr = 3e-4 and wd = 0.1\nβ1 = 0.9, β2 = 0.95, ε = 1e-8\n")
    assert "left after 5,000 steps" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("WD101", "--lr", "1e-3"), "--weight-decay is missing: the numbers need both lr and weight decay"),
        (("WD101", "--lr", "-1", "--weight-decay", "1"), "--lr: must be a number above 0"),
        (("WD101", "--betas", "3"), "--betas: '3' is not two numbers such as 0.9,0.95"),
        (("WD101", "--format", "htm"), "--format: unknown value 'htm'; did you mean 'html'?"),
        (("adamm",), "unknown rule 'adamm'; did you mean 'adamw'?"),
        (("nonsense",), "unknown rule 'nonsense'; 'wdlint rules' lists them, and there is 'adamw'"),
        (("train.py",), "name a line of train.py, for example train.py:1"),
        (("other.py",), "there is no file other.py"),
        (("other.py:3",), "other.py: no such file or directory"),
        (("train.py:99",), "train.py has 13 lines, and no line 99"),
        (("train.py:13", "--lr", "1"), "a place has numbers of its own; --lr and the like go with a rule"),
    ],
)
def test_explain_says_what_is_wrong(folder: Path, run: Wdlint, arguments: tuple[str, ...], said: str) -> None:
    write(folder / "train.py", COUPLED)
    assert run("explain", *arguments) == Result(2, "", f"error: {said}\n")


def test_explain_shows_what_is_found_at_a_line(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    shown = run("explain", "train.py:13")
    assert shown.code == 0
    assert shown.out.startswith("train.py:13\n\nOne finding here.\n\nerror WD101 coupled-weight-decay\n")


def test_explain_prints_one_html_file(run: Wdlint) -> None:
    shown = run("explain", "adamw", "--format", "html").out
    assert shown.startswith("<!doctype html>") and shown.endswith("</html>\n")
    assert "<svg" in shown


def test_rules_lists_every_rule(run: Wdlint) -> None:
    shown = run("rules").out
    rows = [line.split() for line in shown.splitlines() if line.startswith("WD")]
    assert [row[:3] for row in rows] == [[c.code, c.name, c.severity] for c in knowledge.cards()]
    assert next(row for row in rows if row[0] == "WD101")[3] == "fix"
    assert "(--pedantic)" in " ".join(shown.split())


# ------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--selct", "WD1"], "error: unknown option '--selct'; did you mean '--select'?\n"),
        (["--qqqqqq"], "error: unknown option '--qqqqqq'; 'wdlint --help' lists them\n"),
        (["--select", "WD1,WD11"], "error: --select: unknown rule 'WD11'; did you mean 'WD101'?\n"),
        (["--output-format", "jsn"], "error: --output-format: unknown value 'jsn'; did you mean 'json'?\n"),
        (["--color", "x"], "error: --color: unknown value 'x'; choose from auto, always, never\n"),
        (["--jobs", "0"], "error: invalid value for '--jobs': 0 is not in the range x>=1\n"),
        (["--config", "no.toml"], "error: no.toml: cannot be read: no such file or directory\n"),
        (["--fix-style", "lop"], "error: --fix-style: unknown value 'lop'; did you mean 'loop'?\n"),
        (["--weight-decay", "x"], "error: invalid value for '--weight-decay': 'x' is not a number\n"),
        (["--weight-decay", "nan"], "error: --weight-decay: must be a number, 0 or greater, not nan\n"),
        (["--weight-decay", "-1"], "error: --weight-decay: must be a number, 0 or greater, not -1\n"),
        (["-", "x.py"], "error: '-' cannot be checked together with other paths\n"),
        ([""], "error: an empty path names no file\n"),
        (["--output-file", ""], "error: --output-file: an empty path names no file\n"),
        (
            ["explan", "WD101"],
            "error: explan: no such file or command; did you mean 'wdlint explain'?\n",
        ),
    ],
)
def test_a_mistake_is_named_in_one_line_with_what_was_meant(
    run: Wdlint, arguments: list[str], message: str
) -> None:
    assert run(*arguments) == Result(2, "", message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stdin-filename", "x.py"], "--stdin-filename names what '-' reads: add '-'"),
        (["-", "--show-files"], "--show-files lists files, and '-' is none"),
        (["--quiet", "--verbose"], "--quiet and --verbose contradict each other: use one of them"),
        (
            ["--config", "x.toml", "--isolated"],
            "--config and --isolated contradict each other: use one of them",
        ),
        (
            ["--show-files", "--show-settings"],
            "--show-files and --show-settings print different things: use one of them",
        ),
        (
            ["--diff", "--statistics"],
            "--statistics counts findings and --diff prints a patch: use one of them",
        ),
        (
            ["--diff", "--output-format", "json"],
            "--diff prints a patch, whatever the format: leave --output-format out",
        ),
        (
            ["--diff", "--output-format", "html", "--output-file", "x.html"],
            "--diff prints a patch, whatever the format: leave --output-format out",
        ),
    ],
)
def test_flags_that_contradict_each_other_are_one_line(
    folder: Path, run: Wdlint, arguments: list[str], message: str
) -> None:
    assert run(*arguments) == Result(2, "", f"error: {message}\n")
    assert not (folder / "x.html").exists()


def test_counts_that_cannot_be_printed_are_refused_before_anything_is_fixed(
    folder: Path, run: Wdlint
) -> None:
    path = write(folder / "train.py", COUPLED)
    found = run("--fix", "--statistics", "--output-format", "sarif")
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error: --statistics cannot be printed as sarif; it can as full, ")
    assert path.read_text() == COUPLED


def test_a_configured_format_does_not_stand_in_the_way_of_a_patch(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", 'output-format = "json"\n')
    write(folder / "train.py", COUPLED)
    assert run("--diff").out.startswith("--- a/train.py")


def test_a_mistake_in_the_configuration_is_one_line(folder: Path, run: Wdlint) -> None:
    write(folder / "pyproject.toml", "[tool.wdlint]\nselct = []\n")
    message = "error: pyproject.toml:2: unknown key 'selct' in [tool.wdlint]; did you mean 'select'?\n"
    assert run() == Result(2, "", message)


def test_a_mistake_in_a_catalogue_is_one_line(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", 'extend-catalogue = ["mine.yaml"]\n')
    write(folder / "mine.yaml", "nonsense: 1\n")
    write(folder / "train.py", COUPLED)
    found = run()
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert found.err.startswith("error: mine.yaml:1: ")


def test_an_internal_error_is_one_line_and_verbose_shows_where(
    folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> engine.Run:
        raise RuntimeError("what no one thought of")

    monkeypatch.setattr(engine, "check_paths", breaks)
    brief = run()
    assert (brief.code, brief.out, brief.err.count("\n")) == (2, "", 1)
    assert brief.err.startswith(
        "internal error: RuntimeError: what no one thought of; this is a bug in wdlint"
    )
    assert "Traceback (most recent call last)" in run("-v").err


# -------------------------------------------------------------------------------------- fixing


def test_fix_writes_the_file_and_reports_what_is_left(folder: Path, run: Wdlint) -> None:
    fixed, left = write(folder / "a.py", COUPLED), write(folder / "b.py", WEAK)
    found = run("--fix")
    assert found.code == 1
    assert "torch.optim.AdamW([" in fixed.read_text()
    assert left.read_text() == WEAK
    assert "a.py" not in found.out
    assert "Fixed 1 finding in 1 file.\nLeft 1 error in 1 file (2 checked, 2 build optimizers)." in found.out
    assert "1 more can be fixed with --unsafe-fixes." in found.out


def test_fixing_everything_exits_with_0_unless_asked_otherwise(folder: Path, run: Wdlint) -> None:
    path = write(folder / "train.py", COUPLED)
    assert run("--fix").code == 0
    write(path, COUPLED)
    assert run("--fix", "--exit-non-zero-on-fix").code == 1
    assert run("--fix", "--exit-non-zero-on-fix").code == 0  # nothing left to do


def test_unsafe_fixes_need_their_flag(folder: Path, run: Wdlint) -> None:
    path = write(folder / "train.py", WEAK)
    run("--unsafe-fixes")
    assert path.read_text() == WEAK
    assert run("--fix", "--unsafe-fixes").code == 0
    assert "AdamW" in path.read_text()


def test_weight_decay_names_the_number_and_makes_the_fix_safe(folder: Path, run: Wdlint) -> None:
    path = write(folder / "train.py", WEAK)
    assert run("--fix", "--weight-decay", "0.05").code == 0
    assert "weight_decay=0.05)" in path.read_text()


def test_fix_keeps_mode_and_links(folder: Path, run: Wdlint) -> None:
    path = write(folder / "real.py", COUPLED)
    path.chmod(0o750)
    (folder / "link.py").symlink_to("real.py")
    assert run("--fix", "link.py").code == 0
    assert "AdamW" in path.read_text()
    assert (folder / "link.py").is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_diff_prints_a_patch_that_git_applies_and_changes_nothing(folder: Path, run: Wdlint) -> None:
    path = write(folder / "src/train.py", COUPLED)
    found = run("--diff", "src")
    assert (found.code, found.err) == (
        1,
        "Would fix 1 finding in 1 file.\nWould be all clear: 1 file checked, 1 builds optimizers.\n",
    )
    assert path.read_text() == COUPLED
    assert agrees("diff.txt", found.out)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=found.out.encode(), check=True)
    patched = path.read_text()
    write(path, COUPLED)
    run("--fix")
    assert path.read_text() == patched


def test_diff_without_changes_exits_with_0(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", WEAK)
    said = "Nothing would change.\nFound 1 error in 1 file (1 checked, 1 builds optimizers).\n"
    assert run("--diff") == Result(0, "", said + "1 can be fixed with --unsafe-fixes.\n")
    assert run("--diff", "-q", "--unsafe-fixes").code == 1
    assert run("--diff", "-q", "nope.py").code == 2


# ----------------------------------------------------------------------------- standard input


def test_standard_input_is_checked_under_a_name(folder: Path) -> None:
    found = spawn(["-", "--stdin-filename", "src/train.py"], folder, COUPLED.encode())
    assert found.code == 1
    assert found.out.startswith("src/train.py:13:13: error WD101")


def test_standard_input_needs_no_name(folder: Path) -> None:
    assert spawn(["-"], folder, COUPLED.encode()).out.startswith("-:13:13: error WD101")


def test_fixed_standard_input_goes_out_and_findings_aside(folder: Path) -> None:
    data = (WEAK + COUPLED.splitlines()[-1] + "\n").replace("\n", "\r\n").encode("utf-8-sig")
    found = subprocess.run(
        [sys.executable, "-m", "wdlint", "-", "--fix", "--stdin-filename", "x.py"],
        cwd=folder,
        input=data,
        capture_output=True,
        env=_quiet_environment(),
    )
    assert found.returncode == 1
    assert found.stdout.startswith(b"\xef\xbb\xbfimport torch\r\n")
    assert found.stdout.count(b"AdamW") == 1
    assert b"x.py:13:13: error WD101" in found.stderr


def test_the_settings_for_standard_input_are_those_of_its_name(folder: Path) -> None:
    write(folder / "inner/wdlint.toml", 'select = ["WD2"]\n')
    assert spawn(["-", "--stdin-filename", "inner/x.py"], folder, COUPLED.encode()).code == 0
    assert spawn(["-", "--stdin-filename", "x.py"], folder, COUPLED.encode()).code == 1


def test_excluded_standard_input_passes_unchanged(folder: Path) -> None:
    arguments = ["-", "--fix", "--stdin-filename", "build/x.py", "--force-exclude"]
    assert spawn(arguments, folder, COUPLED.encode()) == Result(0, COUPLED, "")


def test_excluded_standard_input_is_an_empty_report_for_a_program(folder: Path) -> None:
    arguments = ["-", "--stdin-filename", "build/x.py", "--force-exclude", "--output-format", "json"]
    found = spawn(arguments, folder, COUPLED.encode())
    assert found.code == 0
    assert json.loads(found.out)["findings"] == []


def test_named_standard_input_is_fixed_as_its_file_is(folder: Path) -> None:
    """What another file does to the groups withholds the fix, wherever the text comes from."""
    own = (
        "import torch\nfrom torch import nn\n\n\n"
        "def build():\n    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))\n"
        "    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)\n"
    )
    write(folder / "train.py", own)
    write(folder / "pyproject.toml", "")
    assert spawn(["-", "--fix"], folder, own.encode()).out != own
    write(
        folder / "run.py",
        'from train import build\n\nopt = build()\nopt.param_groups[0]["weight_decay"] = 0.2\n',
    )
    named = spawn(["-", "--fix", "--stdin-filename", "train.py"], folder, own.encode())
    assert named.out == own
    assert "run.py, line 4" in " ".join(named.err.split())


def test_a_patch_for_standard_input(folder: Path) -> None:
    found = spawn(["-", "--diff", "--stdin-filename", "x.py"], folder, COUPLED.encode())
    assert found.code == 1
    assert found.out.startswith("--- a/x.py\n+++ b/x.py\n@@")


# -------------------------------------------------------------------------------------- choosing


def test_rules_are_chosen_by_code_prefix_and_name(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert run("--select", "WD2,WD9").code == 0
    assert run("--select", "WD2", "--select", "WD1").code == 1
    assert run("--ignore", "coupled-weight-decay").code == 0
    assert run("--select", "WD2", "--extend-select", "WD101").code == 1


def test_pedantic_shows_what_is_hidden(folder: Path, run: Wdlint) -> None:
    text = COUPLED.replace("Adam(model.parameters(), lr=1e-3, weight_decay=0.01)", "AdamW([], lr=1e-3)")
    write(folder / "train.py", text)
    assert run().code == 0
    assert "info WD301 implicit-decay" in run("--pedantic").out


def test_configuration_and_isolation(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    write(folder / "pyproject.toml", '[tool.wdlint]\nignore = ["WD1"]\n')
    write(folder / "other.toml", 'select = ["WD1"]\n')
    assert run().code == 0
    assert run("--isolated").code == 1
    assert run("--config", "other.toml").code == 1


def test_per_file_ignores_hold_in_worker_processes(folder: Path, run: Wdlint) -> None:
    for number in range(70):
        write(folder / f"src/m{number}.py", CLEAN)
    write(folder / "old/train.py", COUPLED)
    write(folder / "src/train.py", COUPLED)
    write(folder / "wdlint.toml", 'per-file-ignores = { "old/" = ["WD101"] }\n')
    found = run("--jobs", "2", "--output-format", "concise")
    assert [line.split(":")[0] for line in found.out.splitlines()[:1]] == ["src/train.py"]
    assert found.out == run("--jobs", "1", "--output-format", "concise").out
    assert "old/train.py" not in found.out


def test_show_files_lists_what_would_be_checked(folder: Path, run: Wdlint) -> None:
    for name in ("b.py", "a/c.py", "venv/x.py"):
        write(folder / name, CLEAN)
    assert run("--show-files") == Result(0, "a/c.py\nb.py\n", "")
    assert run("--show-files", "nope").code == 2


def test_show_settings_says_where_each_was_made(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", "pedantic = true\n")
    shown = run("--show-settings", "--select", "WD101").out
    assert "# wdlint.toml:1\npedantic = true\n" in shown
    assert '# select: --select\nrules = ["WD101"]\n' in shown


# ---------------------------------------------------------------------------------------- output


def test_the_default_output(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    assert agrees("check.txt", run().out)


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_machine_formats_are_one_document_on_standard_output(folder: Path, run: Wdlint, name: str) -> None:
    write(folder / "train.py", COUPLED)
    write(folder / "broken.py", "torch.optim.Adam(\n")
    found = run("--output-format", name)
    document: dict[str, Any] = json.loads(found.out)
    assert found.code == 2
    assert document["version"] in (1, "2.1.0")


def test_every_format_the_settings_know_is_offered(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    for name in FORMATS:
        assert "WD101" in run("--output-format", name).out


def test_output_file_gets_the_findings_and_no_colour(folder: Path, run: Wdlint) -> None:
    write(folder / "train.py", COUPLED)
    found = run("--output-file", "report.txt")
    assert (found.code, found.out) == (1, "")
    assert "WD101" in (folder / "report.txt").read_text()
    assert "\x1b" not in (folder / "report.txt").read_text()
    failed = run("--output-file", "no/such/folder.txt")
    assert failed == Result(2, "", "error: --output-file no/such/folder.txt: no such file or directory\n")


def test_statistics(folder: Path, run: Wdlint) -> None:
    write(folder / "a.py", COUPLED)
    write(folder / "b.py", COUPLED)
    assert run("--statistics", "-q") == Result(1, "2  WD101  [*]  coupled-weight-decay\n", "")


def test_quiet_prints_findings_only(folder: Path, run: Wdlint) -> None:
    path = write(folder / "train.py", CLEAN)
    assert run("-q") == Result(0, "", "")
    write(path, COUPLED)
    assert "Found" not in run("-q").out


def test_verbose_says_which_settings_hold(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", "pedantic = true\n")
    write(folder / "train.py", CLEAN)
    assert "pedantic from wdlint.toml:1" in run("-v").err


@pytest.mark.parametrize(
    ("arguments", "environment", "colour"),
    [
        ([], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(
    folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], environment: dict[str, str], colour: bool,
) -> None:  # fmt: skip
    write(folder / "train.py", COUPLED)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(*arguments).out) is colour


def test_columns_narrow_the_output(folder: Path, run: Wdlint, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "train.py", COUPLED)
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, run().out.splitlines())) <= 62  # combining characters count here


# ------------------------------------------------------------------------------ the process itself


def test_formulas_are_spelled_out_where_the_output_has_no_signs_for_them(folder: Path) -> None:
    write(folder / "train.py", COUPLED)
    found = spawn(["--color", "never"], folder, PYTHONIOENCODING="ascii")
    assert found.code == 1
    assert "the step is lr*sign(theta) = +-1e-3 for any wd" in " ".join(found.out.split())
    assert found.out.isascii() and "\\u" not in found.out


def test_documents_for_programs_are_utf_8_whatever_the_terminal_is(folder: Path) -> None:
    write(folder / "train.py", COUPLED)
    found = spawn(["--output-format", "json"], folder, PYTHONIOENCODING="ascii")
    assert any("θ" in line for line in json.loads(found.out)["findings"][0]["math"])


def test_a_reader_that_stops_reading_is_no_error(folder: Path) -> None:
    for number in range(60):
        write(folder / f"m{number}.py", COUPLED)
    command = [sys.executable, "-m", "wdlint", "--jobs", "1"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_quiet_environment()
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are different there")
def test_an_interrupted_run_ends_quietly(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    process = subprocess.Popen(
        [sys.executable, "-m", "wdlint", "pipe.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_quiet_environment(),
    )
    with open(folder / "pipe.py", "wb"):  # opens when wdlint does, which then waits for data
        time.sleep(0.3)  # between the two calls, Python 3.10 would not look for signals
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


_IMPORTED = "import sys; from wdlint.cli import main; main({arguments!r}); print(*sorted(sys.modules), file=sys.stderr)"


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], {"libcst", "yaml", "wdlint.engine", "wdlint.settings", "dataclasses"}),
        (
            ["plain.py"],
            {"libcst", "yaml", "tomllib", "difflib", "concurrent.futures", "json", "wdlint.reason"},
        ),
    ],
)
def test_what_is_not_needed_is_not_imported(folder: Path, arguments: list[str], absent: set[str]) -> None:
    write(folder / "plain.py", "print('no optimizer here')\n")
    spawn(["plain.py"], folder)  # compiles the rules where no one has yet
    code = _IMPORTED.format(arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=_quiet_environment()
    )
    assert done.returncode == 0, done.stderr
    assert absent & set(done.stderr.split()) == set()
