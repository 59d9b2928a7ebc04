"""WD102, WD103 and WD107: what to write instead of an L2 term made by hand.

A direction and no edit: the term may be part of any expression, and what it was meant to be, a
penalty that is logged, one over some layers, is the author's to say.
"""

from __future__ import annotations

import ast

from wdlint.explain import format_number
from wdlint.facts import Finding, Fix, OptimizerSite, Penalty, number
from wdlint.settings import Settings
from wdlint.sources.text import Source

_CAUTION = "an L2 coefficient has no AdamW equivalent: choose the number anew, 0.01 to 0.1 is usual"


def remove_term(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """The decoupled optimizer with the user's number, or with the one the term comes to."""
    penalty = finding.penalty
    if penalty is None:
        return None
    decay = f"weight_decay={_decay(penalty, settings.weight_decay)}"
    which = "for all but norms and biases" if penalty.whole else "for these parameters only"
    what = f"remove the term and build {_decoupled(penalty.site, decay)} {which}"
    if not penalty.site.coupled and penalty.site.decay.origin != "default":
        what = f"remove the term: {penalty.site.optimizer.short_name} has a weight_decay of its own here"
    return Fix(what, "display", cautions=() if settings.weight_decay is not None else (_CAUTION,))


def decay_instead(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD107: the optimizer's own decay, which for SGD is what the term was to be."""
    penalty = finding.penalty
    if penalty is None:
        return None
    decay = f"weight_decay={_decay(penalty, settings.weight_decay)}"
    site = penalty.site
    if site.couplings == ("l2_sgd",):
        what = f"remove the term; {site.optimizer.short_name}(..., {decay}) does what it was to do"
    else:
        what = f"remove the term; {_decoupled(site, decay)} decays the weights"
    return Fix(what, "display", cautions=("the weights were not decayed so far: training changes",))


def _decoupled(site: OptimizerSite, decay: str) -> str:
    """The call of the decoupled twin: ``AdamW(..., weight_decay=2e-4)``."""
    replacement = site.optimizer.replacement
    if not site.coupled:
        return f"{site.optimizer.short_name}(..., {decay})"
    if replacement is None:
        return f"AdamW(..., {decay})"
    flags = [f"{name}={value!r}" for name, value in replacement.flags.items()]
    return f"{replacement.name.rpartition('.')[2]}({', '.join(['...', *flags, decay])})"


def _decay(penalty: Penalty, wanted: float | None) -> str:
    if wanted is not None:
        return format_number(wanted)
    coefficient = number(penalty.coefficient)
    if coefficient is None:
        return "2*coefficient" if penalty.factor == 2 else "coefficient"
    return format_number(penalty.factor * coefficient)
