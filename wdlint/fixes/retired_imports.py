"""Imports that served only what the fixes have replaced."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from wdlint.facts import Edit, Fix, Span
from wdlint.fixes.locate import names_in, starts_its_line
from wdlint.fixes.names import Imported, Names, names_of
from wdlint.sources.text import Source


def retire(
    before: ast.Module, source: Source, tree: ast.Module, imported_elsewhere: Callable[[str], bool]
) -> Fix | None:
    """Take out the names that were read before the fixes and are read by nothing now.

    Names stay that others may read: those of an ``__init__.py``, those in a string (``__all__``,
    an annotation), those that ``imported_elsewhere`` finds in an import of another file.
    """
    if PurePosixPath(source.path).name == "__init__.py":
        return None
    was, now = names_of(before), names_of(tree)
    edits = tuple(
        edit
        for name, several in now.imports.items()
        if len(several) == 1
        and _served(was, name)
        and not _serves(now, name)
        and not imported_elsewhere(name)
        for edit in _cut(source, tree, several[0])
    )
    return Fix("imports that nothing reads any more", "safe", tuple(sorted(edits))) if edits else None


def _served(names: Names, name: str) -> bool:
    return name in names.imports and names.loads[name] > 0


def _serves(names: Names, name: str) -> bool:
    if names.loads[name] > 0 or name in names.assigned:
        return True
    return any(name in text and _is_read(name, text) for text in names.strings)


def _is_read(name: str, text: str) -> bool:
    """Whether a string is an expression with a name in it, as ``"Adam | None"`` is, and prose is not."""
    try:
        return name in names_in(ast.parse(text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _cut(source: Source, tree: ast.Module, imported: Imported) -> Iterator[Edit]:
    """Cut one name out of its import, or the whole line where it is the only one."""
    statement, own = imported.statement, source.span(imported.alias)
    if "F401" in source.line(statement.lineno):  # meant to be there without a use
        return
    if len(statement.names) == 1:
        yield from _cut_line(source, tree, statement)
        return
    at = statement.names.index(imported.alias)
    if at + 1 < len(statement.names):
        cut = Span(own.start, source.span(statement.names[at + 1]).start)
        between = source.text[own.end : cut.end]
    else:
        cut = Span(source.span(statement.names[at - 1]).end, own.end)
        between = source.text[cut.start : own.start]
    if not between.replace(",", "").strip():
        yield Edit(cut, "")


def _cut_line(source: Source, tree: ast.Module, statement: ast.stmt) -> Iterator[Edit]:
    """Cut a statement that has its line to itself, at the top level of the file."""
    span = source.span(statement)
    line, _ = source.position(span.end)
    start = source.line_starts[line - 1]
    end = source.line_starts[line] if line < len(source.line_starts) else len(source.text)
    alone = starts_its_line(source, span.start) and not source.text[span.end : end].strip()
    if statement in tree.body and alone and statement.lineno == line:
        yield Edit(Span(start, end), "")
