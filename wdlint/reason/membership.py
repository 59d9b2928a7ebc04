"""Where the parameters of a site end up: the site with what following its program found."""

from __future__ import annotations

import ast
from dataclasses import replace

from wdlint.facts import Known, OptimizerSite
from wdlint.interpret import Follower


def is_worth_following(site: OptimizerSite) -> bool:
    """Whether the site decays anything, or may: following a program costs more than reading it."""
    if site.groups_unknown == "a partial has no parameters yet" or site.optimizer.framework != "torch":
        return False
    decays = [site.decay, *(group.decay for group in site.groups)]
    if any(not isinstance(d.value, Known) or d.value.value for d in decays):
        return True
    return not site.groups


def followed(site: OptimizerSite, call: tuple[ast.Call, ast.expr | None], follower: Follower) -> OptimizerSite:
    """The site with its groupings, or with why there are none."""
    if not is_worth_following(site):
        return site
    groupings, why = follower.groupings(*call, site.optimizer)
    return replace(site, groupings=groupings, groupings_unknown=why)
