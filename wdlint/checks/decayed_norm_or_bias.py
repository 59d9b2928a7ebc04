"""WD202: norms or biases that are decayed although the groups were made to exempt them."""

from __future__ import annotations

from typing import Final

from wdlint.accounts import Verdict, dead_for, decayed_against_intent
from wdlint.checks.membership import (
    MembershipCheck,
    decay_text,
    first,
    handed_over,
    is_without_decay,
    judged_by_decay,
    kinds_text,
    made_here,
    note,
    parameters_text,
    place_of,
    shown,
)
from wdlint.facts import Membership, OptimizerSite

_DIMENSIONS: Final = {2: "two", 3: "three", 4: "four", 5: "five"}


class DecayedNormOrBias(MembershipCheck):
    code = "WD202"
    name = "decayed-norm-or-bias"
    severity = "error"

    def look_at(self, site: OptimizerSite) -> None:
        if is_without_decay(site) or judged_by_decay(site, dead_for) is not None:  # WD205 says why
            return
        found = judged_by_decay(site, decayed_against_intent)
        if found is None:
            return
        verdict, certainty = found
        account, members = verdict.account, verdict.members
        group = account.group_of(members[0])
        still = first(g for g in account.still if place_of(g) is not None)
        test = first(verdict.tests)
        name = shown(members[0].parameter.name)
        self.tell(
            site,
            _sentence(site, verdict),
            self.place(site, group.place, test.test if test else None),
            certainty,
            label=f"decays by {decay_text(account, members[:1])}, {name} included",
            related=(
                made_here(members),
                note(place_of(still) if still else None, "the group without decay"),
                note(test.place if test else None, f"does not match {name}"),
                handed_over(account),
            ),
        )


def _sentence(site: OptimizerSite, verdict: Verdict) -> str:
    account, members = verdict.account, verdict.members
    decay = decay_text(account, members)
    what = f"{site.optimizer.short_name} decays {parameters_text(members)} by {decay}"
    if account.by_rank:
        return f"{what}: {_rank(members)}, and the groups are split by rank"
    meant = kinds_text(account.meant)
    if verdict.sure == "possible":
        return f"{what}; its group without decay holds {meant} only"
    return f"{what}, although its groups are made to exempt {meant}"


def _rank(members: tuple[Membership, ...]) -> str:
    ranks = sorted({m.parameter.ndim for m in members if m.parameter.ndim is not None})
    words = " or ".join(_DIMENSIONS.get(rank, str(rank)) for rank in ranks)
    return f"{'it has' if len(members) == 1 else 'they have'} {words} dimensions"
