"""``json``: everything a program may want to know, in a shape that is versioned.

Lines and columns are 1-based and count characters; so do the offsets of edits, from 0. Text that is
not valid Unicode is escaped, so that every reader accepts the document.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final, TypeAlias

from wdlint.facts import FileError, Finding, Fix
from wdlint.reports import Look, Run
from wdlint.reports.summary import applicable

VERSION: Final = 1

Record: TypeAlias = dict[str, Any]


def render(run: Run, look: Look) -> str:
    """One JSON document."""
    document = {
        "version": VERSION,
        "findings": [_finding(finding) for finding in run.findings],
        "errors": [_error(error) for error in run.all_errors],
        "summary": _summary(run),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def valid(text: str) -> str:
    """Text without lone surrogates, which stand for bytes that could not be decoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def _finding(finding: Finding) -> Record:
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "message": valid(finding.message),
        "path": valid(place.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "math": [valid(line) for line in finding.math],
        "related": [
            {
                "path": valid(label.place.path),
                "line": label.place.line,
                "column": label.place.column,
                "message": valid(label.text),
            }
            for label in finding.related
        ],
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _fix(fix: Fix) -> Record:
    return {
        "applicability": fix.applicability,
        "message": valid(fix.message),
        "edits": [
            {"start": edit.span.start, "end": edit.span.end, "text": valid(edit.text)} for edit in fix.edits
        ],
        "withheld": None if fix.withheld is None else valid(fix.withheld),
    }


def _error(error: FileError) -> Record:
    return {"path": valid(error.path), "line": error.line, "message": valid(error.message)}


def _summary(run: Run) -> Record:
    return {
        "checked": run.checked,
        "building_optimizers": run.building,
        "findings": len(run.findings),
        "by_rule": dict(sorted(Counter(finding.code for finding in run.findings).items())),
        "safe_fixes": applicable(run.findings, "safe"),
        "unsafe_fixes": applicable(run.findings, "unsafe"),
        "fixed": sum(len(fixed.applied) for fixed in run.fixed),
        "suppressed": sum(report.suppressed for report in run.reports),
        "hidden": sum(report.hidden for report in run.reports),
        "errors": len(run.all_errors),
    }
