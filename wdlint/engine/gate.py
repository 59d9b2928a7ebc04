"""The gate: which bytes are worth being parsed. Most files are not, and cost next to nothing."""

from __future__ import annotations

import re
from typing import Final

from wdlint.knowledge import Catalogue

_CAPITALISED: Final = re.compile(rb"\b_?[A-Z]\w*", re.ASCII)
_ITERATOR: Final = re.compile(rb"=[ \t]*(?:[\w.]+\.(?:named_)?parameters\(\)|filter\()", re.ASCII)
_NOQA: Final = re.compile(rb"#\s*noqa\s*:[^\n]*\bWD\d", re.IGNORECASE)


def passes_gate(data: bytes, known: Catalogue) -> bool:
    """Whether the bytes may hold an optimizer, groups for one, or a suppression.

    Substrings first: 58 MB cost 0.1 s. Only a file that says one of the few words is asked for
    the name of an optimizer class.
    """
    grouping = b"_decay" in data
    if grouping or b"optim" in data:
        names = {name.decode() for name in _CAPITALISED.findall(data)}
        if not names.isdisjoint(known.short_names):
            return True
        if any(name.encode() in data for name in known.factories):
            return True
        if grouping and _ITERATOR.search(data):  # groups for an optimizer of another file
            return True
    return holds_comments(data)


def holds_comments(data: bytes) -> bool:
    """Whether the bytes may hold a comment for wdlint: one of its own, or a ``noqa`` that names a rule."""
    noqa = b"noqa" in data or b"NOQA" in data
    return b"wdlint:" in data or (noqa and _NOQA.search(data) is not None)
