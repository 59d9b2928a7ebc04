"""WD901: removes suppressions that suppress nothing, one code or the whole comment."""

from __future__ import annotations

import ast
import re

from wdlint.facts import Edit, Finding, Fix, Span
from wdlint.fixes.locate import starts_its_line
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.suppressions import directive_at
from wdlint.sources.text import Source


def remove_unused(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix:
    """Remove the codes under the finding's related labels from the comment at its place.

    Raises:
        Withheld: the comment is mistaken rather than unused.
    """
    directive = directive_at(source, finding.place)
    unused = [label.place.span for label in finding.related]
    if directive is None or not unused:
        raise Withheld("name the rule that is meant, or delete the comment")
    if len(unused) < len(directive.entries):
        kept = [e.span for e in directive.entries if e.span not in unused]
        edits = tuple(_cut(source, span, kept) for span in unused)
        return Fix("remove what suppresses nothing", "safe", edits)
    words = source.slice(Span(directive.end, directive.segment.end)).strip()
    cautions = (f"the words after it go too: {words}",) if words else ()
    edit = _cut_comment(source, directive.segment, directive.comment)
    return Fix("remove the comment", "unsafe" if words else "safe", (edit,), cautions)


def _cut(source: Source, span: Span, kept: list[Span]) -> Edit:
    """One code and the separator that joins it to its neighbour: the one before, else the one after."""
    before = re.search(r"[\s,]+\Z", source.text[: span.start])
    if any(k.end <= span.start for k in kept) and before is not None:
        return Edit(Span(before.start(), span.end), "")
    after = re.compile(r"[\s,]*").match(source.text, span.end)
    return Edit(Span(span.start, after.end() if after else span.end), "")


def _cut_comment(source: Source, segment: Span, comment: Span) -> Edit:
    """The comment, or our part of it: ``# type: ignore  # wdlint: ignore[WD101]`` keeps the rest."""
    text = source.text
    if segment.start > comment.start:
        head = text[comment.start : segment.start].rstrip()
        return Edit(Span(comment.start + len(head), segment.end), "")
    if segment.end < comment.end:
        return Edit(segment, "")
    line, _ = source.position(comment.start)
    start = source.line_starts[line - 1]
    if starts_its_line(source, comment.start):
        end = source.line_starts[line] if line < len(source.line_starts) else len(text)
        return Edit(Span(start, end), "")
    code = text[start : comment.start].rstrip(" \t\f")
    return Edit(Span(start + len(code), comment.end), "")
