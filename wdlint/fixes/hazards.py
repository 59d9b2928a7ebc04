"""What happens around an optimizer, in the words of a fix: why it is unsafe, or withheld."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wdlint.facts import Hazard, OptimizerSite
from wdlint.fixes.withheld import Withheld

_MOST_OF_A_KIND: Final = 3
"""Places named for one kind of hazard; more would drown the rest."""


def around(site: OptimizerSite, *, same_class: bool = False) -> Iterator[str]:
    """One line a hazard; with ``same_class``, those that another class would meet do not count."""
    kinds: dict[str, dict[str, None]] = {}
    for hazard in site.hazards:
        if not (same_class and hazard.kind == "checks-class"):
            kinds.setdefault(hazard.kind, {})[told(hazard, site)] = None
    for lines in kinds.values():
        yield from list(lines)[:_MOST_OF_A_KIND]
        if more := len(lines) - _MOST_OF_A_KIND:
            if more > 0:
                yield f"{more} more such {'place' if more == 1 else 'places'}"


def check_hazards(site: OptimizerSite) -> None:
    """Refuse where a second group certainly does not do what it says.

    Raises:
        Withheld: parameters are flat, or a schedule sets the decay of every group.
    """
    for hazard in site.hazards:
        if hazard.kind == "sharded":
            raise Withheld(f"{told(hazard, site)}: flat parameters have no ndim to split by")
        if hazard.kind == "edits-decay":
            raise Withheld(f"{told(hazard, site)}, which would decay the exempt group again")


def told(hazard: Hazard, site: OptimizerSite) -> str:
    """``line 12 indexes optimizer.param_groups[0]``, with the file where it is another one."""
    line = f"line {hazard.place.line} {hazard.text}"
    return line if hazard.place.path == site.place.path else f"{hazard.place.path}, {line}"
