"""What ``--show-fixes`` lists: each finding that was fixed, at the line where it was."""

from __future__ import annotations

from wdlint.facts import Finding
from wdlint.reports import Look, Run
from wdlint.reports.screen import printable


def render(run: Run, look: Look) -> str:
    """One line a finding, in the order of the run; empty if nothing was fixed."""
    verb = "would fix" if look.fixes == "shown" else "fixed"
    return "".join(f"{_line(finding, verb, look)}\n" for fixed in run.fixed for finding in fixed.applied)


def _line(finding: Finding, verb: str, look: Look) -> str:
    place, paint = finding.place, look.palette.paint
    where = f"{paint(printable(place.path), 'bold')}:{place.line}:{place.column}:"
    return f"{where} {paint(verb, 'green')} {finding.code} {finding.name}: {printable(finding.message)}"
