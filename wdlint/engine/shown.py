"""The source that reports show of a file: the lines their frames need, and where edits stand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Final

from wdlint.facts import Finding, Fix
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError

_CONTEXT: Final = 1
"""Source lines kept around each labelled one, for the frames of the reports."""

_NEAR: Final = 60
"""Lines a fix may reach over and still be shown as one replacement."""


def lines_of(source: Source, findings: Iterable[Finding]) -> dict[int, str]:
    """The lines of a file that frames may show."""
    wanted: set[int] = set()
    for finding in findings:
        for place in (finding.place, *(label.place for label in finding.related)):
            if place.path == source.path:
                wanted.update(range(place.line - _CONTEXT, place.end_line + _CONTEXT + 1))
        if finding.fix is not None and finding.place.path == source.path:
            wanted |= _edited_lines(source, finding.fix)
    return {n: source.line(n) for n in sorted(wanted) if 1 <= n <= len(source.line_starts)}


def _edited_lines(source: Source, fix: Fix) -> set[int]:
    """The lines a fix touches and, where they are near each other, those between them."""
    touched = {source.position(offset)[0] for edit in fix.edits for offset in edit.span}
    if touched and max(touched) - min(touched) <= _NEAR:
        touched.update(range(min(touched), max(touched)))
    return touched


def positions_of(source: Source, findings: Iterable[Finding]) -> dict[int, tuple[int, int]]:
    """Where the edits of the findings start and end."""
    edits = (edit for f in findings if f.fix is not None for edit in f.fix.edits)
    return {offset: source.position(offset) for edit in edits for offset in edit.span}


def lines_elsewhere(path: str, findings: Sequence[Finding], project: Project) -> dict[str, dict[int, str]]:
    """The same for the other files that the findings point into."""
    others = {label.place.path for f in findings for label in f.related if label.place.path != path}
    found: dict[str, dict[int, str]] = {}
    for other in sorted(others):
        try:
            found[other] = lines_of(
                Source.decode(project.read(os.path.abspath(other)) or b"", other), findings
            )
        except SourceError:
            continue
    return found
