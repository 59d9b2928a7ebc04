"""What the names of a file are bound to, as far as spelling another class needs it.

Imports are kept with their statements, since a fix may extend them; everything else that binds a
name only counts as "taken".
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, count


@dataclass(frozen=True, slots=True)
class Imported:
    """A name bound by an import. ``target`` is the dotted name it stands for."""

    name: str
    target: str
    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    at_top: bool


@dataclass(slots=True)
class Names:
    """The bindings and uses of every name in a file, all scopes together."""

    imports: dict[str, list[Imported]] = field(default_factory=dict)
    stars: list[tuple[str, ast.ImportFrom]] = field(default_factory=list)
    assigned: dict[str, list[ast.expr | None]] = field(default_factory=dict)
    loads: Counter[str] = field(default_factory=Counter)
    strings: set[str] = field(default_factory=set)

    def bound(self, name: str) -> bool:
        """Whether any scope of the file binds a name, star imports aside."""
        return name in self.imports or name in self.assigned

    def targets(self, name: str) -> frozenset[str]:
        return frozenset(i.target for i in self.imports.get(name, ()))

    def dotted(self, node: ast.expr) -> str | None:
        """What ``optim.adam`` stands for when its root is imported, or an alias of such a name."""
        if isinstance(node, ast.Attribute):
            prefix = self.dotted(node.value)
            return f"{prefix}.{node.attr}" if prefix else None
        if not isinstance(node, ast.Name):
            return None
        targets = self.targets(node.id)
        if targets:
            return next(iter(targets)) if len(targets) == 1 else None
        values = self.assigned.get(node.id, ())
        if len(values) == 1 and isinstance(values[0], ast.Attribute):
            return self.dotted(values[0])
        return None


def fresh_name(names: Names, *wanted: str) -> str:
    """The first of these names that means nothing in the file yet, else the first with a number."""
    numbered = (f"{wanted[0]}_{i}" for i in count(2))
    return next(n for n in chain(wanted, numbered) if not names.bound(n) and not names.loads[n])


@lru_cache(maxsize=2)
def names_of(tree: ast.Module) -> Names:
    """Read every binding of a file in one walk."""
    names = Names()
    top = frozenset(id(s) for s in tree.body)
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    _import(names, node, alias, alias.name, id(node) in top)
            case ast.ImportFrom(module=module, level=level):
                package = "." * level + (module or "")
                for alias in node.names:
                    if alias.name == "*":
                        names.stars.append((package, node))
                    else:
                        _import(names, node, alias, f"{package}.{alias.name}", id(node) in top)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                names.assigned.setdefault(name, []).append(value)
            case ast.Name(id=name, ctx=ast.Load()):
                names.loads[name] += 1
            case ast.Constant(value=str() as text):
                names.strings.add(text)
            case _:
                for name in _other_bindings(node):
                    names.assigned.setdefault(name, []).append(None)
    for node in _store_names(tree):
        names.assigned.setdefault(node.id, []).append(None)
    return names


def _import(
    names: Names, statement: ast.Import | ast.ImportFrom, alias: ast.alias, target: str, at_top: bool
) -> None:
    name = alias.asname or alias.name
    if isinstance(statement, ast.Import) and alias.asname is None:
        name = target = alias.name.partition(".")[0]
    names.imports.setdefault(name, []).append(Imported(name, target, statement, alias, at_top))


def _other_bindings(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.arg(arg=name) | ast.ExceptHandler(name=str() as name):
            return [name]
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            return [name]
        case ast.MatchMapping(rest=str() as name):
            return [name]
    return []


def _store_names(tree: ast.Module) -> list[ast.Name]:
    """Names bound other than by ``name = value``: loops, unpacking, ``with``, ``del``, walrus."""
    plain = {
        id(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in plain
    ]
