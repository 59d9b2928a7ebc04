"""What a file asks about the class of its optimizers, and would hear another answer to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.facts import Optimizer
from wdlint.fixes.names import Names, names_of


def questions(tree: ast.Module, old: Optimizer, new: str) -> Iterator[str]:
    """Cautions: lines that ask whether something is of the old class.

    A twin may be a subclass (torch's AdamW is one of Adam since 2.7), so that ``isinstance`` depends
    on the version that is installed; ``type(optimizer) is Adam`` does not.
    """
    names = names_of(tree)
    other = f"{new.rpartition('.')[2]} may not be one"
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass" as function), args=[_, classes]):
                asked = list(_classes(classes))
                if any(_is_class(names, c, old) for c in asked) and not _has(names, asked, new):
                    yield f"line {node.lineno} asks {function}(..., {old.short_name}), and {other}"
            case ast.MatchClass(cls=cls) if _is_class(names, cls, old):
                yield f"line {cls.lineno} matches {old.short_name}(), and {other}"
            case ast.Compare(left=left, comparators=[right]):
                sides = (left, right)
                if any(map(_asks_class, sides)) and any(_is_class(names, side, old) for side in sides):
                    yield f"line {node.lineno} compares a class with {old.short_name}"
                elif any(map(_asks_name, sides)) and any(_is_text(side, old.short_name) for side in sides):
                    yield f"line {node.lineno} compares a class's name with {old.short_name}"


def _classes(node: ast.expr) -> Iterator[ast.expr]:
    """The classes of ``(A, B)`` and ``A | B``."""
    match node:
        case ast.Tuple(elts=elements):
            for element in elements:
                yield from _classes(element)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _classes(left)
            yield from _classes(right)
        case _:
            yield node


def _is_class(names: Names, node: ast.expr, optimizer: Optimizer) -> bool:
    return names.dotted(node) in (optimizer.name, *optimizer.aliases)


def _has(names: Names, nodes: list[ast.expr], full: str) -> bool:
    return any(names.dotted(node) == full for node in nodes)


def _asks_class(node: ast.expr) -> bool:
    """``type(optimizer)`` or ``optimizer.__class__``."""
    match node:
        case ast.Call(func=ast.Name(id="type"), args=[_]) | ast.Attribute(attr="__class__"):
            return True
    return False


def _asks_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "__name__" and _asks_class(node.value)


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
