"""The table of rules that ``wdlint rules`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from wdlint.knowledge import Card
from wdlint.reports import Look
from wdlint.reports.palette import SEVERITY_STYLE
from wdlint.reports.screen import wrap


def render(cards: Sequence[Card], look: Look) -> str:
    """Code, name, severity, whether there is a fix, and the summary, a rule a row."""
    name_width = max((len(card.name) for card in cards), default=0)
    indent = " " * (5 + 2 + name_width + 2 + 7 + 2 + 3 + 2)
    rows: list[str] = []
    for card in cards:
        code = look.palette.paint(card.code, SEVERITY_STYLE[card.severity])
        head = f"  {card.name:{name_width}}  {card.severity:7}  {'fix' if fixable(card) else '   '}  "
        summary = wrap(card.summary + (" (--pedantic)" if card.pedantic else ""), look.columns, indent)
        rows += [code + head + summary[0].strip(), *summary[1:]]
    return "".join(f"{row.rstrip()}\n" for row in rows)


def fixable(card: Card) -> bool:
    """Whether the card shows that its rule has a fix."""
    return any(example.applicability in ("safe", "unsafe") for example in card.examples)
