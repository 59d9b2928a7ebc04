"""Where the parameters of a site end up: the site with what following its program found."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from wdlint.facts import (
    Default,
    Grouping,
    Model,
    OptimizerSite,
    ParamGroup,
    Value,
    has_unknown,
    number,
    scalars,
)

if TYPE_CHECKING:
    from wdlint.interpret import Follower


def is_worth_following(site: OptimizerSite, *, thorough: bool = False) -> bool:
    """Whether what its groups hold can matter to a finding: following a program costs more than reading it.

    That takes a decay of a known number, or parameters that are shared out. What is only latent, the
    decay of an option whose default is 0, and what stands in tests is worth it to the ``thorough``.
    """
    if site.groups_unknown == "a partial has no parameters yet" or site.optimizer.framework != "torch":
        return False
    if site.in_test and not thorough:
        return False
    if any(group.parameters.extent in ("adapters", "embeddings", "tensors") for group in site.groups):
        return thorough
    decays = [site.decay.value, *(group.decay.value for group in site.groups)]
    if any(number for decay in decays for number in scalars(decay)):
        return True
    shares_out = len(site.groups) > 1 or (not site.groups and not has_unknown(site.decay.value))
    return shares_out and (thorough or not any(isinstance(d, Default) for d in decays))


def followed(
    site: OptimizerSite, call: tuple[ast.Call, ast.expr | None], follower: Follower
) -> OptimizerSite:
    """The site with its groupings, or with why there are none."""
    groupings, why = follower.groupings(*call, site.optimizer)
    reconciled = tuple(_with_values_of(site, grouping) for grouping in groupings)
    groups = tuple(_with_models(group, i, site, groupings) for i, group in enumerate(site.groups))
    return replace(site, groups=groups, groupings=reconciled, groupings_unknown=why)


def _with_models(
    group: ParamGroup, index: int, site: OptimizerSite, groupings: tuple[Grouping, ...]
) -> ParamGroup:
    """The group with what it holds of each model that was followed into it."""
    models = tuple(
        _held(grouping, index)
        for grouping in groupings
        if grouping.basis != "probes" and len(grouping.groups) == len(site.groups)
    )
    return replace(group, parameters=replace(group.parameters, models=models))


def _held(grouping: Grouping, index: int) -> Model:
    """The part of a model that is, or may be, in a group."""
    inside = tuple(
        m.parameter if index in m.groups else replace(m.parameter, maybe=True)
        for m in grouping.members
        if index in m.groups or index in m.maybe
    )
    return replace(grouping.model, parameters=inside)


def _with_values_of(site: OptimizerSite, grouping: Grouping) -> Grouping:
    """The groups with the decays that reading them backwards gave: those know where a number is from.

    Where they differ the number that was followed is that of this caller.
    """
    if len(site.groups) != len(grouping.groups):
        return grouping
    groups = tuple(
        replace(built, decay=read.decay) if _says_more(read.decay.value, built.decay.value) else built
        for built, read in zip(grouping.groups, site.groups, strict=True)
    )
    return replace(grouping, groups=groups)


def _says_more(read: Value, built: Value) -> bool:
    return not has_unknown(read) and (number(built) is None or number(read) == number(built))
