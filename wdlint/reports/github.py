"""``github``: workflow commands that GitHub Actions shows as annotations beside the code."""

from __future__ import annotations

from typing import Final

from wdlint.facts import FileError, Finding
from wdlint.reports import Look, Run
from wdlint.reports.screen import printable

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def render(run: Run, look: Look) -> str:
    """One command a finding, and one a file that could not be checked."""
    lines = [_finding(finding) for finding in run.findings] + [_error(error) for error in run.all_errors]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    place = finding.place
    properties: dict[str, str | int] = {
        "title": f"{finding.code} {finding.name}",
        "file": place.path,
        "line": place.line,
        "endLine": place.end_line,
    }
    if place.line == place.end_line:  # GitHub takes columns within one line only
        properties |= {"col": place.column, "endColumn": place.end_column}
    where = f"{place.path}:{place.line}:{place.column}"
    text = "\n".join([f"{where}: {finding.code} {finding.message}", *finding.math])
    return _command(_LEVELS[finding.severity], properties, text)


def _error(error: FileError) -> str:
    properties: dict[str, str | int] = {"title": "wdlint", "file": error.path}
    if error.line is not None:
        properties["line"] = error.line
    return _command("error", properties, f"{error.path}: {error.message}")


def _command(level: str, properties: dict[str, str | int], text: str) -> str:
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {listed}::{_data(text)}"


def _data(text: str) -> str:
    """As the runner unescapes it: https://github.com/actions/toolkit, packages/core/src/command.ts."""
    lines = "\n".join("\r".join(map(printable, line.split("\r"))) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
