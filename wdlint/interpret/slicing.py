"""Which statements of a function matter for one call in it: a slice backwards from the call.

A training function loads data, logs, moves tensors about; what decides which parameters an
optimizer gets is a handful of its statements. The others are left out, so that they can neither
cost nor fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wdlint.interpret.modules import root_name

Block = Sequence[ast.stmt]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Slice:
    """What to follow of a body to come to a statement: ``skipped`` is left out.

    ``entered`` are the conditions and loops around the statement, with whether the condition holds.
    """

    skipped: set[ast.stmt] = field(default_factory=set)
    entered: dict[ast.stmt, bool] = field(default_factory=dict)


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
        case ast.If(body=body, orelse=orelse) | ast.For(body=body, orelse=orelse) | ast.While(
            body=body, orelse=orelse
        ) | ast.AsyncFor(body=body, orelse=orelse):
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


def slice_of(body: Block, path: Sequence[ast.stmt], after: str = "", keep: frozenset[str] = frozenset()) -> Slice:
    """The slice of a body that leads to the last statement of ``path``, which must lie in it.

    ``after`` names the variable the statement binds: groups added to it later are followed, too.
    ``keep`` are methods of ``self`` that matter because they set what is needed.
    """
    target = path[-1]
    made = Slice()
    for statement, inner in zip(path, path[1:], strict=False):
        for block, holds in blocks(statement):
            if inner in block:
                made.entered[statement] = holds
    simple = list(_simple(body))
    needed = set(_loads(target))
    for around in path[:-1]:
        needed |= _header_loads(around)
    relevant: set[ast.stmt] = {target}
    changed = True
    while changed:
        changed = False
        for statement, around in simple:
            if statement in relevant or statement is target:
                continue
            later = statement.lineno > target.lineno
            if later and not (after and _adds_group(statement, after)):
                continue
            if _matters(statement, needed, keep) or later:
                relevant.add(statement)
                needed |= _loads(statement)
                for each in around:
                    needed |= _header_loads(each)
                    if isinstance(each, ast.For):
                        needed |= set(_stored(each.target))
                changed = True
            else:
                for each in around:
                    derived = isinstance(each, ast.For) and _loads(each.iter) & needed
                    if derived and _stored(each.target) & _changes(statement):  # type: ignore[union-attr]
                        relevant.add(statement)
                        needed |= _loads(statement) | _header_loads(each)
                        changed = True
                        break
    _skip(body, relevant, made.skipped)
    return made


def _simple(body: Block, around: tuple[ast.stmt, ...] = ()) -> Iterator[tuple[ast.stmt, tuple[ast.stmt, ...]]]:
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
        kept = any([_skip(block, relevant, skipped) for block in inner]) if inner else statement in relevant
        if kept:
            stays = True
        else:
            skipped.add(statement)
    return stays


def _matters(statement: ast.stmt, needed: set[str], keep: frozenset[str]) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Pass():
            return False
        case ast.Continue():
            return False
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name in needed
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return any((a.asname or a.name.partition(".")[0]) in needed for a in names)
        case ast.Global() | ast.Nonlocal():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name))):
            return name in keep or bool(_changes(statement) & needed)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
            return True
    return bool((_binds(statement) | _changes(statement)) & needed)


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
                if isinstance(target, ast.Attribute | ast.Subscript):
                    found |= _holders(target)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            if isinstance(target, ast.Attribute | ast.Subscript):
                found |= _holders(target)
        case ast.Expr(value=ast.Call(func=func, args=args, keywords=keywords)):
            if isinstance(func, ast.Attribute):
                found |= _holders(func)
            for argument in (*args, *(k.value for k in keywords)):
                if isinstance(argument, ast.Name | ast.Attribute) and (name := path_name(argument)):
                    found.add(name)
    return found


def _holders(node: ast.Attribute | ast.Subscript) -> set[str]:
    """``x`` and ``self.x`` of ``self.x.y = ...``."""
    inner: ast.expr = node.value
    while isinstance(inner, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            break
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
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


def _header_loads(statement: ast.stmt) -> set[str]:
    """What the head of a compound statement reads."""
    match statement:
        case ast.If(test=test) | ast.While(test=test):
            return _loads(test)
        case ast.For(iter=over) | ast.AsyncFor(iter=over):
            return _loads(over)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return {name for item in items for name in _loads(item.context_expr)}
        case ast.Match(subject=subject):
            return _loads(subject)
    return set()


def _adds_group(statement: ast.stmt, variable: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder, attr="add_param_group"))):
            return ast.unparse(holder) == variable
    return False
