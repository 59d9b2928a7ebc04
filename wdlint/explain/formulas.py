"""What weight decay does to a weight, as pure functions of numbers, with units and sources.

Nothing in here knows a program, a finding or a text. Times are in steps; a shrink is the fraction of
itself that a weight loses in one step. ``tests/test_formulas.py`` holds each formula against a run of
the optimizer in PyTorch and states the range in which they agree.

Notation: ``lr`` learning rate, ``wd`` weight decay, ``g`` gradient of the loss, ``θ`` a weight,
``v`` the running mean of squared gradients (``v̂`` corrected for its start at zero), ``ε`` eps,
``β1`` the memory of Adam's first moment.
"""

from __future__ import annotations

import math
from typing import Final

from wdlint.facts import Coupling

NEGLIGIBLE_STEPS: Final = 1e6
"""A decay whose time scale is longer than this many steps does next to nothing in a run."""

# ----------------------------------------------------------- decay outside the gradient


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


def momentum_shrink(lr: float, weight_decay: float, momentum: float) -> float:
    """The fraction lost per step under SGD with heavy-ball momentum, in the long run: lr*wd/(1-momentum).

    The L2 term passes through the momentum buffer, which hands out each gradient 1/(1-momentum)
    times (dampening 0). For steps well beyond 1/(1-momentum) and lr*wd far below (1-momentum)².
    """
    return lr * weight_decay / (1 - momentum)


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


def remaining_scheduled(lr_sum: float, weight_decay: float) -> float:
    """The fraction of a weight that is left when lr changes from step to step: exp(-wd*Σlr).

    ``lr_sum`` is the sum of the learning rates of all steps. The product of (1 - lr_t*wd) to first
    order in lr_t*wd; the exponent is too small by a fraction of at most about lr*wd/2.
    """
    return math.exp(-weight_decay * lr_sum)


# ---------------------------------------------------------- decay inside the gradient


def coupled_rate(lr: float, weight_decay: float, preconditioner: float, eps: float = 1e-8) -> float:
    """The fraction of itself a weight loses per step when wd*θ is part of an adaptive gradient.

    ``preconditioner`` is what the optimizer divides by, e.g. √v̂, in units of the gradient. v̂
    contains the decay term too, so the preconditioner is at least about wd*|θ| and the loss at
    most about lr/|θ|: the step is then lr*sign(θ), whatever wd is. (Arithmetic of arXiv:1412.6980,
    algorithm 1, with g + wd*θ for the gradient.)
    """
    return lr * weight_decay / (preconditioner + eps)


def coupled_preconditioner(rms: float, weight_decay: float, weight: float) -> float:
    """√v̂ of Adam with an L2 term, in units of the gradient: √(rms² + (wd*θ)²).

    ``rms`` is that of gradients that are noise, without correlation with the weight. With
    :func:`coupled_rate` it spans both regimes: lr*wd/rms where the gradient is large, lr/|θ| where it
    is small.
    """
    return math.hypot(rms, weight_decay * weight)


def coupled_ratio(rms: float, other_rms: float, eps: float = 1e-8) -> float:
    """How many times more a weight with gradients of ``rms`` is decayed than one of ``other_rms``.

    lr and wd cancel: no choice of them makes it 1. Both far above wd*|θ|.
    """
    return (other_rms + eps) / (rms + eps)


def undriven_step(lr: float, weight_decay: float, weight: float, eps: float = 1e-8) -> float:
    """How far Adam with an L2 term moves a weight in one step that no gradient of the loss holds.

    lr*wd|θ|/(wd|θ|+ε), in units of the weight: lr, whatever wd is, until wd*|θ| comes down to ε.
    Exact in the first step, since m̂ = wd*θ and √v̂ = wd*|θ| there; later θ changes and m̂ and √v̂
    lag behind it, each by its own memory.
    """
    pull = weight_decay * abs(weight)
    return lr * pull / (pull + eps)


def coefficient_of_penalty(penalty: float) -> float:
    """The ``weight_decay`` of an L2 term penalty*||θ||² in the loss: its gradient is 2*penalty*θ.

    torch's ``weight_decay=wd`` is the term (wd/2)*||θ||². The same convention, not the same method:
    under an adaptive optimizer both are L2, and neither is AdamW's weight decay.
    """
    return 2 * penalty


# --------------------------------------------------------------- scale-invariant weights


def equilibrium_rms(lr: float, weight_decay: float) -> float:
    """The RMS at which growth and decay of a scale-invariant weight balance under AdamW: √(lr/(2*wd)).

    A weight that a normalisation follows has gradients orthogonal to itself: updates lengthen it,
    decay shortens it. For gradients that are noise, lr*wd far below 1-β1, and times well beyond
    1/(lr*wd) (Kosson, Messmer & Jaggi, arXiv:2305.17212). Within 1 % for lr*wd up to 1e-3
    and β2 = 0.999; simulated weights are 1.5 % smaller at β2 = 0.95, 4 % at lr*wd = 1e-2.
    """
    return math.sqrt(lr / (2 * weight_decay))


def equilibrium_rotation(lr: float, weight_decay: float, beta1: float = 0.9) -> float:
    """The angle, in radians, by which such a weight turns in each step: √(2*lr*wd*(1-β1)/(1+β1)).

    The same for every neuron of a layer; under Adam with an L2 term it is not. Same source and range
    as :func:`equilibrium_rms`.
    """
    return math.sqrt(2 * lr * weight_decay * (1 - beta1) / (1 + beta1))
