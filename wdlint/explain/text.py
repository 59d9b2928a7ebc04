"""A page as plain text for a terminal: prose wrapped, code and tables as they are, no LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from wdlint.explain.page import Block, Code, Link, Page, Piece, Section, Words, groups

_INDENT: Final = "  "
_CODE: Final = " " * 6


def render(page: Page, width: int) -> str:
    """The page in lines of at most ``width`` columns, but at least 40."""
    width = max(width, 40)
    head = [page.title, *([page.facts] if page.facts else [])]
    parts = ["\n".join(head), _prose(page.summary, width)]
    parts += [_section(each, width) for each in page.sections]
    if page.see:
        parts.append("See also\n" + "\n".join(f"{_INDENT}wdlint explain {name}" for name in page.see))
    if page.references:
        parts.append("References\n" + "\n".join(_link(each, width) for each in page.references))
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, width: int) -> str:
    """Prose has an empty line before it, except where it follows the heading or leads over to code."""
    rows = [_wrap(section.heading, width)]
    in_code = any(isinstance(block, Code) for block in section.blocks)
    for number, block in enumerate(section.blocks):
        shown = _block(block, width)
        if shown and number and not in_code:
            rows.append("")
        rows += [shown] if shown else []
    return "\n".join(rows)


def _block(block: Block, width: int) -> str:
    if isinstance(block, Words):
        return _prose(block.text, width, _INDENT)
    return textwrap.indent(block.text, _CODE) if isinstance(block, Code) else ""


def _prose(text: str, width: int, indent: str = "") -> str:
    stretches = ("\n".join(_pieces(pieces, width, indent)) for pieces in groups(text))
    return "\n\n".join(stretches)


def _pieces(pieces: tuple[Piece, ...], width: int, indent: str) -> Iterator[str]:
    for piece in pieces:
        if piece.kind == "line":
            yield indent + piece.text
        else:
            yield _wrap(piece.marker + piece.text, width, indent, indent + " " * len(piece.marker))


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _link(link: Link, width: int) -> str:
    return f"{_wrap(link.title, width, _INDENT, _INDENT)}\n    {link.url}"
