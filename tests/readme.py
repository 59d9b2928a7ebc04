"""The outputs, tables and pictures of the README, made by the tool itself.

``python -m tests.readme`` says what is out of date, ``python -m tests.readme --write`` makes it anew.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from wdlint import knowledge
from wdlint.pictures import Markup, Picture, decay_by_gradient, element
from wdlint.pictures.plot import PAPER

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OUTPUT = re.compile(r"<!-- output: wdlint (?P<args>.*?) -->\n```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL)
RULES = re.compile(r"<!-- rules -->\n(?P<body>.*?)\n\n(?=Named after)", re.DOTALL)
COUNT = re.compile(r"(?<=What )\d+(?= optimizers do)")
PICTURE = re.compile(r"!\[[^\]]*\]\((?P<file>docs/[\w-]+\.svg)\)")

PICTURES: Final[Mapping[str, Picture]] = {"docs/decay-by-gradient.svg": decay_by_gradient(1e-3, 1e-4)}
"""By their files: lr and wd are those of the first output, so that both show the same numbers."""

_COLOURS: Final = Markup(
    "<style>"
    "svg { color: #1f2328; --wdlint-paper: #fff; --wdlint-coupled: #b8420f; --wdlint-decoupled: #0b6b62; }"
    "@media (prefers-color-scheme: dark) {"
    "svg { color: #e6edf3; --wdlint-paper: #0d1117; --wdlint-coupled: #ff9a5c; --wdlint-decoupled: #4fd1c0; }"
    "}"
    "</style>"
)
"""The page around an image lends it no colours. Its own paper is that of GitHub, so that it can be read
where the page's theme is not the reader's."""


def files() -> dict[Path, str]:
    """Each generated file with what it should hold now."""
    pictures = {ROOT / file: drawn(picture) for file, picture in PICTURES.items()}
    return {README: generated(_read(README)), **pictures}


def generated(text: str) -> str:
    """A README with its outputs, its rules, the number of optimizers and what pictures show as they are now."""
    text = OUTPUT.sub(_output, text)
    text = RULES.sub(lambda _: f"<!-- rules -->\n{_rules_table()}\n\n", text)
    text = PICTURE.sub(lambda match: f"![{PICTURES[match['file']].description}]({match['file']})", text)
    return COUNT.sub(str(len(knowledge.catalogue().names())), text)


def drawn(picture: Picture) -> str:
    """A picture as a file of its own, with its paper and its colours for light and dark pages."""
    paper = element("rect", width=picture.width, height=picture.height, rx=6, fill=PAPER)
    return replace(picture, drawing=Markup(_COLOURS + paper + picture.drawing)).svg() + "\n"


def _output(match: re.Match[str]) -> str:
    body = _printed(match["args"])
    return f"<!-- output: wdlint {match['args']} -->\n```{match['kind']}\n{body}```"


def _printed(arguments: str) -> str:
    command = [sys.executable, "-m", "wdlint", *arguments.split()]
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode > 1:  # 1: findings, which is what most outputs show
        raise SystemExit(f"wdlint {arguments}: {run.stderr.strip()}")
    return run.stdout


def _rules_table() -> str:
    rows = ["", "| code | name | severity | what it says |", "| --- | --- | --- | --- |"]
    for card in knowledge.cards():
        severity = f"{card.severity}, pedantic" if card.pedantic else card.severity
        rows.append(f"| {card.code} | {card.name} | {severity} | {card.summary} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """0 if everything was up to date or has been written, 1 if it is not."""
    if arguments not in ([], ["--write"]):
        print("usage: python -m tests.readme [--write]", file=sys.stderr)
        return 2
    stale = {file: text for file, text in files().items() if _read(file) != text}
    for file, text in stale.items():
        if arguments:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        else:
            name = file.relative_to(ROOT).as_posix()
            changes = difflib.unified_diff(
                _read(file).splitlines(), text.splitlines(), name, "as it is now", n=1
            )
            print("\n".join(line.rstrip("\n") for line in changes))
    return int(bool(stale) and not arguments)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
