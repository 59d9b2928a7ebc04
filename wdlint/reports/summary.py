"""What was found, in numbers: the closing paragraph, the statistics, and a line for each error."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from wdlint.choices import SEVERITIES
from wdlint.facts import Applicability, FileError, Finding
from wdlint.reports import Look, Run
from wdlint.reports.palette import SEVERITY_STYLE
from wdlint.reports.screen import printable, wrap
from wdlint.wording import listed

_REASONS: Final = 4
"""Reasons why fixes are withheld that a summary lists; ``-v`` lists all."""


def summary(run: Run, look: Look) -> str:
    """What was fixed, found, can be fixed and how, and is not shown; empty if no file was checked."""
    return "".join(f"{line}\n" for line in _lines(run, look))


def _lines(run: Run, look: Look) -> Iterator[str]:
    for sentence in _outcome(run, look):
        yield from wrap(sentence, look.columns)
    if look.fixes:
        yield from not_fixed(run.findings, look)
    if sentence := _unseen(run, look):
        yield from wrap(sentence, look.columns)


def sentences(run: Run, look: Look) -> Iterator[str]:
    """The summary, sentence by sentence."""
    yield from _outcome(run, look)
    if sentence := _unseen(run, look):
        yield sentence


def _outcome(run: Run, look: Look) -> Iterator[str]:
    applied = [finding for fixed in run.fixed for finding in fixed.applied]
    would = look.fixes == "shown"
    if applied:
        files = len({fixed.path for fixed in run.fixed if fixed.applied})
        verb = "Would fix" if would else "Fixed"
        yield f"{verb} {count(len(applied), 'finding')} in {count(files, 'file')}."
    elif would:
        yield "Nothing would change."
    if run.findings:
        verb = ("Would leave" if would else "Left") if applied else "Found"
        yield _found(run, verb)
        if sentence := _fixable_yet(run, look):
            yield sentence
    elif run.checked:
        yield _clear(run, _all_is_well(run, would and bool(applied)))


def _all_is_well(run: Run, would: bool) -> str:
    """The words for no findings; with a baseline there are some, only no new ones."""
    if any(report.baselined for report in run.reports):
        return "Nothing would be new" if would else "Nothing new"
    return "Would be all clear" if would else "All clear"


def _found(run: Run, verb: str) -> str:
    by_severity = Counter(finding.severity for finding in run.findings)
    kinds = [count(by_severity[severity], severity) for severity in SEVERITIES if by_severity[severity]]
    files = len({finding.place.path for finding in run.findings})
    return f"{verb} {listed(kinds)} in {count(files, 'file')} ({_looked_at(run)})."


def _looked_at(run: Run) -> str:
    text = f"{run.checked} checked, {_building(run)}"
    failed = _failed(run)
    return f"{text}, {failed} could not be checked" if failed else text


def _building(run: Run) -> str:
    return f"{run.building} {'builds' if run.building == 1 else 'build'} optimizers"


def _failed(run: Run) -> int:
    return len({error.path for error in run.all_errors})


def _clear(run: Run, clear: str) -> str:
    """``clear`` only where everything could be read."""
    if failed := _failed(run):
        return f"Found nothing in {count(run.checked, 'file')}; {failed} could not be checked."
    return f"{clear}: {count(run.checked, 'file')} checked, {_building(run)}."


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


def not_fixed(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    """Lines that say why the rest has no fix to apply."""
    by_hand = [f for f in findings if f.fix and not f.fix.withheld and f.fix.applicability == "display"]
    if by_hand:
        yield f"{len(by_hand)} {'is' if len(by_hand) == 1 else 'are'} to be fixed by hand."
    if reasons := [f.fix.withheld for f in findings if f.fix and f.fix.withheld]:
        yield from _withheld(reasons, look)


def _withheld(reasons: Sequence[str], look: Look) -> Iterator[str]:
    """The reasons, the commonest first, with how often each holds."""
    alike: dict[str, list[str]] = {}
    for reason in reasons:
        alike.setdefault(_kind(reason), []).append(reason)
    rows = [(len(same), same[0] if len(set(same)) == 1 else kind) for kind, same in alike.items()]
    rows.sort(key=lambda row: (-row[0], row[1]))
    head = f"{len(reasons)} {'fix is' if len(reasons) == 1 else 'fixes are'} withheld:"
    if len(rows) == 1:
        yield from wrap(f"{head} {rows[0][1]}.", look.columns)
        return
    yield head
    shown = rows if look.verbose else rows[:_REASONS]
    digits = len(str(rows[0][0]))
    for number, text in shown:
        yield from wrap(text, look.columns, " " * (digits + 4), f"  {number:>{digits}}  ")
    if rest := len(reasons) - sum(number for number, _ in shown):
        yield f"  {rest:>{digits}}  for other reasons, which -v lists"


def _kind(reason: str) -> str:
    """A reason without the names and lines in it."""
    return re.sub(r"\d+", "…", re.sub(r"`[^`]*`", "`…`", reason))


def _fixable_yet(run: Run, look: Look) -> str:
    """The same; where ``--fix`` has done its part, only the flag that can do more."""
    if not look.fixes or applicable(run.findings, "safe"):
        return fixable(run.findings, look.unsafe_fixes)
    unsafe = 0 if look.unsafe_fixes else applicable(run.findings, "unsafe")
    more = " more" if any(fixed.applied for fixed in run.fixed) else ""
    return f"{unsafe}{more} can be fixed with --unsafe-fixes." if unsafe else ""


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
