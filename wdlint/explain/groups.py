"""The mathematics of what a parameter group decays: WD201 to WD205, and WD301."""

from __future__ import annotations

import re
from dataclasses import replace

from wdlint.explain.case import Case, case_of, may_decay, pointed_at, strongest
from wdlint.explain.effects import SHRINK_FORMULAS, gain_line, lines_of, loses
from wdlint.explain.numbers import format_number, numbers_of
from wdlint.facts import Coupling, Finding, GroupKey, OptimizerSite, ParamGroup, number


def missing_group(site: OptimizerSite) -> tuple[str, ...]:
    wanted: tuple[Coupling, ...] = ("decoupled", "decoupled_absolute", "decoupled_prox")
    case = case_of(site, *strongest(site), *wanted)
    return lines_of(loses(case, "every parameter, norms and biases included,"), gain_line(case))


def wrong_group(site: OptimizerSite) -> tuple[str, ...]:
    """What the decay does to a norm or bias that is in the decayed group."""
    decays = [group.decay for grouping in site.groupings for group in grouping.groups]
    if not any(numbers_of(decay.value) for decay in decays):
        return ()
    decay = max(decays, key=lambda each: max(numbers_of(each.value), default=0.0))
    case = case_of(site, None, decay, *SHRINK_FORMULAS, "coupled")
    if case.coupling == "coupled":
        return (
            f"{case.optimizer.short_name} adds wd·θ to the gradients of these parameters, with {case.wd}.",
        )
    return lines_of(loses(case, "each of these parameters"), gain_line(case))


def _group_case(site: OptimizerSite, group: ParamGroup) -> Case:
    """The case of a group that gets its decay from elsewhere, with a note that says from where."""
    case = case_of(site, group, group.decay, *SHRINK_FORMULAS, "coupled")
    if group.decay.origin != "argument" or not case.wd.known:
        return case
    note = f"the constructor's, {case.wd.note}" if case.wd.note else "the constructor's"
    return replace(case, wd=replace(case.wd, note=note))


def _effect(case: Case) -> str:
    """What the decay does to the parameters of one group."""
    if case.coupling == "coupled":
        name = case.optimizer.short_name
        return f"{name} adds wd·θ to the gradients of this group's parameters, with {case.wd}."
    return loses(case, "each parameter of this group") or f"The decay of this group is {case.wd}."


def inherited(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    pointed = pointed_at(finding, site)
    silent = [g for g in (pointed, *site.groups) if g is not None and g.decay.origin != "group"]
    silent.sort(key=lambda group: (group is not pointed, not group.parameters.exempts))
    if not silent:
        return ()
    case = _group_case(site, silent[0])
    return lines_of(_effect(case), gain_line(case))


def ignored_key(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    found = _ignored(finding, site)
    if found is None:
        return ()
    group, key = found
    written = number(key.value)
    ignored = f'"{key.name}"' if written is None else f'"{key.name}": {format_number(written, 6)}'
    in_force = "The decay of this group is 0."
    if may_decay(group.decay):
        in_force = _effect(_group_case(site, group))
    return (f"{ignored} stands in the group and has no effect.", in_force)


def _ignored(finding: Finding, site: OptimizerSite) -> tuple[ParamGroup, GroupKey] | None:
    """The group and its key that the optimizer does not read."""
    keys = [(group, key) for group in site.groups for key in group.keys if key.name != "weight_decay"]
    pointed = (pair for pair in keys if pair[1].place == finding.place)
    named = (pair for pair in keys if re.search(r"decay|wd|l2", pair[1].name))
    return next(pointed, None) or next(named, None)


def implicit(site: OptimizerSite) -> tuple[str, ...]:
    case = case_of(site, None, site.decay, "decoupled", "decoupled_absolute", "decoupled_prox")
    return lines_of(loses(case, "every decayed weight"))
