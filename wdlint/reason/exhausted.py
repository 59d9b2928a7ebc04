"""One-shot iterators over parameters that are consumed twice: the second time they are empty."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from wdlint.facts import ExhaustedIterator
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import blocks, last_name, own_expressions
from wdlint.reason.values import Parameters

_MAKERS: Final = frozenset({"parameters", "named_parameters", "filter", "chain", "from_iterable"})
_CONSUMERS: Final = frozenset(
    {"list", "tuple", "set", "sum", "sorted", "max", "min", "dict"}
    | {"clip_grad_norm_", "clip_grad_norm", "clip_grad_value_", "parameters_to_vector"}
)
"""Calls that run through an iterator they are given to its end; optimizers do, too."""

_TORCH: Final = re.compile(r"\btorch\b")
_OTHERS: Final = re.compile(
    r"^[ \t]*(?:import|from)\s+(?:paddle|jittor|mlx|mindspore|oneflow)\b", re.MULTILINE
)
"""Where ``parameters()`` returns a list or a dict, not an iterator."""

_OPTIMIZER_CLASS: Final = re.compile(r"optimi[sz]er_?(cls|class)$", re.IGNORECASE)


def exhausted_iterators(evaluator: Evaluator) -> Iterator[ExhaustedIterator]:
    """Variables bound once to such an iterator, used up, and used again."""
    index = evaluator.index
    if not evaluator.mentions(_TORCH) or evaluator.mentions(_OTHERS):
        return
    for name in _MAKERS:
        for call, statement in index.calls_named.get(name, ()):
            variable = _variable(statement, call)
            if not variable:
                continue
            held = evaluator.evaluate(call, evaluator.frame(statement))
            if isinstance(held, Parameters) and held.one_shot:
                uses = _two_uses(evaluator, variable, statement)
                if uses is not None:
                    kind = f"{last_name(call.func)}()"
                    made, first, second = map(evaluator.place, (call, *uses))
                    yield ExhaustedIterator(variable, kind, made, first, second)


def _variable(statement: ast.stmt, call: ast.Call) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is call:
            return name
    return ""


def _two_uses(evaluator: Evaluator, variable: str, made: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """A use that certainly happens and a later one, with nothing bound to the name in between.

    The first stands in a straight line after the iterator is made; the second may be nested, since
    whenever it happens the first has.
    """
    first: ast.expr | None = None
    for statement in evaluator.index.following(made):
        straight = list(_uses(evaluator, statement, variable))
        if first is None and len(straight) >= 2:
            return straight[0], straight[1]
        if first is not None:
            later = straight or list(_nested_uses(evaluator, statement, variable))
            if later:
                return first, later[0]
        first = first or (straight[0] if straight else None)
        if evaluator.index.binds(variable, statement):
            return None
    return None


def _nested_uses(evaluator: Evaluator, statement: ast.stmt, variable: str) -> Iterator[ast.expr]:
    """Uses in the blocks of a statement, up to where the name is bound anew."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for block in blocks(statement):
        for inner in block:
            yield from _uses(evaluator, inner, variable)
            if evaluator.index.binds(variable, inner):
                break
            yield from _nested_uses(evaluator, inner, variable)


def _uses(evaluator: Evaluator, statement: ast.stmt, variable: str) -> Iterator[ast.expr]:
    """The expressions of a statement itself that run through the iterator to its end."""
    if isinstance(statement, ast.For) and _is(statement.iter, variable):
        if not any(isinstance(n, ast.Break | ast.Return) for b in statement.body for n in ast.walk(b)):
            yield statement.iter
        return
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    found: list[ast.expr] = []
    pending: list[ast.AST] = list(own_expressions(statement))
    while pending:
        node = pending.pop()
        match node:
            case ast.Lambda() | ast.Call(func=ast.Name(id="any" | "all" | "next")):
                continue  # runs at another time, or stops half-way
            case ast.IfExp(test=test) | ast.BoolOp(values=[test, *_]):
                pending.append(test)  # the rest may not run
                continue
            case ast.ListComp(generators=[g, *_]) | ast.SetComp(generators=[g, *_]):
                found.append(g.iter)
            case ast.DictComp(generators=[g, *_]) | ast.GeneratorExp(generators=[g, *_]):
                found.append(g.iter)
            case ast.Call(func=func, args=arguments) if _consumes(evaluator, func):
                found.extend(arguments)
            case ast.Starred(value=value):
                found.append(value)
        pending.extend(ast.iter_child_nodes(node))
    uses = [node for node in found if _is(node, variable)]
    yield from sorted(uses, key=lambda n: (n.lineno, n.col_offset))


def _consumes(evaluator: Evaluator, func: ast.expr) -> bool:
    name = last_name(func)
    if name in _CONSUMERS or name in evaluator.catalogue.short_names:
        return True
    return _OPTIMIZER_CLASS.search(name) is not None


def _is(node: ast.expr, variable: str) -> bool:
    return isinstance(node, ast.Name) and node.id == variable
