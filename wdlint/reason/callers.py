"""What a parameter of a function is: what its callers pass, what it defaults to, how it is annotated.

Callers are sought in the function's own file and, where other files may be read, in the files of
the project that call something of that name. There a call counts when its callee evaluates to this
very function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from wdlint.reason import members
from wdlint.reason.arguments import (
    as_default,
    bind,
    calls_of,
    default_expression,
    default_of_argument,
)
from wdlint.reason.options import decorated_default, typer_default
from wdlint.reason.scopes import FunctionNode, Scope, dotted
from wdlint.reason.values import (
    Abstract,
    Constant,
    Entries,
    Frame,
    Items,
    LocalClass,
    LocalFunction,
    Opaque,
    alternatives,
    choice,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

DEPTH: Final = 6
"""Calls followed into callers and callees at most."""
MOST_CALLERS: Final = 8
_MOST_MENTIONS: Final = 16
"""Files looked into for calls; a name that more files call says little about any of them."""


def argument(evaluator: Evaluator, parameter: ast.arg, frame: Frame) -> Abstract:
    """What a parameter of the function around is: passed, defaulted, or annotated."""
    node = frame.scope.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    name = parameter.arg
    if frame.arguments is not None and name in frame.arguments:
        return evaluator.force(frame.arguments[name])
    bound = _bound_first(evaluator, node, name, frame)
    if bound is not None:
        return bound
    if node.args.kwarg is parameter:
        return Entries({}, open=True)
    if node.args.vararg is parameter:
        return Items((), open=True)
    unknown = Opaque(f"argument `{name}` of {node.name}()")
    value = default(evaluator, node, name)
    if frame.arguments is not None:  # a call that left it out
        return value or unknown
    passed = _passed(evaluator, node, name, value, frame)
    if passed is not None:
        return passed
    if value is not None and not (isinstance(value, Constant) and value.value is None):
        return value
    return _annotated(evaluator, parameter, frame) or value or unknown


def _bound_first(evaluator: Evaluator, node: FunctionNode, name: str, frame: Frame) -> Abstract | None:
    """``self`` or ``cls`` of a method."""
    owner = frame.scope.parent
    positional = [*node.args.posonlyargs, *node.args.args]
    if owner is None or not isinstance(owner.node, ast.ClassDef) or not positional:
        return None
    decorators = {dotted(d) for d in node.decorator_list}
    if positional[0].arg != name or "staticmethod" in decorators:
        return None
    if frame.self_value is not None:
        return frame.self_value
    cls = LocalClass(owner.node, owner.parent or evaluator.index.module)
    return cls if "classmethod" in decorators else members.instance(evaluator, cls)


def default(evaluator: Evaluator, node: FunctionNode, name: str) -> Abstract | None:
    """The default of a parameter, click and typer defaults included; None if it has none."""
    scope = evaluator.index.scope_of[node]
    frame = Frame(scope.parent or evaluator.index.module, node)
    if (declared := decorated_default(node, name)) is not None:
        return as_default(evaluator.evaluate(declared[0], frame), declared[1])
    expression = default_expression(node.args, name)
    if expression is None:
        return None
    if (typed := typer_default(expression, name)) is not None:
        return as_default(evaluator.evaluate(typed[0], frame), typed[1])
    return as_default(
        evaluator.evaluate(expression, frame), default_of_argument(name, _described(node, scope))
    )


def _described(node: FunctionNode, scope: Scope) -> str:
    if node.name == "__init__" and scope.parent is not None and isinstance(scope.parent.node, ast.ClassDef):
        return f"{scope.parent.node.name}()"
    return f"{node.name}()"


def _annotated(evaluator: Evaluator, parameter: ast.arg, frame: Frame) -> Abstract | None:
    """An instance of the project's class a parameter is annotated with."""
    annotation = parameter.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.Name(annotation.value) if annotation.value.isidentifier() else None
    if annotation is None or not dotted(annotation):
        return None
    cls = evaluator.evaluate(annotation, frame.outer(evaluator.index.module))
    return members.instance(evaluator, cls) if isinstance(cls, LocalClass) else None


# ------------------------------------------------------------------------------- callers


def _passed(
    evaluator: Evaluator, node: FunctionNode, name: str, value: Abstract | None, frame: Frame
) -> Abstract | None:
    """What the callers pass for a parameter; None when there are none to see."""
    if frame.depth >= DEPTH:
        return None
    found: list[Abstract] = []
    for call, here in _calls(evaluator, node, frame.depth + 1):
        if len(found) == MOST_CALLERS:
            break
        passed = bind(call, node, here, evaluator)
        if passed is None:
            return choice([value]) if value is not None else None
        if name in passed:
            found.append(evaluator.force(passed[name]))
        elif value is not None:
            found.append(value)
    return choice(found) if found else None


def _calls(evaluator: Evaluator, node: FunctionNode, depth: int) -> Iterator[tuple[ast.Call, Frame]]:
    """The calls of a function, each with the frame it stands in: its own file's first."""
    index = evaluator.index
    if len(index.functions.get(node.name, ())) == 1 or node.name == "__init__":
        for call, statement in calls_of(index, node):
            yield call, Frame(index.scope(statement), statement, depth=depth)
    if evaluator.modules is None:
        return
    owner = index.scope_of[node].parent
    cls = owner.node if owner is not None and isinstance(owner.node, ast.ClassDef) else None
    if owner is not None and cls is None and not isinstance(owner.node, ast.Module):
        return  # a nested function is called where it stands
    name = cls.name if cls is not None and node.name == "__init__" else node.name
    if name.startswith("__"):
        return
    for other in _files_that_call(evaluator, name):
        for call, statement in other.index.calls_named.get(name, ()):
            here = Frame(other.index.scope(statement), statement, depth=depth)
            if any(_is(each, node, cls) for each in alternatives(other.evaluate(call.func, here))):
                yield call, here


def _is(callee: Abstract, node: FunctionNode, cls: ast.ClassDef | None) -> bool:
    match callee:
        case LocalFunction(node=function):
            return function is node
        case LocalClass(node=called):
            return called is cls and node.name == "__init__"
    return False


def _files_that_call(evaluator: Evaluator, name: str) -> Iterator[Evaluator]:
    modules = evaluator.modules
    assert modules is not None
    call = re.compile(rf"(?<!def )(?<!class )\b{re.escape(name)}\s*\(".encode())
    mentioning = modules.project.mentioning(f"{name}") or ()
    own = modules.file_of(evaluator)
    calling = [m for m in mentioning if m != own and call.search(modules.project.read(m) or b"")]
    if len(calling) > _MOST_MENTIONS:
        near = set(modules.project.importers(own))
        calling = [m for m in calling if m in near][:_MOST_MENTIONS]
    for file in calling:
        other = modules.load(file)
        if other is not None and other is not evaluator:
            yield other
