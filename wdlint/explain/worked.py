"""Numbers to play with: what a learning rate and a weight decay do, worked out in tables, without code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from wdlint.explain.case import case_of, strongest
from wdlint.explain.effects import RUN
from wdlint.explain.formulas import (
    NEGLIGIBLE_STEPS,
    coupled_preconditioner,
    coupled_rate,
    equilibrium_rms,
    equilibrium_rotation,
    half_life,
    per_step_shrink,
    remaining,
    remaining_scheduled,
    time_scale,
    undriven_step,
)
from wdlint.explain.numbers import format_count, format_number, format_steps
from wdlint.explain.page import Page, Section, section
from wdlint.explain.preconditioners import preconditioner_symbol
from wdlint.explain.schedules import Schedule, lr_sum
from wdlint.facts import OptimizerSite

_WEIGHT: Final = 0.05
"""A usual size of a weight: 1/√400, as layers of a few hundred inputs start."""

_RMS: Final = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 0.0)
"""Gradients from large to none."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Hyper-parameters; ``steps`` is the length of the run, ``steps_per_epoch`` None where not given.

    Raises:
        ValueError: one is out of its range; the text is "name: what it must be".
    """

    lr: float
    weight_decay: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    steps: int = RUN
    steps_per_epoch: int | None = None

    def __post_init__(self) -> None:
        _demand(1e-30 <= self.lr <= 1e30, "lr", "a number above 0")
        _demand(1e-30 <= self.weight_decay <= 1e30, "weight_decay", "a number above 0")
        _demand(0 <= self.beta1 < 1 and 0 <= self.beta2 < 1, "betas", "two numbers from 0 to below 1")
        _demand(0 <= self.eps <= 1e30, "eps", "a number, 0 or more")
        _demand(self.steps >= 1, "steps", "1 or more")
        _demand(self.steps_per_epoch is None or self.steps_per_epoch >= 1, "steps_per_epoch", "1 or more")

    @property
    def shrink(self) -> float:
        return per_step_shrink(self.lr, self.weight_decay)


def _demand(holds: bool, name: str, what: str) -> None:
    if not holds:
        raise ValueError(f"{name}: must be {what}")


def numbers_page(numbers: Numbers, see: tuple[str, ...] = ()) -> Page:
    """What these numbers do under AdamW, under Adam with an L2 term, and to weights that a norm follows."""
    given = f"lr = {format_number(numbers.lr, 6)} and wd = {format_number(numbers.weight_decay, 6)}"
    return Page(
        f"Weight decay with {given}",
        _summary(numbers),
        sections(numbers),
        facts=(
            f"β1 = {format_number(numbers.beta1, 6)}, β2 = {format_number(numbers.beta2, 6)}, "
            f"ε = {format_number(numbers.eps, 6)}"
        ),
        see=see,
        data={"numbers": asdict(numbers), "results": results(numbers)},
    )


def sections(numbers: Numbers) -> tuple[Section, ...]:
    """The tables alone."""
    return (_outside(numbers), _inside(numbers), *_followed(numbers))


def numbers_of(site: OptimizerSite) -> Numbers | None:
    """The numbers of an optimizer; None where lr or the decay is not known, or they decay otherwise.

    Of several groups it is the one with the largest decay.
    """
    case = case_of(site, *strongest(site), "coupled", "decoupled")
    if case.coupling not in ("coupled", "decoupled") or not (case.lr.known and case.wd.known):
        return None
    eps = case.argument("eps")
    try:
        return Numbers(case.lr.number, case.wd.number, eps=1e-8 if eps is None else eps)
    except ValueError:
        return None


def sections_of(site: OptimizerSite, numbers: Numbers) -> tuple[Section, ...]:
    """The tables that hold for an optimizer: those of Adam's family for what adds to the gradient."""
    if "coupled" not in site.couplings:
        return (_outside(numbers),)
    coupled = (o for o, c in zip(site.optimizers, site.couplings, strict=True) if c == "coupled")
    if any(preconditioner_symbol(optimizer) not in ("√v̂", "√v") for optimizer in coupled):
        return (_outside(numbers),)
    return (_inside(numbers), _outside(numbers))


def results(numbers: Numbers) -> dict[str, Any]:
    """The numbers of the tables, for a program; times in steps, the angle in radians."""
    found: dict[str, Any] = {
        "per_step_shrink": numbers.shrink,
        "time_scale": time_scale(numbers.shrink),
        "half_life": half_life(numbers.shrink),
        "coupled": [
            {"gradient_rms": rms, "weight": _WEIGHT, "per_step_shrink": _rate(numbers, rms)} for rms in _RMS
        ],
    }
    if numbers.shrink < 1:
        found["equilibrium_rms"] = equilibrium_rms(numbers.lr, numbers.weight_decay)
        found["equilibrium_rotation"] = equilibrium_rotation(numbers.lr, numbers.weight_decay, numbers.beta1)
    return found


