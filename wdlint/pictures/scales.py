"""Scales: from a quantity to a fraction of an axis, and the numbers worth writing beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol


class Scale(Protocol):
    """An axis that runs from ``low`` to ``high``."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...

    def fraction(self, value: float) -> float:
        """0 at ``low``, 1 at ``high``; values outside are moved to the nearer end."""

    def ticks(self, count: int) -> tuple[float, ...]:
        """At most about ``count`` round numbers from ``low`` to ``high``, in order."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Equal steps for equal differences; ``low`` < ``high``."""

    low: float
    high: float

    def fraction(self, value: float) -> float:
        return _clamped((value - self.low) / (self.high - self.low))

    def ticks(self, count: int) -> tuple[float, ...]:
        step = nice_step((self.high - self.low) / max(count, 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Log:
    """Equal steps for equal ratios; 0 < ``low`` < ``high``."""

    low: float
    high: float

    def fraction(self, value: float) -> float:
        if value <= self.low:
            return 0.0
        return _clamped(math.log(value / self.low) / math.log(self.high / self.low))

    def ticks(self, count: int) -> tuple[float, ...]:
        """Powers of ten, every second, third ... of them where there are many."""
        first = math.ceil(math.log10(self.low) - 1e-9)
        last = math.floor(math.log10(self.high) + 1e-9)
        every = max(1, math.ceil((last - first + 1) / max(count, 1)))
        return tuple(float(f"1e{power}") for power in range(first, last + 1) if power % every == 0)


_NICE: Final = (1.0, 2.0, 5.0, 10.0)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 5, 10 ... times a power of ten that is not below ``rough`` > 0."""
    size = math.pow(10, math.floor(math.log10(rough)))
    return next(nice * size for nice in _NICE if nice * size >= rough * (1 - 1e-9))


def _clamped(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
