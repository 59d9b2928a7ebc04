"""What weight decay does to a weight, as pure functions of numbers, with units and sources.

Nothing in here knows a program, a finding or a text. Times are in steps; a shrink is the fraction of
itself that a weight loses in one step.

Notation: ``lr`` learning rate, ``wd`` weight decay, ``g`` gradient of the loss, ``θ`` a weight,
``v`` the running mean of squared gradients (``v̂`` corrected for its start at zero), ``ε`` eps.
"""

from __future__ import annotations

import math
from typing import Final

from wdlint.facts import Coupling

NEGLIGIBLE_STEPS: Final = 1e6
"""A decay whose time scale is longer than this many steps does next to nothing in a run."""


def per_step_shrink(lr: float, weight_decay: float, coupling: Coupling = "decoupled") -> float:
    """The fraction of itself a weight loses in one step through the decay alone.

    ``decoupled``: lr*wd (Loshchilov & Hutter, arXiv:1711.05101, as PyTorch implements it);
    ``decoupled_absolute``: wd, whatever lr is; ``decoupled_prox``: 1 - 1/(1 + lr*wd);
    ``l2_sgd``: lr*wd, without momentum (proposition 1 of the same paper).

    Raises:
        ValueError: for other couplings, which have no such number.
    """
    match coupling:
        case "decoupled" | "l2_sgd":
            return lr * weight_decay
        case "decoupled_absolute":
            return weight_decay
        case "decoupled_prox":
            return lr * weight_decay / (1 + lr * weight_decay)
        case _:
            raise ValueError(f"{coupling} decay has no per-step shrink")


def time_scale(shrink: float) -> float:
    """Steps in which a decay of ``shrink`` per step takes a weight to 1/e: 1/(lr*wd).

    The averaging time of AdamW's weights (Wang & Aitchison, arXiv:2405.13698).
    """
    return 1 / shrink


def half_life(shrink: float) -> float:
    """Steps in which a decay of ``shrink`` per step halves a weight; about ln 2/(lr*wd).

    0 where one step takes the whole weight or more.
    """
    return math.log(2) / -math.log1p(-shrink) if shrink < 1 else 0.0


def remaining(shrink: float, steps: float) -> float:
    """The fraction of a weight that ``steps`` steps leave when no gradient holds it; ``shrink`` < 1."""
    return math.pow(1 - shrink, steps)


def coupled_rate(lr: float, weight_decay: float, preconditioner: float, eps: float = 1e-8) -> float:
    """The fraction of itself a weight loses per step when wd*θ is part of an adaptive gradient.

    ``preconditioner`` is what the optimizer divides by, e.g. √v̂, in units of the gradient. v̂
    contains the decay term too, so the preconditioner is at least about wd*|θ| and the loss at
    most about lr/|θ|: the step is then lr*sign(θ), whatever wd is. (Arithmetic of arXiv:1412.6980,
    algorithm 1, with g + wd*θ for the gradient.)
    """
    return lr * weight_decay / (preconditioner + eps)
