"""The outputs and tables of the README, made by the tool itself.

``python -m tests.readme`` says what is out of date, ``python -m tests.readme --write`` makes it anew.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

from wdlint import knowledge

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OUTPUT = re.compile(r"<!-- output: wdlint (?P<args>.*?) -->\n```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL)
RULES = re.compile(r"<!-- rules -->\n(?P<body>.*?)\n\n(?=Named after)", re.DOTALL)
COUNT = re.compile(r"(?<=What )\d+(?= optimizers do)")


def generated(text: str) -> str:
    """A README with every output, the table of rules and the number of optimizers as they are now."""
    text = OUTPUT.sub(_output, text)
    text = RULES.sub(lambda _: f"<!-- rules -->\n{_rules_table()}\n\n", text)
    return COUNT.sub(str(len(knowledge.catalogue().names())), text)


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
    """0 if the README was up to date or has been written, 1 if it is not."""
    if arguments not in ([], ["--write"]):
        print("usage: python -m tests.readme [--write]", file=sys.stderr)
        return 2
    before = README.read_text(encoding="utf-8")
    after = generated(before)
    if before == after:
        return 0
    if arguments:
        README.write_text(after, encoding="utf-8")
        return 0
    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), "README.md", "as it is now", n=1)
    print("\n".join(line.rstrip("\n") for line in changes))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
