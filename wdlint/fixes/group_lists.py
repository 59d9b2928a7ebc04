"""Who reads a list of groups besides the optimizer, and would meet more entries after a split."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.facts import OptimizerSite, ParamGroup
from wdlint.fixes.group_literals import literal_of
from wdlint.fixes.locate import expression_at, function_around, parent_of
from wdlint.sources.text import Source


def other_readers(source: Source, tree: ast.Module, site: OptimizerSite, group: ParamGroup) -> Iterator[str]:
    """What counts, indexes or pairs the entries of the list a group is written in, a line each."""
    _, display = literal_of(source, tree, group)
    holder = parent_of(tree, display)
    while isinstance(holder, ast.BinOp | ast.Starred | ast.List | ast.Tuple | ast.IfExp):
        holder = parent_of(tree, holder)
    call = expression_at(tree, source, site.place, ast.Call)
    meant = set(ast.walk(call)) if call is not None else set()
    for room, variable in _variables(tree, holder):
        for use in ast.walk(room):
            if isinstance(use, ast.Name) and use.id == variable and use not in meant:
                if _counts(parent_of(tree, use), site):
                    yield f"line {use.lineno} reads `{variable}`, which gets more entries"


def _variables(tree: ast.Module, holder: ast.AST | None) -> Iterator[tuple[ast.AST, str]]:
    """The variables that hold a list, each with its function or the module; also where it is returned to."""
    function = function_around(tree, holder) if holder is not None else None
    room = function or tree
    match holder:
        case ast.Assign(targets=[ast.Name(id=variable)]) | ast.AnnAssign(target=ast.Name(id=variable)):
            yield room, variable
            returned = (n.value for n in ast.walk(room) if isinstance(n, ast.Return))
            if not any(isinstance(value, ast.Name) and value.id == variable for value in returned):
                return
        case ast.Return():
            pass
        case _:
            return
    if function is None:
        return
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=variable)],
                value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)),
            ) if name == function.name:
                yield function_around(tree, node) or tree, variable


def _counts(reader: ast.AST | None, site: OptimizerSite) -> bool:
    """Whether what reads a list depends on how many entries it has.

    A function the optimizer is built in may be handed it.
    """
    match reader:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name not in ("print", *site.owner.split("."))
        case ast.Subscript() | ast.Starred() | ast.Assign(targets=[ast.Tuple() | ast.List()]):
            return True
    return False
