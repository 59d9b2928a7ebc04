"""A finding's lines of mathematics: which rule speaks of what."""

from __future__ import annotations

from wdlint.explain.coupled import coupled
from wdlint.explain.groups import ignored_key, implicit, inherited, missing_group, wrong_group
from wdlint.explain.penalties import WITHOUT_GRADIENT, by_hand
from wdlint.facts import Finding, OptimizerSite


def mathematics(finding: Finding) -> tuple[str, ...]:
    """One to three lines of mathematics for a finding, with the numbers of its own site.

    Empty where there is nothing to compute: no site, or a rule that is not about a number.
    """
    site = finding.site
    if site is None or not site.optimizers:
        return ()
    try:
        return _mathematics(finding, site)
    except (ArithmeticError, ValueError):  # numbers at the ends of what a float holds, such as 1e-320
        return ()


def _mathematics(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    match finding.code:
        case "WD101":
            return coupled(site)
        case "WD102" | "WD103":
            return by_hand(finding.penalty) if finding.penalty is not None else ()
        case "WD107":
            return WITHOUT_GRADIENT
        case "WD201":
            return missing_group(site)
        case "WD202" | "WD205":
            return wrong_group(site)
        case "WD203":
            return inherited(finding, site)
        case "WD204":
            return ignored_key(finding, site)
        case "WD301":
            return implicit(site)
        case _:
            return ()
