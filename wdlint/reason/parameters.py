"""Which parameters an expression hands to an optimizer, and how they are grouped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from wdlint.facts import Decay, Extent, GroupKey, OneOf, ParameterSet, ParamGroup
from wdlint.reason.repeatable import why_not_repeatable
from wdlint.reason.scopes import dotted, last_name
from wdlint.reason.values import (
    Abstract,
    Choice,
    Code,
    Element,
    Entries,
    Item,
    Items,
    Made,
    Opaque,
    Parameters,
    Picked,
    alternatives,
    to_fact,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_ADAPTER: Final = re.compile(
    r"lora|adapter|peft|soft_?(prompt|token)|prompt_?(tun|embed|token)|prefix_?tun|attn_?procs", re.I
)
_ADAPTER_LIBRARY: Final = re.compile(
    r"\bpeft\b|get_peft_model|LoraConfig|mark_only_lora|inject_lora|opendelta", re.I
)
_EMBEDDING: Final = re.compile(
    r"embed(ding)?s?$|get_input_embeddings|(^|[._])(emb|wte|token_embedding)$", re.I
)
_EXEMPT_NAME: Final = re.compile(
    r"no_?(weight_?)?decay|no_?wd(_|$)|non_?decay|not_decay|un_?decay|without_(weight_)?decay|no_?reg|(^|_)exempt|(^|_)skip(_|$)"
    r"|(^|_)(norm|bn|ln|bias|biases|gain)s?(_param(eter)?s?)?$",
    re.I,
)
_NO_DECAY: Final = re.compile(r"no_?(weight_?)?decay|non_?decay|without_(weight_)?decay", re.I)
_DECAYED_NAME: Final = re.compile(r"decay|(^|_)(wd|reg|regularized)(_|$)", re.I)
_EXEMPT_TEXT: Final = re.compile(r"bias|norm|(^|[._])(bn|ln)", re.I)


def groups_of(
    evaluator: Evaluator, code: Code, inherited: Decay, decay_key: str
) -> tuple[tuple[ParamGroup, ...], str]:
    """The parameter groups an optimizer makes of its first argument, or why they are unknown.

    ``inherited`` is the constructor's decay, ``decay_key`` the key this optimizer reads it from.
    """
    return _groups_of_value(evaluator, evaluator.force(code), code, inherited, decay_key)


def decay_of_any(evaluator: Evaluator, code: Code, inherited: Decay, decay_key: str) -> Decay | None:
    """One of the decays of the groups, where the run decides which of several lists of groups it is.

    None where that is not so, or where some group does not say its own.
    """
    value = evaluator.force(code)
    if not isinstance(value, Choice):
        return None
    decays: list[Decay] = []
    for each in alternatives(value):
        groups, _ = _groups_of_value(evaluator, each, code, inherited, decay_key)
        if not groups or any(group.decay.origin != "group" for group in groups):
            return None
        decays.extend(group.decay for group in groups)
    several = tuple(dict.fromkeys(decay.value for decay in decays))
    return Decay(several[0] if len(several) == 1 else OneOf(several), "group", decays[0].place)


def _groups_of_value(
    evaluator: Evaluator, value: Abstract, code: Code, inherited: Decay, decay_key: str
) -> tuple[tuple[ParamGroup, ...], str]:
    match value:
        case Items(items=items, open=is_open) if any(_is_group(evaluator, item) for item in items):
            if is_open:
                return (), "more groups may be added where it is built"
            found: list[ParamGroup] = []
            for item in items:
                group = group_of(evaluator, item, inherited, decay_key)
                if group is None:
                    return (), "some of its groups are built elsewhere"
                found.append(group)
            return tuple(found), ""
        case Parameters() | Items():
            parameters = parameter_set(evaluator, code)
            return (ParamGroup(parameters, inherited, parameters.place),), ""
        case Choice(alternatives=several) if all(_is_plain(evaluator, each) for each in several):
            parameters = parameter_set(evaluator, code)
            return (ParamGroup(parameters, inherited, parameters.place),), ""
        case Choice():
            return (), "what it holds depends on the run"
        case Opaque(why=why):
            return (), why
    return (), "it is not a collection of parameters that can be read"


def _is_plain(evaluator: Evaluator, value: Abstract) -> bool:
    """A collection of parameters without group dicts."""
    match value:
        case Parameters():
            return True
        case Items(items=items, open=False):
            return not any(_is_group(evaluator, item) for item in items)
    return False


def _is_group(evaluator: Evaluator, item: Item) -> bool:
    return not item.spread and isinstance(evaluator.force(item.value), Entries)


def group_of(evaluator: Evaluator, item: Item, inherited: Decay, decay_key: str) -> ParamGroup | None:
    """One group's dict as a fact; None when it cannot be read."""
    value = evaluator.force(item.value)
    if item.spread or not isinstance(value, Entries) or not isinstance(item.value, Code):
        return None
    params = value.entries.get("params")
    if value.open or params is None or not isinstance(params[-1], Code):
        return None
    decay = inherited
    keys: list[GroupKey] = []
    for name, values in value.entries.items():
        if name == "params":
            continue
        fact = to_fact(evaluator.force(values[-1]))
        written = evaluator.place_of(value.places.get(name, item.value))
        keys.append(GroupKey(name, fact, written, evaluator.reads_key(name)))
        if name == decay_key:
            origin = values[-1]
            place = evaluator.place_of(origin) if isinstance(origin, Code) else written
            decay = Decay(fact, "group", place)
    parameters = parameter_set(evaluator, params[-1])
    return ParamGroup(parameters, decay, evaluator.place_of(item.value), tuple(keys), explicit=True)


