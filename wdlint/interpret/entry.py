"""From an optimizer's call back to its model: where to start, and with what.

The call is not reached by running the script. The function around it is entered with what its
callers pass (their arguments found the same way), a method with the object its class builds; of
every body only the slice that leads to the call is followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from wdlint.interpret import objects
from wdlint.interpret.callers import Callers
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.machine import Exhausted, Frame, Machine
from wdlint.interpret.modules import Module
from wdlint.interpret.slicing import Slice, blocks, path_to, slice_of
from wdlint.interpret.values import ABSENT, Class, Env, Function, Instance, Unknown, Value, is_module, options

_CALLERS: Final = 4
"""Callers of a function that are followed."""
_LEVELS: Final = 5
"""Callers of callers at most."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The state of a program that has come to a call: ``env`` is the activation around it.

    ``caller`` is the call, in ``module``, that handed in the function's arguments, if there is one.
    """

    env: Env
    frame: Frame
    caller: ast.Call | None = None
    module: Module | None = None


class Entry:
    """Brings a machine to calls of a program."""

    def __init__(self, machine: Machine, callers: Callers) -> None:
        self.machine = machine
        self.callers = callers

    def arrive(self, module: Module, call: ast.Call, index: int = 0, level: int = 0) -> Arrival | None:
        """Follow the program up to a call; ``index`` chooses among the callers of its function.

        None when there are no more callers.
        """
        path = path_to(module.tree.body, call)
        scopes = [i for i, s in enumerate(path) if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
        if not path:
            return None
        if not scopes:
            return self._at_module_level(module, path, level) if index == 0 else None
        return self._in_function(module, path, scopes, index, level)

    # ------------------------------------------------------------------- module level

    def _at_module_level(self, module: Module, path: list[ast.stmt], level: int) -> Arrival:
        machine = self.machine
        env = machine.importer.env(module)
        cut = slice_of(module.tree.body, path, _variable(path[-1]))
        _stop_before(path[-1], cut, level)
        lazily = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        frame = Frame(env)
        for statement in module.tree.body:
            passed = statement.lineno >= path[0].lineno or statement not in cut.skipped
            if passed and not isinstance(statement, lazily):
                module.under_way.add(statement)
        body = [s for s in module.tree.body if not isinstance(s, lazily)]
        self._follow(body, cut, frame, env)
        return Arrival(env, frame)

    def _follow(self, body: Sequence[ast.stmt], cut: Slice, frame: Frame, env: Env) -> None:
        """Follow a slice; a statement that raises is passed over, since the program came through."""
        machine = self.machine
        machine.skipped |= cut.skipped
        machine.entered |= cut.entered
        machine.frames.append(frame)
        try:
            for statement in body:
                if statement in machine.skipped:
                    continue
                try:
                    signal = machine.block([statement], env)
                except ProgramRaise:
                    continue
                if signal is not None:
                    break
        finally:
            machine.frames.pop()

    # -------------------------------------------------------------------- in a function

    def _in_function(
        self, module: Module, path: list[ast.stmt], scopes: list[int], index: int, level: int
    ) -> Arrival | None:
        machine = self.machine
        function = path[scopes[0]]
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        owner = path[scopes[0] - 1] if scopes[0] else None
        owner = owner if isinstance(owner, ast.ClassDef) else None
        module_env = machine.importer.env(module)
        machine.frames.append(Frame(module_env))
        try:
            made = self._activation(module, function, owner, index, level)
        finally:
            machine.frames.pop()
        if made is None:
            return None
        env, frame, caller, caller_module = made
        keep = _setters(owner) if owner is not None else frozenset[str]()
        last = scopes[-1]
        if last == scopes[0]:
            inner = path[scopes[0] + 1 :]
            cut = slice_of(function.body, inner, _variable(inner[-1]), keep)
            _stop_before(inner[-1], cut, level)
            self._follow(function.body, cut, frame, env)
            return Arrival(env, frame, caller, caller_module)
        return self._nested(module, path, scopes, env, frame, keep)

    def _nested(
        self,
        module: Module,
        path: list[ast.stmt],
        scopes: list[int],
        env: Env,
        frame: Frame,
        keep: frozenset[str],
    ) -> Arrival | None:
        """A call in a function within a function: the outer one up to it, then the inner one."""
        outer, inner = path[scopes[0]], path[scopes[1]]
        assert isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        assert isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        cut = slice_of(outer.body, path[scopes[0] + 1 : scopes[1] + 1], "", keep)
        wanted = {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)}
        for statement in list(cut.skipped):
            if {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} & wanted:
                cut.skipped.discard(statement)
        self._follow(outer.body, cut, frame, env)
        value = self.machine.lookup(inner.name, env)
        if not isinstance(value, Function):
            return None
        inside = objects.bind_arguments(self.machine, value, [], {})
        inner_frame = Frame(inside, value)
        rest = path[scopes[1] + 1 :]
        if len(scopes) > 2:
            return None
        self._follow(inner.body, slice_of(inner.body, rest, _variable(rest[-1])), inner_frame, inside)
        return Arrival(inside, inner_frame)

    def _activation(
        self,
        module: Module,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        owner: ast.ClassDef | None,
        index: int,
        level: int,
    ) -> tuple[Env, Frame, ast.Call | None, Module | None] | None:
        """The environment a function starts in: with its caller's arguments, or without any."""
        machine = self.machine
        function = self._function(module, node, owner)
        if function is None:
            return None
        caller: ast.Call | None = None
        caller_module: Module | None = None
        args: list[Value] = []
        keywords: dict[str, Value] = {}
        if owner is not None and node.name == "__init__":
            found = self._caller(module, owner.name, owner, index, level)
        else:
            found = self._caller(module, node.name, node, index, level)
        if found is not None:
            args, keywords, caller, caller_module = found
        elif index > 0:
            return None
        this: Value = None
        if owner is not None and not _is_static(node):
            this = self._self(module, owner, node, level)
            args = [this, *args]
        env = objects.bind_arguments(machine, function, args, keywords)
        return env, Frame(env, function, this), caller, caller_module

    def _function(self, module: Module, node: ast.AST, owner: ast.ClassDef | None) -> Function | None:
        machine = self.machine
        name = node.name if owner is None else owner.name  # type: ignore[attr-defined]
        value = machine.importer.member(module, name)
        if value is ABSENT:
            env = machine.importer.env(module)
            machine.statement(owner or node, env)  # type: ignore[arg-type]
            value = machine.importer.member(module, name)
        if owner is not None:
            cls = value
            value = cls.data.get(node.name, ABSENT) if isinstance(cls, Class) else ABSENT  # type: ignore[attr-defined]
        for wrapper in (objects.StaticMethod, objects.ClassMethod):
            if isinstance(value, wrapper):
                value = value.function
        if isinstance(value, objects.Property):
            value = value.getter
        return value if isinstance(value, Function) and value.node is node else None

    def _caller(
        self, module: Module, name: str, definition: ast.stmt, index: int, level: int
    ) -> tuple[list[Value], dict[str, Value], ast.Call, Module] | None:
        """The arguments that the ``index``-th caller of a function or class passes."""
        if level >= _LEVELS:
            return None
        machine = self.machine
        for at, (where, call) in enumerate(self.callers.of(module, name, definition)):
            if at < index:
                continue
            if at >= _CALLERS:
                return None
            arrival = self.arrive(where, call, 0, level + 1)
            if arrival is None:
                return None
            machine.frames.append(arrival.frame)
            try:
                args = [
                    machine.evaluate(a, arrival.env) for a in call.args if not isinstance(a, ast.Starred)
                ]
                keywords: dict[str, Value] = {}
                for keyword in call.keywords:
                    value = machine.evaluate(keyword.value, arrival.env)
                    if keyword.arg is None:
                        from wdlint.interpret.expressions import spread

                        spread(machine, keywords, value)
                    else:
                        keywords[keyword.arg] = value
            except ProgramRaise:
                return None
            finally:
                machine.frames.pop()
            return args, keywords, call, where
        return None

    def _self(self, module: Module, owner: ast.ClassDef, method: ast.AST, level: int) -> Value:
        """The object a method runs on: built as the program builds it, or with unknown arguments."""
        machine = self.machine
        cls = machine.importer.member(module, owner.name)
        if not isinstance(cls, Class):
            return machine.unknown("its class is not known")
        if method.name == "__init__":  # type: ignore[attr-defined]
            from wdlint.interpret import torch

            instance = Instance(cls, owner, module)
            torch.prepare(machine, instance)
            return instance
        found = self._caller(module, owner.name, owner, 0, level)
        args, keywords = (found[0], found[1]) if found is not None else ([], {})
        instance = Instance(cls, owner, module)
        try:
            made = objects.instantiate(machine, cls, args, keywords, owner)
        except ProgramRaise:
            made = instance
        return made


