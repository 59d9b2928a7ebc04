"""Annotations of an optimizer that name its class: of the variable it is assigned to, of what a
function returns. Nothing in here edits.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.facts import Optimizer
from wdlint.fixes.names import Names, names_of


def annotations_of(tree: ast.Module, call: ast.Call, optimizer: Optimizer) -> Iterator[ast.expr]:
    """The annotations that hold for the result of a call alone and are just its class."""
    names = names_of(tree)
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(annotation=annotation, value=value) if value is call:
                found: ast.expr | None = annotation
            case ast.FunctionDef(returns=found) | ast.AsyncFunctionDef(returns=found):
                if found is None or not _returns_only(node, call, names):
                    continue
            case _:
                continue
        if found is not None and names.dotted(found) in (optimizer.name, *optimizer.aliases):
            yield found


def _returns_only(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, names: Names) -> bool:
    """Whether a function returns the result of a call whatever happens."""
    returned = [node.value for node in _own(function) if isinstance(node, ast.Return)]
    return bool(returned) and all(value is call or _holds(value, function, call, names) for value in returned)


def _holds(
    value: ast.expr | None, function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, names: Names
) -> bool:
    """Whether a value is a local variable that only this call is assigned to."""
    if not isinstance(value, ast.Name):
        return False
    assigned = [
        node.value
        for node in _own(function)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == value.id
    ]
    return assigned == [call] and len(names.assigned.get(value.id, ())) == 1


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body, without the functions and classes inside it."""
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
