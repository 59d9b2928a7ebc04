"""A fix as it is offered: the finding in short, what would change, and what to be careful about."""

from __future__ import annotations

from wdlint.facts import Finding, Fix
from wdlint.reports import Look
from wdlint.reports.full import header
from wdlint.reports.patch import changes, show
from wdlint.reports.screen import wrap


def render(finding: Finding, fix: Fix, before: bytes, after: bytes, look: Look) -> str:
    """Everything but the question."""
    rows = [header(finding, look), *wrap(f"{finding.message}.", look.columns), ""]
    rows += show(changes(finding.place.path, before, after), look.palette).splitlines()[2:]
    rows.append("")
    rows += wrap(fix.message, look.columns, " " * 8, f"{'fix:':8}")
    first = f"{'unsafe:':8}"
    for caution in fix.cautions:
        rows += wrap(caution, look.columns, " " * 8, first)
        first = " " * 8
    if fix.applicability == "unsafe" and not fix.cautions:
        rows.append("unsafe: it may change more than the decay")
    return "".join(f"{row}\n" for row in rows)
