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
    match holder:
        case ast.Assign(targets=[ast.Name(id=variable)]) | ast.AnnAssign(target=ast.Name(id=variable)):
            call = expression_at(tree, source, site.place, ast.Call)
            meant = set(ast.walk(call)) if call is not None else set()
            for use in ast.walk(function_around(tree, holder) or tree):
                if isinstance(use, ast.Name) and use.id == variable and use not in meant:
                    if _counts(parent_of(tree, use), site):
                        yield f"line {use.lineno} reads `{variable}`, which gets more entries"


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
