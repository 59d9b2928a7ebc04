"""What ``wdlint explain`` shows, before it is text, Markdown, HTML or JSON.

A page is a title, a summary and sections of blocks: prose, code, formulas. How prose is written is
defined here, too, so that every format reads it alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

# -------------------------------------------------------------------------------- pages


@dataclass(frozen=True, slots=True)
class Words:
    """Prose: paragraphs with an empty line between them, list items, and indented lines as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Lines that stay as they are: ``python``, a ``diff``, or ``text``."""

    language: Literal["python", "diff", "text"]
    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX; shown where formulas can be drawn, since the prose says the same in plain text."""

    latex: str


Block: TypeAlias = Words | Code | Formula


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]


class Link(NamedTuple):
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole explanation.

    ``facts`` is the line under the title; ``see`` are names to ask ``wdlint explain`` for; ``data``
    is what a program gets on top of the texts.
    """

    title: str
    summary: str
    sections: tuple[Section, ...]
    facts: str = ""
    see: tuple[str, ...] = ()
    references: tuple[Link, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def section(heading: str, text: str, latex: str = "") -> Section:
    """A section of prose and its formula."""
    blocks: tuple[Block, ...] = (Words(text),)
    return Section(heading, (*blocks, Formula(latex)) if latex.strip() else blocks)


# -------------------------------------------------------------------------------- prose


class Piece(NamedTuple):
    """A stretch of prose: a paragraph, a list item without its ``marker``, or one line as it is."""

    kind: Literal["paragraph", "item", "line"]
    text: str
    marker: str = ""


_ITEM: Final = re.compile(r"(?:[-*]|\d+\.) ")


def groups(text: str) -> Iterator[tuple[Piece, ...]]:
    """The pieces between two empty lines, for each such stretch."""
    for stretch in re.split(r"\n[ \t]*\n", text.strip("\n")):
        yield tuple(_pieces(stretch.splitlines()))


def _pieces(lines: list[str]) -> Iterator[Piece]:
    block: list[str] = []
    for line in lines:
        if line.startswith((" ", "\t")) and not (block and _ITEM.match(block[0])):
            yield from _piece(block)
            block = []
            yield Piece("line", line.rstrip())
        elif _ITEM.match(line):
            yield from _piece(block)
            block = [line]
        else:
            block.append(line.strip())
    yield from _piece(block)


def _piece(block: list[str]) -> Iterator[Piece]:
    if not block:
        return
    text = " ".join(line.strip() for line in block)
    if marker := _ITEM.match(text):
        yield Piece("item", text[marker.end() :], marker[0])
    else:
        yield Piece("paragraph", text)
