"""The mathematics of decay inside an adaptive gradient (WD101): what it does, and what AdamW would do."""

from __future__ import annotations

from wdlint.explain.case import USUAL_WEIGHT, Case, case_of, strongest
from wdlint.explain.effects import duration, lines_of
from wdlint.explain.formulas import NEGLIGIBLE_STEPS, coupled_rate, time_scale
from wdlint.explain.numbers import format_count, format_number, format_steps
from wdlint.explain.preconditioners import (
    RMSPROP,
    Preconditioner,
    low_rms,
    preconditioner_of,
)
from wdlint.facts import OptimizerSite


def coupled(site: OptimizerSite) -> tuple[str, ...]:
    case = case_of(site, *strongest(site), "coupled")
    name = case.optimizer.short_name
    preconditioner = preconditioner_of(case)
    if preconditioner is not None:
        return lines_of(rate(case, preconditioner), _limit(case, preconditioner), decoupled_twin(case))
    if name.lower() == "adadelta":
        return (*_adadelta_rate(case), decoupled_twin(case))
    return (
        f"{name} adds wd·θ to the gradient before it rescales the gradient: how much of itself a weight "
        "loses per step depends on its gradients, and no choice of wd makes it the same for all.",
        decoupled_twin(case),
    )


def rate(case: Case, by: Preconditioner) -> str:
    """What a weight loses per step at a small and a large gradient."""
    low, eps = low_rms(case.wd.number), by.eps or 0.0
    at_low, at_high = (
        coupled_rate(case.lr.number, case.wd.number, by.growth * rms, eps) for rms in (low, 1.0)
    )
    formula = by.symbol if by.eps is None else f"({by.symbol}+ε)"
    denominator = by.symbol if eps < 0.01 * low else f"({by.symbol}+{format_number(eps)})"
    return (
        f"{case.given} a weight loses lr·wd/{formula} = {format_number(case.product)}/{denominator} of "
        f"itself per step: {format_number(at_low)} {by.low.format(rms=format_number(low))}; "
        f"{format_number(at_high)} {by.high.format(rms='1')}, {format_count(at_low / at_high)} times less. "
        "That is not one weight decay."
    )


def _limit(case: Case, by: Preconditioner) -> str | None:
    """Where the gradient vanishes the coefficient cancels, as long as ε is smaller still."""
    if case.wd.number * USUAL_WEIGHT < 4 * (by.eps or 0.0):
        return None
    limit = by.limit.format(lr=format_number(case.lr.number))
    text = f"Where |g| is far below wd·|θ| (rare embedding rows, dead units), wd cancels: {limit} for any wd."
    momentum = case.argument("momentum") if by.symbol == RMSPROP.symbol else None
    if momentum and 0 < momentum < 1:
        factor = format_number(1 / (1 - momentum))
        text += f" Momentum {format_number(momentum)} multiplies both, in the long run, by {factor}."
    return text


def _adadelta_rate(case: Case) -> tuple[str, str]:
    return (
        f"{case.given} a weight loses lr·wd·√(Δ+ε)/√(v+ε) = {format_number(case.product)}·√(Δ+ε)/√(v+ε) of "
        "itself per step, v and Δ being the running means of its squared gradients and updates.",
        "Two weights whose gradients differ a hundredfold may be decayed at rates that differ a hundredfold. "
        "That is not one weight decay.",
    )


def decoupled_twin(case: Case) -> str:
    """What the same number would do outside the gradient, and that it must be chosen anew."""
    replacement = case.optimizer.replacement
    if replacement is None:
        subject = "Decay outside the gradient"
    elif replacement.flags:
        subject = "With " + ", ".join(f"{k}={v}" for k, v in replacement.flags.items()) + " it"
    else:
        subject = replacement.name.rpartition(".")[2]
    usual = "; 0.01 to 0.1 is usual" if subject == "AdamW" else ": an L2 coefficient does not carry over"
    if not case.wd.known:
        return f"{subject} would shrink every weight by lr·wd per step. Choose a value for it{usual}."
    at = "" if case.lr.known else " at that lr"
    effect = f"{subject} would shrink every weight by lr·wd = {format_number(case.product)} per step{at}"
    steps = time_scale(case.product)
    if steps > NEGLIGIBLE_STEPS * (1 + 1e-9):
        return f"{effect} (time scale {format_steps(steps)}): next to nothing. Choose a value for it{usual}."
    return f"{effect} ({duration(case.product)}): another regulariser, so the number must be tuned again."
