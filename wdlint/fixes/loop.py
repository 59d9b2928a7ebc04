"""Style ``loop``: the textbook's two lists, filled by a loop before the statement of the call."""

from __future__ import annotations

import ast
from dataclasses import replace

from wdlint.facts import Edit, Span
from wdlint.fixes.comprehension import Comprehension, as_written
from wdlint.fixes.locate import indent_at, parent_of, starts_its_line
from wdlint.fixes.names import Names, fresh_name
from wdlint.fixes.predicate import Predicate
from wdlint.fixes.split import OneGroup, group_literal, shape_of
from wdlint.sources.text import Source


def split_in_loop(whole: OneGroup, predicate: Predicate) -> tuple[Edit, ...] | None:
    """A loop before the statement whose value the call is, and two groups of its lists in the call.

    None where the call is no statement's value, or no loop can stand before that statement.

    Raises:
        Withheld: a comment would be lost, or the parameters have no names and need them.
    """
    source = whole.source
    statement = _statement_of(whole)
    if statement is None or _has_effects(statement):
        return None
    whole.check_no_comment()
    shape = _fit_for_loop(whole, predicate)
    if shape is None:
        return None
    lists = fresh_name(whole.names, "decay", "decayed"), fresh_name(whole.names, "no_decay", "not_decayed")
    start = source.span(statement).start
    line = source.newline + indent_at(source, start)
    loop = _loop(shape, lists, predicate, source.indent_unit, whole.quote)
    before = Edit(Span(start, start), "".join(each + line for each in loop))
    decays = (whole.decay, "0.0")
    groups = [group_literal(whole.quote, *each) for each in zip(lists, decays, strict=True)]
    return before, Edit(whole.span, whole.laid_out(groups))


def _statement_of(whole: OneGroup) -> ast.stmt | None:
    """The statement of a function or the module that has the call as its value and a line of its own."""
    source, tree = whole.source, whole.tree
    statement = parent_of(tree, whole.call)
    match statement:
        case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.Expr():
            pass
        case _:
            return None
    scope = parent_of(tree, statement)
    while not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
        if scope is None or isinstance(scope, ast.ClassDef):
            return None
        scope = parent_of(tree, scope)
    return statement if starts_its_line(source, source.span(statement).start) else None


def _has_effects(statement: ast.stmt) -> bool:
    """Whether something in a statement must happen before its parameters are read."""
    return any(
        isinstance(n, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom) for n in ast.walk(statement)
    )


def _fit_for_loop(whole: OneGroup, predicate: Predicate) -> Comprehension | None:
    """The parameters as one loop, whose variables are new to the file."""
    shape = shape_of(whole.source, whole.tree, whole.params, predicate)
    renewed = None if shape.outer else _with_new_variables(whole.names, shape)
    if renewed is None and not predicate.texts:
        renewed = _with_new_variables(whole.names, as_written(whole.source, whole.names, whole.params))
    return renewed


def _with_new_variables(names: Names, shape: Comprehension) -> Comprehension | None:
    """The loop with its own variables renamed; None where its target is of another kind."""
    variable = fresh_name(names, "parameter", "param")
    if shape.target == shape.variable:
        renamed = {shape.variable: variable}
        target = variable
    elif shape.name and shape.target == f"{shape.name}, {shape.variable}":
        name = fresh_name(names, "name", "parameter_name")
        renamed = {shape.variable: variable, shape.name: name}
        target = f"{name}, {variable}"
    else:
        return None
    conditions = [_renamed(condition, renamed) for condition in shape.conditions]
    if None in conditions:
        return None
    return replace(
        shape,
        element=_renamed(shape.element, renamed) or shape.element,
        variable=variable,
        target=target,
        conditions=tuple(c for c in conditions if c is not None),
        name=renamed.get(shape.name, ""),
    )


def _renamed(written: str, names: dict[str, str]) -> str | None:
    """An expression with other names; None where they cannot be told from others, or are bound in it."""
    try:
        tree = ast.parse(written, mode="eval")
    except SyntaxError:  # its lines could not be closed up
        return None
    if any(isinstance(n, ast.JoinedStr) for n in ast.walk(tree)):  # no positions inside before 3.12
        return None
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in names]
    if any(not isinstance(n.ctx, ast.Load) for n in used):
        return None
    if any(isinstance(n, ast.arg) and n.arg in names for n in ast.walk(tree)):
        return None
    source = Source(written, "")
    for node in sorted(used, key=source.span, reverse=True):
        span = source.span(node)
        written = written[: span.start] + names[node.id] + written[span.end :]
    return written


def _loop(
    shape: Comprehension, lists: tuple[str, str], predicate: Predicate, unit: str, quote: str
) -> list[str]:
    """The lines of the loop, indented from its own first line."""
    skips = [
        line
        for condition in shape.conditions
        for line in (f"{unit}if {_opposite(condition)}:", f"{unit}{unit}continue")
    ]
    decayed, exempt = lists
    return [
        f"{decayed}, {exempt} = [], []",
        f"for {shape.target} in {shape.iterable}:",
        *skips,
        f"{unit}if {predicate.decayed(shape, quote)}:",
        f"{unit}{unit}{decayed}.append({shape.element})",
        f"{unit}else:",
        f"{unit}{unit}{exempt}.append({shape.element})",
    ]


def _opposite(condition: str) -> str:
    """The condition under which a parameter is passed over, as an author would write it."""
    source, body = Source(condition, ""), ast.parse(condition, mode="eval").body
    match body:
        case ast.UnaryOp(op=ast.Not(), operand=inner) if condition.endswith(source.slice(source.span(inner))):
            return source.slice(source.span(inner))
        case ast.Compare(left=left, ops=[ast.In()], comparators=[right]):
            gap = Span(source.span(left).end, source.span(right).start)
            if source.slice(gap) == " in ":
                return f"{condition[: gap.start]} not in {condition[gap.end :]}"
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[right]):
            gap = Span(source.span(left).end, source.span(right).start)
            if source.slice(gap) == " not in ":
                return f"{condition[: gap.start]} in {condition[gap.end :]}"
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript() | ast.Constant():
            return f"not {condition}"
    return f"not ({condition})"
