"""WD205: a name that is to exempt norms or biases from decay, and matches no parameter."""

from __future__ import annotations

from wdlint.accounts import Account, Verdict, dead_for, topic_of, topics_of
from wdlint.checks.membership import (
    MembershipCheck,
    counted_rows,
    decay_text,
    handed_over,
    is_without_decay,
    judged,
    judged_by_decay,
    kinds_text,
    made_here,
    note,
    place_of,
    short_names,
    shown,
)
from wdlint.facts import Certainty, NameTest, OptimizerSite
from wdlint.wording import listed


class DeadNoDecayPattern(MembershipCheck):
    code = "WD205"
    name = "dead-no-decay-pattern"
    severity = "error"

    def look_at(self, site: OptimizerSite) -> None:
        if is_without_decay(site):
            return
        if (found := judged_by_decay(site, dead_for)) is not None:
            self._harm(site, *found)
        elif (spare := judged(site, _harmless)) is not None:
            self._spare(site, spare[0])

    def _harm(self, site: OptimizerSite, verdict: Verdict, certainty: Certainty) -> None:
        account, members, test = verdict.account, verdict.members, verdict.tests[0]
        kinds = kinds_text({topic_of(m.parameter) for m in members})
        decay = decay_text(account, members)
        group = account.group_of(members[0])
        self.tell(
            site,
            f"{_matches_nothing(account, verdict.tests)}; its {kinds} are called {short_names(members)}",
            self.place(site, test.place, test.test),
            certainty,
            label="matches nothing",
            related=(
                made_here(members),
                note(place_of(group), f"decays by {decay}, {shown(members[0].parameter.name)} included"),
                *(note(other.place, "matches nothing, either") for other in verdict.tests[1:]),
                handed_over(account),
            ),
        )

    def _spare(self, site: OptimizerSite, verdict: Verdict) -> None:
        test = verdict.tests[0]
        kinds = kinds_text(topics_of(test.pattern))
        self.tell(
            site,
            f"{_matches_nothing(verdict.account, verdict.tests)}; no {kinds} are decayed for it",
            self.place(site, test.place, test.test),
            "possible",
            label="matches nothing",
            related=(handed_over(verdict.account),),
        )


def _matches_nothing(account: Account, tests: tuple[NameTest, ...]) -> str:
    patterns = listed(list(dict.fromkeys(shown(test.pattern) for test in tests)))
    verb = "match" if patterns.count("`") > 2 else "matches"
    grouping = account.grouping
    if grouping.basis == "probes":
        return f"{patterns} {verb} none of the parameter names that are usual"
    of = grouping.model.name
    if grouping.basis == "family":
        return f"{patterns} {verb} no parameter of {of}"
    seen = "" if grouping.model.complete else " that can be seen"
    return f"{patterns} {verb} none of the {counted_rows(grouping.model.parameters)} of {of}{seen}"


def _harmless(account: Account) -> Verdict | None:
    """Names that match nothing, where everything they could be about is exempt anyway."""
    grouping = account.grouping
    if not account.meant or account.wronged or not grouping.model.complete or grouping.basis == "probes":
        return None
    if any(m.maybe and topic_of(m.parameter) for m in grouping.members):
        return None
    dead = tuple(test for test in account.tests if not test.matches)
    return Verdict(account, (), "possible", dead) if dead else None
