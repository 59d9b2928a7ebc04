"""Sees that a split does what it says: the program is followed again with the edits in it."""

from __future__ import annotations

from collections.abc import Iterable

from wdlint.accounts import account_of
from wdlint.facts import Edit, Grouping, Membership, OptimizerSite
from wdlint.fixes.predicate import Exemption
from wdlint.fixes.rehearsal import Examined, concrete, rehearsed
from wdlint.sources.text import Source


def splits_right(
    source: Source, site: OptimizerSite, edits: Iterable[Edit], exemption: Exemption, examined: Examined
) -> bool:
    """Whether each parameter that was decayed is exempt now if it should be, and else decayed as before.

    The options that its group sets besides have to be the same ones.
    """
    if any(grouping.basis == "probes" for grouping in site.groupings):
        return False  # names that many models have are not those of this one
    after = rehearsed(source, site, edits, examined)
    if after is None:
        return False
    pairs = zip(site.groupings, after.groupings, strict=True)
    return bool(site.groupings) and all(_right(before, now, exemption) for before, now in pairs)


def _right(before: Grouping, now: Grouping, exemption: Exemption) -> bool:
    """The same for one model; what convention leaves open may lie either way."""
    then = account_of(before)
    after = account_of(now)
    if any(exemption.asks_for(member.parameter) for member in after.decayed):
        return False
    exempt, decayed = _by_name(after.exempt), _by_name(after.decayed)
    everything = _by_name(m for m in now.members if len(m.groups) == 1 and not m.maybe)
    for name, member in _by_name(then.decayed).items():
        if name not in everything:
            return False
        if after.group_of(everything[name]).options != then.group_of(member).options:
            return False
        if exemption.asks_for(member.parameter):
            if name not in exempt:
                return False
        elif name in decayed:
            if after.group_of(decayed[name]).decay.value != then.group_of(member).decay.value:
                return False
        elif exemption.refuses(member.parameter):
            return False
    return True


def _by_name(members: Iterable[Membership]) -> dict[str, Membership]:
    return {concrete(member.parameter): member for member in members}
