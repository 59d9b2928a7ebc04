"""Whether code visibly shares out all the parameters it runs over, so that one left over was forgotten."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.NotIn: ast.In,
    ast.NotEq: ast.Eq,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.IsNot: ast.Is,
}


def shares_out(loops: Sequence[ast.AST]) -> bool:
    """A loop that fills more than one collection, or two comprehensions that complete each other."""
    seen: set[tuple[str, bool]] = set()
    for loop in loops:
        if isinstance(loop, ast.For):
            if len(_targets(loop)) > 1:
                return True
        elif isinstance(loop, ast.comprehension):
            for test in loop.ifs:
                text, holds = canonical(test)
                if (text, not holds) in seen:
                    return True
                seen.add((text, holds))
    return False


def _targets(loop: ast.For) -> set[str]:
    """The collections a loop adds to."""
    found: set[str] = set()
    for node in ast.walk(loop):
        match node:
            case ast.Call(func=ast.Attribute(value=holder, attr="append" | "add")):
                found.add(ast.unparse(holder))
    return found


def canonical(test: ast.expr) -> tuple[str, bool]:
    """A condition without its negations, and whether it stands there affirmed."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            text, holds = canonical(operand)
            return text, not holds
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITE:
            positive = ast.Compare(left, [_OPPOSITE[type(op)]()], [right])
            return ast.unparse(ast.copy_location(positive, test)), False
        case ast.Call(func=ast.Name(id="any" | "all" as quantifier), args=[ast.GeneratorExp() as each]):
            text, holds = canonical(each.elt)
            if holds is (quantifier == "any"):  # all(not x) is not any(x)
                over = " ".join(map(ast.unparse, each.generators))
                return f"any {text} {over}", quantifier == "any"
    return ast.unparse(test), True
