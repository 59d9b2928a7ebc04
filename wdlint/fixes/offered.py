"""Code that offers the decoupled twin already: another branch of the same choice builds it.

``if name == "adam": Adam(...)`` beside ``elif name == "adamw": AdamW(...)`` leaves the choice to whoever
runs the program. A fix that makes both the same class would take it away.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from wdlint.fixes.locate import ancestors
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
    chain: list[ast.AST] = list(ancestors(tree, call))
    for inner, outer in itertools.pairwise(chain):
        match outer:
            case ast.If(body=body, orelse=orelse):
                yield orelse if inner in body else body
            case ast.Match(cases=cases):
                yield from (case.body for case in cases if case is not inner)
        for block in (b for _, b in ast.iter_fields(outer) if isinstance(b, list) and inner in b):
            at = block.index(inner)
            yield from (s.body for s in block[:at] if isinstance(s, ast.If) and _leaves(s))
            if isinstance(inner, ast.If):
                yield block[at + 1 :] if _leaves(inner) else []
                yield from _tested_alike(inner, block)


def _leaves(choice: ast.If) -> bool:
    """Whether what follows an ``if`` is in place of its body."""
    return isinstance(choice.body[-1], ast.Return | ast.Raise)


def _tested_alike(choice: ast.If, block: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """The branches of the other statements of a block that compare what ``choice`` compares."""
    tested = _tested(choice.test)
    alike = (s for s in block if isinstance(s, ast.If) and s is not choice)
    yield from (s.body for s in alike if tested and _tested(s.test) == tested)


def _tested(test: ast.expr) -> str:
    """``args.optimizer`` of ``args.optimizer == "adam"``; empty where nothing is compared."""
    return ast.dump(test.left) if isinstance(test, ast.Compare) else ""


def _first(call: ast.Call) -> str:
    """The parameters a call is given, as far as they are its first argument or ``params``."""
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "params"), None)
    return ast.dump(given) if given is not None else ""


def _short(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]
