"""Numbers as a person writes them, and the hyper-parameters of a text with where each comes from.

A number that the program does not show is never made up: it is named as an example.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from wdlint.facts import Default, Unknown, Value, has_unknown, scalars


def format_number(value: float, digits: int = 3) -> str:
    """As a person writes it: ``1e-7``, ``0.05``, ``2.5e-5``, ``1,200``."""
    rounded = float(f"{value:.{digits}g}")
    size = abs(rounded)
    if size == 0 or 0.01 <= size < 1000 or not math.isfinite(size):
        return f"{rounded:.{max(digits, 3)}g}"
    if 1000 <= size <= 1e6:
        return f"{rounded:,.0f}"
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def format_count(count: float) -> str:
    """A large count in words: ``69``, ``20,000``, ``10 million``."""
    count = float(f"{count:.3g}")
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if unit <= count < 1000 * unit:
            return f"{format_number(count / unit)} {word}"
    return f"{count:.0f}" if count < 1000 else format_number(count)


def format_steps(steps: float) -> str:
    """``1 step``, ``20,000 steps``, ``10 million steps``."""
    count = format_count(steps)
    return "1 step" if count == "1" else f"{count} steps"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A hyper-parameter as the text uses it.

    ``number`` is the user's own, or where ``known`` is False a usual one, an example. ``note``
    says where it comes from when it is not simply written there.
    """

    symbol: str
    number: float
    known: bool = True
    note: str = ""

    def __str__(self) -> str:
        written = f"{self.symbol} = {format_number(self.number, 6)}"
        return f"{written} ({self.note})" if self.note else written


def quantity(symbol: str, value: Value, usual: float) -> Quantity:
    """The number to work with: the largest the value may be, or ``usual`` when there is none."""
    numbers = [n for n in numbers_of(value) if n >= 0]  # torch refuses others: a world_size of -1 made them
    unknown = has_unknown(value)
    if not numbers or numbers[-1] <= 0:
        return Quantity(symbol, usual, known=False, note=f"an example: {_why_not(value)}")
    if len(numbers) == 1 and not unknown:
        note = f"the default of {value.of}" if isinstance(value, Default) else ""
        return Quantity(symbol, numbers[0], note=note)
    others = [format_number(n, 6) for n in numbers] + ["a value not known here"] * unknown
    return Quantity(symbol, numbers[-1], note=f"it may be {', '.join(others[:-1])} or {others[-1]}")


def _why_not(value: Value) -> str:
    """Why there is no number to work with."""
    if isinstance(value, Unknown) and len(value.why) <= 60:
        return value.why
    zero = numbers_of(value) and not has_unknown(value)
    return "it is 0 in this call" if zero else "its value is not known here"


def numbers_of(value: Value) -> list[float]:
    found = {float(s) for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool)}
    return sorted(n for n in found if math.isfinite(n))
