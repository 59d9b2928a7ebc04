"""Writes the comments that ignore findings, at the lines where they are.

A directive that covers the statement already gets the code; else a comment goes to the end of the
finding's line, or of the next one of the statement that can end in one.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence

from wdlint.facts import Edit, Finding, Fix, Span
from wdlint.sources import suppressions
from wdlint.sources.comments import line_ends
from wdlint.sources.suppressions import Directive
from wdlint.sources.text import Source


def ignore(source: Source, tree: ast.Module, findings: Sequence[Finding], reason: str = "") -> Fix:
    """All comments that one file needs, as one change. ``reason`` stands behind those that are new."""
    known = suppressions.parse(source, tree).directives
    ends = line_ends(source)
    extended: dict[Directive, set[str]] = defaultdict(set)
    added: dict[Span, set[str]] = defaultdict(set)
    for finding in findings:
        line = finding.place.line
        covering = (d for d, lines in known if d.kind == "ignore" and lines is not None and line in lines)
        if (directive := next(covering, None)) is not None:
            extended[directive].add(finding.code)
        elif (end := next((ends[at] for at in sorted(ends) if at >= line), None)) is not None:
            added[end].add(finding.code)
    edits = [_extend(directive, codes) for directive, codes in extended.items()]
    edits += [_add(source, end, codes, reason) for end, codes in added.items()]
    return Fix("comments that ignore findings", "safe", tuple(sorted(edits)))


def _extend(directive: Directive, codes: Iterable[str]) -> Edit:
    listed = ", ".join(sorted(codes))
    if directive.entries:
        end = directive.entries[-1].span.end
        return Edit(Span(end, end), f", {listed}")
    return Edit(Span(directive.segment.start, directive.end), f"# wdlint: ignore[{listed}]")


def _add(source: Source, end: Span, codes: Iterable[str], reason: str) -> Edit:
    """A comment at the end of a line, behind one that is there, in place of white space."""
    line, column = source.position(end.start)
    rest = len(source.line(line)) - (column - 1)
    text = f"{source.slice(end).rstrip()}  # wdlint: ignore[{', '.join(sorted(codes))}]"
    return Edit(Span(end.start, end.start + rest), f"{text} {reason}" if reason else text)
