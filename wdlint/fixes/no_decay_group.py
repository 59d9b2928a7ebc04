"""WD201, and half of WD101: a group of its own for what must not decay.

The constructor keeps its ``weight_decay`` argument where it stands: the decayed group inherits it,
and so do groups added later. Which class is built is decided elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
from wdlint.fixes.hazards import around
from wdlint.fixes.number import as_written
from wdlint.fixes.sites import ambiguity, fix_of, written_call
from wdlint.fixes.split import (
    check_groups_may_split,
    check_rank_separates,
    exempt_literal,
    nothing_to_exempt,
    split_argument,
    split_literal,
)
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source


def exempt(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
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
    message = "a no-decay group for the norms and biases"
    bare = [g for g in site.groups if not g.explicit]
    implicit = as_written(site.optimizer.decay_default or 0.0) if site.decay.origin == "default" else None
    if len(bare) == 1:
        call = written_call(source, tree, site)
        edits = split_call(source, tree, call, site, bare[0], implicit)
        return fix_of(message, edits, around(site, same_class=True))
    if not site.groups:
        raise Withheld(f"its groups are not known: {site.groups_unknown}")
    return fix_of(message, list(_split_literals(source, tree, site, implicit)), around(site, same_class=True))


def group_to_split(site: OptimizerSite) -> ParamGroup | None:
    """The one group a WD101 fix splits; None where the groups, or the silence, are deliberate."""
    bare = [g for g in site.groups if not g.explicit]
    return bare[0] if len(bare) == 1 and _is_mixed(bare[0].parameters) else None


def split_call(
    source: Source,
    tree: ast.Module,
    call: ast.Call,
    site: OptimizerSite,
    group: ParamGroup,
    decay: str | None,
) -> list[Edit]:
    check_groups_may_split(source, site)
    _check_parameters([group])
    params = _params(call, site.optimizer)
    if params is None:
        raise Withheld("the parameters are not written in this call")
    span = source.span(params)
    if span.end == source.span(call).end:  # a bare generator: its parentheses are the call's
        span = Span(span.start + 1, span.end - 1)
    return [split_argument(source, tree, params, span, decay)]


def _split_literals(
    source: Source, tree: ast.Module, site: OptimizerSite, implicit: str | None
) -> Iterator[Edit]:
    """Split the groups that decay whole modules, leave out those that were chosen by hand."""
    check_groups_may_split(source, site)
    decayed = [g for g in site.groups if any(scalars(g.decay.value))]
    mixed = [g for g in decayed if _is_mixed(g.parameters)]
    exempted = [g for g in decayed if g.parameters.exempts and g.decay.origin != "group"]
    if not mixed and not exempted:
        raise Withheld("its groups hold single tensors or were chosen by hand")
    _check_parameters(mixed)
    for group in mixed:
        yield from split_literal(source, tree, group, implicit if group.decay.origin == "default" else None)
    for group in exempted:
        yield from exempt_literal(source, tree, group)


def _is_mixed(parameters: ParameterSet) -> bool:
    """Whether a set may hold weights as well as norms or biases, and nobody has chosen among them."""
    if parameters.extent not in ("whole", "part") or parameters.exempts is not None:
        return False
    return not nothing_to_exempt(parameters)


def _check_parameters(groups: list[ParamGroup]) -> None:
    for group in groups:
        if not group.parameters.repeatable:
            reason = group.parameters.reason_not_repeatable or "it is not known what it does"
            raise Withheld(f"the parameters cannot be written twice: {reason}")
    check_rank_separates(g.parameters for g in groups)


def _params(call: ast.Call, optimizer: Optimizer) -> ast.expr | None:
    names = {"params", *optimizer.arguments[:1]}
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return next((k.value for k in call.keywords if k.arg in names), None)
