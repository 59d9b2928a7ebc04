"""Parameters that can be read only once: an iterator in a variable, or handed over by a caller.

An iterator becomes a list where it is made. One that arrives as a function's argument is split by
the one caller that has the model; nothing in here looks beyond the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from wdlint.facts import Edit, OptimizerSite
from wdlint.fixes.listing import in_list
from wdlint.fixes.locate import function_around
from wdlint.fixes.split import OneGroup
from wdlint.fixes.withheld import Withheld

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_READERS: Final = frozenset({"parameters", "named_parameters", "filter", "list", "tuple", "chain"})


def readable_twice(whole: OneGroup, site: OptimizerSite) -> tuple[OneGroup, tuple[Edit, ...]] | None:
    """The argument to split instead, and what makes it readable twice; None where there is none.

    Raises:
        Withheld: the parameters arrive as a function's argument, and not from one caller in this file.
    """
    if not isinstance(whole.params, ast.Name):
        return None
    variable = whole.params.id
    function = function_around(whole.tree, whole.call)
    if function is not None and variable in _arguments(function):
        return _at_the_caller(whole, site, function, variable), ()
    made = _only_value(function or whole.tree, variable)
    if made is None:
        return None
    return whole, in_list(whole.source.span(made), whole.names)


def _only_value(room: ast.AST, variable: str) -> ast.expr | None:
    """What a variable of a function or the module holds that is bound once, and read by one call alone."""
    values = []
    for node in ast.walk(room):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == variable:
                values.append(value)
            case ast.Global(names=names) | ast.Nonlocal(names=names) if variable in names:
                return None
            case ast.arg(arg=name) | ast.alias(asname=name) if name == variable:
                return None
    mentions = [n for n in ast.walk(room) if isinstance(n, ast.Name) and n.id == variable]
    return values[0] if len(values) == 1 and len(mentions) == 2 else None


# ------------------------------------------------------------------------- the caller


def _at_the_caller(whole: OneGroup, site: OptimizerSite, function: _Function, variable: str) -> OneGroup:
    calls = list(_calls(whole, function))
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == variable]
    if len(calls) == 1 and len(uses) == 1:
        argument = _passed(calls[0], function, variable)
        if argument is not None and _gives_the_same_twice(argument):
            span = whole.source.span(argument)
            if span.end < whole.source.span(calls[0]).end:
                return replace(whole, call=calls[0], params=argument, span=span)
    raise Withheld(
        f"`{variable}` is an iterator that arrives as an argument of `{function.name}`;"
        f" {_handed_over(whole, site, calls)} is where it can be split"
    )


def _handed_over(whole: OneGroup, site: OptimizerSite, calls: list[ast.Call]) -> str:
    """``train.py, line 12``: where the parameters come from."""
    places = [(g.caller.path, g.caller.line) for g in site.groupings if g.caller is not None]
    places = places or [(whole.source.path, call.lineno) for call in calls]
    if not places:
        return "its caller"
    shown = [
        f"line {line}" if path == whole.source.path else f"{path}, line {line}"
        for path, line in dict.fromkeys(places)
    ]
    return " or ".join(shown)


def _arguments(function: _Function) -> list[str]:
    return [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _calls(whole: OneGroup, function: _Function) -> Iterator[ast.Call]:
    """The calls of a function by its name, if nothing else in the file has or uses that name."""
    name = function.name
    mentions = [
        n
        for n in ast.walk(whole.tree)
        if (isinstance(n, ast.Name) and n.id == name) or (isinstance(n, ast.Attribute) and n.attr == name)
    ]
    calls = [n for n in ast.walk(whole.tree) if isinstance(n, ast.Call) and n.func in mentions]
    if len(calls) == len(mentions) and len(whole.names.assigned.get(name, ())) == 1:
        yield from calls


def _passed(call: ast.Call, function: _Function, variable: str) -> ast.expr | None:
    """The argument a call passes for a parameter of the function."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if isinstance(call.func, ast.Attribute) and positional[:1] == ["self"]:
        positional = positional[1:]
    by_name = next((k.value for k in call.keywords if k.arg == variable), None)
    if by_name is not None or variable not in positional:
        return by_name
    index = positional.index(variable)
    return call.args[index] if index < len(call.args) else None


def _gives_the_same_twice(argument: ast.expr) -> bool:
    """Whether an expression reads the parameters of modules that are named, and does nothing else."""
    if isinstance(argument, ast.Name):
        return False
    for node in ast.walk(argument):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=name)):
                if name not in _READERS or not _is_plain(receiver):
                    return False
            case ast.Call(func=ast.Name(id=name)):
                if name not in _READERS:
                    return False
            case ast.Call() | ast.NamedExpr() | ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
            case ast.comprehension(iter=ast.Name()):
                return False
    return any(isinstance(n, ast.Attribute) and n.attr == "parameters" for n in ast.walk(argument))


def _is_plain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
