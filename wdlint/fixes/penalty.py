"""WD102 and WD103: what to write instead of an L2 term made by hand.

A direction and no edit: the term may be part of any expression, and what it was meant to be, a
penalty that is logged, one over some layers, is the author's to say.
"""

from __future__ import annotations

import ast

from wdlint.explain import format_number
from wdlint.facts import Finding, Fix, Penalty, number
from wdlint.settings import Settings
from wdlint.sources.text import Source

_CAUTION = "an L2 coefficient has no AdamW equivalent: choose the number anew, 0.01 to 0.1 is usual"


def remove_term(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """The decoupled optimizer with the user's number, or with the one the term comes to."""
    penalty = finding.penalty
    if penalty is None:
        return None
    decay = _decay(penalty, settings.weight_decay)
    grouped = "for all but norms and biases" if penalty.whole else "for these parameters only"
    if penalty.site.coupled or penalty.site.decay.origin == "default":
        what = f"remove the term and build {_twin(penalty)}(..., weight_decay={decay}) {grouped}"
    else:
        what = f"remove the term and let {_twin(penalty)} decay these parameters with its weight_decay"
    return Fix(what, "display", cautions=() if settings.weight_decay is not None else (_CAUTION,))


def _twin(penalty: Penalty) -> str:
    """The decoupled twin of the optimizer, by its class."""
    replacement = penalty.site.optimizer.replacement
    if replacement is not None and not replacement.flags:
        return replacement.name.rpartition(".")[2]
    return "AdamW" if penalty.site.coupled else penalty.site.optimizer.short_name


def _decay(penalty: Penalty, wanted: float | None) -> str:
    if wanted is not None:
        return format_number(wanted)
    coefficient = number(penalty.coefficient)
    if coefficient is None:
        return "2*coefficient" if penalty.factor == 2 else "coefficient"
    return format_number(penalty.factor * coefficient)
