"""Which expressions hold an object: the object itself, containers with it, wrappers around it.

What the object looks like in the syntax, a name or the call that makes it, is a ``Test``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from wdlint.reason import known_calls
from wdlint.reason.scopes import Binding, last_name
from wdlint.reason.values import Code, Entries, Lazy

Test: TypeAlias = Callable[[ast.expr], bool]

_CONTENTS: Final = frozenset({"items", "values", "copy"})
"""Methods of a dict that give what is in it."""

LOOKS_IT: Final = re.compile(r"opt", re.I)
"""What a name looks like that gets the optimizer when several things are unpacked."""


def carries(node: ast.expr, test: Test) -> bool:
    """Whether an expression is the object, a container with it, or a wrapper around it."""
    if test(node):
        return True
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.BoolOp(values=parts):
            return any(carries(each, test) for each in parts)
        case ast.Dict(values=parts):
            return any(carries(each, test) for each in parts)
        case ast.IfExp(body=body, orelse=orelse):
            return carries(body, test) or carries(orelse, test)
        case ast.Starred(value=value) | ast.NamedExpr(value=value) | ast.Await(value=value):
            return carries(value, test)
        case ast.Subscript(value=value, slice=ast.Constant(value=str() as key)):
            named = LOOKS_IT.search(key) or LOOKS_IT.search(last_name(value))
            return named is not None and carries(value, test)
        case ast.Subscript(value=value):
            return carries(value, test)
        case ast.ListComp(elt=element, generators=generators):
            return carries(element, test) or any(carries(g.iter, test) for g in generators)
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in _CONTENTS:
            return carries(value, test) or test(node.func)
        case ast.Call(func=func, args=positional, keywords=keywords):
            given = (*positional, *(k.value for k in keywords))
            hands_on = known_calls.hands_on(last_name(func)) and any(carries(a, test) for a in given)
            return hands_on or test(func)
    return False


def position_in(node: ast.expr, test: Test) -> int | None:
    """Where in a tuple the object stands, if it stands in one."""
    if isinstance(node, ast.Tuple):
        return next((i for i, each in enumerate(node.elts) if carries(each, test)), None)
    return None


def binds(binding: Binding, test: Test, position: int | None) -> bool:
    """Whether a binding gives its name the object, or puts it into what the name holds."""
    value = binding.value
    if value is None:
        return False
    if binding.kind == "mutation" and isinstance(value, ast.Call) and not carries(value, test):
        return any(carries(a, test) for a in (*value.args, *(k.value for k in value.keywords)))
    if binding.kind not in ("assign", "loop", "mutation"):
        return False
    if not binding.path:
        return carries(value, test)
    if isinstance(value, ast.Tuple) and binding.kind == "assign":
        return binding.path[0] < len(value.elts) and carries(value.elts[binding.path[0]], test)
    if not carries(value, test):
        return False
    if isinstance(value, ast.Call) and last_name(value.func) == "items":
        return binding.path[0] == 1
    if position is not None and test(value):
        return binding.path[0] == position
    return LOOKS_IT.search(binding.name) is not None


def passes(lazy: Lazy, test: Test) -> bool:
    """Whether an argument holds the object; for ``**kwargs``, whether one of them does."""
    match lazy:
        case Code(node=node):
            return carries(node, test)
        case Entries(entries=entries):
            return any(passes(each, test) for several in entries.values() for each in several)
    return False
