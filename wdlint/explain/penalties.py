"""The mathematics of decay that is written by hand (WD102, WD103, WD107): which ``weight_decay`` it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wdlint.explain.case import case_of
from wdlint.explain.coupled import decoupled_twin, rate
from wdlint.explain.effects import lines_of
from wdlint.explain.numbers import format_number
from wdlint.explain.preconditioners import preconditioner_of
from wdlint.facts import Decay, Known, OptimizerSite, Penalty, Unknown, number

WITHOUT_GRADIENT: Final = (
    "For backward() the term is a number, and the gradient of a number is 0: every step is the one "
    "that the loss without it would take.",
)


def by_hand(penalty: Penalty) -> tuple[str, ...]:
    """What the term adds to the gradient, what becomes of it, and what AdamW would do."""
    coefficient = number(penalty.coefficient)
    decay = None if coefficient is None else penalty.factor * coefficient
    value = Unknown("its coefficient is not known here") if decay is None else Known(decay)
    decayed = replace(penalty.site, groups=(), decay=Decay(value, "argument"))
    case = case_of(decayed, None, decayed.decay, "coupled")
    preconditioner = preconditioner_of(case)
    return lines_of(
        _same_as(penalty, decay),
        rate(case, preconditioner) if preconditioner is not None else None,
        decoupled_twin(case),
    )


def _same_as(penalty: Penalty, decay: float | None) -> str:
    """The ``weight_decay`` that a coupled optimizer would add to the gradient just so."""
    name = _coupled_name(penalty.site)
    coefficient = number(penalty.coefficient)
    if penalty.kind == "loss":
        symbol, says = "2λ", "The gradient of λ·‖θ‖² is 2λ·θ, the 2 coming from the square."
    else:
        symbol, says = "λ", "λ·θ in the gradient is an L2 term (λ/2)·‖θ‖² in the loss."
    if coefficient is None or decay is None:
        return f"{says} That is what {name}(weight_decay={symbol}) adds."
    with_number = f"With λ = {format_number(coefficient, 6)} that is what"
    return f"{says} {with_number} {name}(weight_decay={format_number(decay, 6)}) adds."


def _coupled_name(site: OptimizerSite) -> str:
    """An optimizer that adds ``weight_decay`` to the gradient: this one, or else Adam."""
    return site.optimizer.short_name if "coupled" in site.couplings else "Adam"
