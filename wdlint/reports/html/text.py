"""Text out of the analysed code, as HTML: nothing in it is markup, drives anything or hides."""

from __future__ import annotations

import re
from typing import Final

from wdlint.facts import Place
from wdlint.pictures import Markup, element, escaped
from wdlint.reports.screen import printable

_WHOLE: Final = re.compile(r"`([^`]+)`|((?<![\w-])--[a-z][\w-]*)")
"""A name between backticks, and an option, which must not break after its hyphens."""


def text(raw: str) -> Markup:
    """Text as it is; what cannot be seen, or would reorder a line, is written as its escape."""
    return escaped(printable(raw))


def prose(raw: str) -> Markup:
    """A sentence whose names between backticks are set as code, and whose options stay in one piece."""
    parts: list[Markup] = []
    end = 0
    for match in _WHOLE.finditer(raw):
        parts.append(text(raw[end : match.start()]))
        name, option = match.groups()
        parts.append(element("code", text(name)) if name else element("span", text(option), class_="option"))
        end = match.end()
    return join(*parts, text(raw[end:]))


def where(place: Place) -> str:
    """``train.py:42:13``."""
    return f"{place.path}:{place.line}:{place.column}"


def join(*parts: Markup | None) -> Markup:
    """Parts one after the other, those that are not there left out."""
    return Markup("".join(part for part in parts if part))


def same_as(anchor: str) -> Markup:
    """A note instead of what another finding shows already."""
    return element(
        "p", text("The same as of "), element("a", text("this finding"), href=f"#{anchor}"), class_="note"
    )
