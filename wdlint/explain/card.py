"""A rule card as printed text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wdlint.knowledge import Card, Example


def render_card(card: Card, width: int) -> str:
    """A rule card as plain text of at most ``width`` columns; code and formulas are not wrapped."""
    width = max(width, 40)
    sections = [
        f"{card.code} {card.name}\n{_facts_line(card)}\n\n{_wrap(card.summary, width)}",
        _section("What", card.what, width),
        _section("Why", card.why, width),
        _section("Mathematics", card.math, width),
        *(_example(example, width) for example in card.examples),
        _section("Fix safety", card.fix_safety, width),
        _section("Limits", card.limits, width),
        "References\n" + "\n".join(_reference(r.title, r.url, width) for r in card.references),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _facts_line(card: Card) -> str:
    shown = "shown with --pedantic, " if card.pedantic else ""
    return f"{card.severity}, {shown}since {card.since}"


def _section(heading: str, text: str, width: int) -> str:
    return f"{heading}\n{_wrap(text, width, '  ')}" if text.strip() else ""


_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def _wrap(text: str, width: int, indent: str = "") -> str:
    """Paragraphs and list items wrapped; lines that are indented or hold columns kept as they are."""
    wrapped: list[str] = []
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n")):
        wrapped.append("\n".join(_wrap_paragraph(paragraph.splitlines(), width, indent)))
    return "\n\n".join(wrapped)


def _wrap_paragraph(lines: list[str], width: int, indent: str) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        if line.startswith((" ", "\t")) and not (block and _ITEM.match(block[0])):
            yield from _fill(block, width, indent)
            block = []
            yield indent + line.rstrip()
        elif _ITEM.match(line):
            yield from _fill(block, width, indent)
            block = [line]
        else:
            block.append(line.strip())
    yield from _fill(block, width, indent)


def _fill(block: list[str], width: int, indent: str) -> list[str]:
    if not block:
        return []
    marker = _ITEM.match(block[0])
    hanging = indent + " " * (marker.end() if marker else 0)
    return textwrap.wrap(
        " ".join(block),
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _example(example: Example, width: int) -> str:
    """The reported code in full and what the fix changes in it."""
    import difflib

    code = " " * 6
    lines = [_wrap(f"Example: {example.title}", width), "  Reported:"]
    lines.append(textwrap.indent(example.bad.rstrip(), code))
    if example.fixed is None:
        lines.append("  There is no automatic fix.")
        return "\n".join(lines)
    by_hand = example.applicability == "display"
    lines.append("  By hand:" if by_hand else f"  {_command(example)} makes of it:")
    changes = difflib.unified_diff(example.bad.splitlines(), example.fixed.splitlines(), n=1, lineterm="")
    shown = [line for line in changes if not line.startswith(("---", "+++"))]
    lines += [code + ("..." if line.startswith("@@") else line).rstrip() for line in shown]
    return "\n".join(lines)


def _command(example: Example) -> str:
    flags = ["wdlint --fix"]
    if example.applicability == "unsafe":
        flags.append("--unsafe-fixes")
    flags += [f"--{name} {value}" for name, value in example.options.items()]
    return " ".join(flags)


def _reference(title: str, url: str, width: int) -> str:
    return f"{_wrap(title, width, '  ')}\n    {url}"
