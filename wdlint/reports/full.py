"""``full``: each finding with its source frame, its mathematics and what to type next."""

from __future__ import annotations

from collections.abc import Iterator

from wdlint.facts import FileReport, Finding, Fix, Place
from wdlint.reports import Look, Run
from wdlint.reports.frame import Frame, draw, frames_of, gutter
from wdlint.reports.palette import SEVERITY_STYLE
from wdlint.reports.screen import printable, wrap
from wdlint.reports.summary import summary


def render(run: Run, look: Look) -> str:
    """The findings in the order of the run, and the summary."""
    blocks = [finding(f, report, look) for report in run.reports for f in report.findings]
    if look.summary and (closing := summary(run, look)):
        blocks.append(closing)
    return "\n".join(blocks)


def header(finding: Finding, look: Look) -> str:
    """``train.py:42:13: error WD101 coupled-weight-decay (likely)``."""
    place, paint = finding.place, look.palette.paint
    where = f"{paint(printable(place.path), 'bold')}:{place.line}:{place.column}:"
    severity = paint(f"{finding.severity} {finding.code}", SEVERITY_STYLE[finding.severity])
    sure = "" if finding.certainty == "certain" else f" ({finding.certainty})"
    return f"{where} {severity} {paint(finding.name, 'bold')}{sure}"


def finding(found: Finding, report: FileReport, look: Look) -> str:
    """One finding as a block: what, where in the source, the mathematics, what to do."""
    rows = [header(found, look), *wrap(_sentence(found.message), look.columns)]
    frames = frames_of(found, report)
    width = _margin(frames)
    rows += _drawn(found, frames, look)
    margin = " " * width
    for key, text in _notes(found, frames):
        rows += _note(margin, key, text, look)
    return "\n".join(rows) + "\n"


def frame_of(found: Finding, report: FileReport, columns: int) -> list[str]:
    """The source frames of a finding alone, without colour."""
    return _drawn(found, frames_of(found, report), Look(columns))


def _margin(frames: list[Frame]) -> int:
    return max(gutter(frame.marks, frame.lines) for frame in frames)


def _drawn(found: Finding, frames: list[Frame], look: Look) -> list[str]:
    width = _margin(frames)
    style = SEVERITY_STYLE[found.severity]
    rows: list[str] = []
    for frame in frames:
        drawn = draw(frame.marks, frame.lines, look.columns, look.palette, style, width)
        if drawn and frame.path != found.place.path:
            rows.append(f"{'':{width}} {look.palette.paint(':::', 'blue')} {_where(frame.marks[0].place)}")
        rows += drawn
    return rows


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?")) else message + "."


def _where(place: Place) -> str:
    return f"{printable(place.path)}:{place.line}:{place.column}"


def _notes(finding: Finding, frames: list[Frame]) -> Iterator[tuple[str, str]]:
    drawn = {mark.place for frame in frames for mark in frame.marks}
    for related in finding.related:
        if related.place not in drawn:
            yield "note", f"{related.place.path}:{related.place.line}: {related.text}"
    for line in finding.math:
        yield "math", line
    if finding.fix is not None:
        yield from fix_texts(finding.fix)
    yield "help", f"wdlint explain {finding.code}"


def fix_texts(fix: Fix) -> Iterator[tuple[str, str]]:
    """What a fix is, which flags apply it, and why it is not safe; each with its key."""
    if fix.withheld is not None:
        yield "fix", f"withheld ({fix.message}): {fix.withheld}"
    elif fix.applicability == "safe":
        yield "fix", f"{fix.message}: --fix"
    elif fix.applicability == "unsafe":
        yield "fix", f"{fix.message}, unsafe: --fix --unsafe-fixes"
    else:
        yield "fix", f"{fix.message}: to be made by hand"
    for caution in fix.cautions:
        yield "note", caution


def _note(margin: str, key: str, text: str, look: Look) -> list[str]:
    label = f"{key}:".ljust(5)
    indent = f"{margin}   {' ' * 6}"
    rows = wrap(text, look.columns, indent, f"{margin} = {label} ")
    paint = look.palette.paint
    rows[0] = rows[0].replace(f"= {label}", f"{paint('=', 'blue')} {paint(label, 'bold')}", 1)
    return rows


__all__ = ["finding", "fix_texts", "frame_of", "header", "render"]
