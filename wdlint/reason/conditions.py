"""The conditions a statement stands under: those that pick parameters, and those a run decides."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal, TypeAlias

from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import FunctionNode, ModuleIndex, last_name
from wdlint.reason.values import Abstract, Code, Constant, Frame, alternatives

Truth: TypeAlias = Literal["yes", "default", "no", "unknown"]
"""Whether a condition is met; ``default``: not unless a default is overridden."""


def conditions(
    index: ModuleIndex, statement: ast.stmt, use: ast.stmt | None, frame: Frame
) -> tuple[Code | None, ...]:
    """What must hold for a statement to run before its use; None for what cannot be read.

    Conditions around both do not count, nor do those on the variable of a loop: they pick.
    """
    around = set(index.enclosing(use)) if use is not None else set()
    looped = _loop_names(index, statement)
    found: list[Code | None] = []
    inner: ast.stmt = statement
    for outer in index.enclosing(statement):
        if outer in around:
            break
        match outer:
            case ast.If(test=test):
                if looped.isdisjoint(_names(test)):
                    negated = inner not in outer.body
                    code = ast.UnaryOp(op=ast.Not(), operand=test) if negated else test
                    found.append(Code(code, frame.at(outer)))
            case ast.For() | ast.With() | ast.AsyncWith():
                pass
            case _:
                found.append(None)
        inner = outer
    return tuple(found)


def selects(index: ModuleIndex, statement: ast.stmt) -> bool:
    """Whether a statement in a loop over parameters runs only for some of them."""
    looped = _loop_names(index, statement)
    for outer in index.enclosing(statement):
        match outer:
            case ast.If(test=test):
                if not looped.isdisjoint(_names(test)) and not is_trained(test):
                    return True
            case ast.For(body=body):
                return any(isinstance(n, ast.Continue) for each in body for n in ast.walk(each))
    return False


def is_trained(test: ast.expr) -> bool:
    """``p.requires_grad``, ``p.grad is not None``: true of every parameter that is trained."""
    match test:
        case ast.Attribute(attr="requires_grad"):
            return True
        case ast.Compare(left=ast.Attribute(attr="grad" | "requires_grad"), comparators=[ast.Constant()]):
            return True
        case ast.Lambda(body=body):
            return is_trained(body)
    return False


def graph_off(index: ModuleIndex, statement: ast.stmt, use: ast.stmt | None) -> ast.expr | None:
    """The ``torch.no_grad()`` a statement stands in and its use does not."""
    around = set(index.enclosing(use)) if use is not None else set()
    for outer in index.enclosing(statement):
        if isinstance(outer, ast.With) and outer not in around:
            for item in outer.items:
                if _is_no_grad(item.context_expr):
                    return item.context_expr
    return None


def decorated_off(function: FunctionNode) -> ast.expr | None:
    """The ``@torch.no_grad()`` of a function."""
    return next((d for d in function.decorator_list if _is_no_grad(d)), None)


def _is_no_grad(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in ("no_grad", "inference_mode")


def loops(index: ModuleIndex, statement: ast.stmt | None) -> set[ast.For]:
    """The ``for`` loops around a statement."""
    around = index.enclosing(statement) if statement is not None else ()
    return {s for s in around if isinstance(s, ast.For)}


def holds(evaluator: Evaluator, guard: Code | None) -> Truth:
    """Whether a condition is met."""
    return "unknown" if guard is None else _truth(evaluator, guard.node, guard.frame)


def _truth(evaluator: Evaluator, test: ast.expr, frame: Frame) -> Truth:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            flipped: Mapping[Truth, Truth] = {"yes": "no", "no": "yes"}
            return flipped.get(_truth(evaluator, operand, frame), "unknown")
        case ast.BoolOp(op=ast.And(), values=values):
            truths = {_truth(evaluator, v, frame) for v in values}
            order: tuple[Truth, ...] = ("no", "unknown", "default")
            return next((t for t in order if t in truths), "yes")
        case ast.Compare(
            left=left,
            ops=[ast.Gt() | ast.NotEq() | ast.IsNot()],
            comparators=[ast.Constant(value=0 | None)],
        ):
            return _nonzero(evaluator.evaluate(left, frame))
    return _nonzero(evaluator.evaluate(test, frame))


def _nonzero(value: Abstract) -> Truth:
    """Whether a value is true. A default that is true counts, as the default of a coefficient does."""
    truths: set[Truth] = set()
    for each in alternatives(value):
        match each:
            case Constant(value=scalar, default_of=of):
                truths.add("yes" if scalar else ("default" if of else "no"))
            case _:
                truths.add("unknown")
    return truths.pop() if len(truths) == 1 else "unknown"


def _loop_names(index: ModuleIndex, statement: ast.stmt) -> set[str]:
    """The variables of the loops around a statement."""
    return {name for loop in loops(index, statement) for name in _names(loop.target)}


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
