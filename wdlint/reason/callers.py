"""What a parameter of a function is: what its callers pass, what it defaults to, how it is annotated.

Callers are sought in the function's own file and, where other files may be read, in the files of
the project that call something of that name. There a call counts when its callee evaluates to this
very function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from wdlint.reason import loaders, members
from wdlint.reason.arguments import (
    as_default,
    bind,
    default_expression,
    default_of_argument,
)
from wdlint.reason.options import decorated_default, typer_default
from wdlint.reason.scopes import FunctionNode, Scope, dotted, last_name
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
from wdlint.sources.project import is_test

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

DEPTH: Final = 6
"""Calls followed into callers and callees at most."""
MOST_CALLERS: Final = 8
_MOST_MENTIONS: Final = 16
"""Files looked into for calls; a name that more files call says little about any of them."""

_Call: TypeAlias = "tuple[ast.Call | None, Frame]"
"""A call and the frame it stands in; None for calls that may be there and are not followed."""

_USES_OF_CLASS: Final = ("{}(", "({})", "({},", ", {})")
"""How a call of a class, or one that inherits from it, may be written."""


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
        passed = _passed(evaluator, node, name, None, frame)
        return passed if isinstance(passed, Entries) else Entries({}, open=True)
    if node.args.vararg is parameter:
        return Items((), open=True)
    unknown = Opaque(f"argument `{name}` of {node.name}()")
    value = default(evaluator, node, name)
    if frame.arguments is not None:  # a call that left it out
        return value or unknown
    if (configured := loaders.hydra_argument(evaluator, node, name)) is not None:
        return configured
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
    for call, here in calls_of(evaluator, node, frame.depth + 1):
        if len(found) == MOST_CALLERS or call is None:
            found.append(Opaque(f"{node.name}() has more callers than are followed"))
            return choice([*found, value] if value is not None else found)
        passed = bind(call, node, here, evaluator)
        if passed is None:
            return choice([value]) if value is not None else None
        if name in passed:
            found.append(evaluator.force(passed[name]))
        elif value is not None:
            found.append(value)
    return choice(found) if found else None


def calls_of(evaluator: Evaluator, node: FunctionNode, depth: int, *, tests: bool = False) -> Iterator[_Call]:
    """The calls of a function, each with the frame it stands in: its own file's first."""
    owner = evaluator.index.scope_of[node].parent
    cls = owner.node if owner is not None and isinstance(owner.node, ast.ClassDef) else None
    if cls is not None and node.name == "__init__":
        yield from constructions(evaluator, cls, depth)
        return
    if len(evaluator.index.functions.get(node.name, ())) == 1:
        for call, here in _named(evaluator, node.name, depth):
            if isinstance(call.func, ast.Attribute) == (cls is not None):
                yield call, here
    nested = owner is not None and not isinstance(owner.node, ast.Module | ast.ClassDef)
    if evaluator.modules is None or nested or node.name.startswith("__"):
        return  # a nested function is called where it stands
    others, complete = _files_with(evaluator, node.name, f"{node.name}(", tests=tests)
    for other in others:
        for call, here in _named(other, node.name, depth):
            callee = other.evaluate(call.func, here)
            if any(isinstance(e, LocalFunction) and e.node is node for e in alternatives(callee)):
                yield call, here
    if not complete:
        yield None, Frame(evaluator.index.module, None)


def constructions(
    evaluator: Evaluator, cls: ast.ClassDef, depth: int, *, tests: bool = False
) -> Iterator[_Call]:
    """The calls that run a class's constructor: of the class, and of those that inherit from it."""
    if len(evaluator.index.classes.get(cls.name, ())) != 1 or depth > DEPTH:
        return
    others, complete = _files_using(evaluator, cls, tests=tests)
    for file in (evaluator, *others):
        for call, here in _named(file, cls.name, depth):
            if file is evaluator and isinstance(call.func, ast.Name):
                yield call, here
                continue
            called = alternatives(file.evaluate(call.func, here))
            if any(isinstance(e, LocalClass) and e.node is cls for e in called):
                yield call, here
        for derived in _derived(file, cls):
            init = members.constructor(LocalClass(derived, file.index.module))
            if init is None:
                yield from constructions(file, derived, depth + 1, tests=tests)
                continue
            for call, statement in file.index.calls_in(init):
                match call.func:
                    case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                        yield call, Frame(file.index.scope(statement), statement, depth=depth)
    if not complete:
        yield None, Frame(evaluator.index.module, None)


def _named(evaluator: Evaluator, name: str, depth: int) -> Iterator[tuple[ast.Call, Frame]]:
    """The calls in a file whose callee goes by a name."""
    for call, statement in evaluator.index.calls_named.get(name, ()):
        yield call, Frame(evaluator.index.scope(statement), statement, depth=depth)


def derived_from(evaluator: Evaluator, cls: LocalClass) -> Iterator[LocalClass]:
    """The classes of the project that have ``cls`` among their direct bases, tests aside."""
    home = evaluator.of(cls.scope)
    others, _ = _files_using(home, cls.node)
    for file in (home, *others):
        for node in _derived(file, cls.node):
            yield LocalClass(node, file.index.scope_of[node].parent or file.index.module)


def _derived(evaluator: Evaluator, cls: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """The classes of a file that have ``cls`` among their direct bases."""
    for several in evaluator.index.classes.values():
        for each in several:
            if any(last_name(base) == cls.name for base in each.bases):
                scope = evaluator.index.scope_of[each].parent or evaluator.index.module
                values = (evaluator.evaluate(base, Frame(scope, each)) for base in each.bases)
                if any(isinstance(value, LocalClass) and value.node is cls for value in values):
                    yield each


def _files_using(
    evaluator: Evaluator, cls: ast.ClassDef, *, tests: bool = False
) -> tuple[list[Evaluator], bool]:
    """The other files of the project that may call a class or inherit from it; whether all."""
    texts = (text.format(cls.name) for text in _USES_OF_CLASS)
    return _files_with(evaluator, cls.name, *texts, tests=tests)


def _files_with(
    evaluator: Evaluator, name: str, *texts: str, tests: bool = False
) -> tuple[list[Evaluator], bool]:
    """The other files of the project with one of the texts in them; whether all.

    Tests are left out unless asked for: what they pass says nothing about the program.
    """
    modules = evaluator.modules
    if modules is None:
        return [], True
    own = modules.file_of(evaluator)
    mentioning = modules.project.mentioning(name, *texts) or ()
    files = {file for file in mentioning if file != own and (tests or not is_test(file))}
    if len(files) > _MOST_MENTIONS:
        files &= set(modules.project.importers(own))
    found = (modules.load(file) for file in sorted(files)[:_MOST_MENTIONS])
    return [other for other in found if other is not None], len(files) <= _MOST_MENTIONS
