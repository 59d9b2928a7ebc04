"""``full``: each finding with its source frame, its mathematics and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wdlint.facts import FileReport, Finding, Fix
from wdlint.reports import Look, Run
from wdlint.reports.frame import Mark, draw, gutter
from wdlint.reports.palette import SEVERITY_STYLE
from wdlint.reports.screen import printable, wrap
from wdlint.reports.summary import summary


def render(run: Run, look: Look) -> str:
    """The findings in the order of the run, and the summary."""
    blocks = [_finding(f, report, look) for report in run.reports for f in report.findings]
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


def _finding(finding: Finding, report: FileReport, look: Look) -> str:
    lines = [header(finding, look), *wrap(_sentence(finding.message), look.columns)]
    marks = _marks(finding, report.lines)
    lines += draw(marks, report.lines, look.columns, look.palette, SEVERITY_STYLE[finding.severity])
    margin = " " * gutter(marks, report.lines)
    for key, text in _notes(finding, report.lines):
        lines += _note(margin, key, text, look)
    return "\n".join(lines) + "\n"


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?")) else message + "."


def _marks(finding: Finding, lines: Mapping[int, str]) -> list[Mark]:
    own = Mark(finding.place, finding.label, primary=True)
    others = (r for r in finding.related if r.place.path == finding.place.path and r.place.line in lines)
    return [own, *(Mark(related.place, related.text) for related in others)]


def _notes(finding: Finding, lines: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    for related in finding.related:
        if related.place.path != finding.place.path or related.place.line not in lines:
            yield "note", f"{related.place.path}:{related.place.line}: {related.text}"
    for line in finding.math:
        yield "math", line
    if finding.fix is not None:
        yield from _fix(finding.fix)
    yield "help", f"wdlint explain {finding.code}"


def _fix(fix: Fix) -> Iterator[tuple[str, str]]:
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


__all__ = ["header", "render"]
