"""``json``: everything a program may want to know, in a shape that is versioned.

This is version 1, ``json-v1``; ``schemas/json-v1.schema.json`` describes it. Fields may be added to
it, and readers must ignore those they do not know; none is removed, renamed or given another
meaning or type. A change of that kind makes a version 2.

Lines and columns are 1-based and count characters; so do the offsets of edits, from 0. Text that is
not valid Unicode is escaped, so that every reader accepts the document.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from wdlint.facts import Edit, FileError, Finding, Fix, Label
from wdlint.fingerprints import fingerprinted
from wdlint.reports import Look, Run
from wdlint.reports.summary import applicable

VERSION: Final = 1

Record: TypeAlias = dict[str, Any]
Positions: TypeAlias = Mapping[int, tuple[int, int]]


def render(run: Run, look: Look) -> str:
    """One JSON document."""
    document = {
        "version": VERSION,
        "findings": findings(run),
        "errors": [error_record(error) for error in run.all_errors],
        "summary": summary_record(run),
    }
    return written(document)


def statistics(run: Run, look: Look) -> str:
    """Only how often each rule was found, the most frequent first."""
    by_rule = Counter(finding.code for finding in run.findings)
    rules = [_counted(run, code, number) for code, number in by_rule.items()]
    rules.sort(key=lambda rule: (-rule["count"], rule["code"]))
    return written({"version": VERSION, "statistics": rules, "summary": summary_record(run)})


def written(document: Record) -> str:
    """A document as text, indented for those who read it all the same."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def valid(text: str) -> str:
    """Text without lone surrogates, which stand for bytes that could not be decoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def findings(run: Run) -> list[Record]:
    """Every finding as a record, in the order of the run."""
    positions = {report.path: report.positions for report in run.reports}
    return [
        _finding(finding, fingerprint, positions.get(finding.place.path, {}))
        for finding, fingerprint in fingerprinted(run.reports)
    ]


def _finding(finding: Finding, fingerprint: str, positions: Positions) -> Record:
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
        "label": valid(finding.label),
        "math": [valid(line) for line in finding.math],
        "related": [_related(label) for label in finding.related],
        "fix": None if finding.fix is None else _fix(finding.fix, positions),
        "fingerprint": fingerprint,
    }


def _related(label: Label) -> Record:
    place = label.place
    return {
        "path": valid(place.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "message": valid(label.text),
    }


def _fix(fix: Fix, positions: Positions) -> Record:
    return {
        "applicability": fix.applicability,
        "message": valid(fix.message),
        "edits": [_edit(edit, positions) for edit in fix.edits],
        "cautions": [valid(caution) for caution in fix.cautions],
        "withheld": None if fix.withheld is None else valid(fix.withheld),
    }


def _edit(edit: Edit, positions: Positions) -> Record:
    record: Record = {"start": edit.span.start, "end": edit.span.end, "text": valid(edit.text)}
    if edit.span.start in positions and edit.span.end in positions:
        record["line"], record["column"] = positions[edit.span.start]
        record["end_line"], record["end_column"] = positions[edit.span.end]
    return record


def error_record(error: FileError) -> Record:
    """A file, or a part of one, that could not be checked."""
    return {
        "path": valid(error.path),
        "line": error.line,
        "column": error.column,
        "message": valid(error.message),
    }


def summary_record(run: Run) -> Record:
    """The run in numbers."""
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
        "baselined": sum(report.baselined for report in run.reports),
        "left_over": run.left_over,
        "errors": len(run.all_errors),
    }


def _counted(run: Run, code: str, number: int) -> Record:
    found = [finding for finding in run.findings if finding.code == code]
    return {
        "code": code,
        "name": found[0].name,
        "severity": found[0].severity,
        "count": number,
        "safe_fixes": applicable(found, "safe"),
        "unsafe_fixes": applicable(found, "unsafe"),
    }
