"""Markup for SVG and HTML: elements as text, in which nothing that is not markup can become it."""

from __future__ import annotations

import html
import re
from typing import Final, NewType

Markup = NewType("Markup", str)
"""Text that is markup already; every other text goes through :func:`escaped`."""

_NO_CHILDREN: Final = frozenset({"circle", "input", "line", "meta", "path", "rect", "use"})

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters and lone surrogates, which no XML document may hold, not even escaped."""


def escaped(text: str) -> Markup:
    """Text for the content of an element, where quotes are what they are."""
    return Markup(html.escape(_valid(text), quote=False))


def _valid(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)


def element(name: str, /, *children: Markup, **attributes: str | float | None) -> Markup:
    """``<name attribute="...">children</name>``; an attribute that is None is left out.

    ``_`` in an attribute's name stands for ``-``, and one at its end for nothing: ``class_``.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _NO_CHILDREN:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{''.join(children)}</{name}>")


def _value(value: str | float) -> str:
    return html.escape(_valid(value)) if isinstance(value, str) else coordinate(value)


def coordinate(value: float) -> str:
    """A number with at most one decimal, finer than a screen shows; never ``-0``."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
