"""The numbers of a finding that a picture of its decay is drawn from."""

from __future__ import annotations

import math
from typing import Final

from wdlint.explain.case import Case, case_of, strongest
from wdlint.explain.effects import SHRINK_FORMULAS, shrink_of
from wdlint.explain.preconditioners import low_rms, preconditioner_of
from wdlint.facts import CoupledDecay, Coupling, Finding, SteadyDecay

_ABOUT_DECAY: Final = frozenset({"WD101", "WD201", "WD202", "WD203", "WD205", "WD301"})
_RMS_SYMBOLS: Final = frozenset({"√v̂", "√v̂max", "√v"})
"""What an optimizer divides by that settles at the RMS of the gradients."""

_ADAMS: Final = frozenset({"adam", "fusedadam", "hybridadam", "cpuadam", "deepspeedcpuadam"})
"""Classes, in lower case, that take the steps of Adam's paper."""


def pictured(finding: Finding) -> CoupledDecay | SteadyDecay | None:
    """What decays, and how fast; None where the finding is not about that, or no picture would be true."""
    site = finding.site
    if site is None or not site.optimizers or finding.code not in _ABOUT_DECAY:
        return None
    wanted: tuple[Coupling, ...] = ("coupled",) if finding.code == "WD101" else tuple(SHRINK_FORMULAS)
    try:
        case = case_of(site, *strongest(site), *wanted)
        return _coupled(case) if finding.code == "WD101" else _steady(case)
    except (ArithmeticError, ValueError):  # numbers at the ends of what a float holds
        return None


def _coupled(case: Case) -> CoupledDecay | None:
    by = preconditioner_of(case)
    if case.coupling != "coupled" or by is None or by.symbol not in _RMS_SYMBOLS:
        return None
    replacement = case.optimizer.replacement
    named = replacement is not None and not replacement.flags
    return CoupledDecay(
        optimizer=case.optimizer.short_name,
        twin=replacement.name.rpartition(".")[2] if replacement and named else "decoupled",
        symbol=by.symbol,
        given=case.given,
        lr=case.lr.number,
        weight_decay=case.wd.number,
        low_rms=low_rms(case.wd.number),
        eps=by.eps or 0.0,
        takes_adams_steps=case.optimizer.short_name.lower() in _ADAMS and by.symbol == "√v̂",
    )


def _steady(case: Case) -> SteadyDecay | None:
    found = shrink_of(case)
    if found is None or not 0 < found[1] < 1 or not math.isfinite(found[1]):
        return None
    return SteadyDecay(case.given, found[1])
