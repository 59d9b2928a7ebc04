"""What was found, in numbers: the closing paragraph, the statistics, and a line for each error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from wdlint.facts import Applicability, FileError, Finding
from wdlint.reports import Look, Run
from wdlint.reports.palette import SEVERITY_STYLE
from wdlint.reports.screen import printable, wrap

_SEVERITIES: Final = ("error", "warning", "info")


def summary(run: Run, look: Look) -> str:
    """What was found, what can be fixed and how, what is not shown; empty if no file was checked."""
    lines = [line for part in sentences(run, look) for line in wrap(part, look.columns)]
    return "".join(f"{line}\n" for line in lines)


def sentences(run: Run, look: Look) -> Iterator[str]:
    """The summary, sentence by sentence."""
    applied = [finding for fixed in run.fixed for finding in fixed.applied]
    if applied:
        files = len({fixed.path for fixed in run.fixed if fixed.applied})
        yield f"Fixed {count(len(applied), 'finding')} in {count(files, 'file')}."
    if run.findings:
        yield _found(run, bool(applied))
        if sentence := fixable(run.findings, look.unsafe_fixes):
            yield sentence
    elif run.checked:
        yield _clear(run)
    if sentence := _unseen(run, look):
        yield sentence


def _found(run: Run, after_fixes: bool) -> str:
    by_severity = Counter(finding.severity for finding in run.findings)
    kinds = [count(by_severity[severity], severity) for severity in _SEVERITIES if by_severity[severity]]
    files = len({finding.place.path for finding in run.findings})
    verb = "Left" if after_fixes else "Found"
    return f"{verb} {listed(kinds)} in {count(files, 'file')} ({_looked_at(run)})."


def _looked_at(run: Run) -> str:
    text = f"{run.checked} checked, {_building(run)}"
    failed = _failed(run)
    return f"{text}, {failed} could not be checked" if failed else text


def _building(run: Run) -> str:
    return f"{run.building} {'builds' if run.building == 1 else 'build'} optimizers"


def _failed(run: Run) -> int:
    return len({error.path for error in run.all_errors})


def _clear(run: Run) -> str:
    """ "All clear" only where everything could be read."""
    if failed := _failed(run):
        return f"Found nothing in {count(run.checked, 'file')}; {failed} could not be checked."
    return f"All clear: {count(run.checked, 'file')} checked, {_building(run)}."


def fixable(findings: Sequence[Finding], unsafe_on: bool) -> str:
    """``2 can be fixed with --fix, 1 more with --unsafe-fixes.``; empty if none can."""
    safe, unsafe = applicable(findings, "safe"), applicable(findings, "unsafe")
    if unsafe_on:
        safe, unsafe = safe + unsafe, 0
    if safe and unsafe:
        return f"{safe} can be fixed with --fix, {unsafe} more with --unsafe-fixes."
    if safe:
        return f"{safe} can be fixed with --fix."
    return f"{unsafe} can be fixed with --fix --unsafe-fixes." if unsafe else ""


def applicable(findings: Sequence[Finding], kind: Applicability) -> int:
    """How many findings have a fix of this applicability."""
    return sum(f.fix is not None and bool(f.fix.edits) and f.fix.applicability == kind for f in findings)


def _unseen(run: Run, look: Look) -> str:
    hidden = sum(report.hidden for report in run.reports)
    suppressed = sum(report.suppressed for report in run.reports)
    parts: list[str] = []
    if hidden:
        parts.append(f"{hidden} less certain {'one is' if hidden == 1 else 'ones are'} shown by --pedantic")
    if baselined := sum(report.baselined for report in run.reports):
        parts.append(f"{baselined} {'is' if baselined == 1 else 'are'} in the baseline")
    if suppressed and look.verbose:
        parts.append(f"{suppressed} {'is' if suppressed == 1 else 'are'} suppressed by comments")
    return f"{', '.join(parts)}." if parts else ""


def count(number: int, noun: str) -> str:
    """``1 file``, ``3 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def statistics(run: Run, look: Look) -> str:
    """Findings counted by rule, the most frequent first; ``[*]`` where all of them have a safe fix."""
    by_rule = Counter((finding.code, finding.name) for finding in run.findings)
    digits = len(str(max(by_rule.values(), default=0)))
    rows: list[str] = []
    for (code, name), number in sorted(by_rule.items(), key=lambda item: (-item[1], item[0])):
        found = [finding for finding in run.findings if finding.code == code]
        safe = "[*]" if applicable(found, "safe") == number else "[ ]"
        style = SEVERITY_STYLE[found[0].severity]
        rows.append(f"{number:>{digits}}  {look.palette.paint(code, style)}  {safe}  {name}\n")
    return "".join(rows) + (("\n" if rows else "") + summary(run, look) if look.summary else "")


def error_line(error: FileError, look: Look) -> str:
    """``error: data.py:3:7: syntax error: invalid syntax``."""
    parts = (printable(error.path), error.line, error.column)
    where = ":".join(str(part) for part in parts if part is not None)
    return f"{look.palette.paint('error', 'red')}: {where}: {printable(error.message)}"
