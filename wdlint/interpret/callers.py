"""Who calls a function: calls by name in its own file, then in the files of its project."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from wdlint.interpret.modules import Library, Module, last_name
from wdlint.sources.project import Project

_FILES: Final = 40
"""Files of a project that are parsed for callers."""


class Callers:
    """Finds the calls of functions and classes of a program."""

    def __init__(self, library: Library, project: Project | None) -> None:
        self.library = library
        self.project = project

    def of(self, module: Module, name: str, definition: ast.stmt) -> Iterator[tuple[Module, ast.Call]]:
        """The calls that seem to mean a definition of a module, those in the module itself first."""
        own = [(module, c) for c in _calls(module.tree, name) if not _within(definition, c)]
        yield from own
        if not own:
            method = isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_global(
                module, definition
            )
            for other in self._others(module, name, f"{name}(", method=method):
                for call in _calls(other.tree, name):
                    yield other, call

    def subclasses(
        self, module: Module, owner: ast.ClassDef, depth: int = 3
    ) -> Iterator[tuple[Module, ast.ClassDef]]:
        """The classes that derive from a class, those in the module itself first."""
        own = [(module, node) for node in _classes(module.tree) if _derives(node, owner.name)]
        others = self._others(module, owner.name, owner.name) if not own else ()
        found = own + [(o, node) for o in others for node in _classes(o.tree) if _derives(node, owner.name)]
        for where, node in found:
            if node is not owner:
                yield where, node
                if depth > 1:
                    yield from self.subclasses(where, node, depth - 1)

    def _others(self, module: Module, name: str, text: str, *, method: bool = False) -> Iterator[Module]:
        """The other modules of the project that hold a text and import the name; a method needs no import."""
        if self.project is None:
            return
        stem = os.path.basename(module.path).removesuffix(".py")
        stems = frozenset({stem, os.path.basename(module.folder)})  # a package hands on what it holds
        parsed = 0
        for path in self.project.mentioning(text) or ():
            if path == module.path or parsed >= _FILES:
                continue
            inside = os.path.relpath(path, self.project.root).removesuffix(".py").replace(os.sep, ".")
            other = self.library.module(path, inside)
            parsed += 1
            if other is not None and (method or _imports(other.tree, name, stems)):
                yield other


def _is_global(module: Module, definition: ast.stmt) -> bool:
    return definition in module.tree.body


@lru_cache(maxsize=256)
def _classes(tree: ast.Module) -> tuple[ast.ClassDef, ...]:
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _derives(node: ast.ClassDef, name: str) -> bool:
    bases = [b.value if isinstance(b, ast.Subscript) else b for b in node.bases]
    return any(last_name(b) == name for b in bases)


def _within(definition: ast.stmt, call: ast.Call) -> bool:
    return definition.lineno <= call.lineno <= (definition.end_lineno or definition.lineno)


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    """The calls of a name, plain or as an attribute, in the order of the text."""
    return sorted(_calls_by_name(tree).get(name, ()), key=lambda c: (c.lineno, c.col_offset))


@lru_cache(maxsize=64)
def _calls_by_name(tree: ast.Module) -> dict[str, list[ast.Call]]:
    index: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            index.setdefault(last_name(node.func), []).append(node)
    return index


@lru_cache(maxsize=256)
def _import_statements(tree: ast.Module) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def _imports(tree: ast.Module, name: str, stems: frozenset[str]) -> bool:
    """Whether a module imports a name, or a module or package of one of those stems."""
    for node in _import_statements(tree):
        match node:
            case ast.ImportFrom(module=dotted, names=names):
                last = (dotted or "").rpartition(".")[2]
                if any(a.name == name or a.name in stems or (a.name == "*" and last in stems) for a in names):
                    return True
            case ast.Import(names=names):
                if any(not stems.isdisjoint(a.name.split(".")) for a in names):
                    return True
    return False
