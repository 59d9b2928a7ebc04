"""What becomes of a weight, or of a norm's gain, over the steps of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from wdlint.explain import USUAL_WEIGHT, coupled_rate, format_number, remaining
from wdlint.pictures.adam import Recurrence, alternating
from wdlint.pictures.markup import Markup
from wdlint.pictures.picture import Picture
from wdlint.pictures.plot import COUPLED, DECOUPLED, Plot, Point
from wdlint.pictures.scales import Linear

_RUNS: Final = (100, 200, 500, 1000, 2000, 5000, 10_000)
"""Lengths of run, in steps."""

_POINTS: Final = 50
"""Points of a curve; each is a step of the run, none lies between two."""

_WIDTHS: Final = (2.5, 1.8, 1.2)
"""Widths of the coupled curves, from the smallest gradients to the largest."""

_LEAST: Final = 0.03
"""A loss that can be seen in a picture."""


def norms_over_steps(
    lr: float,
    weight_decay: float,
    low_rms: float,
    *,
    eps: float = 1e-8,
    optimizer: str = "Adam",
    twin: str = "AdamW",
) -> Picture | None:
    """The norm of weights whose gradients alternate in sign, under an L2 term and under decay.

    Coupled for gradients of RMS ``low_rms``, ten times that, and 1; decoupled for RMS 1, which is
    the same for all. None where no curve would be seen to move within 10,000 steps.
    """
    start = max(USUAL_WEIGHT, 50 * lr)
    rate = coupled_rate(lr, weight_decay, low_rms, eps)
    steps = next((run for run in _RUNS if run * rate >= 3), _RUNS[-1])
    coupled = Recurrence(lr, weight_decay, False, eps=eps)
    sizes = sorted({low_rms, min(10 * low_rms, 1.0), 1.0})
    curves = [_norms(coupled, start, rms, steps) for rms in sizes]
    decay = _norms(Recurrence(lr, weight_decay, True, eps=eps), start, 1.0, steps)
    ends = [curve[-1][1] for curve in (*curves, decay)]
    if min(ends) > 1 - _LEAST:
        return None
    plot = Plot(Linear(0, steps), Linear(0, 1.08), right=118)
    parts = [plot.axes("steps", "norm, relative to the start", y_ticks=6)]
    parts += [plot.line(curve, COUPLED, width=width) for curve, width in zip(curves, _WIDTHS, strict=False)]
    parts.append(plot.line(decay, DECOUPLED, width=2.5, dashes="7 4"))
    names = [f"{optimizer}, RMS {format_number(rms)}" for rms in sizes]
    colours = [COUPLED] * len(sizes) + [DECOUPLED]
    parts += _at_the_ends(plot, [*names, f"{twin}, any RMS"], ends, colours)
    left = [f"{_percent(end)} at RMS {format_number(rms)}" for rms, end in zip(sizes, ends, strict=False)]
    return Picture(
        f"A weight over {format_number(steps)} steps at lr = {format_number(lr)}, "
        f"wd = {format_number(weight_decay)}",
        f"Weights of size {format_number(start)} whose gradients alternate between plus and minus RMS, "
        f"computed step by step with betas 0.9 and 0.999. Of their norm {optimizer} leaves "
        f"{', '.join(left)}; {twin} leaves {_percent(ends[-1])} at any RMS.",
        plot.width,
        plot.height,
        Markup("".join(parts)),
    )


def gain_over_steps(shrink: float, *, steps: int = _RUNS[-1]) -> Picture | None:
    """A norm's gain that no gradient holds and that loses ``shrink`` < 1 of itself per step.

    None where it would not be seen to move.
    """
    left = remaining(shrink, steps)
    if left > 1 - _LEAST:
        return None
    plot = Plot(Linear(0, steps), Linear(0, 1.08), height=220, right=118)
    curve = [(i * steps / _POINTS, remaining(shrink, i * steps / _POINTS)) for i in range(_POINTS + 1)]
    parts = [
        plot.axes("steps, at constant lr", "gain of a norm", y_ticks=6),
        plot.line([(0, 1), (steps, 1)], DECOUPLED, width=2.5, dashes="7 4"),
        plot.line(curve, COUPLED, width=2.5),
        *_at_the_ends(plot, ["decayed", "not decayed"], [left, 1.0], (COUPLED, DECOUPLED)),
    ]
    return Picture(
        f"A norm's gain that loses {format_number(shrink)} of itself per step",
        f"A gain of 1 that no gradient holds is {format_number(left, 2)} after {format_number(steps)} steps: "
        "decay moves it towards 0, not towards 1.",
        plot.width,
        plot.height,
        Markup("".join(parts)),
    )


def _norms(recurrence: Recurrence, start: float, rms: float, steps: int) -> list[Point]:
    """The norm of two weights as a fraction of its start, at every ``_POINTS``-th of a run.

    One gets +rms first and the other -rms, so that the first steps move them apart and not off.
    """
    every = steps // _POINTS
    one, other = (recurrence.weights(start, alternating(first, steps)) for first in (rms, -rms))
    norms = (math.hypot(a, b) / math.hypot(start, start) for a, b in zip(one, other, strict=True))
    return [(step, norm) for step, norm in enumerate(norms) if step % every == 0]


def _percent(fraction: float) -> str:
    return "more than 99 %" if fraction > 0.995 else f"{format_number(100 * fraction, 2)} %"


def _at_the_ends(
    plot: Plot, texts: Sequence[str], ends: Sequence[float], colours: Sequence[str]
) -> list[Markup]:
    """Names at the right ends of curves, moved apart where curves end at the same height."""
    order = sorted(range(len(ends)), key=lambda i: -ends[i])
    heights: dict[int, float] = {}
    above = 0.0
    for i in order:
        heights[i] = max(plot.at(plot.x.high, ends[i])[1], above)
        above = heights[i] + 16
    overshoot = max(0.0, above - 16 - (plot.height - plot.bottom))
    return [
        plot.label(
            plot.x.high,
            ends[i],
            texts[i],
            colours[i],
            right=8,
            down=heights[i] - overshoot - plot.at(plot.x.high, ends[i])[1] + 4,
        )
        for i in order
    ]
