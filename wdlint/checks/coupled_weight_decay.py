"""WD101: weight decay that an adaptive optimizer adds to the gradient and then rescales."""

from __future__ import annotations

import libcst as cst

from wdlint.checks.base import Check, edited_later, numbers_text, origin_labels, value_text
from wdlint.explain import preconditioner_symbol
from wdlint.facts import (
    Certainty,
    Decay,
    Default,
    Label,
    Optimizer,
    OptimizerSite,
    has_unknown,
    positive,
    surely_positive,
)


class CoupledWeightDecay(Check):
    code = "WD101"
    name = "coupled-weight-decay"
    severity = "error"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or not site.coupled or site.decay_from_partial:
            return
        decays = [d for d in _decays(site) if positive(d.value)]
        if not decays:
            self._possible(site)
            return
        coupled = _coupled(site)
        name = coupled.short_name
        worst = max(decays, key=lambda d: positive(d.value))
        related: tuple[Label, ...] = ()
        for decay in decays:
            related += origin_labels(decay, f"adds {numbers_text(decay.value)}·θ to the gradient")
        self.report(
            f"{name} puts weight decay {value_text(worst.value)} into the gradient, "
            "where it is rescaled for every weight",
            site.callee,
            _certainty(site, decays),
            label=f"divides its gradient, decay included, by {preconditioner_symbol(coupled)}",
            related=_distinct(related),
            site=site,
        )

    def _possible(self, site: OptimizerSite) -> None:
        """A coefficient is written, but it is unknown, or zero only until someone overrides it."""
        written = [d for d in _decays(site) if d.origin != "default"]
        unknown = [d for d in written if has_unknown(d.value) or isinstance(d.value, Default)]
        if not unknown:
            return
        name = _coupled(site).short_name
        self.report(
            f"{name} puts its weight decay into the gradient, and the coefficient may not be zero",
            site.callee,
            "possible",
            related=_distinct(
                origin_labels(unknown[0], "if it is not zero, it is rescaled for every weight")
            ),
            site=site,
        )


def _coupled(site: OptimizerSite) -> Optimizer:
    """The first candidate that is coupled."""
    return next(o for o, c in zip(site.optimizers, site.couplings, strict=True) if c == "coupled")


def _decays(site: OptimizerSite) -> list[Decay]:
    """The decays that apply: each group's, or the constructor's where groups are unknown or inherit."""
    found = [group.decay for group in site.groups if group.decay.origin == "group"]
    inherits = not site.groups or any(g.decay.origin != "group" for g in site.groups)
    return [site.decay, *found] if inherits else found


def _certainty(site: OptimizerSite, decays: list[Decay]) -> Certainty:
    if site.couplings.count("coupled") * 2 < len(site.couplings):  # most of what it may be is decoupled
        return "possible"
    if site.among_many or site.in_test:  # a test holds one optimizer against another, and trains nothing
        return "possible"
    if edited_later(site):
        return "likely"
    certain = not site.ambiguous and any(surely_positive(d.value) for d in decays)
    return "certain" if certain and all(c == "coupled" for c in site.couplings) else "likely"


def _distinct(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """One label a place: several groups may share the line their number comes from."""
    return tuple({label.place: label for label in labels}.values())
