"""Code that offers the decoupled twin already: another branch of the same choice builds it.

``if name == "adam": Adam(...)`` beside ``elif name == "adamw": AdamW(...)`` leaves the choice to whoever
runs the program. A fix that makes both the same class would take it away.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from wdlint.fixes.withheld import Withheld


def check_not_offered(tree: ast.Module, call: ast.Call, twin: str) -> None:
    """Refuse where a branch beside the one of a call builds the class ``twin`` of the same parameters.

    Raises:
        Withheld: it does, on the line that is named.
    """
    for branch in _beside(tree, call):
        for node in (n for statement in branch for n in ast.walk(statement)):
            if isinstance(node, ast.Call) and _short(node.func) == twin and _first(node) == _first(call):
                raise Withheld(f"line {node.lineno} builds {twin} for another choice: make that one instead")


def _beside(tree: ast.Module, call: ast.Call) -> Iterator[list[ast.stmt]]:
    """The branches a program may take in place of the one that a call stands in, innermost first."""
    chain: list[ast.AST] = list(_ancestors(tree, call))
    for inner, outer in itertools.pairwise(chain):
        match outer:
            case ast.If(body=body, orelse=orelse):
                yield orelse if inner in body else body
            case ast.Match(cases=cases):
                yield from (case.body for case in cases if case is not inner)
        if isinstance(inner, ast.If):
            yield from _tested_alike(inner, outer)


def _tested_alike(choice: ast.If, block: ast.AST) -> Iterator[list[ast.stmt]]:
    """The branches of the other statements of a block that compare what ``choice`` compares."""
    tested = _tested(choice.test)
    for _, statements in ast.iter_fields(block):
        if tested and isinstance(statements, list) and choice in statements:
            alike = (s for s in statements if isinstance(s, ast.If) and s is not choice)
            yield from (s.body for s in alike if _tested(s.test) == tested)


def _tested(test: ast.expr) -> str:
    """``args.optimizer`` of ``args.optimizer == "adam"``; empty where nothing is compared."""
    return ast.dump(test.left) if isinstance(test, ast.Compare) else ""


def _ancestors(tree: ast.Module, node: ast.AST) -> Iterator[ast.AST]:
    """A node and what it stands in, up to the function or class around it."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    at: ast.AST | None = node
    while at is not None:
        yield at
        if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return
        at = parents.get(at)


def _first(call: ast.Call) -> str:
    """The parameters a call is given, as far as they are its first argument or ``params``."""
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "params"), None)
    return ast.dump(given) if given is not None else ""


def _short(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]
