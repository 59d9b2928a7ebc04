"""How bad a finding is, and how bad it must be for a run to fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli import COUPLED, Result, Wdlint, folder, run, write

__all__ = ["folder", "run"]  # fixtures


@pytest.fixture(autouse=True)
def train(folder: Path) -> None:
    write(folder / "train.py", COUPLED)


def severity(run: Wdlint) -> str:
    (finding,) = json.loads(run("--output-format", "json").out)["findings"]
    return str(finding["severity"])


@pytest.mark.parametrize(
    ("table", "level"),
    [
        pytest.param('WD101 = "info"', "info", id="a code"),
        pytest.param('coupled-weight-decay = "warning"', "warning", id="a name"),
        pytest.param('WD1 = "warning"', "warning", id="a prefix"),
        pytest.param('ALL = "info"', "info", id="all"),
        pytest.param('WD101 = "warning", WD1 = "info", ALL = "info"', "warning", id="the most specific wins"),
        pytest.param('WD201 = "info"', "error", id="of another rule"),
    ],
)
def test_the_configuration_says_how_bad_a_rule_is(folder: Path, run: Wdlint, table: str, level: str) -> None:
    write(folder / "wdlint.toml", f"severity = {{ {table} }}\n")
    assert severity(run) == level


@pytest.mark.parametrize(
    ("fail_on", "level", "code"),
    [
        ("error", "error", 1),
        ("error", "warning", 0),
        ("error", "info", 0),
        ("warning", "warning", 1),
        ("warning", "info", 0),
        ("info", "info", 1),
    ],
)
def test_a_run_fails_from_a_severity_on(
    folder: Path, run: Wdlint, fail_on: str, level: str, code: int
) -> None:
    write(folder / "wdlint.toml", f'severity = {{ WD101 = "{level}" }}\n')
    found = run("--fail-on", fail_on)
    assert found.code == code
    assert "WD101" in found.out
    write(folder / "wdlint.toml", f'severity = {{ WD101 = "{level}" }}\nfail-on = "{fail_on}"\n')
    assert run().code == code


def test_the_command_line_has_the_last_word(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", 'severity = { WD101 = "warning" }\nfail-on = "error"\n')
    assert run().code == 0
    assert run("--fail-on", "warning").code == 1


def test_without_a_word_every_finding_fails(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", 'severity = { WD101 = "info" }\n')
    assert run().code == 1


def test_what_cannot_be_checked_fails_whatever_the_severity(folder: Path, run: Wdlint) -> None:
    write(folder / "broken.py", "import torch\ntorch.optim.Adam(\n")
    assert run("--fail-on", "error", "--exit-zero").code == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            'severity = { WD101 = "warn" }',
            'wdlint.toml:1: \'severity.WD101\' must be "error", "warning" or "info", not "warn"; '
            "did you mean 'warning'?",
        ),
        (
            "severity = { WD101 = 1 }",
            'wdlint.toml:1: \'severity.WD101\' must be "error", "warning" or "info", not 1',
        ),
        (
            'severity = { WD11 = "info" }',
            "wdlint.toml:1: unknown rule 'WD11' in 'severity'; did you mean 'WD101'?",
        ),
        (
            'severity = "info"',
            'wdlint.toml:1: \'severity\' must be a table, for example { WD201 = "info" }, not "info"',
        ),
        (
            'fail-on = "never"',
            'wdlint.toml:1: \'fail-on\' must be "error", "warning" or "info", not "never"',
        ),
    ],
)
def test_a_mistake_is_one_line(folder: Path, run: Wdlint, text: str, error: str) -> None:
    write(folder / "wdlint.toml", f"{text}\n")
    assert run() == Result(2, "", f"error: {error}\n")


def test_a_mistake_in_the_flag_is_one_line(run: Wdlint) -> None:
    assert run("--fail-on", "warn") == Result(
        2, "", "error: --fail-on: unknown value 'warn'; did you mean 'warning'?\n"
    )
