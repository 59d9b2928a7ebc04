"""``concise``: one line a finding, as compilers and ruff print it; ``[*]`` marks a safe fix."""

from __future__ import annotations

from wdlint.facts import Finding
from wdlint.reports import Look, Run
from wdlint.reports.full import header
from wdlint.reports.screen import printable
from wdlint.reports.summary import summary


def render(run: Run, look: Look) -> str:
    """The findings in the order of the run, and the summary."""
    text = "".join(f"{_line(finding, look)}\n" for finding in run.findings)
    return text + (summary(run, look) if look.summary else "")


def _line(finding: Finding, look: Look) -> str:
    safe = finding.fix is not None and finding.fix.edits and finding.fix.applicability == "safe"
    mark = f" {look.palette.paint('[*]', 'cyan')}" if safe else ""
    return f"{header(finding, look)}:{mark} {printable(finding.message)}"