# ---------------------------------------------------------------------- one collection


def parameter_set(evaluator: Evaluator, code: Code) -> ParameterSet:
    """The parameters an expression stands for."""
    value = evaluator.force(code)
    written = evaluator.text_of(code)
    extent, conditions, why = _extent(evaluator, value)
    if (extent in ("whole", "part") and _speaks_of_adapters(evaluator, code, value)) or (
        extent == "whole" and _ADAPTER.search(written + _receivers(evaluator, value))
    ):
        extent = "adapters"
    reason = why_not_repeatable(evaluator, code.node, code, value)
    return ParameterSet(
        evaluator.place_of(code),
        extent,
        exempts=_exempts(code, conditions),
        says_no_decay=bool(_NO_DECAY.search(written)),
        repeatable=not reason,
        reason_not_repeatable=reason,
        why=why,
    )


def _speaks_of_adapters(evaluator: Evaluator, code: Code, value: Abstract) -> bool:
    """Whether a file the parameters come by, or the module they belong to, has to do with adapters."""
    frames = [code.frame, *(p.receiver.frame for p in _picked(value))]
    homes = {home.index: home for home in (evaluator, *(evaluator.of(frame.scope) for frame in frames))}
    return any(home.mentions(_ADAPTER_LIBRARY) for home in homes.values())


def _picked(value: Abstract) -> list[Picked]:
    return [p for each in alternatives(value) if isinstance(each, Parameters) for p in each.picked]


def _receivers(evaluator: Evaluator, value: Abstract) -> str:
    """The code of every module the parameters come from, and what made it."""
    picked = _picked(value)
    written = [evaluator.text_of(p.receiver) for p in picked]
    makers = [p.module.function.name for p in picked if isinstance(p.module, Made)]
    return " ".join([*written, *makers])


def _extent(evaluator: Evaluator, value: Abstract) -> tuple[Extent, tuple[ast.expr, ...], str]:
    """Extent, the conditions that picked the parameters, and why it is unknown."""
    match value:
        case Parameters(picked=picked, loose=loose):
            if not picked:
                return ("tensors" if loose else "unknown"), (), ""
            conditions = tuple(c for p in picked for c in p.conditions if not _only_trainable(c))
            if all(_is_embedding(p) for p in picked):
                return "embeddings", conditions, ""
            return ("part" if conditions else "whole"), conditions, ""
        case Items(items=items, open=is_open):
            return _extent_of_items(evaluator, items, is_open)
        case Choice(alternatives=several):
            return _extent_of_any(evaluator, several)
        case Opaque(why=why):
            return "unknown", (), why
    return "unknown", (), "it is not a collection of parameters that can be read"


def _extent_of_any(
    evaluator: Evaluator, several: tuple[Abstract, ...]
) -> tuple[Extent, tuple[ast.expr, ...], str]:
    """One of several collections: as much as each of them is."""
    extents = [_extent(evaluator, each) for each in several]
    if len({e[0] for e in extents}) != 1:
        return "unknown", (), "what it holds depends on the run"
    return extents[0][0], tuple(c for e in extents for c in e[1]), extents[0][2]


def _extent_of_items(
    evaluator: Evaluator, items: tuple[Item, ...], is_open: bool
) -> tuple[Extent, tuple[ast.expr, ...], str]:
    """A list built element by element: loose tensors, or parameters appended in a loop."""
    picked: list[Picked] = []
    partial = False
    for item in items:
        inner = evaluator.force(item.value)
        match inner:
            case Element(of=over):
                picked.extend(over.picked)
                partial = partial or _is_conditional(item.guards)
            case Parameters() if item.spread:
                picked.extend(inner.picked)
                partial = partial or any(not _only_trainable(c) for p in inner.picked for c in p.conditions)
            case _ if item.spread:
                is_open = True
    if is_open:
        return "unknown", (), "more may be added where it is built"
    if not picked:
        return ("tensors" if items else "unknown"), (), "" if items else "it is filled elsewhere"
    return ("part" if partial else "whole"), (), ""