def _stop_before(target: ast.stmt, cut: Slice, level: int) -> None:
    """A caller is followed up to its call only: what the call does is followed from inside."""
    if level:
        cut.skipped.add(target)


def _variable(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _is_static(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id in ("staticmethod", "classmethod") for d in node.decorator_list)


@lru_cache(maxsize=64)
def _setters(owner: ast.ClassDef) -> frozenset[str]:
    """The methods of a class that set attributes of the object."""
    found = set()
    for method in owner.body:
        if isinstance(method, ast.FunctionDef) and method.name != "__init__":
            for node in ast.walk(method):
                match node:
                    case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
                        found.add(method.name)
                        break
    return frozenset(found)


def modules_in_sight(arrival: Arrival) -> Iterator[Instance]:
    """The modules that variables around a call hold, those of ``self`` included."""
    env: Env | None = arrival.env
    seen: list[Value] = []
    while env is not None:
        seen.extend(env.data.values())
        env = env.parent
    seen.extend(arrival.env.module.data.values())
    for value in seen:
        for each in options(value):
            if isinstance(each, Instance):
                if is_module(each):
                    yield each
                for inner in list(each.data.values()):
                    for attribute in options(inner):
                        if is_module(attribute):
                            yield attribute


__all__ = ["Exhausted", "Unknown", "blocks"]
