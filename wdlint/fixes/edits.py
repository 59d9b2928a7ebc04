"""Applies fixes to a text, and refuses a result that is not what the edits say.

Edits never see each other's effects: all of them count from the text as it was. Fixes whose edits
clash wait for the next pass.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

from wdlint.facts import Edit, Fix, Span
from wdlint.sources.text import Source

_LAYOUT = frozenset({tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})

Token: TypeAlias = tuple[int, int, str]
"""Start, end and text of a token."""


class BrokenFix(Exception):
    """A fix whose result is not a Python program any more, or changes more than it says.

    ``fix`` is the culprit, ``reason`` what is wrong with its result.
    """

    def __init__(self, fix: Fix, reason: str) -> None:
        super().__init__(f"{fix.message}: {reason}")
        self.fix = fix
        self.reason = reason


def apply(source: Source, fixes: Sequence[Fix]) -> tuple[str, list[Fix]]:
    """The text after the fixes, and those that were applied, in the order given.

    A fix is taken whole or not at all: one whose edits overlap those of an earlier one is left
    out. An edit that two fixes share, such as an import, is made once.

    Raises:
        BrokenFix: the result does not compile although the text did, or a token that no edit
            touches is different. Nothing is to be applied then.
    """
    accepted, applied = _compatible(fixes)
    if not applied:
        return source.text, []
    text = edited(source.text, accepted)
    if (reason := _objection(source, accepted, text)) is not None:
        raise BrokenFix(*_culprit(source, applied, reason))
    return text, applied


def _compatible(fixes: Sequence[Fix]) -> tuple[list[Edit], list[Fix]]:
    accepted: set[Edit] = set()
    applied: list[Fix] = []
    for fix in fixes:
        own = set(fix.edits)
        if not own or any(_clash(a, b) for a in own - accepted for b in (own | accepted) - {a}):
            continue
        accepted |= own
        applied.append(fix)
    return sorted(accepted), applied


def _clash(a: Edit, b: Edit) -> bool:
    """Whether two edits overlap, or insert different text at the same point."""
    if a.span == b.span:
        return True
    return a.span.start < b.span.end and b.span.start < a.span.end


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after edits that are sorted and do not overlap."""
    for edit in reversed(edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


# ---------------------------------------------------------------------------- guards


def _objection(source: Source, edits: Sequence[Edit], text: str) -> str | None:
    """What is wrong with an edited text; None if nothing is."""
    try:
        source.encode(text)
    except UnicodeEncodeError:
        return f"the result cannot be written in {source.encoding}"
    if (error := _compile_error(text, source.path)) is not None and _compile_error(
        source.text, source.path
    ) is None:
        return f"the result does not compile: {error}"
    before = _tokens(source.text)
    if before is not None and not _only_edits_differ(before, _tokens(text) or (), edits):
        return "the result differs outside of the edits"
    return None


def _culprit(source: Source, applied: Sequence[Fix], reason: str) -> tuple[Fix, str]:
    """The first fix that breaks the text on its own; the last one if only all together do."""
    for fix in applied:
        edits = sorted(set(fix.edits))
        if (own := _objection(source, edits, edited(source.text, edits))) is not None:
            return fix, own
    return applied[-1], reason


def _compile_error(text: str, path: str) -> str | None:
    """Why a text does not compile. Compiling runs nothing of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, path, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError as error:
            return f"{error.msg} (line {error.lineno})"
        except (ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__
    return None


def _only_edits_differ(before: Iterable[Token], after: Iterable[Token], edits: Sequence[Edit]) -> bool:
    """Whether tokens and comments that no edit touches are still there, and no others are new."""
    ends = [edit.span.end for edit in edits]
    shifts = [0, *accumulate(len(e.text) - (e.span.end - e.span.start) for e in edits)]
    spans = [edit.span for edit in edits]
    kept = set()
    for start, end, string in before:
        if not _touched(start, end, spans):
            shift = shifts[bisect_right(ends, start)]
            kept.add((start + shift, end + shift, string))
    now = set(after)
    landed = [
        Span(e.span.start + shift, e.span.start + shift + len(e.text))
        for e, shift in zip(edits, shifts, strict=False)
    ]
    widened = [Span(span.start - 1, span.end + 1) for span in landed]
    return kept <= now and all(_touched(start, end, widened) for start, end, _ in now - kept)


def _touched(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether one of the sorted spans reaches into a stretch."""
    at = bisect_left(spans, end, key=lambda span: span.start)
    return at > 0 and spans[at - 1].end > start


def _tokens(text: str) -> list[Token] | None:
    """Tokens and comments with their offsets; None for a text that cannot be tokenized."""
    starts = Source(text, "").line_starts
    found: list[Token] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type not in _LAYOUT:
                start, end = (starts[line - 1] + column for line, column in (token.start, token.end))
                found.append((start, end, token.string))
    except (tokenize.TokenError, SyntaxError, IndexError):
        return None
    return found
