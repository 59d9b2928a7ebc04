"""Whether an expression may be written twice: both times the same parameters, and nothing else happens.

The two halves of a split read the parameters one after the other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from wdlint.reason.scopes import dotted, last_name
from wdlint.reason.values import Abstract, Code, Items, Parameters, alternatives

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_CHANGING: Final = frozenset(
    {"add", "append", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}
    | {"next", "__next__", "send", "input", "read", "readline"}
)
"""Functions that leave something behind, so that a second call meets another state."""
_RANDOM: Final = re.compile(r"(^|[._])rand(n|int|om|perm)?([._]|$)|bernoulli", re.I)


def why_not_repeatable(
    evaluator: Evaluator, node: ast.expr, code: Code, value: Abstract | None = None
) -> str:
    """Why an expression must not be written twice; "" if it can be."""
    match node:
        case ast.Name() | ast.Attribute():
            return _held(evaluator, node, code, value)
        case ast.Call(func=ast.Attribute(value=receiver, attr="parameters"), args=[]):
            return _why_not_stable(evaluator, receiver)
        case ast.Call(func=ast.Attribute(attr="named_parameters")):
            return "named_parameters() hands over pairs of name and parameter"
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[argument], keywords=[]):
            return why_not_repeatable(evaluator, argument, code)
        case ast.Call(func=ast.Name(id="filter"), args=[ast.Lambda(body=test), iterable], keywords=[]):
            return _another_time(test) or why_not_repeatable(evaluator, iterable, code)
        case ast.Call(func=func, args=arguments, keywords=[]) if dotted(func) in ("itertools.chain", "chain"):
            return _first_reason(why_not_repeatable(evaluator, a, code) for a in arguments)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            arms = (why_not_repeatable(evaluator, arm, code) for arm in (body, orelse))
            return _another_time(test) or _first_reason(arms)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _first_reason(why_not_repeatable(evaluator, side, code) for side in (left, right))
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return _first_reason(_element(evaluator, e, code) for e in elements)
        case ast.ListComp(elt=ast.Name(), generators=[g]) | ast.GeneratorExp(elt=ast.Name(), generators=[g]):
            if reason := _first_reason(map(_another_time, g.ifs)):
                return reason
            match g.iter:
                case ast.Call(func=ast.Attribute(value=receiver, attr="named_parameters"), args=[]):
                    return _why_not_stable(evaluator, receiver)
            return why_not_repeatable(evaluator, g.iter, code)
    return "the expression may have effects, or give something else the second time"


def _element(evaluator: Evaluator, node: ast.expr, code: Code) -> str:
    if isinstance(node, ast.Starred):
        return why_not_repeatable(evaluator, node.value, code)
    return _why_not_stable(evaluator, node)


def _held(evaluator: Evaluator, node: ast.expr, code: Code, value: Abstract | None) -> str:
    """A variable can be read twice if it holds a collection, not an iterator."""
    held = value if value is not None and node is code.node else evaluator.evaluate(node, code.frame)
    for each in alternatives(held):
        match each:
            case Items():
                pass
            case Parameters(one_shot=False):
                pass
            case Parameters(one_shot=True):
                return f"`{dotted(node)}` is an iterator, empty after its first use"
            case _:
                return f"what `{dotted(node)}` holds is not known, and it may be an iterator"
    return ""


def _why_not_stable(evaluator: Evaluator, node: ast.expr) -> str:
    """Why an expression is no plain look-up of names, attributes and constant subscripts; "" if it is."""
    match node:
        case ast.Name():
            return ""
        case ast.Attribute(attr=name) if _is_made_anew(evaluator, name):
            return f"`{name}` is a property that calls something each time"
        case ast.Attribute(value=inner):
            return _why_not_stable(evaluator, inner)
        case ast.Subscript(value=inner, slice=ast.Constant() | ast.Name()):
            return _why_not_stable(evaluator, inner)
    return "the module is the result of a call, and calling it twice may build two"


def _is_made_anew(evaluator: Evaluator, name: str) -> bool:
    """Whether a property of this name in the file returns the result of a call."""
    return any(
        any(dotted(each) == "property" for each in function.decorator_list)
        and any(isinstance(each.value, ast.Call) for each in evaluator.index.returns(function) or ())
        for function in evaluator.index.functions.get(name, ())
    )


def _another_time(condition: ast.expr) -> str:
    """Why a condition may choose differently when it is asked again: ``seen.add(id(p))``, ``random()``."""
    for node in ast.walk(condition):
        if isinstance(node, ast.Call) and (
            last_name(node.func) in _CHANGING or _RANDOM.search(dotted(node.func))
        ):
            return f"`{ast.unparse(node.func)}()` may say something else the second time"
    return ""


def _first_reason(reasons: Iterator[str]) -> str:
    return next((reason for reason in reasons if reason), "")
