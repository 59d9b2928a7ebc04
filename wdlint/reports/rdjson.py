"""``rdjson``: the Reviewdog Diagnostic Format, for comments and suggestions on pull requests.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf. Columns count bytes of UTF-8 here. A
suggestion is applied alone, so that a fix becomes one suggestion or none: its edits and the text
between them, where they are near each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdlint.facts import FileError, FileReport, Finding, Fix, Place
from wdlint.reports import Look, Run
from wdlint.reports.json import Record, valid, written

_SEVERITIES: Final = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(run: Run, look: Look) -> str:
    """One diagnostic result."""
    found = [_finding(finding, report) for report in run.reports for finding in report.findings]
    found += [_error(error) for error in run.all_errors]
    return written({"source": {"name": "wdlint"}, "diagnostics": found})


def _finding(finding: Finding, report: FileReport) -> Record:
    record: Record = {
        "message": "\n".join([f"{valid(finding.message)}.", *map(valid, finding.math), *_about(finding.fix)]),
        "location": {"path": valid(finding.place.path), "range": _range(finding.place, report.lines)},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code},
    }
    if suggestion := _suggestion(finding.fix, report):
        record["suggestions"] = [suggestion]
    return record


def _about(fix: Fix | None) -> list[str]:
    """What must be known before a suggestion is accepted."""
    return [] if fix is None or not fix.edits else [valid(caution) for caution in fix.cautions]


def _range(place: Place, lines: Mapping[int, str]) -> Record:
    return {
        "start": _position(place.line, place.column, lines),
        "end": _position(place.end_line, place.end_column, lines),
    }


def _position(line: int, column: int, lines: Mapping[int, str]) -> Record:
    """A position in bytes; by its line alone where the text of that is not at hand."""
    if line not in lines:
        return {"line": line}
    before = lines[line][: column - 1]
    return {"line": line, "column": len(before.encode("utf-8", "surrogateescape")) + 1}


def _suggestion(fix: Fix | None, report: FileReport) -> Record | None:
    if fix is None or not fix.edits:
        return None
    edits = sorted(fix.edits)
    start, end = edits[0].span.start, max(edit.span.end for edit in edits)
    text = _between(start, end, report)
    if text is None:
        return None
    for edit in reversed(edits):
        text = text[: edit.span.start - start] + edit.text + text[edit.span.end - start :]
    (line, column), (end_line, end_column) = report.positions[start], report.positions[end]
    return {
        "range": {
            "start": _position(line, column, report.lines),
            "end": _position(end_line, end_column, report.lines),
        },
        "text": valid(text),
    }


def _between(start: int, end: int, report: FileReport) -> str | None:
    """The text of a stretch, if all of its lines are known and no line ending is longer than one."""
    if start not in report.positions or end not in report.positions:
        return None
    (line, column), (end_line, end_column) = report.positions[start], report.positions[end]
    if any(number not in report.lines for number in range(line, end_line + 1)):
        return None
    lines = [report.lines[number] for number in range(line, end_line + 1)]
    lines[-1] = lines[-1][: end_column - 1]
    text = "\n".join(lines)[column - 1 :]
    return text if len(text) == end - start else None


def _error(error: FileError) -> Record:
    location: Record = {"path": valid(error.path)}
    if error.line is not None:
        location["range"] = {"start": {"line": error.line}}
    return {"message": valid(error.message), "location": location, "severity": "ERROR"}
