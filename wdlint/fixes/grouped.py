"""WD101 and WD201: decoupled decay, and a group of its own for what must not decay.

WD101 changes the class (or sets the flag that decouples it), WD201 only splits the parameters. The
constructor keeps its ``weight_decay`` argument where it stands: the decayed group inherits it, and
so do groups added later.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from wdlint.facts import (
    Coupling,
    Edit,
    Finding,
    Fix,
    Hazard,
    Optimizer,
    OptimizerSite,
    ParameterSet,
    ParamGroup,
    Replacement,
    Span,
    scalars,
)
from wdlint.fixes.annotations import annotations_of
from wdlint.fixes.by_name import pick_twin
from wdlint.fixes.class_questions import questions
from wdlint.fixes.listing import append_argument, cut_argument
from wdlint.fixes.locate import expression_at
from wdlint.fixes.number import Number, as_written, converted
from wdlint.fixes.spelling import respell
from wdlint.fixes.split import (
    check_groups_may_split,
    check_rank_separates,
    exempt_literal,
    nothing_to_exempt,
    split_argument,
    split_literal,
)
from wdlint.fixes.withheld import Withheld
from wdlint.knowledge import catalogue
from wdlint.settings import Settings
from wdlint.sources.text import Source

_DECOUPLED: frozenset[Coupling] = frozenset({"decoupled", "decoupled_prox"})


def decouple(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD101: the decoupled twin, with a no-decay group where one call holds all parameters.

    Raises:
        Withheld: the class or the groups cannot be rewritten here, with the reason.
    """
    site = finding.site
    if site is None:
        return None
    if site.choice is not None:
        return pick_twin(site, site.choice, source, tree, settings)
    replacement = _twin(site, settings)
    call = _call(source, tree, site)
    group = _group_to_split(site)
    target = replacement.name.rpartition(".")[2]
    number = converted(source, tree, site, settings.weight_decay)
    renamed = replacement.name not in (site.optimizer.name, *site.optimizer.aliases)
    edits = [
        *(_class_edits(source, tree, site, call, replacement) if renamed else ()),
        *_arguments(source, call, site, replacement, renamed=renamed),
        *number.edits,
    ]
    if group is not None:
        edits += _split_call(source, tree, call, site, group, number.implicit)
    elif (default := _missing_default(site, number, renamed=renamed)) is not None:
        edits.append(append_argument(source, call, f"weight_decay={default}"))
    flags = ", ".join(f"{flag}={value!r}" for flag, value in replacement.flags.items())
    what = f"{target} with {flags}" if flags else target
    what += f" ({replacement.requires})" if replacement.requires else ""
    message = f"grouped {what}" if group is not None else f"{what}, groups as they are"
    asked = questions(tree, site.optimizer, replacement.name) if renamed else ()
    unread = _unread(call, site, replacement) if renamed else ()
    around = (*_package(site, replacement), *unread, *asked, *_around(site.hazards))
    return _fix(message, edits, (*number.cautions, *around))


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
        raise Withheld(_ambiguity(site))
    message = "a no-decay group for the norms and biases"
    bare = [g for g in site.groups if not g.explicit]
    implicit = as_written(site.optimizer.decay_default or 0.0) if site.decay.origin == "default" else None
    if len(bare) == 1:
        call = _call(source, tree, site)
        edits = _split_call(source, tree, call, site, bare[0], implicit)
        return _fix(message, edits, _around(site.hazards))
    if not site.groups:
        raise Withheld(f"its groups are not known: {site.groups_unknown}")
    return _fix(message, list(_split_literals(source, tree, site, implicit)), _around(site.hazards))


# ------------------------------------------------------------------------- the class


def _twin(site: OptimizerSite, settings: Settings) -> Replacement:
    """The decoupled twin of the site's optimizer, if the site may be moved to it."""
    optimizer = site.optimizer
    if site.ambiguous:
        raise Withheld(_ambiguity(site))
    if optimizer.framework != "torch" or optimizer.decay_argument != "weight_decay":
        raise Withheld(
            optimizer.advice or f"{optimizer.short_name} has no parameter groups as torch has them"
        )
    if optimizer.replacement is None:
        raise Withheld(optimizer.advice or f"{optimizer.short_name} has no decoupled twin")
    if site.naming.place is None:
        raise Withheld(site.naming.why)
    _check_scaling(optimizer, optimizer.replacement, settings)
    return optimizer.replacement


def _ambiguity(site: OptimizerSite) -> str:
    names = [o.name for o in site.optimizers] + ["another class"] * site.other_classes
    return f"`{site.spelled}` may be {' or '.join(names)}"


def _check_scaling(optimizer: Optimizer, replacement: Replacement, settings: Settings) -> None:
    """A number is only carried to where the decay of a step scales with lr in the same way."""
    target = catalogue(settings.extend_catalogue).get(replacement.name)
    if target is None:
        return
    coupling, short = target.coupling, target.short_name
    if target.switch is not None and target.switch.flag in replacement.flags:
        switched_on = bool(replacement.flags[target.switch.flag])
        coupling = target.switch.when_true if switched_on else target.switch.when_false
    if coupling not in _DECOUPLED or target.lr_scaled != optimizer.lr_scaled:
        raise Withheld(f"the decay of {short} does not scale with lr as that of {optimizer.short_name} does")


