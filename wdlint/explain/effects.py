"""What a decay that does not depend on gradients does to a weight, in sentences several rules share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdlint.explain.case import Case
from wdlint.explain.formulas import half_life, per_step_shrink, remaining, time_scale
from wdlint.explain.numbers import format_count, format_number, format_steps
from wdlint.explain.schedules import as_attached
from wdlint.facts import Coupling

RUN: Final = 10_000  # steps, the length of run that examples are worked for


def duration(shrink: float) -> str:
    if shrink >= 1:
        return "the whole weight in one step"
    return f"time scale {format_steps(time_scale(shrink))}, half-life {format_count(half_life(shrink))}"


SHRINK_FORMULAS: Final[Mapping[Coupling, str]] = {
    "decoupled": "lr·wd",
    "decoupled_absolute": "wd",
    "decoupled_prox": "lr·wd/(1+lr·wd)",
    "l2_sgd": "lr·wd",
}


def shrink_of(case: Case) -> tuple[str, float] | None:
    """The formula and the fraction lost per step; None where it depends on the gradients."""
    formula = SHRINK_FORMULAS.get(case.coupling)
    if formula is None:
        return None
    shrink = per_step_shrink(case.lr.number, case.wd.number, case.coupling)
    momentum = case.argument("momentum") if case.coupling == "l2_sgd" else None
    if momentum and 0 < momentum < 1:
        return f"{formula}/(1-{format_number(momentum)})", shrink / (1 - momentum)
    return formula, shrink


def loses(case: Case, subject: str) -> str | None:
    """``With lr = 1e-3 and wd = 0.05 <subject> loses lr·wd = 5e-5 of itself per step (...)``."""
    found = shrink_of(case)
    if found is None:
        return None
    formula, shrink = found
    value = f"{formula} = {format_number(shrink)}" if formula != "wd" else format_number(shrink)
    unscaled = ", not multiplied by lr" if case.coupling == "decoupled_absolute" else ""
    return f"{case.given} {subject} loses {value} of itself per step{unscaled} ({duration(shrink)})."


def gain_line(case: Case) -> str | None:
    """What the decay does to a norm's gain, which starts at 1 and has no reason to go to 0."""
    found = shrink_of(case)
    if found is None or found[1] >= 1:
        return None
    shrink = found[1]
    mean, how = _mean_lr(case)
    steps = RUN if remaining(shrink, RUN * mean) > 0.01 else time_scale(shrink)
    left = remaining(shrink, steps * mean)
    if left > 0.99:
        lost = format_number(100 * (1 - left), 2)
        return (
            f"In {format_steps(steps)} that is at most {lost} % of a norm's gain: little, at this lr and wd."
        )
    return (
        f"After {format_steps(steps)}{how}, a norm's gain of 1 that no gradient holds is "
        f"{format_number(left, 2)}: it goes towards 0, not towards 1."
    )


def _mean_lr(case: Case) -> tuple[float, str]:
    """The mean of lr over a run, as a fraction of the lr that is written, and the words for it."""
    if case.coupling == "decoupled_absolute":
        return 1.0, ""
    attached = case.site.schedule
    schedule = as_attached(attached, case.lr.number) if attached is not None and case.lr.known else None
    if attached is None or schedule is None:
        return 1.0, ", at constant lr"
    mean = schedule.mean()
    average = format_number(mean * case.lr.number)
    return mean, f" under its {attached.name}, which makes lr {average} on average"


def lines_of(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
