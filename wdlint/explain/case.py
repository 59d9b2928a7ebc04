"""What a finding's mathematics is about: one optimizer, its coupling and the numbers of one group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from wdlint.explain.numbers import Quantity, numbers_of, quantity
from wdlint.facts import Coupling, Decay, Finding, Optimizer, OptimizerSite, ParamGroup, has_unknown, number

_USUAL_LR: Final = 1e-3
_USUAL_L2: Final = 1e-4
_USUAL_DECAY: Final = 0.01
USUAL_WEIGHT: Final = 0.05
"""The |θ| that examples are worked for: about that of a layer 512 wide."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a finding is about: one optimizer, its coupling, and the numbers of one group."""

    site: OptimizerSite
    optimizer: Optimizer
    coupling: Coupling
    lr: Quantity
    wd: Quantity

    @property
    def product(self) -> float:
        return self.lr.number * self.wd.number

    @property
    def given(self) -> str:
        """``With lr = 1e-3 and wd = 0.05``; only what the decay depends on."""
        return f"With {self.wd}" if self.coupling == "decoupled_absolute" else f"With {self.lr} and {self.wd}"

    def argument(self, name: str) -> float | None:
        found = self.site.argument(name)
        return None if found is None else number(found.value)


def case_of(site: OptimizerSite, group: ParamGroup | None, decay: Decay, *wanted: Coupling) -> Case:
    index = next((i for i, c in enumerate(site.couplings) if c in wanted), 0)
    optimizer, coupling = site.optimizers[index], site.couplings[index]
    own_lr = group.key("lr") if group else None
    lr = quantity("lr", own_lr.value if own_lr else site.lr, _USUAL_LR)
    wd = quantity("wd", decay.value, _USUAL_L2 if coupling == "coupled" else _USUAL_DECAY)
    if decay.origin == "default" and wd.known:
        wd = replace(wd, note=f"the default of {optimizer.short_name}")
    return Case(site, optimizer, coupling, lr, wd)


def pointed_at(finding: Finding, site: OptimizerSite) -> ParamGroup | None:
    """The group whose dict, or a key of it, the finding stands at."""
    for group in site.groups:
        if finding.place in (group.place, *(key.place for key in group.keys)):
            return group
    return None


def may_decay(decay: Decay) -> bool:
    return has_unknown(decay.value) or any(n > 0 for n in numbers_of(decay.value))


def strongest(site: OptimizerSite) -> tuple[ParamGroup | None, Decay]:
    """The group with the largest decay, and that decay; the constructor's where there are no groups."""
    decays: list[tuple[ParamGroup | None, Decay]] = [(group, group.decay) for group in site.groups]
    return max(decays or [(None, site.decay)], key=lambda pair: max(numbers_of(pair[1].value), default=0.0))
