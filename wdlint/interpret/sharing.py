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
    """A loop that fills more than one collection, or two comprehensions that complete each other.

    A loop that first passes some parameters over has chosen which ones it is about.
    """
    seen: set[tuple[str, bool]] = set()
    for loop in loops:
        if isinstance(loop, ast.For):
            if len(_targets(loop)) > 1 and not any(_is_choice(s) for s in loop.body):
                return True
        elif isinstance(loop, ast.comprehension):
            for test in loop.ifs:
                text, holds = canonical(test)
                if (text, not holds) in seen:
                    return True
                seen.add((text, holds))
    return False


def _is_choice(statement: ast.stmt) -> bool:
    """``if "head" in name: continue``, or a condition around the whole split; frozen ones are no loss."""
    match statement:
        case ast.If(test=test, body=body, orelse=[]) if "requires_grad" not in ast.unparse(test):
            added = len(_targets(statement))
            return added > 1 or (added == 0 and isinstance(body[-1], ast.Continue))
    return False


def _targets(block: ast.stmt) -> set[str]:
    """The collections a loop, or a part of it, adds to."""
    found: set[str] = set()
    for node in ast.walk(block):
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