def _class_edits(
    source: Source, tree: ast.Module, site: OptimizerSite, call: ast.Call, replacement: Replacement
) -> Iterator[Edit]:
    """The new class where the old one is named, and in the annotations of what this call makes."""
    place = site.naming.place
    named = expression_at(tree, source, place, ast.expr) if place is not None else None
    if named is None:
        raise Withheld("the class is not named in this file")
    nodes = (named, *annotations_of(tree, call, site.optimizer))
    edits = (respell(source, tree, node, site.optimizer, replacement.name) for node in nodes)
    yield from dict.fromkeys(chain.from_iterable(edits))


def _arguments(
    source: Source, call: ast.Call, site: OptimizerSite, replacement: Replacement, *, renamed: bool
) -> Iterator[Edit]:
    """Flags to set, keywords to drop; every other argument has to mean the same in the twin."""
    for flag, value in replacement.flags.items():
        given = site.argument(flag)
        if given is None and site.more_arguments:
            raise Withheld(f"line {call.lineno} passes arguments that cannot be read and may set `{flag}`")
        if given is None:
            yield append_argument(source, call, f"{flag}={value!r}")
        elif given.how == "spread" or not _is_constant(call, source, given.value_place.span):
            raise Withheld(f"line {given.value_place.line} sets `{flag}`")
        else:
            yield Edit(given.value_place.span, repr(value))
    if not renamed:
        return
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    if (starred or len(call.args) > 1) and not replacement.same_positions:
        raise Withheld(f"{replacement.name} takes its positional arguments in another order")
    for argument in site.arguments:
        if argument.name in replacement.drops:
            yield _dropped(source, call, site, argument.name)
        elif argument.name != "params" and not _carried(site.optimizer, replacement, argument.name):
            raise Withheld(f"{replacement.name} does not take `{argument.name}`")


def _unread(call: ast.Call, site: OptimizerSite, replacement: Replacement) -> Iterator[str]:
    """Arguments nobody can read here may be among those that the twin does not take."""
    spread = any(keyword.arg is None for keyword in call.keywords)
    if site.more_arguments and spread and (replacement.drops or replacement.carries is not None):
        short = replacement.name.rpartition(".")[2]
        yield f"line {call.lineno} passes a ** mapping that may hold what {short} does not take"


def _carried(optimizer: Optimizer, replacement: Replacement, name: str) -> bool:
    if replacement.carries is None or name in replacement.carries or name in replacement.flags:
        return True
    return bool(optimizer.arguments) and name == optimizer.arguments[0]


def _dropped(source: Source, call: ast.Call, site: OptimizerSite, name: str) -> Edit:
    """Cut a keyword the twin does not take; only the switch that kept the decay coupled is harmless."""
    keyword = next((k for k in call.keywords if k.arg == name), None)
    switch = site.optimizer.switch
    if (
        keyword is None
        or switch is None
        or switch.flag != name
        or not isinstance(keyword.value, ast.Constant)
    ):
        raise Withheld(f"`{name}` cannot be carried over")
    return cut_argument(source, call, keyword)


def _is_constant(call: ast.Call, source: Source, span: Span) -> bool:
    return any(isinstance(n, ast.Constant) and source.span(n) == span for n in ast.walk(call))


def _missing_default(site: OptimizerSite, number: Number, *, renamed: bool) -> str | None:
    """The number to write into a constructor that has none: the twin's own default is another one."""
    if site.groups and all(g.decay.origin == "group" for g in site.groups):
        return None
    if not renamed and number.implicit == "0.0":
        return None
    return number.implicit


def _package(site: OptimizerSite, replacement: Replacement) -> Iterator[str]:
    package = replacement.name.partition(".")[0]
    if package not in ("torch", site.optimizer.name.partition(".")[0]):
        yield f"{replacement.name} needs the package {package}"


# ----------------------------------------------------------------------- the groups


def _group_to_split(site: OptimizerSite) -> ParamGroup | None:
    """The one group a WD101 fix splits; None where the groups, or the silence, are deliberate."""
    bare = [g for g in site.groups if not g.explicit]
    return bare[0] if len(bare) == 1 and _is_mixed(bare[0].parameters) else None


def _split_call(
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


def _call(source: Source, tree: ast.Module, site: OptimizerSite) -> ast.Call:
    call = expression_at(tree, source, site.place, ast.Call)
    if call is None or source.slice(site.callee.span) != site.spelled:
        raise Withheld("the call is not written out in this file")
    return call


def _around(hazards: tuple[Hazard, ...]) -> Iterator[str]:
    yield from dict.fromkeys(f"line {h.place.line} {h.text}" for h in hazards)


def _fix(message: str, edits: list[Edit], cautions: Iterator[str] | tuple[str, ...]) -> Fix:
    told = tuple(cautions)
    return Fix(message, "unsafe" if told else "safe", _joined(edits), told)


def _joined(edits: list[Edit]) -> tuple[Edit, ...]:
    """The edits in order, what is inserted at one and the same point as one insertion."""
    texts: dict[Span, str] = {}
    for edit in edits:
        texts[edit.span] = texts.get(edit.span, "") + edit.text
    return tuple(sorted(Edit(span, text) for span, text in texts.items()))
