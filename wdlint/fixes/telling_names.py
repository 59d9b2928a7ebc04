"""Texts that tell some parameters of a model from all others by their names: ``ln_``, ``downsample.1``.

A text is chosen as an author would: a word that says norm or bias before the name of a layer, a
short one before a long one, and one for all before one for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from wdlint.facts import Parameter

MOST_NAMES: Final = 6
"""More texts than these in one list are no names that anybody would keep by hand."""

_WORD: Final = re.compile(r"[A-Za-z]+_?")
_SPEAKING: Final = re.compile(r"norm|gamma|beta|bias|^(?:ln|bn|gn)_?$", re.I)
_LEAST_LEAF: Final = 4
"""Letters a parameter's own name needs to stand alone: ``gamma`` does, ``g`` does not."""
_INDICES: Final = ("0", "1", "2", "3", "5", "7", "11")
"""What a repeated index of a pattern is tried as."""


def telling_names(missed: Sequence[Parameter], kept: Sequence[Parameter]) -> Iterator[tuple[str, ...]]:
    """Lists of texts, the best first, each of which meets every ``missed`` name and no ``kept`` one.

    They are met as substrings in the first list, and as ends of the names in the second; in the
    third they are the whole names.
    """
    both = {p.name for p in missed} & {p.name for p in kept}  # ``downsample.*.weight``: a conv and a norm
    wanted = list(dict.fromkeys(p.example if p.name in both else p.name for p in missed))
    others = [n for p in kept for n in ([p.example] if p.name in both else _instances(p.name))]
    words = [t for t in dict.fromkeys(t for name in wanted for t in _words(name)) if not _meets(t, others)]
    ends = {name: _end(name, others) for name in wanted}
    seen: set[tuple[str, ...]] = set()
    for found in (
        _cover(wanted, words, ends),
        tuple(dict.fromkeys(filter(None, ends.values()))) if all(ends.values()) else (),
        tuple(wanted) if not any("*" in name for name in wanted) else (),
    ):
        if 0 < len(found) <= MOST_NAMES and found not in seen:
            seen.add(found)
            yield found


def _words(name: str) -> Iterator[str]:
    """Words in a name that speak of norms or biases, and its last part where it is long enough."""
    *owners, leaf = name.split(".")
    for part in reversed(owners):
        pieces = _WORD.findall(part)
        yield from (piece for piece in pieces if _SPEAKING.search(piece))
        joined = "".join(takewhile(lambda c: not c.isdigit(), part))
        if _SPEAKING.search(joined):
            yield joined
    if leaf not in ("weight", "bias"):
        yield from (piece for piece in _WORD.findall(leaf) if _SPEAKING.search(piece))
        if len(leaf) >= _LEAST_LEAF:
            yield leaf


def _end(name: str, others: Sequence[str]) -> str | None:
    """The shortest end of a name, of two parts or more, that meets none of the others; None if there is none.

    It starts with a word: ``1.weight`` would meet ``conv1.weight`` of the next version.
    """
    parts = name.split(".")
    for length in range(min(2, len(parts)), len(parts) + 1):
        end = parts[-length:]
        if "*" in end:
            return None
        text = ".".join(end)
        if not end[0].isdigit() and not _meets(text, others):
            return text
    return None


def _cover(wanted: Sequence[str], words: Sequence[str], ends: dict[str, str | None]) -> tuple[str, ...]:
    """Few words that meet all wanted names, and ends of the names that no word meets; () if some are left."""
    chosen: list[str] = []
    left = list(wanted)
    while left:
        best = max(words, key=lambda word: sum(word in name for name in left), default="")
        if not best or not any(best in name for name in left):
            rest = [ends[name] for name in left]
            return (*chosen, *dict.fromkeys(filter(None, rest))) if all(rest) else ()
        chosen.append(best)
        left = [name for name in left if best not in name]
    return tuple(chosen)


def _meets(text: str, names: Iterable[str]) -> bool:
    return any(text in name for name in names)


def _instances(name: str) -> tuple[str, ...]:
    """Names that a pattern stands for."""
    return tuple(name.replace("*", index) for index in _INDICES) if "*" in name else (name,)
