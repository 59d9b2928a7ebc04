"""What each adaptive optimizer divides a gradient by, and with it a decay that is part of the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from wdlint.explain.case import Case
from wdlint.explain.effects import RUN
from wdlint.facts import Optimizer, scalars


@dataclass(frozen=True, slots=True)
class Preconditioner:
    """What an adaptive optimizer divides a gradient by.

    ``symbol`` stands in formulas; ``low`` and ``high`` say where it is small and where it is
    large, given gradients of an RMS; ``growth`` is its size in units of that RMS; ``limit`` is
    the step where the gradient is far below wd*|θ|. ``eps`` is None where ``symbol`` contains it.
    """

    symbol: str
    low: str = "where its gradients have RMS {rms}"
    high: str = "where they have RMS {rms}"
    growth: float = 1.0
    limit: str = "the step is lr·sign(θ) = ±{lr}"
    eps: float | None = 1e-8


_ADAM: Final = Preconditioner("√v̂")
_AMSGRAD: Final = replace(
    _ADAM, symbol="√v̂max", low="where √v̂ has peaked at {rms}", high="where it has at {rms}"
)
_RADAM: Final = replace(
    _ADAM,
    low="once rectified, where its gradients have RMS {rms}",
    limit="the step tends to lr·sign(θ) = ±{lr}",
)
RMSPROP: Final = Preconditioner("√v")
_ADAMAX: Final = Preconditioner(
    "u",
    low="where u, the largest recent |g|, is {rms}",
    high="where it is {rms}",
    eps=None,
)
_ADAGRAD: Final = Preconditioner(
    "√s",
    low="after 10,000 steps with gradients of RMS {rms}, s being the sum of their squares",
    high="with gradients of RMS {rms}",
    growth=math.sqrt(RUN),
    limit="step t is lr·sign(θ)/√t = ±{lr}/√t",
    eps=1e-10,
)

# By class name, lower case: the same name means the same update in every framework we know.
PRECONDITIONERS: Final[Mapping[str, Preconditioner]] = {
    **dict.fromkeys(("adam", "nadam", "adam8bit", "adam4bit", "adamfp8", "muadam", "nadamlegacy"), _ADAM),
    **dict.fromkeys(("fusedadam", "hybridadam", "cpuadam", "deepspeedcpuadam"), _ADAM),
    **dict.fromkeys(("adamw", "nadamw", "adamw8bit"), _ADAM),
    "radam": _RADAM,
    "rmsprop": RMSPROP,
    "adamax": _ADAMAX,
    **dict.fromkeys(("adagrad", "fusedadagrad", "deepspeedcpuadagrad"), _ADAGRAD),
}


def preconditioner_symbol(optimizer: Optimizer) -> str:
    """What the optimizer divides a gradient by, as formulas write it: ``√v̂`` for Adam."""
    found = PRECONDITIONERS.get(optimizer.short_name.lower())
    return found.symbol if found else "its own measure of the gradient's size"


def preconditioner_of(case: Case) -> Preconditioner | None:
    found = PRECONDITIONERS.get(case.optimizer.short_name.lower())
    amsgrad = case.site.argument("amsgrad")
    if found is _ADAM and amsgrad is not None and True in scalars(amsgrad.value):
        found = _AMSGRAD
    eps = case.argument("eps")
    if found is None or found.eps is None or eps is None or eps < 0:
        return found
    return replace(found, eps=eps)


def low_rms(wd: float) -> float:
    """A small gradient RMS, a power of ten, that still outweighs wd*θ for weights of usual size.

    Below it v̂ is made of the decay term itself and the rate no longer depends on wd.
    """
    return min(0.1, math.pow(10, math.ceil(math.log10(max(1e-4, 0.1 * wd)) - 1e-9)))
