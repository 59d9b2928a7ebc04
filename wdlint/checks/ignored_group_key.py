"""WD204: a group key that the optimizer does not read, where its decay was meant."""

from __future__ import annotations

import re
from typing import Final

import libcst as cst

from wdlint.checks.base import Check, value_text
from wdlint.facts import GroupKey, OptimizerSite, ParamGroup

_MEANT_AS_DECAY: Final = re.compile(
    r"^(wd|w_?decay|weight_?decays?|weight_?decay_?rate|weights_decay|weight-decay|l2|l2_?reg)$",
    re.I,
)


class IgnoredGroupKey(Check):
    code = "WD204"
    name = "ignored-group-key"
    severity = "error"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or site.ambiguous:
            return
        for group in site.groups:
            for key in group.keys:
                if is_ignored(key, group, site):
                    decay_key = site.optimizer.decay_argument
                    self.report(
                        f"{site.optimizer.short_name} reads `{decay_key}` from a group and ignores "
                        f"`{key.name}` in silence, so the group decays by {_applies(group)}",
                        key.place,
                        "certain",
                        label=f"{site.optimizer.short_name} never reads this key",
                        site=site,
                    )


def is_ignored(key: GroupKey, group: ParamGroup, site: OptimizerSite) -> bool:
    """Whether a key was meant as the group's decay and nobody reads it."""
    known = {site.optimizer.decay_argument, *site.optimizer.arguments}
    if key.name in known or key.read_by_project or site.optimizer.decay_argument is None:
        return False
    return group.explicit and bool(_MEANT_AS_DECAY.match(key.name))


def _applies(group: ParamGroup) -> str:
    text = value_text(group.decay.value)
    return "the constructor's value" if text.startswith("a value") else text
