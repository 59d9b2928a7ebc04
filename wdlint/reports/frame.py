"""The source frame: lines of code with labelled spans underneath.

Draws, for marks on lines of one file, what a reader needs to see and no more: the lines themselves,
a line between two of them, ``...`` for longer gaps; ``^`` under what is wrong and ``-`` under what it
has to do with. Labels stand beside the rightmost mark or below theirs, wherever there is room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from wdlint.facts import FileReport, Finding, Place
from wdlint.reports.palette import Palette, Style
from wdlint.reports.screen import cell, columns, wrap

_LEAST_ROOM: Final = 24
"""Columns a label needs before it is broken into lines; with less it moves to where there is more."""

_LEAD: Final = 8
"""Columns of code kept to the left of a mark where a long line is cut."""

_CUT: Final = "…"


class Mark(NamedTuple):
    """A labelled place; the ``primary`` one is what the finding is about."""

    place: Place
    text: str
    primary: bool = False


class Frame(NamedTuple):
    """The marks that can be drawn on the lines of one file."""

    path: str
    marks: list[Mark]
    lines: Mapping[int, str]


def frames_of(finding: Finding, report: FileReport) -> list[Frame]:
    """The finding's own file first, then every other one with a related place."""
    own = Frame(finding.place.path, [Mark(finding.place, finding.label, primary=True)], report.lines)
    frames = {own.path: own}
    for label in finding.related:
        path = label.place.path
        frame = frames.setdefault(path, Frame(path, [], report.elsewhere.get(path, {})))
        if label.place.line in frame.lines:
            frame.marks.append(Mark(label.place, label.text))
    return [own, *(frame for frame in frames.values() if frame is not own and frame.marks)]


def gutter(marks: Sequence[Mark], lines: Mapping[int, str]) -> int:
    """Columns of the line numbers a frame will show."""
    return max(2, *(len(str(line)) for line in shown_lines(marks, lines)), 0)


def draw(
    marks: Sequence[Mark],
    lines: Mapping[int, str],
    width: int,
    palette: Palette,
    style: Style,
    margin: int = 0,
) -> list[str]:
    """The rows of the frame, at most ``width`` columns wide, line numbers in ``margin`` columns or more.

    None if the primary line, or where no mark is primary every line, is not there.
    """
    decisive = [mark for mark in marks if mark.primary] or marks
    if not any(mark.place.line in lines for mark in decisive):
        return []
    margin = max(margin, gutter(marks, lines))
    bar = palette.paint("|", "blue")
    empty = f"{'':{margin}} {bar}"
    rows = [empty]
    before: int | None = None
    for number in shown_lines(marks, lines):
        if before is not None and number > before + 1:
            rows.append(palette.paint("...", "blue"))
        here = [mark for mark in marks if mark.place.line == number]
        for text, notes in _line(lines[number], here, width - margin - 3, palette, style):
            rows.append(f"{palette.paint(f'{number:>{margin}}', 'blue')} {bar} {text}".rstrip())
            rows.extend(f"{empty} {note}" for note in notes)
        before = number
    return [*rows, empty]


def shown_lines(marks: Sequence[Mark], lines: Mapping[int, str]) -> list[int]:
    """The marked lines, and one between two of them where only one is missing."""
    marked = sorted({mark.place.line for mark in marks if mark.place.line in lines})
    between = {a + 1 for a, b in pairwise(marked) if b == a + 2 and a + 1 in lines}
    return sorted({*marked, *between})


# ------------------------------------------------------------------------------ one line


class _Span(NamedTuple):
    """A mark in columns of the shown line, ``end`` exclusive."""

    start: int
    end: int
    text: str
    primary: bool


def _line(
    source: str, marks: Sequence[Mark], room: int, palette: Palette, style: Style
) -> Iterator[tuple[str, list[str]]]:
    """The code and the rows under it; a line too long for one row comes in several pieces."""
    cells = [cell(character) for character in source.rstrip()]
    stops = [0]
    for _, wide in cells:
        stops.append(stops[-1] + wide)
    spans = sorted({_span(mark, stops) for mark in marks}, key=lambda s: (s.start, s.end))
    if not spans:
        yield _piece(cells, stops, 0, room)[0], []
    while spans:
        left = 0 if spans[-1].end <= room or stops[-1] <= room else max(0, spans[0].start - _LEAD)
        text, shift = _piece(cells, stops, left, room)
        inside = [s for s in spans if s is spans[0] or s.end + shift < room]
        yield text, _notes([_moved(s, shift, room) for s in inside], room, palette, style)
        spans = [s for s in spans if s not in inside]


def _span(mark: Mark, stops: Sequence[int]) -> _Span:
    """Columns of a mark; one that goes on over further lines is drawn to the end of its first."""
    last = len(stops) - 1
    place = mark.place
    start = min(place.column - 1, last)
    end = min(place.end_column - 1, last) if place.end_line == place.line else last
    return _Span(stops[start], max(stops[max(start, end)], stops[start] + 1), mark.text, mark.primary)


