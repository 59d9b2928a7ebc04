"""WD101 where a factory picks the optimizer by a word: another word, and the groups stay its own."""

from __future__ import annotations

import ast

from wdlint.facts import Choice, Edit, Fix, OptimizerSite, Span
from wdlint.fixes.hazards import around
from wdlint.fixes.locate import expression_at
from wdlint.fixes.number import converted
from wdlint.fixes.sites import fix_of
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source


def pick_twin(
    site: OptimizerSite, choice: Choice, source: Source, tree: ast.Module, settings: Settings
) -> Fix:
    """The factory's word for the decoupled twin.

    Raises:
        Withheld: it has none, or the word is not this call's alone.
    """
    if not choice.instead:
        raise Withheld(f"{site.spelled}() has no decoupled {choice.word}: pick adamw")
    if site.ambiguous:
        raise Withheld(f"{site.spelled}() may pick another optimizer than {choice.word}")
    place = site.naming.place
    literal = expression_at(tree, source, place, ast.Constant) if place is not None else None
    if literal is None or place is None:
        raise Withheld(site.naming.why or f"`{choice.word}` is not written in this file")
    text = source.slice(place.span)
    if text[1:-1].lower().rpartition("_")[2] != choice.word:
        raise Withheld(f"`{choice.word}` is not simply written at line {place.line}")
    end = place.span.end - 1
    number = converted(source, tree, site, settings.weight_decay)
    edits = [Edit(Span(end - len(choice.word), end), choice.instead), *number.edits]
    since = f" ({choice.requires})" if choice.requires else ""
    message = f"{choice.instead}{since}, groups as {site.spelled}() makes them"
    return fix_of(message, edits, (*number.cautions, *around(site)))
