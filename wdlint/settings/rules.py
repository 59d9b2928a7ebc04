"""Which rules a selector means, which of them are chosen, and what a misspelt word may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wdlint import knowledge
from wdlint.settings.values import SettingsError


def standard_rules(*, pedantic: bool) -> frozenset[str]:
    """The codes that are on where nobody chooses."""
    return frozenset(card.code for card in knowledge.cards() if pedantic or not card.pedantic)


def matching(selector: str) -> frozenset[str]:
    """The codes a selector means: a code, a prefix of codes, a name, or ``ALL``; empty if unknown."""
    names = knowledge.rule_names()
    wanted = selector.strip()
    if wanted.upper() == "ALL":
        return frozenset(names)
    exact = {code for code, name in names.items() if wanted.lower() == name}
    prefixed = {code for code in names if wanted and code.startswith(wanted.upper())}
    return frozenset(exact or prefixed)


def known_rules(selector: str, place: str, where: str) -> frozenset[str]:
    """The codes a selector means.

    Raises:
        SettingsError: none, and ``place`` is where that was said.
    """
    found = matching(selector)
    if not found:
        raise SettingsError(f"{place}: unknown rule '{selector}'{where}; {rule_suggestion(selector)}")
    return found


def rule_suggestion(selector: str) -> str:
    """The rest of a sentence about an unknown rule: what may have been meant."""
    names = knowledge.rule_names()
    wanted = selector.upper() if re.match("(?i)wd", selector) else selector
    return suggestion(wanted, (*names, *names.values()), "'wdlint rules' lists them")


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """``did you mean 'select'?`` with the nearest known word, or what to say when none is near."""
    import difflib

    spelled = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f"did you mean '{spelled[near[0]]}'?" if near else otherwise


def choose(
    base: frozenset[str], select: Iterable[str], ignore: Iterable[str], pedantic: bool
) -> frozenset[str]:
    """Add what is selected, take away what is ignored; the more specific selector wins, then ``ignore``."""
    selected = dict.fromkeys(base, -1)
    for selector in select:
        for code in _selected(selector, pedantic):
            selected[code] = max(selected.get(code, -1), specificity(selector))
    ignored: dict[str, int] = {}
    for selector in ignore:
        for code in matching(selector):
            ignored[code] = max(ignored.get(code, -1), specificity(selector))
    return frozenset(code for code, weight in selected.items() if weight > ignored.get(code, -2))


def _selected(selector: str, pedantic: bool) -> frozenset[str]:
    """A prefix leaves the pedantic rules out, unless they are all it names."""
    found = matching(selector)
    if pedantic or len(found) == 1:
        return found
    return found & standard_rules(pedantic=False) or found


def specificity(selector: str) -> int:
    """Length of a prefix; a name is as specific as a whole code."""
    wanted = selector.strip().upper()
    if wanted == "ALL":
        return 0
    return len(wanted) if wanted.startswith("WD") else len("WD101")