def _is_conditional(guards: Iterable[ast.stmt]) -> bool:
    """Whether an element is only added under a condition on more than ``requires_grad``."""
    for guard in guards:
        match guard:
            case ast.If(test=test):
                if not _only_trainable(test):
                    return True
            case ast.For(body=body):
                skips = (
                    s
                    for s in body
                    if isinstance(s, ast.If) and any(isinstance(x, ast.Continue) for x in s.body)
                )
                if any(not _only_trainable(s.test) for s in skips):
                    return True
            case ast.With():
                pass
            case _:
                return True
    return False


def _only_trainable(test: ast.expr) -> bool:
    """A condition on ``requires_grad`` alone selects what is trained anyway."""
    match test:
        case ast.Attribute(attr="requires_grad"):
            return True
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _only_trainable(operand)
        case ast.Compare(left=ast.Attribute(attr="requires_grad")):
            return True
    return False


def _is_embedding(picked: Picked) -> bool:
    node = picked.receiver.node
    name = dotted(node) or (last_name(node.func) if isinstance(node, ast.Call) else "")
    return bool(_EMBEDDING.search(name))


# -------------------------------------------------------------------- exempt or decayed


def _exempts(code: Code, conditions: tuple[ast.expr, ...]) -> bool | None:
    """Whether the author's predicate, or else the name, says these must not decay."""
    verdicts = {v for v in map(selects_exempt, conditions) if v is not None}
    if len(verdicts) == 1:
        return verdicts.pop()
    if verdicts:
        return None
    name = last_name(code.node) or _key_name(code.node)
    if not name:
        return None
    return _exempt_by_name(name)


def _key_name(node: ast.expr) -> str:
    match node:
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[argument]):
            return last_name(argument) or _key_name(argument)
    return ""


def _exempt_by_name(name: str) -> bool | None:
    if _EXEMPT_NAME.search(name):
        return True
    return False if _DECAYED_NAME.search(name) else None


def selects_exempt(test: ast.expr) -> bool | None:
    """Whether a predicate picks norms and biases (True), the others (False), or neither (None)."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = selects_exempt(operand)
            return None if inner is None else not inner
        case ast.BoolOp(values=values):
            verdicts = {v for v in map(selects_exempt, values) if v is not None}
            return verdicts.pop() if len(verdicts) == 1 else None
        case ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp(elt=element, generators=[generator])]):
            of = _names_exempt(generator.iter)
            if of is None:
                return selects_exempt(element)
            positive = not (isinstance(element, ast.Compare) and isinstance(element.ops[0], ast.NotIn))
            return of if positive else not of
        case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp(elt=element, generators=[generator])]):
            of = _names_exempt(generator.iter)
            negative = isinstance(element, ast.Compare) and isinstance(element.ops[0], ast.NotIn)
            return None if of is None else of is not negative
        case ast.Call(func=ast.Attribute(attr="endswith" | "startswith"), args=[argument]):
            return _names_exempt(argument)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
            of = _names_exempt(left) if isinstance(left, ast.Constant) else _names_exempt(right)
            return of if of is None or isinstance(op, ast.In) else not of
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=int() as rank)]) if _is_rank(
            left
        ):
            return _low_rank(op, rank)
    return None


def _names_exempt(node: ast.expr) -> bool | None:
    """Whether a list of names, or the variable that holds it, speaks of norms and biases."""
    match node:
        case ast.Constant(value=str() as text):
            return True if _EXEMPT_TEXT.search(text) else None
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return True if any(_names_exempt(e) for e in elements) else None
    name = last_name(node) or _key_name(node)
    return _exempt_by_name(name) if name else None


def _is_rank(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="ndim") | ast.Call(func=ast.Attribute(attr="dim" | "ndimension")):
            return True
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(attr="shape") | ast.Call()]):
            return True
    return False


def _low_rank(op: ast.cmpop, rank: int) -> bool | None:
    match op:
        case ast.Lt():
            return True if rank == 2 else None
        case ast.LtE() | ast.Eq():
            return True if rank == 1 else None
        case ast.GtE():
            return False if rank == 2 else None
        case ast.Gt() | ast.NotEq():
            return False if rank == 1 else None
    return None
