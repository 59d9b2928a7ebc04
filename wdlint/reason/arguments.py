"""How arguments meet parameters: binding a call, and defaults."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wdlint.reason.scopes import FunctionNode, ModuleIndex, all_parameters, dotted
from wdlint.reason.values import Abstract, Code, Constant, Entries, Frame, Lazy, Options, alternatives, choice

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator


def written_argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    """An argument as a call writes it, by its keyword or its position; None behind a ``*args``."""
    given = next((k.value for k in call.keywords if k.arg == name), None)
    before = call.args[: position + 1]
    if given is not None or len(before) <= position or any(isinstance(a, ast.Starred) for a in before):
        return given
    return before[-1]


def bind(
    call: ast.Call, function: FunctionNode | ast.Lambda, frame: Frame, evaluator: Evaluator
) -> dict[str, Lazy] | None:
    """Parameters mapped to the code a call passes; None when ``*args`` hides the positions.

    The first parameter of a method is left out. A ``**mapping`` that can be read is spread.
    """
    positional = [*function.args.posonlyargs, *function.args.args]
    if _skips_first(function, evaluator.index):
        positional = positional[1:]
    passed: dict[str, Lazy] = {}
    for parameter, argument in zip(positional, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            return None
        passed[parameter.arg] = Code(argument, frame)
    accepted = {p.arg for p in all_parameters(function.args)}
    extra: dict[str, tuple[Lazy, ...]] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            spread = evaluator.evaluate(keyword.value, frame)
            if isinstance(spread, Options):  # Model(**vars(args)): each parameter its option
                defaults = {name: evaluator.option(spread, name) for name in sorted(accepted)}
                passed = {**{n: value for n, value in defaults.items() if value is not None}, **passed}
                continue
            if not isinstance(spread, Entries) or spread.open:
                return None
            for name, values in spread.entries.items():
                if name in accepted:
                    passed.setdefault(name, values[-1])
                else:
                    extra.setdefault(name, values)
        elif keyword.arg in accepted:
            passed[keyword.arg] = Code(keyword.value, frame)
        else:
            extra[keyword.arg] = (Code(keyword.value, frame),)
    if function.args.kwarg is not None:
        passed[function.args.kwarg.arg] = Entries(extra)
    return passed


def default_expression(arguments: ast.arguments, name: str) -> ast.expr | None:
    """The default written for a parameter in a signature."""
    positional = [*arguments.posonlyargs, *arguments.args]
    for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        if parameter.arg == name:
            return default
    for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if parameter.arg == name:
            return keyword_default
    return None


def default_of_argument(name: str, function: str) -> str:
    """How the default of a function's parameter is spoken of."""
    return f"argument `{name}` of {function}"


def is_of_argument(of: str) -> bool:
    """Whether a default is one that callers override, seen or not."""
    return of.startswith("argument `")


def as_default(value: Abstract, of: str) -> Abstract:
    """Constants in a value become defaults of something that can override them."""

    def one(each: Abstract) -> Abstract:
        if isinstance(each, Constant) and not each.default_of:
            return Constant(each.value, each.where, of)
        if isinstance(each, Entries):  # callers pass their own
            return Entries(each.entries, True, each.places)
        return each

    return choice(one(each) for each in alternatives(value))


def _skips_first(function: FunctionNode | ast.Lambda, index: ModuleIndex) -> bool:
    if isinstance(function, ast.Lambda):
        return False
    owner = index.scope_of[function].parent
    decorators = {dotted(d) for d in function.decorator_list}
    return owner is not None and isinstance(owner.node, ast.ClassDef) and "staticmethod" not in decorators
