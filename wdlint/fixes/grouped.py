"""WD101: the decoupled twin of an optimizer, or the flag that decouples it.

Where the call holds all parameters in one group, they are split as for WD201.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress

from wdlint.facts import (
    Coupling,
    Edit,
    Finding,
    Fix,
    Optimizer,
    OptimizerSite,
    Replacement,
    Span,
)
from wdlint.fixes.alignment import realigned
from wdlint.fixes.annotations import annotations_of
from wdlint.fixes.by_name import pick_twin
from wdlint.fixes.hazards import around
from wdlint.fixes.listing import append_argument, cut_argument
from wdlint.fixes.locate import expression_at
from wdlint.fixes.no_decay_group import group_to_split, split_call
from wdlint.fixes.number import Number, converted
from wdlint.fixes.offered import check_not_offered
from wdlint.fixes.rehearsal import Examined
from wdlint.fixes.sites import ambiguity, fix_of, written_call
from wdlint.fixes.spelling import respell
from wdlint.fixes.withheld import Withheld
from wdlint.knowledge import catalogue
from wdlint.settings import Settings
from wdlint.sources.text import Source

_DECOUPLED: frozenset[Coupling] = frozenset({"decoupled", "decoupled_prox"})


def decouple(
    finding: Finding,
    source: Source,
    tree: ast.Module,
    settings: Settings,
    examined: Examined | None = None,
) -> Fix | None:
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
    call = written_call(source, tree, site)
    group = group_to_split(site, settings)
    target = replacement.name.rpartition(".")[2]
    check_not_offered(tree, call, target)
    number = converted(source, tree, site, settings.weight_decay)
    renamed = replacement.name not in (site.optimizer.name, *site.optimizer.aliases)
    edits = [
        *(_class_edits(source, tree, site, call, replacement) if renamed else ()),
        *_arguments(source, call, site, replacement, renamed=renamed),
        *number.edits,
    ]
    by = ""
    if group is not None:
        split = split_call(source, tree, call, site, group, number.implicit, settings, examined)
        edits += split.edits
        by = split.by
    elif (default := _missing_default(site, number, renamed=renamed)) is not None:
        edits.append(append_argument(source, call, f"weight_decay={default}"))
    else:
        edits += realigned(source, call, edits)
    flags = ", ".join(f"{flag}={value!r}" for flag, value in replacement.flags.items())
    what = f"{target} with {flags}" if flags else target
    what += f" ({replacement.requires})" if replacement.requires else ""
    message = f"grouped {what}{by}" if group is not None else f"{what}, groups as they are"
    unread = _unread(call, site, replacement) if renamed else ()
    cautions = (
        *number.cautions,
        *_package(site, replacement),
        *unread,
        *around(site, same_class=not renamed),
    )
    return fix_of(message, edits, cautions)


# ------------------------------------------------------------------------- the class


def _twin(site: OptimizerSite, settings: Settings) -> Replacement:
    """The decoupled twin of the site's optimizer, if the site may be moved to it."""
    optimizer = site.optimizer
    if site.ambiguous:
        raise Withheld(ambiguity(site))
    if optimizer.framework not in ("torch", "pyro") or optimizer.decay_argument != "weight_decay":
        raise Withheld(
            optimizer.advice or f"{optimizer.short_name} has no parameter groups as torch has them"
        )
    if optimizer.replacement is None:
        raise Withheld(optimizer.advice or f"{optimizer.short_name} has no decoupled twin")
    if site.naming.place is None:
        raise Withheld(site.naming.why)
    _check_scaling(optimizer, optimizer.replacement, settings)
    return optimizer.replacement


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
    edits = dict.fromkeys(respell(source, tree, named, site.optimizer, replacement.name))
    for annotation in annotations_of(tree, call, site.optimizer):
        with suppress(Withheld):  # it stays true enough: the twin of torch is a subclass
            edits |= dict.fromkeys(respell(source, tree, annotation, site.optimizer, replacement.name))
    yield from edits


def _arguments(
    source: Source, call: ast.Call, site: OptimizerSite, replacement: Replacement, *, renamed: bool
) -> Iterator[Edit]:
    """Flags to set, keywords to drop; every other argument has to mean the same in the twin."""
    if replacement.flags and any(source.span(k.value) == site.callee.span for k in call.keywords):
        flags = " and ".join(f"{name!r}: {value!r}" for name, value in replacement.flags.items())
        raise Withheld(f"the keywords of {site.spelled} are handed on: add {flags} to them")
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
