"""Operators on values that are known: numbers, strings, lists, and collections of parameters."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from wdlint.reason import calls
from wdlint.reason.values import LONGEST, Abstract, Constant, Items, Opaque, numeric

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_NUMERIC: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.Mod: operator.mod,
}


def combine(evaluator: Evaluator, op: ast.operator, left: Abstract, right: Abstract) -> Abstract:
    """``left op right``."""
    match left, right:
        case Constant(), Constant():
            return _arithmetic(op, left, right)
        case Items(), Items() if isinstance(op, ast.Add | ast.BitOr):
            if len(left.items) + len(right.items) > LONGEST:
                return Opaque("it is too long")
            return Items((*left.items, *right.items), left.open or right.open)
        case _ if isinstance(op, ast.Add | ast.BitOr):
            joined = calls.union(evaluator, (left, right))
            if joined is not None:
                return joined
    for each in (left, right):
        if isinstance(each, Opaque):
            return each
    return Opaque("it is computed")


def compare(left: Abstract, op: ast.cmpop, right: Abstract) -> Abstract:
    """``left op right`` as far as equality goes."""
    match left, op, right:
        case Constant(default_of=""), ast.Eq() | ast.Is(), Constant(default_of=""):
            return Constant(left.value == right.value)
        case Constant(default_of=""), ast.NotEq() | ast.IsNot(), Constant(default_of=""):
            return Constant(left.value != right.value)
    return Opaque("it is computed")


def negative(value: Abstract) -> Abstract:
    """``-value``."""
    if isinstance(value, Constant) and (number := numeric(value.value)) is not None:
        return Constant(-number, value.where, value.default_of)
    return value if isinstance(value, Opaque) else Opaque("it is computed")


def _arithmetic(op: ast.operator, left: Constant, right: Constant) -> Abstract:
    default_of = left.default_of or right.default_of
    where = right.where if right.default_of else left.where
    if isinstance(op, ast.Add) and isinstance(left.value, str) and isinstance(right.value, str):
        if len(left.value) + len(right.value) > LONGEST:
            return Opaque("it is too long")
        return Constant(left.value + right.value, where, default_of)
    a, b = numeric(left.value), numeric(right.value)
    function = _NUMERIC.get(type(op))
    if a is None or b is None or function is None:
        return Opaque("it is computed")
    if isinstance(op, ast.Pow) and (abs(b) > 64 or abs(a) > 1e6):
        return Opaque("it is computed")
    try:
        result = function(a, b)
    except (ArithmeticError, ValueError):
        return Opaque("it is computed")
    if isinstance(result, int | float):
        return Constant(result, where, default_of)
    return Opaque("it is computed")
