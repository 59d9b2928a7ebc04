"""Names another optimizer class at a place, spelled as the file spells its neighbours.

``torch.optim.Adam`` becomes ``torch.optim.AdamW``, ``optim.Adam`` ``optim.AdamW``, and a bare
``Adam`` becomes ``AdamW`` with its import extended. A binding that means something else is never
shadowed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.facts import Edit, Optimizer, Span
from wdlint.fixes.locate import indent_at, starts_its_line
from wdlint.fixes.names import Imported, Names, names_of
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source


def respell(source: Source, tree: ast.Module, named: ast.expr, old: Optimizer, new: str) -> tuple[Edit, ...]:
    """Edits that make the class named by ``named``, now ``old``, the class ``new``.

    Raises:
        Withheld: there is no spelling that certainly means the new class.
    """
    names = names_of(tree)
    module, _, short = new.rpartition(".")
    if isinstance(named, ast.Attribute):
        if names.dotted(named.value) == module:
            end = source.span(named).end
            return (Edit(Span(end - len(named.attr), end), short),)
        root = _root(named)
    elif isinstance(named, ast.Name):
        if (
            any(package == module for package, _ in names.stars)
            and not names.bound(short)
            and not names.bound(named.id)
        ):
            return (Edit(source.span(named), short),)
        root = named.id
    else:
        return (_in_string(source, named, old, new),)
    whole = source.span(named)
    bare = isinstance(named, ast.Name) and all(i.alias.asname is None for i in names.imports.get(root, ()))
    by_name, by_module = _reachable(names, new, named.lineno, root)
    if by_name or (by_module and not bare):
        return (Edit(whole, by_name or by_module),)
    if not _taken(names, short):
        return (Edit(whole, short), _import_edit(source, names, root, old, new))
    if by_module:
        return (Edit(whole, by_module),)
    raise Withheld(f"`{short}` already means something else in this file, and `{module}` is not imported")


def _in_string(source: Source, named: ast.expr, old: Optimizer, new: str) -> Edit:
    """``getattr(torch.optim, "Adam")``: the string names the class, and the module stays."""
    span = source.span(named)
    text = source.slice(span)
    module, _, short = new.rpartition(".")
    if text[1:-1] != old.short_name or old.name.rpartition(".")[0] != module:
        raise Withheld(f"the class is not named where it is called: `{_excerpt(source, named)}`")
    return Edit(Span(span.start + 1, span.end - 1), short)


def _reachable(names: Names, new: str, line: int, root: str) -> tuple[str, str]:
    """The shortest spellings by name and through a module that reach the new class; "" if there is none."""
    by_name, by_module = [], []
    for imported in _usable(names, line, root):
        if imported.target == new:
            by_name.append(imported.name)
        elif new.startswith(f"{imported.target}.") and _loads(imported, new):
            by_module.append(imported.name + new[len(imported.target) :])
    return min(by_name, key=len, default=""), min(by_module, key=len, default="")


def _usable(names: Names, line: int, root: str) -> Iterator[Imported]:
    """Imports whose name certainly holds at a line and that nothing else in the file binds.

    Those at the top level above it, and those of the statement that brought the old class.
    """
    bringing = names.imports.get(root, [])
    for name, several in names.imports.items():
        if name in names.assigned or len({i.target for i in several}) != 1:
            continue
        beside = len(several) == len(bringing) == 1 and several[0].statement is bringing[0].statement
        yield from (i for i in several if beside or (i.at_top and i.statement.lineno < line))


def _loads(imported: Imported, new: str) -> bool:
    """Whether an import certainly loads the module of the new class.

    ``import torch`` loads ``torch.optim``; of other packages only the imported module counts.
    """
    module = new.rpartition(".")[0]
    if isinstance(imported.statement, ast.Import):
        return imported.alias.name == module or module == "torch.optim"
    return imported.target == module


def _taken(names: Names, short: str) -> bool:
    """Whether a name means something in the file already, be it by an unread star import."""
    return names.bound(short) or names.loads[short] > 0


def _import_edit(source: Source, names: Names, root: str, old: Optimizer, new: str) -> Edit:
    """Extend the import that brought the old class, or add one after it."""
    module, _, short = new.rpartition(".")
    bringing = names.imports.get(root, [])
    if len(bringing) != 1:
        raise Withheld(f"no single import brings `{root or old.short_name}`, so none can be extended")
    (imported,) = bringing
    statement = imported.statement
    if not (isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module == module):
        return _added_import(source, statement, f"from {module} import {short}")
    span = source.span(imported.alias)
    return Edit(Span(span.end, span.end), _separator(source, statement, span) + short)


def _separator(source: Source, statement: ast.ImportFrom, alias: Span) -> str:
    """The comma after an imported name; a new line follows where names stand one a line."""
    if "(" in source.slice(source.span(statement)) and starts_its_line(source, alias.start):
        return f",{source.newline}{indent_at(source, alias.start)}"
    return ", "


def _added_import(source: Source, after: ast.Import | ast.ImportFrom, written: str) -> Edit:
    span = source.span(after)
    line, _ = source.position(span.end)
    end = source.line_starts[line - 1] + len(source.line(line))
    rest = source.text[span.end : end].strip()
    if (rest and not rest.startswith("#")) or not starts_its_line(source, span.start):
        raise Withheld(f"no import can be added at line {line}, which holds several statements")
    return Edit(Span(end, end), f"{source.newline}{indent_at(source, span.start)}{written}")


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _excerpt(source: Source, node: ast.expr) -> str:
    text = " ".join(source.slice(source.span(node)).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
