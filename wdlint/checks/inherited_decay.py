"""WD203: a group that is meant not to decay, and inherits the constructor's decay."""

from __future__ import annotations

import libcst as cst

from wdlint.checks.base import Check, origin_labels, value_text
from wdlint.facts import Certainty, OptimizerSite, ParamGroup, positive, surely_positive


class InheritedDecay(Check):
    code = "WD203"
    name = "inherited-decay"
    severity = "error"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or site.ambiguous:
            return
        for group in site.groups:
            if inherits_against_intent(group, site):
                value = value_text(group.decay.value)
                default = group.decay.origin == "default"
                source = f"{site.optimizer.short_name}'s default" if default else "the constructor"
                self.report(
                    f"this group is meant not to decay, but it sets no weight_decay "
                    f"and inherits {value} from {source}",
                    group.place,
                    _certainty(group),
                    label="sets no weight_decay",
                    related=origin_labels(group.decay, "every group without its own inherits this"),
                    site=site,
                )


def _certainty(group: ParamGroup) -> Certainty:
    """Only the words "no decay" themselves say for certain what was meant."""
    meant = group.parameters.says_no_decay
    return "certain" if meant and surely_positive(group.decay.value) else "likely"


def inherits_against_intent(group: ParamGroup, site: OptimizerSite) -> bool:
    """Whether a group that is meant not to decay takes over a decay that is not 0."""
    if not group.explicit or group.decay.origin == "group" or not group.parameters.exempts:
        return False
    if not positive(group.decay.value) or any("decay" in key.name or key.name == "wd" for key in group.keys):
        return False
    others = [g for g in site.groups if g is not group]
    own = any(g.decay.origin == "group" and positive(g.decay.value) for g in others)
    return own or (group.parameters.says_no_decay and any(g.parameters.exempts is False for g in others))
