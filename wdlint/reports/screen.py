"""Text on a screen: what a character looks like, how wide it is, where a line may break.

The analysed code is not trusted: a character that could drive a terminal, reorder a line or hide
in it is written as its escape.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

TAB = 4
"""Columns a tab is shown with, wherever it stands."""

_JOINERS = "\u200c\u200d"  # part of scripts and emoji, harmless
_WORD_SPACE = " "


@lru_cache(maxsize=1024)
def cell(character: str) -> tuple[str, int]:
    """One character of source as it is shown, and its width in columns."""
    if " " <= character <= "~":
        return character, 1
    if character == "\t":
        return " " * TAB, TAB
    import unicodedata

    category = unicodedata.category(character)
    if category in ("Mn", "Me") or character in _JOINERS or "\u1160" <= character <= "\u11ff":
        return character, 0
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        shown = _escape(character)
        return shown, len(shown)
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def printable(text: str) -> str:
    """Text that is safe on a terminal and takes one line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(cell(character)[0] for character in text)


def columns(text: str) -> int:
    """The width of text on a screen."""
    return len(text) if text.isascii() else sum(cell(character)[1] for character in text)


def wrap(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces, and inside words that are wider than a line.

    ``first`` stands before the first line, ``indent`` before every other.
    """
    lines: list[str] = []
    line = indent if first is None else first
    empty = True
    for word in printable(text).split(_WORD_SPACE):
        for piece in _pieces(word, width - len(indent)):
            if not empty and columns(line) + 1 + columns(piece) > width:
                lines.append(line)
                line, empty = indent, True
            line += piece if empty else _WORD_SPACE + piece
            empty = False
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    if columns(word) <= width:
        yield word
        return
    piece = ""
    for character in word:
        if piece and columns(piece) + cell(character)[1] > max(width, 2):
            yield piece
            piece = ""
        piece += character
    yield piece
