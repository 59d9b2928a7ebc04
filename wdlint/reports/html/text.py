"""Text out of the analysed code, as HTML: nothing in it is markup, drives anything or hides."""

from __future__ import annotations

import re
from typing import Final

from wdlint.facts import Place
from wdlint.pictures import Markup, element, escaped
from wdlint.reports.screen import printable

_CODE: Final = re.compile(r"`([^`]+)`")


def text(raw: str) -> Markup:
    """Text as it is; what cannot be seen, or would reorder a line, is written as its escape."""
    return escaped(printable(raw))


def prose(raw: str) -> Markup:
    """A sentence whose names between backticks are set as code."""
    pieces = _CODE.split(raw)
    return Markup(
        "".join(element("code", text(piece)) if i % 2 else text(piece) for i, piece in enumerate(pieces))
    )


def where(place: Place) -> str:
    """``train.py:42:13``."""
    return f"{place.path}:{place.line}:{place.column}"


def join(*parts: Markup | None) -> Markup:
    """Parts one after the other, those that are not there left out."""
    return Markup("".join(part for part in parts if part))
