"""The modules of a project that one check looks at, and the way from one to another.

An import is followed only when a value is asked for that came through it. Every module has its own
:class:`~wdlint.reason.evaluate.Evaluator`; code is evaluated by that of the module it stands in,
and all of them draw on one budget.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wdlint.reason import members
from wdlint.reason.scopes import ModuleIndex
from wdlint.reason.values import Abstract, Frame, LocalModule, Opaque, alternatives, choice
from wdlint.sources.project import ModulePath, Project
from wdlint.sources.text import Source, SourceError, parse

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

MOST_MODULES: Final = 40
"""Other files a check may parse: at 10 ms each, less than half a second."""
_LONGEST_CHAIN: Final = 24
"""Modules a name may be handed through."""

_BUDGET: Final = Opaque("the search for it ran out of budget")


class Modules:
    """What is reached from one checked module."""

    def __init__(self, project: Project, checked: Evaluator) -> None:
        self.project = project
        self._by_file: dict[str, Evaluator | None] = {project.file: checked}
        self._by_index: dict[ModuleIndex, tuple[Evaluator, str]] = {checked.index: (checked, project.file)}
        self._checked = checked
        self._known: dict[tuple[str, str], Abstract] = {}
        self._under_way: set[tuple[str, str]] = set()

    def evaluator(self, index: ModuleIndex) -> Evaluator:
        """The evaluator of code of a module that was loaded before."""
        return self._by_index[index][0]

    def file_of(self, evaluator: Evaluator) -> str:
        return self._by_index[evaluator.index][1]

    def load(self, file: str) -> Evaluator | None:
        """The evaluator of a file; None if it cannot be read, or nothing more may be."""
        if file not in self._by_file:
            state = self.project.state(file)
            if len(self._by_file) > MOST_MODULES or state is None:
                return None
            parsed = _parsed(file, self.project.shown(file), *state)
            self._by_file[file] = None
            if parsed is not None:
                found = self._by_file[file] = self._checked.sibling(*parsed)
                self._by_index[found.index] = found, file
        return self._by_file[file]

    def imported(self, target: str, importer: Evaluator) -> Abstract | None:
        """What an import binds, by its dotted name; None if it is not of this project."""
        located = self.project.locate(target, self.file_of(importer))
        if located is None:
            return None
        module, names = located
        value: Abstract = LocalModule(module)
        for name in names:
            frame = Frame(importer.index.module, None)
            value = choice(members.member(importer, each, name, frame) for each in alternatives(value))
        return value

    def attribute(self, module: ModulePath, name: str) -> Abstract:
        """``module.name``: what the module binds at its end, or a submodule."""
        key = (module.file or module.folder, name)
        if key in self._known:
            return self._known[key]
        if key in self._under_way:
            return Opaque(f"`{name}` is imported in a circle")
        if len(self._under_way) > _LONGEST_CHAIN:
            return _BUDGET
        self._under_way.add(key)
        try:
            value = self._attribute(module, name)
        finally:
            self._under_way.discard(key)
        self._known[key] = value
        return value

    def _attribute(self, module: ModulePath, name: str) -> Abstract:
        holder = self.load(module.file) if module.file else None
        if holder is not None and (value := holder.exported(name)) is not None:
            return value
        if (child := module.child(name)) is not None and child.file:
            return LocalModule(child)
        if module.file and holder is None:
            spent = len(self._by_file) > MOST_MODULES
            return _BUDGET if spent else Opaque(f"{self.project.shown(module.file)} cannot be read")
        return Opaque(f"`{name}` is not defined in {self.project.shown(module.file or module.folder)}")

    def starred(self, target: str, name: str, importer: Evaluator) -> Abstract | None:
        """What ``from target import *`` binds to a name; None if nothing, or it is not of this project."""
        located = self.project.locate(target, self.file_of(importer))
        if located is None or located[1] or name.startswith("_"):
            return None
        holder = self.load(located[0].file) if located[0].file else None
        key = (located[0].file, f"*{name}")
        if holder is None or holder is importer or key in self._under_way:
            return None
        if len(self._under_way) > _LONGEST_CHAIN:
            return _BUDGET
        self._under_way.add(key)
        try:
            return holder.exported(name)
        finally:
            self._under_way.discard(key)


@lru_cache(maxsize=96)
def _parsed(file: str, shown: str, changed: int, size: int) -> tuple[ModuleIndex, Source] | None:
    """The syntax of a file, kept from one check to the next until the file changes."""
    try:
        with open(file, "rb") as opened:
            source = Source.decode(opened.read(size), shown)
        return ModuleIndex(parse(source)), source
    except (OSError, SourceError, RecursionError):
        return None
