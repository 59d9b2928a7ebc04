"""The coefficient after a conversion: which number stands there, and whether it can be meant.

An L2 coefficient has no AdamW equivalent. It is kept as written unless the user names another, and
where its time scale 1/(lr*wd) in steps is beyond any training run the conversion says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from wdlint.explain import format_number, format_steps
from wdlint.facts import (
    Argument,
    Default,
    Edit,
    Known,
    OneOf,
    OptimizerSite,
    Place,
    Unknown,
    Value,
    has_unknown,
    number,
    scalars,
)
from wdlint.fixes.locate import expression_at
from wdlint.sources.text import Source

LONGEST_TIME_SCALE = 1e6
"""Steps; no run is so much longer that such a decay would still be felt."""

LEAST_DECOUPLED = 1e-3
"""A smaller coefficient is taken for an L2 one, whatever the learning rate.

The 200 steps of a graph network at lr 0.01 and wd 5e-4 shrink a weight by 0.1 %: a time scale of 200,000
steps says nothing as long as nobody knows how many are made.
"""

_EXAMPLE = "0.05"


@dataclass(frozen=True, slots=True)
class Number:
    """``edits`` change the number where it is written; ``implicit`` is the library's default written
    out, None where the code writes one itself; ``cautions`` are reasons to look at it."""

    edits: tuple[Edit, ...]
    implicit: str | None
    cautions: tuple[str, ...]


def converted(source: Source, tree: ast.Module, site: OptimizerSite, wanted: float | None) -> Number:
    """The number a converted site gets; ``wanted`` is the user's ``--weight-decay``."""
    argument = site.argument(site.optimizer.decay_argument or "")
    if site.decay.origin == "default" and argument is None:
        value = site.optimizer.decay_default or 0.0
        inherits = any(not g.explicit or g.decay.origin == "default" for g in site.groups) or not site.groups
        if wanted is not None and value and inherits:
            return Number((), as_written(wanted), tuple(_elsewhere(site, wanted)))
        return Number((), as_written(value), tuple(_cautions(source, site, None)))
    if argument is None:
        return Number((), None, tuple(_cautions(source, site, None)))
    written = _written(source, tree, site, argument)
    if written is None:
        place = _set_at(argument)
        cautions = tuple(_cautions(source, site, place))
        if wanted is None:
            return Number((), None, cautions)
        says = (
            f"{_line(source, place)} sets weight_decay, so {as_written(wanted)} is not written in its stead"
        )
        return Number((), None, (says, *cautions))
    if wanted is not None:
        kept = tuple(_elsewhere(site, wanted))
        same = number(argument.value) == wanted
        zero = number(argument.value) == 0
        edits = () if same or zero else (Edit(written.span, as_written(wanted)),)
        return Number(edits, None, kept)
    return Number((), None, tuple(_cautions(source, site, None)))


def as_written(value: float) -> str:
    """A float as Python source, exponents without padding: ``1e-5``, ``0.01``, ``5.0``."""
    mantissa, e, exponent = repr(float(value)).partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def _cautions(source: Source, site: OptimizerSite, set_at: Place | None) -> Iterator[str]:
    """Why the numbers of a site may mean nothing after the conversion; each is said once.

    ``set_at`` is where the optimizer's own number is set if ``--weight-decay`` cannot replace it.
    """
    said: set[str] = set()
    for value, lr, place in _values(site, set_at):
        for caution in _of_one(value, lr, _choose(source, place)):
            if caution not in said:
                said.add(caution)
                yield caution


def _of_one(value: Value, lr: float | None, choose: str) -> Iterator[str]:
    if has_unknown(value):
        yield f"the weight decay is not known ({_why(value)}), and an L2 coefficient means nothing to AdamW"
    for wd in sorted(
        {s for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool) and s > 0}
    ):
        shrink = 0.0 if lr is None else lr * wd  # 0 as well where both are tiny
        if wd < LEAST_DECOUPLED and not shrink:
            yield (
                f"weight_decay {format_number(wd)} was an L2 coefficient and is next to nothing as decoupled"
                f" decay at any usual learning rate: {choose}"
            )
        elif lr and 0 < shrink < 1 / LONGEST_TIME_SCALE:
            yield (
                f"weight_decay {format_number(wd)} at lr {format_number(lr)} has a time scale 1/(lr·wd) of"
                f" {format_steps(1 / shrink)}, next to nothing: {choose}"
            )
        elif lr and wd < LEAST_DECOUPLED:
            yield (
                f"weight_decay {format_number(wd)} was an L2 coefficient, and as decoupled decay at lr"
                f" {format_number(lr)} its time scale 1/(lr·wd) is {format_steps(1 / shrink)}: {choose}"
            )


def _choose(source: Source, set_at: Place | None) -> str:
    """Where the user writes another number: on our command line, or in the code."""
    if set_at is None:
        return f"choose the number, for example --weight-decay {_EXAMPLE}"
    return f"choose the number in {_line(source, set_at)}, for example {_EXAMPLE}"


def _values(site: OptimizerSite, set_at: Place | None) -> Iterator[tuple[Value, float | None, Place | None]]:
    """The decay of every group beside its lr, or the constructor's where the groups are unknown.

    The place is where it is set if ``--weight-decay`` does not reach it.
    """
    for group in site.groups:
        own = group.key("lr")
        place = group.decay.place if group.decay.origin == "group" else set_at
        yield group.decay.value, number(site.lr if own is None else own.value), place
    if not site.groups:
        yield site.decay.value, number(site.lr), set_at


def _elsewhere(site: OptimizerSite, wanted: float) -> Iterator[str]:
    """Groups that set their own number keep it, whatever the user asked for."""
    for group in site.groups:
        if group.decay.origin == "group" and group.decay.place and any(s for s in scalars(group.decay.value)):
            line = group.decay.place.line
            yield f"line {line} sets a group's own weight_decay, which {as_written(wanted)} does not replace"


def _written(source: Source, tree: ast.Module, site: OptimizerSite, argument: Argument) -> Place | None:
    """Where the number itself is written for this optimizer: in the call, or in a variable of its own."""
    if argument.how != "spread" and _is_literal(source, tree, argument.value_place):
        return argument.value_place
    if site.number_at is not None and _is_literal(source, tree, site.number_at):
        return site.number_at
    return None


def _is_literal(source: Source, tree: ast.Module, place: Place) -> bool:
    """Whether a number is written at a place: ``1e-4``, ``5 * 10**-4``."""
    node = expression_at(tree, source, place, ast.expr)
    parts = ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop
    return node is not None and all(isinstance(n, parts) for n in ast.walk(node))


def _set_at(argument: Argument) -> Place:
    """Where the value of an argument comes from, as far as one place can be named."""
    value = argument.value
    while isinstance(value, OneOf) and value.values:
        value = value.values[0]
    if isinstance(value, Known | Default) and value.where is not None:
        return value.where
    return argument.value_place


def _line(source: Source, place: Place) -> str:
    file = "" if place.path == source.path else f"{place.path}, "
    return f"{file}line {place.line}"


def _why(value: Value) -> str:
    match value:
        case Unknown(why=why):
            return why
        case OneOf(values=values):
            return next(_why(v) for v in values if has_unknown(v))
    return "it is decided when the program runs"
