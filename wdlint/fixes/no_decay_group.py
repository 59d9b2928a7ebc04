"""WD201, and half of WD101: a group of its own for what must not decay.

The constructor keeps its ``weight_decay`` argument where it stands: the decayed group inherits it,
and so do groups added later. Which class is built is decided elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from wdlint.facts import (
    Edit,
    Finding,
    Fix,
    Optimizer,
    OptimizerSite,
    ParameterSet,
    ParamGroup,
    Span,
    scalars,
)
from wdlint.fixes.group_lists import other_readers
from wdlint.fixes.group_literals import exempt_literal, split_literal
from wdlint.fixes.hazards import around
from wdlint.fixes.helper import split_by_helper
from wdlint.fixes.loop import split_in_loop
from wdlint.fixes.number import as_written
from wdlint.fixes.own_helper import split_by_own_helper
from wdlint.fixes.predicate import Exemption, Predicate, predicates
from wdlint.fixes.read_once import readable_twice
from wdlint.fixes.rehearsal import Examined
from wdlint.fixes.sites import ambiguity, fix_of, written_call
from wdlint.fixes.split import OneGroup, check_groups_may_split, split_argument
from wdlint.fixes.verified import splits_right
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source
from wdlint.wording import quoted

_STYLES: Final[Mapping[str, Callable[[OneGroup, Predicate], tuple[Edit, ...] | None]]] = {
    "expression": lambda whole, predicate: None,
    "loop": split_in_loop,
    "helper": split_by_helper,
}
"""The style's own way; None where it cannot stand, and then the expression does."""


def exempt(
    finding: Finding,
    source: Source,
    tree: ast.Module,
    settings: Settings,
    examined: Examined | None = None,
) -> Fix | None:
    """WD201: a no-decay group beside each decayed one.

    Raises:
        Withheld: the parameters cannot be split here, with the reason.
    """
    site = finding.site
    if site is None:
        return None
    if site.optimizer.framework != "torch" or site.optimizer.decay_argument != "weight_decay":
        raise Withheld(f"{site.optimizer.short_name} has no parameter groups with a weight_decay key")
    if site.ambiguous and (
        site.decay.origin == "default" or len({o.decay_argument for o in site.optimizers}) > 1
    ):
        raise Withheld(ambiguity(site))
    message = f"a no-decay group for the {Exemption(settings.no_decay)}"
    bare = [g for g in site.groups if not g.explicit]
    implicit = as_written(site.optimizer.decay_default or 0.0) if site.decay.origin == "default" else None
    if len(bare) == 1:
        call = written_call(source, tree, site)
        split = split_call(source, tree, call, site, bare[0], implicit, settings, examined)
        return fix_of(message + split.by, split.edits, around(site, same_class=True))
    if not site.groups:
        raise Withheld(f"its groups are not known: {site.groups_unknown}")
    literals, readers = _split_literals(source, tree, site, implicit, settings, examined)
    return fix_of(message, literals, (*readers, *around(site, same_class=True)))


def group_to_split(site: OptimizerSite, settings: Settings) -> ParamGroup | None:
    """The one group a WD101 fix splits; None where the groups, or the silence, are deliberate."""
    bare = [g for g in site.groups if not g.explicit]
    mixed = len(bare) == 1 and _is_mixed(bare[0].parameters, Exemption(settings.no_decay))
    return bare[0] if mixed else None


class Split(NamedTuple):
    """The edits of a split, and the words for what makes it: a function of the project, or nothing."""

    edits: list[Edit]
    by: str = ""


def split_call(
    source: Source,
    tree: ast.Module,
    call: ast.Call,
    site: OptimizerSite,
    group: ParamGroup,
    decay: str | None,
    settings: Settings,
    examined: Examined | None,
) -> Split:
    """Split the one group of a call, in the style of the settings where that can stand there.

    ``decay`` is the coefficient to write for the decayed group, None where the constructor says it.

    Raises:
        Withheld: no split is certain to do what it says, with the reason.
    """
    check_groups_may_split(source, site)
    params = _params(call, site.optimizer)
    if params is None:
        raise Withheld("the parameters are not written in this call")
    span = source.span(params)
    if span.end == source.span(call).end:  # a bare generator: its parentheses are the call's
        span = Span(span.start + 1, span.end - 1)
    whole = OneGroup(source, tree, call, params, span, decay)
    exemption = Exemption(settings.no_decay)
    if settings.fix_style == "helper" and examined is not None:
        own = split_by_own_helper(whole, site, exemption, examined)
        if own is not None:
            return Split(list(own.edits), f", by `{own.name}`")

    def split(predicate: Predicate) -> list[Edit]:
        return list(_split_in_style(whole, predicate, group, site, settings.fix_style))

    return Split(_first_right(source, site, split, [group], exemption, examined))


