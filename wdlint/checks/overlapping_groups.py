"""WD207: a parameter in two groups of one optimizer, which torch refuses."""

from __future__ import annotations

from wdlint.accounts import Account, Verdict
from wdlint.checks.membership import (
    MembershipCheck,
    handed_over,
    judged,
    made_here,
    note,
    parameters_text,
    place_of,
)
from wdlint.facts import OptimizerSite


class OverlappingGroups(MembershipCheck):
    code = "WD207"
    name = "overlapping-groups"
    severity = "error"

    def look_at(self, site: OptimizerSite) -> None:
        found = judged(site, _in_two)
        if found is None:
            return
        verdict, certainty = found
        members = verdict.members
        groups = verdict.account.grouping.groups
        one, two = members[0].groups[:2]
        named = parameters_text(members)
        self.tell(
            site,
            f"{named} {'is' if len(members) == 1 else 'are'} in two parameter groups: torch raises "
            'ValueError "some parameters appear in more than one parameter group"',
            self.place(site, groups[two].place),
            certainty,
            label=f"group {two} holds {'it' if len(members) == 1 else 'them'}",
            related=(
                note(place_of(groups[one]), f"group {one} does, too"),
                made_here(members),
                handed_over(verdict.account),
            ),
        )


def _in_two(account: Account) -> Verdict | None:
    """Frozen parameters count as well: torch looks at identity alone.

    One set of probes may stand for several models that are not known.
    """
    if account.grouping.basis == "probes":
        return None
    members = tuple(m for m in account.grouping.members if len(set(m.groups)) > 1 and not m.parameter.maybe)
    return Verdict(account, members) if members else None
