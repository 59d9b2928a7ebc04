"""Keeps the arguments of a call aligned with its opening parenthesis when the callee gets longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from wdlint.facts import Edit, Span
from wdlint.sources.text import Source


def realigned(source: Source, call: ast.Call, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Indent the lines of a call that are aligned with its first argument by what its callee grows.

    What stands deeper is aligned with something that moves, too. Calls that hold text over several
    lines are left as they are.
    """
    callee = source.span(call.func)
    inside = (e for e in edits if callee.start <= e.span.start and e.span.end <= callee.end)
    grown = sum(len(e.text) - (e.span.end - e.span.start) for e in inside)
    items = sorted([*map(source.span, call.args), *map(source.span, call.keywords)])
    if grown <= 0 or not items or _holds_long_text(call):
        return
    line, column = source.position(items[0].start)
    if line != source.position(callee.end)[0]:
        return
    for number in range(line + 1, source.position(source.span(call).end)[0] + 1):
        text = source.line(number)
        if text.strip() and text.startswith(" " * (column - 1)):
            start = source.line_starts[number - 1]
            yield Edit(Span(start, start), " " * grown)


def _holds_long_text(call: ast.Call) -> bool:
    texts = (n for n in ast.walk(call) if isinstance(n, ast.Constant | ast.JoinedStr))
    return any(text.lineno != text.end_lineno for text in texts)
