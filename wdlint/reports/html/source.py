"""The source a finding points at: lines of code with what is meant marked, and labels below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from wdlint.facts import FileReport, Finding
from wdlint.pictures import Markup, element
from wdlint.reports.frame import Frame, Mark, frames_of
from wdlint.reports.html.text import join, prose, text
from wdlint.reports.screen import cell, columns

_LONGEST_MARK: Final = 6
"""Lines shown of a place that goes on over more."""

_DEEPEST_LABEL: Final = 72
"""Columns a label is moved to the right at most, so that it has room."""

_DEEPEST_IN_SHORT: Final = 32
"""The same where a frame has no lines around its marks: spaces are a tenth of such a page."""


def frames(finding: Finding, report: FileReport, context: int) -> Markup:
    """A frame for each file the finding points into, its own first, with ``context`` lines around marks."""
    found = frames_of(finding, report)
    drawn = {mark.place for frame in found for mark in frame.marks}
    others = [(label.place, label.text) for label in finding.related if label.place not in drawn]
    rows = [
        element("li", element("code", text(f"{at.path}:{at.line}")), prose(f" {words}"))
        for at, words in others
    ]
    return join(
        *(_frame(f, finding, context) for f in found if any(m.place.line in f.lines for m in f.marks)),
        element("ul", *rows, class_="related") if rows else None,
    )


def _frame(frame: Frame, finding: Finding, context: int) -> Markup:
    elsewhere = frame.path != finding.place.path
    caption = element("figcaption", text(frame.path)) if elsewhere else None
    lines = element("div", *_lines(frame, context), class_="lines")
    name = f"Source, line {frame.marks[0].place.line}"
    code = element("div", lines, class_="code", tabindex="0", role="group", aria_label=name)
    return element("figure", join(caption, code), class_="source")


def _lines(frame: Frame, context: int) -> Iterator[Markup]:
    before: int | None = None
    for number in _shown(frame.marks, frame.lines, context):
        if before is not None and number > before + 1:
            yield element("div", Markup("⋯"), class_="gap")
        yield _line(number, frame.lines[number], frame.marks)
        here = [mark for mark in frame.marks if mark.place.line == number and mark.text]
        for mark in sorted(here, key=lambda mark: mark.place.column):
            yield _label(frame.lines[number], mark, _DEEPEST_LABEL if context else _DEEPEST_IN_SHORT)
        before = number


def _shown(marks: Sequence[Mark], lines: Mapping[int, str], context: int) -> list[int]:
    wanted: set[int] = set()
    for mark in marks:
        first = last = mark.place.line
        if mark.primary:
            last = min(mark.place.end_line, first + _LONGEST_MARK - 1)
        wanted.update(range(first - context, last + context + 1))
    return sorted(wanted & lines.keys())


class _Stretch(NamedTuple):
    """Characters of a line from ``start`` to ``end``, exclusive."""

    start: int
    end: int
    primary: bool


def _line(number: int, source: str, marks: Sequence[Mark]) -> Markup:
    stretches = [stretch for mark in marks if (stretch := _stretch(number, source, mark))]
    bounds = sorted({0, len(source), *(edge for s in stretches for edge in s[:2])})
    pieces = [_piece(source, start, end, stretches) for start, end in pairwise(bounds)]
    return element("div", element("i", Markup(str(number))), *pieces)


def _stretch(number: int, source: str, mark: Mark) -> _Stretch | None:
    """The part of a line that a mark covers, without its indentation."""
    place = mark.place
    if not place.line <= number <= (place.end_line if mark.primary else place.line):
        return None
    indent = len(source) - len(source.lstrip())
    start = place.column - 1 if number == place.line else indent
    end = place.end_column - 1 if number == place.end_line else len(source)
    start, end = min(start, len(source)), min(end, len(source))
    return _Stretch(start, end, mark.primary) if start < end else None


def _piece(source: str, start: int, end: int, stretches: Sequence[_Stretch]) -> Markup:
    shown = text(source[start:end])
    over = [s for s in stretches if s.start <= start and end <= s.end]
    if not over:
        return shown
    return element("mark", shown, class_="p" if any(s.primary for s in over) else None)


def _label(source: str, mark: Mark, deepest: int) -> Markup:
    shown = "".join(cell(character)[0] for character in source[: mark.place.column - 1])
    pad = element("span", Markup(" " * min(columns(shown), deepest)), class_="pad")
    words = element("span", prose(mark.text))
    return element("div", pad, words, class_="label p" if mark.primary else "label")
