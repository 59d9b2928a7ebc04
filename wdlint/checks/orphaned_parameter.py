"""WD206: a parameter that falls through a split of the whole model, and is never trained."""

from __future__ import annotations

from wdlint.accounts import Account, Verdict, surely_trained
from wdlint.checks.membership import (
    MembershipCheck,
    counted_rows,
    handed_over,
    judged,
    made_here,
    note,
    parameters_text,
    place_of,
    weakest,
)
from wdlint.facts import Certainty, OptimizerSite, Parameter, Place


class OrphanedParameter(MembershipCheck):
    code = "WD206"
    name = "orphaned-parameter"
    severity = "error"

    def look_at(self, site: OptimizerSite) -> None:
        found = judged(site, lambda account: self._orphans(site, account))
        if found is None or any(hazard.kind == "adds-group" for hazard in site.hazards):
            return
        verdict, certainty = found
        grouping, members = verdict.account.grouping, verdict.members
        are = "is" if len(members) == 1 else "are"
        named = parameters_text(members)
        model = f"{counted_rows(grouping.model.parameters)} of {grouping.model.name}"
        self.tell(
            site,
            f"{named} {are} in no parameter group, so {site.optimizer.short_name} never trains "
            f"{'it' if len(members) == 1 else 'them'}",
            site.callee,
            weakest(certainty, self._others(site)),
            label=f"gets {len(grouping.members) - len(members)} of the {model}",
            related=(
                made_here(members),
                *(
                    note(place_of(g), "does not hold it" if len(members) == 1 else "does not hold them")
                    for g in grouping.groups[:2]
                ),
                handed_over(verdict.account),
            ),
        )

    def _orphans(self, site: OptimizerSite, account: Account) -> Verdict | None:
        grouping = account.grouping
        if not grouping.splits_whole or not grouping.groups:
            return None
        held = {index for member in grouping.members for index in (*member.groups, *member.maybe)}
        if self.facts.exhausted and len(held) < len(grouping.groups):
            return None  # a group is empty because its iterator is: WD208 says so
        elsewhere = self._trained_elsewhere(site)
        members = tuple(
            m
            for m in grouping.members
            if not m.groups and not m.maybe and surely_trained(m.parameter)
            if _identity(m.parameter) not in elsewhere
        )
        return Verdict(account, members) if members else None

    def _trained_elsewhere(self, site: OptimizerSite) -> set[tuple[Place | None, str]]:
        """The parameters that other optimizers of the file take, or may take."""
        return {
            _identity(member.parameter)
            for other in self.facts.sites
            if other is not site
            for grouping in other.groupings
            for member in grouping.members
            if member.groups or member.maybe
        }

    def _others(self, site: OptimizerSite) -> Certainty:
        """Another optimizer whose parameters are not known may be the one that trains them."""
        unknown = any(other is not site and not other.groupings for other in self.facts.sites)
        return "likely" if unknown else "certain"


def _identity(parameter: Parameter) -> tuple[Place | None, str]:
    """The layer's statement and the parameter's own name: the same whatever the model is called."""
    return parameter.where, parameter.name.rpartition(".")[2]
