"""A function of the project that makes parameter groups already is used rather than a new one.

It is recognised by what it does: the program is followed with a call of it, and each parameter has
to end where a split of our own would put it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from wdlint.facts import Edit, OptimizerSite
from wdlint.fixes.locate import top_statement
from wdlint.fixes.predicate import Exemption
from wdlint.fixes.rehearsal import Examined
from wdlint.fixes.split import OneGroup
from wdlint.fixes.verified import splits_right

_NAME: Final = re.compile(r"group|no_?decay|add_weight_decay|param\w*_for|optim\w*_param", re.I)
_DECAY: Final = re.compile(r"^(?:weight_?decay|wd|decay|l2\w*)$", re.I)
_MOST_CANDIDATES: Final = 3
"""Following a program takes up to a second."""


class OwnHelper(NamedTuple):
    """The edits that hand the model to a function of the project, and the name of that."""

    edits: tuple[Edit, ...]
    name: str


def split_by_own_helper(
    whole: OneGroup, site: OptimizerSite, exemption: Exemption, examined: Examined
) -> OwnHelper | None:
    """Call a function of the project on the model; None where none is seen to do what is asked."""
    model = _model(whole.params)
    if model is None:
        return None
    written = whole.source.slice(whole.source.span(model))
    calls = (f"{name}({written}{rest})" for name, rest in _candidates(whole))
    for call in islice(calls, _MOST_CANDIDATES):
        edits = (Edit(whole.span, call),)
        if splits_right(whole.source, site, edits, exemption, examined):
            return OwnHelper(edits, call.partition("(")[0])
    return None


def _model(params: ast.expr) -> ast.expr | None:
    match params:
        case ast.Call(func=ast.Attribute(value=model, attr="parameters"), args=[], keywords=[]):
            return model
    return None


def _candidates(whole: OneGroup) -> Iterator[tuple[str, str]]:
    """Functions of the file and of imported modules by their names, with what follows the model."""
    decay = _coefficient(whole)
    top = top_statement(whole.tree, whole.call)
    for statement in whole.tree.body:
        match statement:
            case ast.FunctionDef(name=name) if _NAME.search(name) and statement is not top:
                if (rest := _rest(statement, decay)) is not None and _is_above(statement, top):
                    yield name, rest
            case ast.ImportFrom(names=aliases, level=level) if level or _is_of_project(statement):
                for alias in aliases:
                    if _NAME.search(alias.name):
                        name = alias.asname or alias.name
                        yield from ((name, f", {decay}"),) if decay else ()
                        yield name, ""


def _is_above(function: ast.FunctionDef, top: ast.stmt | None) -> bool:
    """Whether the function is there when the call is made."""
    return top is not None and (
        function.lineno < top.lineno or isinstance(top, ast.FunctionDef | ast.ClassDef)
    )


def _is_of_project(statement: ast.ImportFrom) -> bool:
    return (statement.module or "").partition(".")[0] not in ("torch", "timm", "transformers", "apex")


def _rest(function: ast.FunctionDef, decay: str) -> str | None:
    """What a call of a function passes after the model; None where it wants more than the decay."""
    arguments = function.args
    if arguments.posonlyargs or any(d is None for d in arguments.kw_defaults):
        return None
    names = [a.arg for a in arguments.args]
    required = len(names) - len(arguments.defaults)
    if not names or required > 2 or "param" in names[0]:
        return None
    if len(names) > 1 and _DECAY.search(names[1]) and decay:
        return f", {decay}"
    return "" if required == 1 else None


def _coefficient(whole: OneGroup) -> str:
    """The coefficient as the call has it; "" where it cannot be written a second time."""
    given = next((k.value for k in whole.call.keywords if k.arg == "weight_decay"), None)
    if given is None:
        return whole.decay or ""
    plain = all(
        isinstance(n, ast.Constant | ast.Name | ast.Attribute | ast.expr_context) for n in ast.walk(given)
    )
    return whole.source.slice(whole.source.span(given)) if plain else ""
