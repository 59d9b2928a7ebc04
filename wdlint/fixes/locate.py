"""From the places in a finding back to the nodes of the tree. Nothing in here edits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeVar

from wdlint.facts import Place, Span
from wdlint.sources.text import Source

Node = TypeVar("Node", bound=ast.expr)


def expression_at(tree: ast.Module, source: Source, place: Place, kind: type[Node]) -> Node | None:
    """The expression of this kind that covers exactly a place of this file."""
    if place.path != source.path:
        return None
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.lineno == place.line and source.span(node) == place.span:
            return node
    return None


def keyword_at(tree: ast.Module, source: Source, place: Place) -> ast.keyword | None:
    """The keyword argument at a place, which may cover the whole of it, its name or its value."""
    if place.path != source.path:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg is not None:
            span = source.span(node)
            name = Span(span.start, span.start + len(node.arg))
            if place.span in (span, name, source.span(node.value)):
                return node
    return None


def parent_of(tree: ast.Module, child: ast.AST) -> ast.AST | None:
    """The node that holds a node directly."""
    for node in ast.walk(tree):
        if any(each is child for each in ast.iter_child_nodes(node)):
            return node
    return None


def ancestors(tree: ast.Module, node: ast.AST) -> Iterator[ast.AST]:
    """A node and what it stands in, up to the function or class around it."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    at: ast.AST | None = node
    while at is not None:
        yield at
        if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return
        at = parents.get(at)


def function_around(tree: ast.Module, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function whose body a node runs in; None in a lambda and outside of functions."""
    around = parent_of(tree, node)
    while around is not None and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        around = None if isinstance(around, ast.Lambda) else parent_of(tree, around)
    return around


def top_statement(tree: ast.Module, node: ast.AST) -> ast.stmt | None:
    """The statement of the module a node is in."""
    return next((s for s in tree.body if any(each is node for each in ast.walk(s))), None)


def names_in(node: ast.AST) -> frozenset[str]:
    """Every plain name an expression mentions, read or bound."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return frozenset(names | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)})


def starts_its_line(source: Source, offset: int) -> bool:
    """Whether only white space stands before an offset on its line."""
    line, _ = source.position(offset)
    return not source.text[source.line_starts[line - 1] : offset].strip()


def indent_at(source: Source, offset: int) -> str:
    """The indentation of the line an offset is on. A form feed starts it anew and is not repeated."""
    return source.indent(offset).rpartition("\f")[2]
