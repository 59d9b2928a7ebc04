"""Adam and AdamW on one weight, exactly as PyTorch computes them, in plain floats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Adam with an L2 term (``decoupled`` False), or AdamW.

    Kingma & Ba, arXiv:1412.6980, algorithm 1, with g + wd*θ for the gradient; Loshchilov & Hutter,
    arXiv:1711.05101, algorithm 2, with the decay multiplied by lr as in PyTorch.
    """

    lr: float
    weight_decay: float
    decoupled: bool
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def weights(self, start: float, gradients: Iterable[float]) -> Iterator[float]:
        """The weight at the start and after each of the gradients."""
        lr, decay, (b1, b2), eps = self.lr, self.weight_decay, self.betas, self.eps
        shrink, coupled = (1 - lr * decay, 0.0) if self.decoupled else (1.0, decay)
        weight, mean, square, b1_power, b2_power = start, 0.0, 0.0, 1.0, 1.0
        yield weight
        for loss_gradient in gradients:
            gradient = loss_gradient + coupled * weight
            weight *= shrink
            mean += (1 - b1) * (gradient - mean)
            square = b2 * square + (1 - b2) * gradient * gradient
            b1_power *= b1
            b2_power *= b2
            root = math.sqrt(square) / math.sqrt(1 - b2_power) + eps
            weight -= lr / (1 - b1_power) * mean / root
            yield weight


def alternating(rms: float, steps: int) -> Iterator[float]:
    """Gradients +rms, -rms, +rms ...: of this RMS, and with no preference for either direction."""
    return islice(cycle((rms, -rms)), steps)
