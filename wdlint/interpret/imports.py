"""How names come into a module: its own statements on demand, imports, builtins."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from wdlint.interpret import builtin, machine, stdlib
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.modules import Module, is_opaque_part, likely_first, relative_name
from wdlint.interpret.values import ABSENT, Env, External, ModuleEnv, ModuleValue, Unknown, Value

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


class Importer:
    """Evaluates the names of modules when they are asked for."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._envs: dict[Module, Env] = {}
        self._wanted: tuple[Module, str] | None = None
        """The module whose imports run, and the one name that is asked for."""

    def env(self, module: Module) -> Env:
        """The environment of a module's top level; its names are the module's."""
        env = self._envs.get(module)
        if env is None:
            env = self._envs[module] = ModuleEnv(module)
        return env

    def name(self, module: Module, name: str) -> Value:
        """A global name as code in the module sees it; ABSENT when nothing binds it."""
        value = self.member(module, name)
        if value is not ABSENT:
            return value
        return builtin.BUILTINS.get(name, ABSENT)

    def member(self, module: Module, name: str) -> Value:
        """What ``module.name`` is; ABSENT when the module has no such name."""
        makers = module.pending.makers.get(name)
        if makers is not None:
            self._run(module, name, makers)
            if module.pending.effects:
                self._run(module, name, module.pending.effects)
        if name in module.data:
            return module.data[name]
        submodule = self.machine.library.beside(module, name)
        stars = likely_first(module.pending.stars, name)
        if submodule is not None:  # only ``from .name import *`` may bind the name to something in it
            stars = [s for s in stars if (s.module or "").rpartition(".")[2] == name]
        for statement in stars:
            inner = self.machine.library.star(module, statement)
            if inner is None:
                dotted = statement.module or ""
                if statement.level == 0 and stdlib.star_exports(dotted, name):
                    return External(f"{dotted}.{name}")
                continue
            if inner is not module and self.machine.library.exports(inner, name):
                value = self.member(inner, name)
                if value is not ABSENT:
                    return value
        return ABSENT if submodule is None else ModuleValue(submodule)

    def _run(self, module: Module, name: str, makers: list[ast.stmt]) -> None:
        """Follow the statements that make a name, those of its first binding first.

        Of imports, only that of the name itself: a package may import hundreds of others beside it.
        """
        steps = [(s, name if s in module.pending.importing else "") for s in makers]
        waiting = [step for step in steps if step not in module.under_way]
        if not waiting:
            return
        module.under_way.update(waiting)
        m = self.machine
        m.frames.append(machine.Frame(self.env(module)))
        before, caught = self._wanted, m.caught
        m.caught = 0
        try:
            with m.heap.before_all_branches():
                for statement, only in waiting:
                    if statement in m.skipped:
                        continue
                    self._wanted = (module, only) if only else None
                    try:
                        m.block([statement], self.env(module))
                    except ProgramRaise as error:
                        why = Unknown(f"the module raises {error.kind}", statement, module)
                        module.data.setdefault(name, why)
        finally:
            self._wanted, m.caught = before, caught
            m.frames.pop()

    def _passed_over(self, bound: str, dotted: str, level: int, env: Env) -> bool:
        """Whether an import at the top of a module binds another name than the one that is asked for."""
        if self._wanted is None or env.parent is not None or self._wanted[0] is not env.module:
            return False
        if bound == self._wanted[1]:
            return False
        if not level and self.machine.library.path(dotted) is None:
            self._check(dotted)
        return True

    # ---------------------------------------------------------------------- statements

    def statement(self, node: ast.Import | ast.ImportFrom, env: Env) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._import(alias, env)
            return
        for alias in node.names:
            if alias.name == "*":
                self._star(node, env)
            else:
                bound = alias.asname or alias.name
                if not self._passed_over(bound, node.module or "", node.level, env):
                    self.machine.bind(bound, self.imported(node, alias.name, env.module), env)

    def _star(self, node: ast.ImportFrom, env: Env) -> None:
        """Within a function or a class body only; a module's own are looked up by name."""

    def _import(self, alias: ast.alias, env: Env) -> None:
        first = alias.name.partition(".")[0]
        if not self._passed_over(alias.asname or first, alias.name, 0, env):
            self.machine.bind(alias.asname or first, self.dotted(alias.name if alias.asname else first), env)

    def dotted(self, name: str) -> Value:
        """The module of a dotted name."""
        module = self.machine.library.find(name)
        if module is not None:
            return ModuleValue(module)
        self._check(name)
        return External(name)

    def imported(self, node: ast.ImportFrom, name: str, importer: Module) -> Value:
        """What ``from x import name`` binds."""
        library = self.machine.library
        dotted = node.module or ""
        if node.level:
            module = library.relative(importer, node.level, dotted)
            full = relative_name(importer, node.level, dotted)
            if module is None:
                inner = library.relative(importer, node.level, f"{dotted}.{name}" if dotted else name)
                if inner is not None:
                    return ModuleValue(inner)
        else:
            module, full = library.find(dotted), dotted
        if module is None:
            inner = library.find(f"{full}.{name}")
            if inner is not None:
                return ModuleValue(inner)
            self._check(full)
            return External(f"{full}.{name}")
        value = self.member(module, name)
        if value is ABSENT:
            if self.machine.caught:
                raise ProgramRaise("ImportError")
            return External(f"{full}.{name}")
        return value

    def _check(self, dotted: str) -> None:
        """In a ``try``, an import of what is not installed fails, if we can know that."""
        first = dotted.partition(".")[0]
        if is_opaque_part(dotted):
            return
        if self.machine.caught and first not in sys.stdlib_module_names and first not in builtin.PRESENT:
            raise ProgramRaise("ModuleNotFoundError")