def _moved(span: _Span, shift: int, room: int) -> _Span:
    start = min(span.start + shift, room - 1)
    return span._replace(start=start, end=max(start + 1, min(span.end + shift, room)))


def _piece(cells: Sequence[tuple[str, int]], stops: Sequence[int], left: int, room: int) -> tuple[str, int]:
    """The stretch of a line that fits, and by how much the columns in it move."""
    first = next((i for i, stop in enumerate(stops) if stop >= left), len(cells))
    head = _CUT if first else ""
    end = len(cells)
    if len(head) + stops[end] - stops[first] > room:
        end = max(i for i in range(first, end) if len(head) + stops[i] - stops[first] < room)
    tail = _CUT if end < len(cells) else ""
    return head + "".join(shown for shown, _ in cells[first:end]) + tail, len(head) - stops[first]


# ------------------------------------------------------------------------ marks and labels


class _Segment(NamedTuple):
    column: int
    text: str
    style: Style


@dataclass(slots=True)
class _Canvas:
    """Rows under a line of code, filled from segments that never overlap."""

    rows: list[list[_Segment]] = field(default_factory=list)

    def free(self, row: int, start: int, end: int) -> bool:
        if row >= len(self.rows):
            return True
        return all(s.column + columns(s.text) <= start or s.column >= end for s in self.rows[row])

    def put(self, row: int, column: int, text: str, style: Style) -> None:
        while len(self.rows) <= row:
            self.rows.append([])
        self.rows[row].append(_Segment(column, text, style))

    def paint(self, palette: Palette) -> list[str]:
        return [_painted(sorted(row), palette) for row in self.rows]


def _painted(row: Sequence[_Segment], palette: Palette) -> str:
    text, at = "", 0
    for segment in row:
        text += " " * (segment.column - at) + palette.paint(segment.text, segment.style)
        at = segment.column + columns(segment.text)
    return text


def _notes(spans: Sequence[_Span], room: int, palette: Palette, style: Style) -> list[str]:
    canvas = _Canvas()
    _underline(canvas, spans, style)
    labelled = sorted((s for s in spans if s.text), key=lambda s: (s.end, s.start))
    if labelled and labelled[-1].end == max(s.end for s in spans):
        if _beside(canvas, labelled[-1], room, style):
            labelled.pop()
    for span in sorted(labelled, key=lambda s: s.start, reverse=True):
        _below(canvas, span, room, style)
    return canvas.paint(palette)


def _underline(canvas: _Canvas, spans: Sequence[_Span], style: Style) -> None:
    """Marks of all spans in one row; the primary one lies on top, then the shorter ones."""
    row: dict[int, tuple[str, Style]] = {}
    for span in sorted(spans, key=lambda s: (s.primary, s.start - s.end)):
        for column in range(span.start, span.end):
            row[column] = ("^", style) if span.primary else ("-", "blue")
    for column, (character, colour) in sorted(row.items()):
        previous = canvas.rows[0][-1] if canvas.rows else None
        if previous and previous.column + len(previous.text) == column and previous.text[-1] == character:
            canvas.rows[0][-1] = previous._replace(text=previous.text + character)
        else:
            canvas.put(0, column, character, colour)


def _colour(span: _Span, style: Style) -> Style:
    return style if span.primary else "blue"


def _beside(canvas: _Canvas, span: _Span, room: int, style: Style) -> bool:
    """Put a label to the right of its mark, if it fits there in a line, or in two that are not narrow."""
    start = span.end + 1
    lines = wrap(span.text, room - start)
    fits = all(columns(line) <= room - start for line in lines)
    if not fits or len(lines) > (2 if room - start >= _LEAST_ROOM else 1):
        return False
    for row, line in enumerate(lines):
        canvas.put(row, start, line, _colour(span, style))
    return True


def _below(canvas: _Canvas, span: _Span, room: int, style: Style) -> None:
    """Put a label under the start of its mark, in the first rows that are free, tied to it by bars."""
    wanted = min(columns(span.text), _LEAST_ROOM)
    column = min(span.start, max(0, room - wanted))
    if column < span.start:
        column = max(0, room - columns(span.text))
    lines = wrap(span.text, room - column)
    widest = max(columns(line) for line in lines)
    row = 1 if column == span.start else 2
    while not all(canvas.free(row + i, column - 1, column + widest + 1) for i in range(len(lines))):
        row += 1
    for above in range(1, row):
        if canvas.free(above, span.start, span.start + 1):
            canvas.put(above, span.start, "|", _colour(span, style))
    for i, line in enumerate(lines):
        canvas.put(row + i, column, line, _colour(span, style))
