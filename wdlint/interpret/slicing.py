"""Which statements of a function matter for one call in it: a slice backwards from the call.

A training function loads data, logs, moves tensors about; what decides which parameters an
optimizer gets is a handful of its statements. The others are left out, so that they can neither
cost nor fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from wdlint.interpret.modules import last_name, root_name

Block = Sequence[ast.stmt]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Slice:
    """What to follow of a body to come to a statement: ``skipped`` is left out.

    ``entered`` are the conditions, loops and cases around the statement, with whether a condition holds.
    """

    skipped: set[ast.stmt] = field(default_factory=set)
    entered: dict[ast.stmt | ast.match_case, bool] = field(default_factory=dict)


def path_to(body: Block, target: ast.AST) -> list[ast.stmt]:
    """The statements around a node, outermost first; functions and classes among them."""
    for statement in body:
        if _contains(statement, target):
            inner = next((p for block, _ in blocks(statement) if (p := path_to(block, target))), [])
            return [statement, *inner]
    return []


def _contains(statement: ast.stmt, target: ast.AST) -> bool:
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
    line = getattr(target, "lineno", 0)
    if not first <= line <= (statement.end_lineno or first):
        return False
    return any(node is target for node in ast.walk(statement))


def blocks(statement: ast.stmt) -> Iterator[tuple[Block, bool]]:
    """The blocks of a compound statement, and whether its condition holds in them."""
    match statement:
        case (
            ast.If(body=body, orelse=orelse)
            | ast.For(body=body, orelse=orelse)
            | ast.While(body=body, orelse=orelse)
            | ast.AsyncFor(body=body, orelse=orelse)
        ):
            yield body, True
            yield orelse, False
        case ast.With(body=body) | ast.AsyncWith(body=body):
            yield body, True
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
            yield body, True
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            yield body, True
            for handler in handlers:
                yield handler.body, False
            yield orelse, True
            yield final, True
        case ast.Match(cases=cases):
            for case in cases:
                yield case.body, True


def slice_of(
    body: Block, path: Sequence[ast.stmt], after: str = "", keep: frozenset[str] = frozenset()
) -> Slice:
    """The slice of a body that leads to the last statement of ``path``, which must lie in it.

    ``after`` names the variable the statement binds: groups added to it later are followed, too.
    ``keep`` are methods of ``self`` that matter because they set what is needed.
    """
    made = Slice(entered=_entered(path))
    target = path[-1]
    around = path[:-1]
    wanted = _Wanted(body, keep)
    wanted.add(target, around)
    steps = [
        step
        for step in (_step(*each) for each in _simple(body))
        if step.statement is not target
        and (step.statement.lineno <= target.lineno or (after and _adds_group(step.statement, after)))
    ]
    waiting = steps
    while True:
        chosen = [
            s for s in waiting if wanted.wants(s, later=s.statement.lineno > target.lineno, around=around)
        ]
        if not chosen:
            break
        for step in chosen:
            wanted.add(step.statement, step.around)
        waiting = [s for s in waiting if s.statement not in wanted.statements]
    _skip(body, wanted.statements, made.skipped)
    return made


def _entered(path: Sequence[ast.stmt]) -> dict[ast.stmt | ast.match_case, bool]:
    entered: dict[ast.stmt | ast.match_case, bool] = {}
    for statement, inner in pairwise(path):
        for block, holds in blocks(statement):
            if inner in block:
                entered[statement] = holds
        if isinstance(statement, ast.Match):
            entered |= {case: True for case in statement.cases if inner in case.body}
    return entered


@dataclass(frozen=True, slots=True)
class _Step:
    """A statement without blocks, the compound ones around it, and what it does to names."""

    statement: ast.stmt
    around: tuple[ast.stmt, ...]
    binds: frozenset[str]
    changes: frozenset[str]


def _step(statement: ast.stmt, around: tuple[ast.stmt, ...]) -> _Step:
    return _Step(statement, around, frozenset(_binds(statement)), frozenset(_changes(statement)))


class _Wanted:
    """The statements a slice keeps so far, and the names whose making and changing matters for them."""

    def __init__(self, body: Block, keep: frozenset[str]) -> None:
        self.statements: set[ast.stmt] = set()
        self.names: set[str] = set()
        self._keep = keep
        self._called: set[str] = set()
        self._aliases = _aliases(body)
        self._changers = _changers(body)

    def add(self, statement: ast.stmt, around: Sequence[ast.stmt]) -> None:
        self.statements.add(statement)
        self._called |= _own_methods(statement)
        found = _loads(statement)
        for each in around:
            found |= _header_loads(each)
            if isinstance(each, ast.For | ast.AsyncFor):
                found |= _stored(each.target)
        self.names |= found

    def wants(self, step: _Step, *, later: bool, around: Sequence[ast.stmt]) -> bool:
        """Whether a statement matters: it makes or changes what is needed, by this or another name."""
        statement = step.statement
        if later:
            return True
        match statement:
            case ast.Break() | ast.Continue():
                return self._in_wanted_loop(step.around, around)
            case ast.Return() | ast.Raise() | ast.Pass():
                return False
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                return name in self.names
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return any((a.asname or a.name.partition(".")[0]) in self.names for a in names)
            case ast.Global() | ast.Nonlocal():
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name))):
                if name in self._keep:
                    return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
                return True
        if (step.binds | step.changes) & self.names:
            return True
        if any(self._aliases.get(name, _NONE) & self.names for name in step.changes):
            return True
        if self._called and any(name.startswith("self.") for name in step.binds | step.changes):
            return True  # what a method of the object needs of it
        changers = {name for name, changed in self._changers.items() if changed & self.names}
        return bool(changers and changers & _loads(statement))

    def _in_wanted_loop(self, loops: Sequence[ast.stmt], entered: Sequence[ast.stmt]) -> bool:
        """Whether a ``break`` or ``continue`` leaves a loop that matters, and not one that is gone into."""
        loop = next((s for s in reversed(loops) if isinstance(s, ast.For | ast.AsyncFor | ast.While)), None)
        if loop is None or loop in entered:
            return False
        return any(node in self.statements for node in ast.walk(loop) if isinstance(node, ast.stmt))


_NONE: Final[frozenset[str]] = frozenset()


def _aliases(body: Block) -> dict[str, set[str]]:
    """The names that may stand for the same thing as others: ``group = decay if x else no_decay``."""
    found: dict[str, set[str]] = {}
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for statement, around in _simple(body):
        if isinstance(statement, ast.Assign):
            pairs.extend((target, statement.value) for target in statement.targets)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            pairs.append((statement.target, statement.value))
        pairs.extend((each.target, each.iter) for each in around if isinstance(each, ast.For | ast.AsyncFor))
    for target, value in pairs:
        sources = _shared(value)
        for name in _stored(target) if sources else ():
            found.setdefault(name, set()).update(sources)
    for _ in range(3):
        for sources in found.values():
            for name in list(sources):
                sources |= found.get(name, _NONE)
    return found


_PARTS: Final = frozenset(
    {"get", "setdefault", "values", "items", "pop", "modules", "children", "parameters"}
)
"""Methods that give parts of what they are called on."""


def _shared(value: ast.expr) -> set[str]:
    """The names whose object, or a part of it, an expression gives."""
    match value:
        case ast.Name() | ast.Attribute():
            name = path_name(value)
            return {name} if name else set()
        case ast.Subscript(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
            return _shared(inner)
        case ast.IfExp(body=body, orelse=orelse):
            return _shared(body) | _shared(orelse)
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return {name for part in parts for name in _shared(part)}
        case ast.Dict(values=parts):
            return {name for part in parts for name in _shared(part)}
        case ast.Call(func=ast.Attribute(value=holder, attr=name)) if name in _PARTS or name.startswith(
            "named_"
        ):
            return _shared(holder)
        case ast.Call(
            func=ast.Name(id="zip" | "enumerate" | "reversed" | "list" | "iter" | "next" | "getattr"),
            args=args,
        ):
            return {name for argument in args for name in _shared(argument)}
    return set()


def _changers(body: Block) -> dict[str, set[str]]:
    """The functions a body defines, with what they change around them."""
    found: dict[str, set[str]] = {}
    for statement, _ in _simple(body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            own = {a.arg for a in ast.walk(statement.args) if isinstance(a, ast.arg)}
            changed: set[str] = set()
            for inner in ast.walk(statement):
                if isinstance(inner, ast.stmt) and inner is not statement:
                    changed |= _changes(inner)
                if isinstance(inner, ast.Global | ast.Nonlocal):
                    changed.update(inner.names)
            if changed - own:
                found[statement.name] = changed - own
    return found


def _simple(
    body: Block, around: tuple[ast.stmt, ...] = ()
) -> Iterator[tuple[ast.stmt, tuple[ast.stmt, ...]]]:
    """Every statement that has no block of its own in this scope, with the compound ones around it."""
    for statement in body:
        if isinstance(statement, _FUNCTIONS) or not any(True for _ in blocks(statement)):
            yield statement, around
            continue
        for block, _ in blocks(statement):
            yield from _simple(block, (*around, statement))


def _skip(body: Block, relevant: set[ast.stmt], skipped: set[ast.stmt]) -> bool:
    """Collect what is left out; whether anything of the body stays."""
    stays = False
    for statement in body:
        if isinstance(statement, _FUNCTIONS):
            stays = stays or statement in relevant
            continue
        inner = [b for b, _ in blocks(statement)]
        stay = [_skip(block, relevant, skipped) for block in inner]  # every block, even after one that stays
        kept = any(stay) if inner else statement in relevant
        if kept:
            stays = True
        else:
            skipped.add(statement)
    return stays


def _binds(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    match statement:
        case ast.Assign(targets=targets):
            for target in targets:
                found |= _stored(target)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            found |= _stored(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    found |= _stored(item.optional_vars)
    for node in ast.walk(statement) if not isinstance(statement, _FUNCTIONS) else ():
        if isinstance(node, ast.NamedExpr):
            found |= _stored(node.target)
    return found


def _stored(target: ast.expr) -> set[str]:
    match target:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return {name for element in elements for name in _stored(element)}
        case ast.Starred(value=value):
            return _stored(value)
        case ast.Subscript():
            return set()
    name = path_name(target)
    return {name} if name else set()


def _changes(statement: ast.stmt) -> set[str]:
    """The names whose value a statement may change in place."""
    found: set[str] = set()
    match statement:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            for target in targets:
                found |= _written(target)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            found |= _written(target)
    match statement:
        case ast.Expr(value=ast.Call(func=func) as call):
            if isinstance(func, ast.Attribute):
                found |= _holders(func)
            if getattr(func, "id", "") not in _HARMLESS:
                found |= _passed(call)
        case ast.Expr(value=value):
            for node in ast.walk(value):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    found |= _holders(node.func)
        case ast.Assign(value=ast.Call() as call) | ast.Return(value=ast.Call() as call) if _is_action(
            call.func
        ):
            found |= _passed(call)
    return found


def _written(target: ast.expr) -> set[str]:
    match target:
        case ast.Attribute() | ast.Subscript():
            return _holders(target)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return {name for element in elements for name in _written(element)}
    return set()


def _is_action(function: ast.expr) -> bool:
    """Whether a function is called like one, rather than like a class."""
    name = last_name(function)
    return bool(name) and name not in _HARMLESS and not name[:1].isupper()


_HARMLESS: Final = frozenset(
    {
        "len",
        "list",
        "tuple",
        "dict",
        "set",
        "sum",
        "sorted",
        "print",
        "id",
        "filter",
        "map",
        "zip",
        "chain",
        "isinstance",
    }
)


def _passed(call: ast.Call) -> set[str]:
    found = set()
    for argument in (*call.args, *(k.value for k in call.keywords)):
        if isinstance(argument, ast.Name | ast.Attribute) and (name := path_name(argument)):
            found.add(name)
    return found


def _holders(node: ast.Attribute | ast.Subscript) -> set[str]:
    """``x`` and ``self.x`` of ``self.x.y = ...``; all names that ``(a if c else b)[0]`` may mean."""
    inner: ast.expr = node.value
    while isinstance(inner, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            break
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    if not isinstance(inner, ast.Name | ast.Attribute):
        return _loads(inner)
    name = path_name(inner)
    return {name} if name and name != "self" else set()


def path_name(node: ast.expr) -> str:
    """``x`` of ``x.y``, but ``self.x`` of ``self.x.y``."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f"self.{name}"
    return root_name(node) or ""


