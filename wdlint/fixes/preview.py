"""What a fix changes in a text, for a reader: the lines of a unified diff."""

from __future__ import annotations

import difflib
from typing import Final

_CONTEXT: Final = 2
"""Lines kept around each change."""


def changed_lines(before: str, after: str) -> tuple[str, ...]:
    """The hunks of a unified diff, without the names of files; empty if nothing changes.

    What both texts begin and end with is set aside first: comparing 2,000 lines costs 100 times more.
    """
    old, new = before.splitlines(), after.splitlines()
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    first = max(0, head - _CONTEXT)
    last = max(0, tail - _CONTEXT)
    hunks = difflib.unified_diff(
        old[first : len(old) - last], new[first : len(new) - last], n=_CONTEXT, lineterm=""
    )
    return tuple(_moved(line, first) for number, line in enumerate(hunks) if number > 1)


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines two texts have in common at their start."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _moved(line: str, by: int) -> str:
    """A line of a hunk; its head counts from the start of the file."""
    if not line.startswith("@@"):
        return line
    sides = [side[0] + _range(side[1:], by) for side in line.split()[1:3]]
    return f"@@ {' '.join(sides)} @@"


def _range(text: str, by: int) -> str:
    start, comma, length = text.partition(",")
    return f"{int(start) + by}{comma}{length}"
