"""Edits that may correct the names of a no-decay group: other names, or a test on the rank instead.

Whether one of them is right is for :mod:`wdlint.fixes.rehearsal` to see.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

from wdlint.facts import Edit, Span
from wdlint.fixes.comprehension import has_comment
from wdlint.fixes.locate import expression_at, parent_of
from wdlint.fixes.telling_names import telling_names
from wdlint.fixes.wronged import Wrong
from wdlint.sources.text import Source
from wdlint.wording import quoted

_FEW: Final = 3

Candidate: TypeAlias = tuple[str, tuple[Edit, ...]]


def candidates(source: Source, tree: ast.Module, wrong: Wrong) -> Iterator[Candidate]:
    """A few names before the rank, and the rank before many names."""
    lists = list(telling_names(wrong.missed, wrong.kept))
    few = [names for names in lists if len(names) <= _FEW]
    found = chain(
        _by_name(source, tree, wrong, few),
        _by_rank(source, tree, wrong),
        _by_name(source, tree, wrong, [names for names in lists if names not in few]),
    )
    for message, edits in found:
        if not any(has_comment(source.slice(edit.span)) for edit in edits):
            yield message, edits


# ----------------------------------------------------------------------------- by name


def _by_name(
    source: Source, tree: ast.Module, wrong: Wrong, lists: Iterable[tuple[str, ...]]
) -> Iterator[Candidate]:
    """Other texts in place of the dead ones, or beside those that meet only some."""
    literals = [
        (test, literal)
        for test in wrong.tests
        if (literal := expression_at(tree, source, test.place, ast.Constant)) is not None
        and literal.value == test.pattern
    ]
    if not literals or len(literals) < len(wrong.tests):
        return
    shared = _may_serve_others(source, tree, wrong)
    replaced = [test for test, _ in literals if not test.matches and not shared]
    for names in lists:
        first = literals[0][0].pattern
        edits = []
        for test, literal in literals:
            if test.pattern == first:
                texts = names if test in replaced else (test.pattern, *names)
                edits.append(_respelled(source, tree, literal, texts))
            elif test in replaced:
                edits.append(_without(source, tree, literal))
        if all(edit is not None for edit in edits):
            becomes = "becomes" if replaced else "is joined by"
            yield f'"{first}" {becomes} {quoted(names)}', tuple(e for e in edits if e is not None)


def _respelled(source: Source, tree: ast.Module, literal: ast.Constant, texts: Sequence[str]) -> Edit | None:
    """Put texts where one stands, in its quotes; None where only one has room."""
    span = source.span(literal)
    quote = source.text[span.start]
    if quote not in "'\"" or source.text.startswith(quote * 3, span.start):
        return None
    written = [f"{quote}{text}{quote}" for text in texts]
    if len(written) == 1:
        return Edit(span, written[0])
    parent = parent_of(tree, literal)
    match parent:
        case ast.List() | ast.Tuple() | ast.Set():
            return Edit(span, ", ".join(written))
        case ast.Call(func=ast.Attribute(attr="endswith" | "startswith"), args=[only]) if only is literal:
            return Edit(span, f"({', '.join(written)})")
        case ast.Compare(ops=[ast.In() | ast.NotIn() as operator], comparators=[where], left=left):
            if left is literal and isinstance(where, ast.Name | ast.Attribute):
                return _one_by_one(source, tree, parent, operator, where, written)
    return None


def _one_by_one(
    source: Source,
    tree: ast.Module,
    test: ast.Compare,
    operator: ast.In | ast.NotIn,
    where: ast.expr,
    written: Sequence[str],
) -> Edit:
    """``"a" in name`` for several texts, in parentheses where the operator around it binds otherwise."""
    word, join = (" in ", " or ") if isinstance(operator, ast.In) else (" not in ", " and ")
    text = join.join(f"{each}{word}{source.slice(source.span(where))}" for each in written)
    around = parent_of(tree, test)
    flat = ast.Or if isinstance(operator, ast.In) else ast.And
    if not (isinstance(around, ast.BoolOp) and isinstance(around.op, flat)):
        text = f"({text})"
    return Edit(source.span(test), text)


def _without(source: Source, tree: ast.Module, literal: ast.Constant) -> Edit | None:
    """Take a second dead text out of the list it stands in."""
    parent = parent_of(tree, literal)
    if not isinstance(parent, ast.List | ast.Tuple | ast.Set) or len(parent.elts) < 3:
        return None
    at = next(i for i, element in enumerate(parent.elts) if element is literal)
    span = source.span(literal)
    start, end = span
    if at:
        start = source.span(parent.elts[at - 1]).end
    else:
        end = source.span(parent.elts[1]).start
    between = source.text[start : span.start] + source.text[span.end : end]
    return None if between.strip(", \t\r\n") else Edit(Span(start, end), "")


# ----------------------------------------------------------------------------- by rank


def _by_rank(source: Source, tree: ast.Module, wrong: Wrong) -> Iterator[Candidate]:
    """``p.ndim < 2`` in place of the whole test on names, where ``p`` is the parameter of that name."""
    uses = [
        (test, expression)
        for account in wrong.accounts
        for test in account.tests
        if (expression := expression_at(tree, source, test.test, ast.expr)) is not None
    ]
    if not uses:
        return
    whole = _whole_test(tree, uses[0][1])
    inside = {id(node) for node in ast.walk(whole)}
    if any(id(expression) not in inside for _, expression in uses):
        return
    edits = []
    for each in _alike(tree, whole):
        variable = _parameter_beside(tree, each)
        if variable is None:
            return
        around = parent_of(tree, each)
        if isinstance(around, ast.UnaryOp) and isinstance(around.op, ast.Not):
            edits.append(Edit(source.span(around), f"{variable} >= 2"))
        else:
            edits.append(Edit(source.span(each), f"{variable} < 2"))
    yield "the test on names becomes one on the rank, `ndim < 2`", tuple(dict.fromkeys(edits))


def _whole_test(tree: ast.Module, part: ast.expr) -> ast.expr:
    """The condition a comparison of names is a part of: through ``or``, and the ``any()`` around it."""
    whole = part
    while True:
        around = parent_of(tree, whole)
        match around:
            case ast.BoolOp(op=ast.Or()):
                whole = around
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element) if element is whole:
                call = parent_of(tree, around)
                if not (
                    isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "any"
                ):
                    return whole
                whole = call
            case _:
                return whole


def _alike(tree: ast.Module, expression: ast.expr) -> list[ast.expr]:
    """Every spelling of the same condition in a file."""
    wanted = ast.dump(expression)
    return [n for n in ast.walk(tree) if isinstance(n, type(expression)) and ast.dump(n) == wanted]


def _parameter_beside(tree: ast.Module, test: ast.expr) -> str | None:
    """``p.ndim`` in the loop over ``named_parameters()`` around a test; None outside of one."""
    node: ast.AST | None = test
    while node is not None:
        clauses: list[tuple[ast.expr, ast.expr]] = []
        match node:
            case ast.For(target=target, iter=over):
                clauses = [(target, over)]
            case ast.ListComp(generators=generators) | ast.GeneratorExp(generators=generators):
                clauses = [(g.target, g.iter) for g in generators]
            case ast.SetComp(generators=generators) | ast.DictComp(generators=generators):
                clauses = [(g.target, g.iter) for g in generators]
        for target, over in clauses:
            match target, over:
                case (
                    ast.Tuple(elts=[ast.Name(), ast.Name(id=variable)]),
                    ast.Call(func=ast.Attribute(attr="named_parameters")),
                ):
                    return f"{variable}.ndim"
        node = parent_of(tree, node)
    return None


def _may_serve_others(source: Source, tree: ast.Module, wrong: Wrong) -> bool:
    """Whether the model comes through a call that hands it over, so that others may come that way, too.

    The functions of a script serve the script.
    """
    if any(isinstance(s, ast.If) and _asks_for_main(s.test) for s in tree.body):
        return False
    callers = [a.grouping.caller for a in wrong.accounts if a.grouping.caller is not None]
    calls = [expression_at(tree, source, place, ast.Call) for place in callers]
    return any(call is None or call.args or call.keywords for call in calls)


def _asks_for_main(test: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test))