def _loads(node: ast.AST) -> set[str]:
    """The names a node reads; of ``self`` the attributes."""
    found: set[str] = set()
    pending: list[ast.AST] = [node]
    while pending:
        each = pending.pop()
        match each:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found.add(f"self.{name}")
                continue
            case ast.Name(id=name):
                found.add(name)
        pending.extend(ast.iter_child_nodes(each))
    return found


def _own_methods(node: ast.AST) -> set[str]:
    """The methods a node calls on ``self``."""
    return {
        n.func.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and isinstance(n.func.value, ast.Name)
        and n.func.value.id == "self"
    }


def _header_loads(statement: ast.stmt) -> set[str]:
    """What the head of a compound statement reads."""
    match statement:
        case ast.If(test=test) | ast.While(test=test):
            return _loads(test)
        case ast.For(iter=over) | ast.AsyncFor(iter=over):
            return _loads(over)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return {name for item in items for name in _loads(item.context_expr)}
        case ast.Match(subject=subject, cases=cases):
            guards = [case.guard for case in cases if case.guard is not None]
            return {name for each in (subject, *guards, *(c.pattern for c in cases)) for name in _loads(each)}
    return set()


def _adds_group(statement: ast.stmt, variable: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder, attr="add_param_group"))):
            return ast.unparse(holder) == variable
    return False


@lru_cache(maxsize=16)
def added_groups(tree: ast.Module) -> tuple[ast.Call, ...]:
    """The calls of a module that give an optimizer another group."""
    return tuple(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_param_group"
    )
