"""Comments: where they are, and at the end of which lines one may be written.

The tokenizer decides, so that a ``#`` in a string is no comment, and no line that ends within a
string or with a backslash gets one.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from wdlint.facts import Span
from wdlint.sources.text import Source


def comments(source: Source) -> list[Span]:
    """Every comment from its ``#`` to its end; none if the text cannot be tokenized."""
    try:
        return [span for kind, span, _ in _tokens(source) if kind == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError, IndexError):
        return []


def line_ends(source: Source) -> dict[int, Span]:
    """The lines of code that a comment may end: the comment that is there, or an empty span after the code.

    Lines without code are not among them; none are if the text cannot be tokenized.
    """
    found: dict[int, Span] = {}
    last, code = Span(0, 0), 0
    try:
        for kind, span, line in _tokens(source):
            if kind in (tokenize.NEWLINE, tokenize.NL):
                if line == code:
                    found[line] = last
            elif kind == tokenize.COMMENT:
                last = span
            elif kind not in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                last = Span(span.end, span.end)
                code = source.position(max(span.start, span.end - 1))[0]
    except (tokenize.TokenError, SyntaxError, IndexError):
        return {}
    return found


def _tokens(source: Source) -> Iterator[tuple[int, Span, int]]:
    """Kind, span and first line of each token."""
    lines = io.StringIO(source.text, newline="")
    for token in tokenize.generate_tokens(lines.readline):
        line, column = token.start
        start = source.line_starts[line - 1] + column if line <= len(source.line_starts) else 0
        yield token.type, Span(start, start + len(token.string)), line


__all__ = ["comments", "line_ends"]
