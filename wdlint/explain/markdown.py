"""A page as Markdown, for an issue or a wiki; formulas in the ``math`` blocks that GitHub and GitLab draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from wdlint.explain.page import Block, Code, Page, Piece, Section, Words, groups

_CODE_SPAN: Final = re.compile(r"(`[^`]*`)")
_SPECIAL: Final = re.compile(r"[\\*_<>\[\]#|]")


def render(page: Page) -> str:
    """The page with the title as its first heading."""
    parts = [f"# {_escape(page.title)}"]
    parts += [f"*{page.facts}*"] if page.facts else []
    parts.append(_prose(page.summary))
    parts += [_section(each) for each in page.sections]
    if page.see:
        parts.append("## See also\n\n" + "\n".join(f"- `wdlint explain {name}`" for name in page.see))
    if page.references:
        links = "\n".join(f"- [{_escape(title)}]({url})" for title, url in page.references)
        parts.append(f"## References\n\n{links}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> str:
    return "\n\n".join([f"## {_escape(section.heading)}", *map(_block, section.blocks)])


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return _prose(block.text)
    if isinstance(block, Code):
        return _fenced(block.text, block.language)
    return _fenced(block.latex.strip("\n"), "math")


def _prose(text: str) -> str:
    return "\n\n".join(part for pieces in groups(text) for part in _parts(pieces))


def _parts(pieces: tuple[Piece, ...]) -> Iterator[str]:
    for kind, run in groupby(pieces, key=lambda piece: piece.kind):
        rows = list(run)
        if kind == "line":
            yield _fenced("\n".join(without_margin(row.text for row in rows)), "text")
        elif kind == "item":
            yield "\n".join(f"{row.marker}{_escape(row.text)}" for row in rows)
        else:
            yield from (_escape(row.text) for row in rows)


def without_margin(lines: Iterator[str]) -> list[str]:
    """The lines without the indentation that all of them have."""
    rows = list(lines)
    margin = min((len(row) - len(row.lstrip()) for row in rows if row.strip()), default=0)
    return [row[margin:] for row in rows]


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _escape(text: str) -> str:
    """Text whose stars, bars and brackets stay what they are; code in backticks is left alone."""
    parts = _CODE_SPAN.split(text)
    return "".join(p if p.startswith("`") else _SPECIAL.sub(r"\\\g<0>", p) for p in parts)