def _summary(numbers: Numbers) -> str:
    if numbers.shrink >= 1:
        return "lr·wd is 1 or more: AdamW would take a weight to 0, or past it, in one step."
    steps = time_scale(numbers.shrink)
    if steps > NEGLIGIBLE_STEPS * (1 + 1e-9):
        return (
            f"AdamW would let a weight forget in {format_steps(steps)}: longer than most runs, so next to "
            "no decay. With AdamW 0.01 to 0.1 is usual."
        )
    return f"AdamW lets a weight forget in {format_steps(steps)}. Under Adam with L2 its gradients decide."


# ------------------------------------------------------------------- the three sections


def _outside(numbers: Numbers) -> Section:
    table = _table(list(_outside_rows(numbers)))
    return section("AdamW: outside the gradient", f"Every decayed weight, whatever its gradients:\n\n{table}")


def _outside_rows(numbers: Numbers) -> Iterator[tuple[str, str]]:
    shrink = numbers.shrink
    yield "lost per step", f"lr·wd = {format_number(shrink)} of itself"
    if shrink >= 1:
        return
    yield "time scale", f"1/(lr·wd) = {_duration(numbers, time_scale(shrink))}"
    yield "half-life", _duration(numbers, half_life(shrink))
    run = f"left after {format_steps(numbers.steps)}"
    yield run, f"{_fraction(remaining(shrink, numbers.steps))} at constant lr, where no gradient holds it"
    summed = lr_sum(numbers.lr, numbers.steps, Schedule("cosine"))
    left = remaining_scheduled(summed, numbers.weight_decay)
    yield "", f"{_fraction(left)} where lr falls to 0 by a cosine or a straight line"


def _duration(numbers: Numbers, steps: float) -> str:
    """``33,300 steps``, and as many epochs where their length is known."""
    if numbers.steps_per_epoch is None:
        return format_steps(steps)
    epochs = steps / numbers.steps_per_epoch
    return (
        f"{format_steps(steps)} = {format_count(epochs) if epochs >= 100 else format_number(epochs)} epochs"
    )


def _fraction(value: float) -> str:
    """A fraction near 1 with its first digits that are not 9."""
    if value > 0.99:
        return f"1 - {format_number(1 - value, 2)}" if value < 1 else "1"
    return format_number(value, 2) if value >= 1e-12 else "next to nothing"


def _inside(numbers: Numbers) -> Section:
    outside = numbers.shrink
    rows = [("RMS of the gradient", "lost per step", "times AdamW's lr·wd")]
    for rms in _RMS:
        rate = _rate(numbers, rms)
        lost = format_number(rate) if rate < 1 else "more than all"
        rows.append((format_number(rms), lost, _count(rate / outside)))
    pull = numbers.weight_decay * _WEIGHT
    text = (
        f"A weight of {format_number(_WEIGHT)} loses lr·wd/(√v̂+ε) of itself per step, and √v̂ is "
        f"√(RMS² + (wd·θ)²), with wd·θ = {format_number(pull)} here:\n\n{_table(rows)}\n\n{_limit(numbers)}"
    )
    return section("Adam with L2: inside the gradient", text)


def _rate(numbers: Numbers, rms: float) -> float:
    preconditioner = coupled_preconditioner(rms, numbers.weight_decay, _WEIGHT)
    return coupled_rate(numbers.lr, numbers.weight_decay, preconditioner, numbers.eps)


def _count(ratio: float) -> str:
    return format_count(ratio) if ratio >= 100 else format_number(ratio)


def _limit(numbers: Numbers) -> str:
    """What the step without gradient is, and where ε ends that."""
    pull, lr = numbers.weight_decay * _WEIGHT, format_number(numbers.lr)
    if pull < 4 * numbers.eps:
        step = format_number(undriven_step(numbers.lr, numbers.weight_decay, _WEIGHT, numbers.eps))
        return (
            f"Here wd·θ is not far above ε = {format_number(numbers.eps)}. Without gradient the step is "
            f"{step}, less than lr = {lr}."
        )
    text = f"Without gradient, wd cancels: the step is lr·sign(θ) = ±{lr} for any wd"
    if not numbers.eps:
        return f"{text}."
    end = format_number(numbers.eps / numbers.weight_decay)
    return f"{text}, until |θ| has come down to ε/wd = {end}."


def _followed(numbers: Numbers) -> Iterator[Section]:
    """The balance of weights that a norm follows; its formulas hold for small lr·wd only."""
    if numbers.shrink > 1e-2:
        return
    angle = equilibrium_rotation(numbers.lr, numbers.weight_decay, numbers.beta1)
    rms, steps = equilibrium_rms(numbers.lr, numbers.weight_decay), time_scale(numbers.shrink)
    beyond = ": hardly in any run" if steps > NEGLIGIBLE_STEPS * (1 + 1e-9) else ""
    table = _table(
        [
            ("RMS of the weight", f"√(lr/(2·wd)) = {format_number(rms)}"),
            ("angle per step", f"√(2·lr·wd·(1-β1)/(1+β1)) = {format_number(angle)} rad"),
            ("reached in", f"a few times {format_steps(steps)}{beyond}"),
        ]
    )
    text = f"Under AdamW they end where growth and decay balance, if gradients are mostly noise:\n\n{table}"
    yield section("Weights that a norm follows", text)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns, indented so that they stay as they are."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"    {line}".rstrip() for line in lines)
