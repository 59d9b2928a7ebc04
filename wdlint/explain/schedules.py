"""Learning-rate schedules, as far as a decay asks: the mean of lr over a run, in units of its peak.

A decay that is multiplied by lr shrinks a weight by exp(-wd*Σlr), so all it needs of a schedule is
the sum. Closed forms, in the limit of many steps; the sums differ from them by at most one step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wdlint.facts import LrSchedule, number

Shape: TypeAlias = Literal["constant", "linear", "cosine", "polynomial", "exponential", "step"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How lr changes over a run, relative to its peak.

    shape
        What follows the warm-up: ``constant``; ``linear``, ``cosine`` or ``polynomial`` (of
        ``power``) down to ``floor``; ``exponential``: down to ``floor`` by equal factors;
        ``step``: ``floor`` is the factor at each of ``drops`` equally long stretches.
    warmup
        The fraction of the run in which lr rises linearly from 0.
    """

    shape: Shape = "constant"
    warmup: float = 0.0
    floor: float = 0.0
    power: float = 1.0
    drops: int = 1

    def mean(self) -> float:
        """The mean of lr over the run, as a fraction of its peak."""
        return self.warmup / 2 + (1 - self.warmup) * self._descent()

    def _descent(self) -> float:
        match self.shape:
            case "constant":
                return 1.0
            case "linear" | "cosine":
                return (1 + self.floor) / 2
            case "polynomial":
                return self.floor + (1 - self.floor) / (1 + self.power)
            case "exponential":
                return (1 - self.floor) / -math.log(self.floor)
            case "step":
                return math.fsum(self.floor**k for k in range(self.drops)) / self.drops


def lr_sum(lr: float, steps: float, schedule: Schedule) -> float:
    """The sum of the learning rates of ``steps`` steps that begin, or are warmed up, at a peak of ``lr``."""
    return lr * steps * schedule.mean()


def as_attached(fact: LrSchedule, lr: float) -> Schedule | None:
    """The schedule that a program attaches to an optimizer of a peak ``lr``, over its whole length.

    A linear warm-up from 0 needs no number where lr falls to 0 afterwards by a line or a cosine:
    the mean is one half of the peak with it and without. None where the numbers do not suffice.
    """
    given = {name: number(value) for name, value in fact.arguments}
    match fact.name:
        case "CosineAnnealingLR":
            lowest = given.get("eta_min", 0.0)
            return Schedule("cosine", floor=lowest / lr) if lowest is not None and 0 <= lowest <= lr else None
        case "PolynomialLR":
            power = given.get("power", 1.0)
            return Schedule("polynomial", power=power) if power is not None and power > 0 else None
        case "get_linear_schedule_with_warmup":
            return Schedule("linear")
        case "get_cosine_schedule_with_warmup":
            return Schedule("cosine") if given.get("num_cycles", 0.5) == 0.5 else None
    return None
