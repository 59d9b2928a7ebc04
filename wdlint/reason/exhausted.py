"""One-shot iterators over parameters that are consumed twice: the second time they are empty."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from wdlint.facts import ExhaustedIterator
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import last_name
from wdlint.reason.values import Parameters

_MAKERS: Final = frozenset({"parameters", "named_parameters", "filter", "chain", "from_iterable"})
_WATCHERS: Final = frozenset({"id", "type", "isinstance", "print", "repr", "str", "next", "iter", "callable"})


def exhausted_iterators(evaluator: Evaluator) -> Iterator[ExhaustedIterator]:
    """Variables bound once to such an iterator, and consumed twice in a straight line after it."""
    index = evaluator.index
    for name in _MAKERS:
        for call, statement in index.calls_named.get(name, ()):
            match statement:
                case ast.Assign(targets=[ast.Name(id=variable)], value=value) if value is call:
                    pass
                case ast.AnnAssign(target=ast.Name(id=variable), value=value) if value is call:
                    pass
                case _:
                    continue
            held = evaluator.evaluate(call, evaluator.frame(statement))
            if not isinstance(held, Parameters) or not held.one_shot:
                continue
            uses = list(_consumed(evaluator, variable, statement))
            if len(uses) >= 2:
                yield ExhaustedIterator(
                    variable,
                    f"{last_name(call.func)}()",
                    evaluator.place(call),
                    evaluator.place(uses[0]),
                    evaluator.place(uses[1]),
                )


def _consumed(evaluator: Evaluator, variable: str, made: ast.stmt) -> Iterator[ast.expr]:
    """The expressions that run through the iterator to its end, in order, certainly one after the other.

    Only statements of the same block after ``made`` and their unconditional insides count, so
    that the two branches of an ``if`` are not taken for two uses; rebinding ends the search.
    """
    index = evaluator.index
    for statement in index.following(made):
        yield from _uses(statement, variable)
        if any(b.name == variable and b.kind != "mutation" for b in index.bindings(statement)):
            return
        if isinstance(statement, ast.If | ast.Try | ast.While | ast.Match) and index.binds(
            variable, statement
        ):
            return


def _uses(statement: ast.stmt, variable: str) -> Iterator[ast.expr]:
    match statement:
        case ast.For(iter=ast.Name(id=name)) if name == variable:
            if not any(isinstance(n, ast.Break | ast.Return) for b in statement.body for n in ast.walk(b)):
                yield statement.iter
            return
        case (
            ast.For() | ast.While() | ast.If() | ast.Try() | ast.Match() | ast.FunctionDef() | ast.ClassDef()
        ):
            return
        case ast.With():
            for inner in statement.body:
                yield from _uses(inner, variable)
            return
    found: list[ast.Name] = []
    for node in ast.walk(statement):
        match node:
            case (
                ast.ListComp(generators=[g, *_])
                | ast.SetComp(generators=[g, *_])
                | ast.DictComp(generators=[g, *_])
            ):
                if isinstance(g.iter, ast.Name) and g.iter.id == variable:
                    found.append(g.iter)
            case ast.GeneratorExp(generators=[g, *_]) if (
                isinstance(g.iter, ast.Name) and g.iter.id == variable
            ):
                found.append(g.iter)
            case ast.Call(func=func, args=arguments):
                if last_name(func) in _WATCHERS:
                    continue
                found.extend(a for a in arguments if isinstance(a, ast.Name) and a.id == variable)
    yield from sorted(found, key=lambda n: (n.lineno, n.col_offset))
