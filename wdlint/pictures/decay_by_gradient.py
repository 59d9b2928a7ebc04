"""Decay per step against the size of a weight's gradients: coupled and decoupled."""

from __future__ import annotations

import math

from wdlint.explain import USUAL_WEIGHT, coupled_rate, format_number
from wdlint.pictures.markup import Markup
from wdlint.pictures.picture import Picture
from wdlint.pictures.plot import COUPLED, DECOUPLED, INK, Plot
from wdlint.pictures.scales import Log


def decay_by_gradient(
    lr: float,
    weight_decay: float,
    *,
    eps: float = 1e-8,
    symbol: str = "√v̂",
    optimizer: str = "Adam",
    twin: str = "AdamW",
    weight: float = USUAL_WEIGHT,
) -> Picture:
    """The fraction of itself that a weight of size ``weight`` loses per step, both axes logarithmic.

    Coupled, that is lr*wd/(√v+ε), and v holds the decay term, too: v = g² + (wd*θ)² for gradients
    of RMS g that know nothing of θ. Decoupled it is lr*wd. All numbers are positive.
    """

    def coupled(rms: float, decay: float = weight_decay) -> float:
        return coupled_rate(lr, decay, math.hypot(rms, decay * weight), eps)

    cancels = weight_decay * weight
    decoupled = lr * weight_decay
    plot = Plot(
        Log(_decade(min(cancels, 1e-3) / 100), max(_decade(cancels) * 1000, 10.0)),
        Log(_decade(decoupled / 8), 4 * max(coupled(0.0), decoupled)),
    )
    low = 10 * cancels
    parts = [
        plot.axes("RMS of the gradients", "decay per step"),
        plot.curve(lambda rms: coupled(rms, 10 * weight_decay), COUPLED, width=1, dashes="3 3"),
        plot.line([(plot.x.low, decoupled), (plot.x.high, decoupled)], DECOUPLED),
        plot.curve(coupled, COUPLED, width=2.5),
        *_cancelling(plot, cancels, coupled(cancels), eps),
        plot.mark(1.0, coupled(1.0), INK),
        plot.label(1.0, decoupled, "equal at RMS 1", anchor="end", right=-8, down=18),
        plot.label(
            plot.x.low, decoupled, f"{twin}: lr·wd = {format_number(decoupled)}", DECOUPLED, right=10, down=-9
        ),
        plot.label(low, coupled(low), f"{optimizer}: lr·wd/({symbol}+ε)", COUPLED, right=10, down=-6),
        plot.label(1.0, coupled(1.0, 10 * weight_decay), "for 10·wd", COUPLED, right=4, down=-6),
    ]
    return Picture(
        f"Decay per step at lr = {format_number(lr)}, wd = {format_number(weight_decay)}",
        f"{twin} shrinks every weight by {format_number(decoupled)} of itself per step. {optimizer} shrinks "
        f"one of size {format_number(weight)} by {format_number(coupled(low))} where its gradients have RMS "
        f"{format_number(low)}, and by {format_number(coupled(1.0))} where they have RMS 1."
        + _cancelling_words(cancels, coupled(0.0), eps),
        plot.width,
        plot.height,
        Markup("".join(parts)),
    )


def _decade(value: float) -> float:
    """The power of ten at or below a number."""
    return math.pow(10, math.floor(math.log10(value) + 1e-9))


def _visible(cancels: float, eps: float) -> bool:
    """Whether the decay term is what limits √v; a larger ε does so first."""
    return cancels > 4 * eps


def _cancelling(plot: Plot, cancels: float, rate: float, eps: float) -> list[Markup]:
    """The point below which the decay is larger than the gradient and divides itself away."""
    if not _visible(cancels, eps):
        return []
    return [
        plot.line([(cancels, plot.y.low), (cancels, plot.y.high)], INK, width=1, dashes="2 4"),
        plot.mark(cancels, rate, COUPLED),
        plot.label(cancels, plot.y.high, "wd cancels:", anchor="end", right=-8, down=66),
        plot.label(cancels, plot.y.high, "the step is ±lr", anchor="end", right=-8, down=82),
        plot.label(cancels, plot.y.low, "RMS = wd·|θ|", right=8, down=-10),
    ]


def _cancelling_words(cancels: float, rate: float, eps: float) -> str:
    if not _visible(cancels, eps):
        return ""
    return (
        f" Below RMS {format_number(cancels)} = wd·|θ| the decay term divides itself away: the step is ±lr, "
        f"{format_number(rate)} of the weight, for any wd; the dashed curve, for ten times the wd, meets it."
    )
