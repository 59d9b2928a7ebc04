"""WD301: the library's own nonzero default decays, although nobody wrote a number."""

from __future__ import annotations

import libcst as cst

from wdlint.checks.base import Check, edited_later, value_text
from wdlint.checks.missing_no_decay_group import decays_everything
from wdlint.facts import positive


class ImplicitDecay(Check):
    code = "WD301"
    name = "implicit-decay"
    severity = "info"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or site.decay.origin != "default" or not positive(site.decay.value):
            return
        if site.ambiguous or not any(g.decay.origin == "default" for g in site.groups):
            return  # groups that cannot be seen may well set their own
        if edited_later(site) or decays_everything(site) is not None:  # WD201 says it already
            return
        name = site.optimizer.short_name
        self.report(
            f"{name} decays by its default of {value_text(site.decay.value)}, which is written nowhere",
            site.callee,
            "certain",
            label=f"weight_decay defaults to {value_text(site.decay.value)}",
            site=site,
        )
