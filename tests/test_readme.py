"""The README prints what the tool prints: its outputs, rules and options are generated and compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from wdlint import knowledge

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_OUTPUT = re.compile(r"<!-- output: wdlint (?P<args>.*?) -->\n```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL)
_RULES = re.compile(r"<!-- rules -->\n(?P<body>.*?)\n\n(?=Named after)", re.DOTALL)


def printed(arguments: str) -> str:
    command = [sys.executable, "-m", "wdlint", *arguments.split()]
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return run.stdout


def rules_table() -> str:
    rows = ["", "| code | name | severity | what it says |", "| --- | --- | --- | --- |"]
    for card in knowledge.cards():
        severity = f"{card.severity}, pedantic" if card.pedantic else card.severity
        rows.append(f"| {card.code} | {card.name} | {severity} | {card.summary} |")
    return "\n".join(rows)


def generated(text: str) -> str:
    def output(match: re.Match[str]) -> str:
        body = printed(match["args"])
        return f"<!-- output: wdlint {match['args']} -->\n```{match['kind']}\n{body}```"

    text = _OUTPUT.sub(output, text)
    return _RULES.sub(lambda _: f"<!-- rules -->\n{rules_table()}\n\n", text)


def test_the_readme_shows_what_the_tool_prints() -> None:
    text = README.read_text(encoding="utf-8")
    wanted = generated(text)
    if os.environ.get("WDLINT_REGENERATE"):
        README.write_text(wanted, encoding="utf-8")
        text = wanted
    assert _OUTPUT.findall(text), "the README shows no output"
    assert text == wanted, "run WDLINT_REGENERATE=1 pytest tests/test_readme.py"


def test_the_readme_names_the_number_of_optimizers_that_are_known() -> None:
    count = re.search(r"What (\d+) optimizers do", README.read_text(encoding="utf-8"))
    assert count is not None
    assert int(count[1]) == len(knowledge.catalogue().names())
