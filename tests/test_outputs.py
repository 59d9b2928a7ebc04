"""Several formats at once: what goes to which file, what is printed, and what cannot be meant."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.test_cli import COUPLED, Result, Wdlint, folder, run, write

__all__ = ["folder", "run"]  # fixtures


@pytest.fixture(autouse=True)
def train(folder: Path) -> None:
    write(folder / "train.py", COUPLED)


def spelled(arguments: str) -> list[str]:
    """Arguments with the two options written out."""
    return re.sub(
        r"(?<!\S)-([fo])\b", lambda m: {"f": "--output-format", "o": "--output-file"}[m[1]], arguments
    ).split()


def kind(text: str) -> str:
    """What a report looks like."""
    if text.startswith("<?xml"):
        return "junit"
    if text.startswith("{"):
        return "sarif" if "runs" in json.loads(text) else "json"
    if text.startswith("["):
        return "gitlab"
    return "nothing" if not text else "full" if "= help:" in text else "concise"


@pytest.mark.parametrize(
    ("arguments", "printed", "files"),
    [
        pytest.param("", "full", {}, id="nothing asked"),
        pytest.param("-f json", "json", {}, id="a format is printed"),
        pytest.param("-o a", "nothing", {"a": "full"}, id="text to a file is not printed again"),
        pytest.param("-f concise -o a", "nothing", {"a": "concise"}, id="nor is other text"),
        pytest.param("-f sarif -o a", "full", {"a": "sarif"}, id="a document leaves the text"),
        pytest.param("-o a -f sarif", "full", {"a": "sarif"}, id="the file may come first"),
        pytest.param("-f concise -f sarif -o a", "concise", {"a": "sarif"}, id="the format before the file"),
        pytest.param("-f sarif -o a -f concise", "concise", {"a": "sarif"}, id="what is left is printed"),
        pytest.param("-f json -f sarif -o a", "json", {"a": "sarif"}, id="a document may be printed"),
        pytest.param(
            "-f sarif -o a -f junit -o b -f gitlab -o c",
            "full",
            {"a": "sarif", "b": "junit", "c": "gitlab"},
            id="several files",
        ),
        pytest.param("-f=sarif -o=a", "full", {"a": "sarif"}, id="with equals signs"),
    ],
)
def test_what_goes_where(
    folder: Path, run: Wdlint, arguments: str, printed: str, files: dict[str, str]
) -> None:
    found = run(*spelled(arguments))
    assert (found.code, found.err) == (1, "")
    assert kind(found.out) == printed
    assert {name: kind((folder / name).read_text()) for name in files} == files


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(
            "-f json -f github",
            "--output-format json and --output-format github cannot both be printed; "
            "name an --output-file after one of them",
            id="two printed",
        ),
        pytest.param(
            "-f json -o a -o b",
            "--output-file b: no format is left for it; name one before it with --output-format",
            id="a file too many",
        ),
        pytest.param(
            "-f json -o a -f sarif -o a",
            "--output-file a: given twice; the second would replace the first",
            id="one file for two",
        ),
        pytest.param("-f json -o .", "--output-file .: is a folder", id="a folder"),
        pytest.param(
            "-f json -o no/such/a -f sarif -o b",
            "--output-file no/such/a: no such file or directory",
            id="a folder that is not there",
        ),
        pytest.param(
            "-f json -o a -f sarrif",
            "--output-format: unknown value 'sarrif'; did you mean 'sarif'?",
            id="typo",
        ),
        pytest.param(
            "--statistics -f sarif",
            "--statistics cannot be printed as sarif; it can as full, concise, json, json-v1",
            id="statistics without a form",
        ),
    ],
)
def test_what_cannot_be_meant(folder: Path, run: Wdlint, arguments: str, error: str) -> None:
    assert run(*spelled(arguments)) == Result(2, "", f"error: {error}\n")


def test_files_are_never_coloured_and_the_terminal_is_if_asked(folder: Path, run: Wdlint) -> None:
    found = run(
        *["--output-format", "concise", "--output-file", "a", "--output-format", "full", "--color", "auto"]
    )
    assert "\x1b" not in (folder / "a").read_text()
    assert "= help:" in found.out


def test_the_configured_format_is_the_one_of_the_terminal(folder: Path, run: Wdlint) -> None:
    write(folder / "wdlint.toml", 'output-format = "concise"\n')
    assert kind(run(*["--output-format", "sarif", "--output-file", "a"]).out) == "concise"
    write(folder / "wdlint.toml", 'output-format = "sarif"\n')
    assert kind(run("--output-file", "b").out) == "full"
    assert kind((folder / "b").read_text()) == "sarif"


def test_statistics_as_text_and_as_a_document(folder: Path, run: Wdlint) -> None:
    found = run(*["--statistics", "--output-format", "json", "--output-file", "a", "--quiet"])
    assert found == Result(1, "1  WD101  [*]  coupled-weight-decay\n", "")
    document = json.loads((folder / "a").read_text())
    assert [rule["code"] for rule in document["statistics"]] == ["WD101"]


def test_without_files_to_check_programs_get_their_empty_documents(folder: Path, run: Wdlint) -> None:
    (folder / "train.py").unlink()
    found = run(*["--output-format", "json", "--output-file", "a"])
    assert (found.code, found.err) == (0, "no Python files under .\n")
    assert json.loads((folder / "a").read_text())["findings"] == []