def _split_in_style(
    whole: OneGroup, predicate: Predicate, group: ParamGroup, site: OptimizerSite, style: str
) -> tuple[Edit, ...]:
    """The style that was asked for, if it can stand here, else the expression."""
    read = group.parameters.repeatable or group.parameters.extent in ("whole", "part")
    try:
        styled = _STYLES[style](whole, predicate) if read else None
        return _split_in_place(whole, predicate, group, site) if styled is None else styled
    except Withheld as withheld:
        if read and split_by_helper(whole, predicate) is not None:
            hint = "--fix-style helper hands them over as they are"
            raise Withheld(f"{withheld.reason}; {hint}") from None
        raise


def _split_in_place(
    whole: OneGroup, predicate: Predicate, group: ParamGroup, site: OptimizerSite
) -> tuple[Edit, ...]:
    """The expression, on what can be read twice or is made so."""
    again = None
    if not group.parameters.repeatable and group.parameters.extent in ("whole", "part"):
        again = readable_twice(whole, site)
    if again is None:
        _check_repeatable(group)
        return split_argument(whole, predicate)
    other, edits = again
    return (*edits, *split_argument(other, predicate))


def _split_literals(
    source: Source,
    tree: ast.Module,
    site: OptimizerSite,
    implicit: str | None,
    settings: Settings,
    examined: Examined | None,
) -> tuple[list[Edit], list[str]]:
    """Split the groups that decay whole modules, leave out those that were chosen by hand.

    Comes with the lines that would meet a longer list of groups.
    """
    check_groups_may_split(source, site)
    decayed = [g for g in site.groups if any(scalars(g.decay.value))]
    exemption = Exemption(settings.no_decay)
    mixed = [g for g in decayed if _is_mixed(g.parameters, exemption)]
    exempted = [g for g in decayed if g.parameters.exempts and g.decay.origin != "group"]
    if not mixed and not exempted:
        raise Withheld("its groups hold single tensors or were chosen by hand")
    for group in mixed:
        _check_repeatable(group)

    def split(predicate: Predicate) -> list[Edit]:
        edits: list[Edit] = []
        for group in mixed:
            written = implicit if group.decay.origin == "default" else None
            edits += split_literal(source, tree, group, written, predicate)
        for group in exempted:
            edits += exempt_literal(source, tree, group)
        return edits

    edits = _first_right(source, site, split, mixed, exemption, examined)
    readers = (line for group in mixed for line in other_readers(source, tree, site, group))
    return edits, list(dict.fromkeys(readers))


def _first_right(
    source: Source,
    site: OptimizerSite,
    split: Callable[[Predicate], list[Edit]],
    groups: list[ParamGroup],
    exemption: Exemption,
    examined: Examined | None,
) -> list[Edit]:
    """The edits of the first predicate that does what it says; one on names has to be seen to do so."""
    found = predicates([g.parameters for g in groups], exemption)
    for predicate in found:
        edits = split(predicate)
        if not predicate.texts or examined is None:
            return edits
        if splits_right(source, site, edits, exemption, examined):
            return edits
    raise Withheld(
        f"names with {quoted(found[0].texts)} in them should be exempt, but what that does is not seen"
    )


def _is_mixed(parameters: ParameterSet, exemption: Exemption) -> bool:
    """Whether a set may hold weights as well as what is exempt, and nobody has chosen among them."""
    if parameters.extent not in ("whole", "part") or parameters.exempts is not None:
        return False
    return not exemption.finds_nothing_in(parameters)


def _check_repeatable(group: ParamGroup) -> None:
    """What is written twice has to give the same parameters both times."""
    if not group.parameters.repeatable:
        reason = group.parameters.reason_not_repeatable or "it is not known what it does"
        raise Withheld(f"the parameters cannot be written twice: {reason}")


def _params(call: ast.Call, optimizer: Optimizer) -> ast.expr | None:
    names = {"params", *optimizer.arguments[:1]}
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return next((k.value for k in call.keywords if k.arg in names), None)
