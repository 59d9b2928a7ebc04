"""Rule cards and concepts as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wdlint.explain import text
from wdlint.explain.page import Block, Code, Link, Page, Section, Words, section

if TYPE_CHECKING:
    from wdlint.knowledge import Card, Concept, Example, Reference


def render_card(card: Card, width: int) -> str:
    """A rule card as plain text of at most ``width`` columns; code and formulas are not wrapped."""
    return text.render(card_page(card), width)


def card_page(card: Card) -> Page:
    """What a rule reports and why, its mathematics, examples, fix safety and limits."""
    sections = (
        section("What", card.what),
        section("Why", card.why),
        section("Mathematics", card.math, card.latex),
        *(_example(each) for each in card.examples),
        section("Fix safety", card.fix_safety),
        section("Limits", card.limits),
    )
    shown = "shown with --pedantic, " if card.pedantic else ""
    return Page(
        f"{card.code} {card.name}",
        card.summary,
        tuple(each for each in sections if _says_something(each)),
        facts=f"{card.severity}, {shown}since {card.since}",
        see=card.see,
        references=_links(card.references),
        data={
            "rule": card.code,
            "name": card.name,
            "severity": card.severity,
            "pedantic": card.pedantic,
            "since": card.since,
        },
    )


def concept_page(concept: Concept) -> Page:
    """The story that several rules rest on."""
    return Page(
        concept.title,
        concept.summary,
        tuple(section(each.heading, each.text, each.latex) for each in concept.sections),
        references=_links(concept.references),
        data={"concept": concept.name},
    )


def _links(references: tuple[Reference, ...]) -> tuple[Link, ...]:
    return tuple(Link(each.title, each.url) for each in references)


def _says_something(part: Section) -> bool:
    return any(not isinstance(block, Words) or block.text.strip() for block in part.blocks)


def _example(example: Example) -> Section:
    """The reported code in full and what the fix changes in it."""
    blocks: list[Block] = [Words("Reported:"), Code("python", example.bad.rstrip())]
    if example.fixed is None:
        blocks.append(Words("There is no automatic fix."))
    else:
        by_hand = example.applicability == "display"
        blocks.append(Words("By hand:" if by_hand else f"{_command(example)} makes of it:"))
        blocks.append(Code("diff", difference(example.bad, example.fixed)))
    return Section(f"Example: {example.title}", tuple(blocks))


def difference(before: str, after: str) -> str:
    """The changed lines and one on either side, ``...`` for what lies between."""
    import difflib  # findings without a page need none of it

    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    shown = (line for line in changes if not line.startswith(("---", "+++")))
    return "\n".join("..." if line.startswith("@@") else line.rstrip() for line in shown)


def _command(example: Example) -> str:
    flags = ["wdlint --fix"]
    if example.applicability == "unsafe":
        flags.append("--unsafe-fixes")
    flags += [f"--{name} {value}" for name, value in example.options.items()]
    return " ".join(flags)
