"""WD202, WD205, WD206 and WD207: what to write instead, where only the author can write it.

The code that builds the groups is of any shape, and may stand in another file; these are
directions, checked against the model, and no edits.
"""

from __future__ import annotations

import ast

from wdlint.facts import Finding, Fix, Grouping
from wdlint.settings import Settings
from wdlint.sources.text import Source


def exempt_all(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD202 and WD205: the split that exempts every norm and bias of this model."""
    groupings = finding.site.groupings if finding.site is not None else ()
    if groupings and all(map(_rank_separates, groupings)):
        return Fix("exempt what has `p.ndim < 2`: just the norms and biases of this model", "display")
    return Fix("exempt norms by the type of their layer and biases by name", "display")


def place_all(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD206: what no group holds."""
    return Fix("give it a group or freeze it with `requires_grad_(False)`", "display")


def part_groups(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD207: what two groups hold."""
    return Fix("let every parameter meet one condition only", "display")


def _rank_separates(grouping: Grouping) -> bool:
    """Whether norms and biases have rank 0 or 1, and weights more, as far as they are known."""
    parameters = grouping.model.parameters
    exempt = [p.ndim for p in parameters if p.kind in ("norm", "bias")]
    weights = [p.ndim for p in parameters if p.kind == "weight"]
    return all(n is not None and n < 2 for n in exempt) and all(n is not None and n > 1 for n in weights)
