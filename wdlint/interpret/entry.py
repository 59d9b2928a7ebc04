"""From an optimizer's call back to its model: where to start, and with what.

The call is not reached by running the script. The function around it is entered with what its
callers pass (their arguments found the same way), a method with the object its class builds; of
every body only the slice that leads to the call is followed. Where there are several callers, or
several objects, each is a way of its own to the call: a run takes one, and :class:`Ways` knows
which ones are left.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Final

from wdlint.interpret import objects, torch
from wdlint.interpret.callers import Callers
from wdlint.interpret.expressions import call_arguments
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.machine import Frame, Machine
from wdlint.interpret.modules import Module
from wdlint.interpret.slicing import Slice, path_to, slice_of
from wdlint.interpret.values import (
    ABSENT,
    Arguments,
    Class,
    ClassMethod,
    Env,
    Function,
    Instance,
    Property,
    StaticMethod,
    Super,
    Value,
    is_module,
    options,
)

_CALLERS: Final = 4
"""Callers of a function, and constructions of a class, that are followed."""
_LEVELS: Final = 5
"""Callers of callers at most."""
_FOLDERS_UP: Final = 4
"""Folders above a script in which the modules that it imports may be."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LAZILY: Final = (*_DEFINITIONS, ast.ClassDef, ast.Import, ast.ImportFrom)
"""Statements that are followed when what they bind is asked for."""


class Ways:
    """Which way a run takes where there are several; every run takes another until there is none."""

    def __init__(self) -> None:
        self._script: list[int] = []
        self._taken: list[tuple[int, int]] = []

    def choose(self, count: int) -> int:
        at = len(self._taken)
        choice = self._script[at] if at < len(self._script) else 0
        self._taken.append((choice, count))
        return choice

    def advance(self) -> bool:
        """Turn to the next way; whether there is one."""
        taken, self._taken = self._taken, []
        while taken:
            choice, count = taken.pop()
            if choice + 1 < count:
                self._script = [*(c for c, _ in taken), choice + 1]
                return True
        return False


@dataclass(frozen=True, slots=True)
class Arrival:
    """The state of a program that has come to a call: ``env`` is the activation around it.

    ``caller`` is the call, in ``module``, that handed in the function's arguments, if there is one.
    ``built`` are the optimizers the call has built on the way.
    """

    env: Env
    frame: Frame
    caller: ast.Call | None = None
    module: Module | None = None
    built: tuple[Instance, ...] = ()


@dataclass(slots=True)
class _Start:
    """What a function is entered with, and who passes it."""

    args: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    this: Value = None
    caller: ast.Call | None = None
    module: Module | None = None


@dataclass(frozen=True, slots=True)
class _Construction:
    """A class, the ``node`` of it in ``home``, and the call in ``where`` that makes an object of it."""

    home: Module
    node: ast.ClassDef
    where: Module | None = None
    call: ast.Call | None = None


class _Arrived(Exception):
    """The run has come to its goal while it prepared to go there, through this call of a constructor."""

    def __init__(self, caller: ast.Call | None = None, module: Module | None = None) -> None:
        super().__init__()
        self.caller = caller
        self.module = module


class Entry:
    """Brings a machine to calls of a program."""

    def __init__(self, machine: Machine, callers: Callers, ways: Ways) -> None:
        self.machine = machine
        self.callers = callers
        self.ways = ways

    def arrive(self, module: Module, call: ast.Call) -> Arrival | None:
        """Follow the program to the construction of an optimizer and through it."""
        self.machine.goal = call
        try:
            arrival = self._arrive(module, call, 0)
        except _Arrived as early:
            env = self.machine.importer.env(module)
            arrival = Arrival(env, Frame(env), early.caller, early.module)
        if arrival is None:
            return None
        return Arrival(arrival.env, arrival.frame, arrival.caller, arrival.module, self._built())

    def run(self, module: Module, call: ast.Call) -> Arrival | None:
        """Follow the module from its first statement on, as Python runs it; None if it never comes there."""
        self.machine.goal = call
        env = self.machine.importer.env(module)
        for statement in module.tree.body:
            if isinstance(statement, _LAZILY):
                continue
            if (statement, "") not in module.under_way:
                module.under_way.add((statement, ""))
                self._follow([statement], Slice(), Frame(env))
            if built := self._built():
                return Arrival(env, Frame(env), built=built)
        return None

    def _built(self) -> tuple[Instance, ...]:
        return tuple(o for o in self.machine.optimizers if o.made is self.machine.goal)

    def _arrive(self, module: Module, call: ast.Call, level: int) -> Arrival | None:
        path = path_to(module.tree.body, call)
        scopes = [i for i, s in enumerate(path) if isinstance(s, _DEFINITIONS)]
        if not path:
            return None
        if not scopes:
            return self._at_module_level(module, path, goes_in=level == 0)
        return self._in_function(module, path, scopes, level)

    # ------------------------------------------------------------------- module level

    def _at_module_level(self, module: Module, path: list[ast.stmt], *, goes_in: bool) -> Arrival:
        machine = self.machine
        env = machine.importer.env(module)
        cut = slice_of(module.tree.body, path, _variable(path[-1]))
        frame = Frame(env)
        for statement in module.tree.body:
            passed = statement.lineno >= path[0].lineno or statement not in cut.skipped
            if passed and not isinstance(statement, _LAZILY):
                module.under_way.add((statement, ""))
        body = [s for s in module.tree.body if not isinstance(s, _LAZILY)]
        self._follow(body, cut, frame, path, goes_in=goes_in)
        return Arrival(env, frame)

    def _follow(
        self,
        body: Sequence[ast.stmt],
        cut: Slice,
        frame: Frame,
        path: Sequence[ast.stmt] = (),
        *,
        goes_in: bool = True,
    ) -> None:
        """Follow a slice; a statement that raises is passed over, since the program came through.

        The last statement of ``path`` is left out unless the call in it is gone into; within a loop it
        always is, so that every round comes to the goal.
        """
        machine = self.machine
        in_loop = any(isinstance(s, ast.For | ast.AsyncFor) for s in path)
        held_back = {path[-1]} - machine.skipped if path and not goes_in and not in_loop else set()
        before = len(self._built())
        machine.skipped |= cut.skipped | held_back
        machine.entered |= cut.entered
        machine.frames.append(frame)
        try:
            for statement in body:
                if statement in machine.skipped:
                    continue
                try:
                    outcome = machine.block([statement], frame.env)
                except ProgramRaise:
                    continue
                if "end" not in outcome:
                    break
        finally:
            machine.frames.pop()
            machine.skipped -= held_back
        if not goes_in and len(self._built()) > before:
            raise _Arrived

    # -------------------------------------------------------------------- in a function

    def _in_function(
        self, module: Module, path: list[ast.stmt], scopes: list[int], level: int
    ) -> Arrival | None:
        node = path[scopes[0]]
        assert isinstance(node, _DEFINITIONS)
        owner = path[scopes[0] - 1] if scopes[0] else None
        owner = owner if isinstance(owner, ast.ClassDef) else None
        machine = self.machine
        machine.frames.append(Frame(machine.importer.env(module)))
        try:
            start = self._start(module, node, owner, level)
            function = self._function(module, node, owner)
            if start is None or function is None:
                return None
            args = start.args if owner is None or _is_static(node) else [start.this, *start.args]
            env = objects.bind_arguments(machine, function, args, start.keywords)
        finally:
            machine.frames.pop()
        frame = Frame(env, function, start.this)
        keep = _setters(owner) if owner is not None else frozenset[str]()
        inner = path[scopes[0] + 1 :]
        if len(scopes) == 1:
            cut = slice_of(node.body, inner, _variable(inner[-1]), keep)
            self._follow(node.body, cut, frame, inner, goes_in=level == 0)
        else:
            nested = self._nested(node.body, inner, frame, keep, level)
            if nested is None:
                return None
            env, frame = nested.env, nested
        return Arrival(env, frame, start.caller, start.module)

    def _nested(
        self, body: Sequence[ast.stmt], path: list[ast.stmt], frame: Frame, keep: frozenset[str], level: int
    ) -> Frame | None:
        """A call in a function within a function: the outer one to a call of the inner one, then that."""
        at = next(i for i, s in enumerate(path) if isinstance(s, _DEFINITIONS))
        inner = path[at]
        assert isinstance(inner, _DEFINITIONS)
        rest = path[at + 1 :]
        call = _call_beside(body, inner)
        machine = self.machine
        way = path_to(body, call) if call is not None else path[: at + 1]
        cut = slice_of(body, way, "", keep)
        used = {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)}
        for statement in list(cut.skipped):
            if {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} & used:
                cut.skipped.discard(statement)
        self._follow(body, cut, frame, way if call is not None else (), goes_in=call is None)
        value = machine.lookup(inner.name, frame.env)
        if not isinstance(value, Function):
            return None
        args, keywords = self._arguments(call, frame) if call is not None else ([], {})
        env = objects.bind_arguments(machine, value, args, keywords)
        inside = Frame(env, value, frame.owner)
        if any(isinstance(s, _DEFINITIONS) for s in rest):
            return self._nested(inner.body, rest, inside, keep, level)
        self._follow(
            inner.body, slice_of(inner.body, rest, _variable(rest[-1])), inside, rest, goes_in=level == 0
        )
        return inside

    def _arguments(self, call: ast.Call, frame: Frame) -> Arguments:
        machine = self.machine
        machine.frames.append(frame)
        try:
            return call_arguments(machine, call, frame.env)
        except ProgramRaise:
            return [], {}
        finally:
            machine.frames.pop()

    def _function(self, module: Module, node: Definition, owner: ast.ClassDef | None) -> Function | None:
        machine = self.machine
        value = machine.importer.member(module, node.name if owner is None else owner.name)
        if value is ABSENT:
            machine.statement(owner or node, machine.importer.env(module))
            value = machine.importer.member(module, node.name if owner is None else owner.name)
        if owner is not None:
            value = value.data.get(node.name, ABSENT) if isinstance(value, Class) else ABSENT
        if isinstance(value, StaticMethod | ClassMethod):
            value = value.function
        if isinstance(value, Property):
            value = value.getter
        return value if isinstance(value, Function) and value.node is node else None

    # ---------------------------------------------------------------- what is passed to it

    def _start(
        self, module: Module, node: Definition, owner: ast.ClassDef | None, level: int
    ) -> _Start | None:
        """One of the ways to enter a function; its arguments are unknown where nobody calls it."""
        if level >= _LEVELS:
            return _Start(this=self._blank(module, owner))
        calls = list(islice(self._calls_of(module, node), _CALLERS)) if node.name != "__init__" else []
        if owner is None or _is_static(node) or _has_decorator(node, "classmethod"):
            return self._from_caller(calls, level, self._class(module, owner))
        constructions = self._constructions(module, owner)
        classes = [(module, owner), *((made.home, made.node) for made in constructions)]
        calls = [(w, c) for w, c in calls if not _in_constructor(w, c, classes)]
        if node.name == "__init__" or not calls:
            made = constructions[self.ways.choose(len(constructions))]
            return self._constructed(made, node, level)
        start = self._from_caller(calls, level, None)
        if start is not None and not _is_of(start.this, owner):
            made = constructions[self.ways.choose(len(constructions))]
            this = self._constructed(made, node, level).this
            if isinstance(start.this, Instance) and not start.this.cls.strangers:
                start = _Start()  # the method of that name of another class was called
            start.this = this
        return start

    def _calls_of(self, module: Module, node: Definition | ast.ClassDef) -> Iterator[tuple[Module, ast.Call]]:
        """The calls of a definition, without those of others of its name, where it can be told."""
        for where, call in self.callers.of(module, node.name, node):
            if isinstance(node, Definition) and not _accepts(node, call):
                continue
            value = self._imported(where, call.func) if where is not module else ABSENT
            if not isinstance(value, Function | Class) or value.node is node:
                yield where, call

    def _imported(self, where: Module, func: ast.expr) -> Value:
        """The function or class that a module imports and calls; ABSENT where it is not as plain as that.

        Of scripts in several folders each finds the modules nearest to it first.
        """
        for statement in where.tree.body:
            match statement, func:
                case ast.ImportFrom(level=0, module=str(dotted)), ast.Name(id=name):
                    alias = next((a for a in statement.names if name == (a.asname or a.name)), None)
                    beside = self._nearest(where, dotted) if alias else None
                case ast.Import(), ast.Attribute(value=ast.Name(id=name), attr=attribute):
                    alias = next((a for a in statement.names if name == (a.asname or a.name)), None)
                    beside = self._nearest(where, alias.name) if alias else None
                    alias = ast.alias(attribute)
                case _:
                    continue
            if beside is not None and alias is not None:
                try:
                    return self.machine.importer.member(beside, alias.name)
                except ProgramRaise:
                    return ABSENT
        return ABSENT

    def _nearest(self, where: Module, dotted: str) -> Module | None:
        """The module of an absolute name in the folder of another one, or in the nearest one above."""
        found = (self.machine.library.relative(where, level, dotted) for level in range(1, _FOLDERS_UP + 1))
        return next((module for module in found if module is not None), None)

    def _from_caller(self, calls: list[tuple[Module, ast.Call]], level: int, this: Value) -> _Start | None:
        """What one of the callers passes, and the object it calls a method of."""
        if not calls:
            return _Start(this=this)
        where, call = calls[self.ways.choose(len(calls))]
        arrival = self._arrive(where, call, level + 1)
        if arrival is None:
            return None
        args, keywords = self._arguments(call, arrival.frame)
        if isinstance(call.func, ast.Attribute) and this is None:
            this = self._receiver(call.func.value, arrival.frame)
        return _Start(args, keywords, this, call, where)

    def _receiver(self, node: ast.expr, frame: Frame) -> Value:
        machine = self.machine
        machine.frames.append(frame)
        try:
            value = machine.evaluate(node, frame.env)
        except ProgramRaise:
            return None
        finally:
            machine.frames.pop()
        if isinstance(value, Super):
            value = value.owner
        return next(options(value), None)

    def _class(self, module: Module, owner: ast.ClassDef | None) -> Value:
        return None if owner is None else self.machine.importer.member(module, owner.name)

    # ----------------------------------------------------------------- the object it is on

    def _constructions(self, module: Module, owner: ast.ClassDef) -> list[_Construction]:
        """The ways objects of a class, or of one that derives from it, are made."""
        direct = [_Construction(module, owner, *c) for c in self._calls_of(module, owner)]
        found = [c for c in direct if c.call is not None and not _is_decorator(c)][:_CALLERS]
        if len(found) < _CALLERS:
            derived = list(islice(self.callers.subclasses(module, owner), _CALLERS))
            for home, node in derived:
                calls = list(islice(self._calls_of(home, node), _CALLERS))
                found.extend(_Construction(home, node, *c) for c in calls)
            if not found:
                found = [_Construction(home, node) for home, node in derived]
        return found[:_CALLERS] or [_Construction(module, owner)]

    def _constructed(self, made: _Construction, method: Definition, level: int) -> _Start:
        """The object, with the arguments of its constructor for a way through that."""
        start = _Start()
        if made.call is not None and made.where is not None:
            start = self._from_caller([(made.where, made.call)], level, None) or start
        start.this = self._blank(made.home, made.node)
        cls = self._class(made.home, made.node)
        if not isinstance(start.this, Instance) or not isinstance(cls, Class):
            return start
        init = next((c.data["__init__"] for c in cls.mro if "__init__" in c.data), None)
        if isinstance(init, Function) and init.node is method:
            return start
        before = len(self._built())
        self._construct(start.this, cls, init, start)
        if len(self._built()) > before:
            raise _Arrived(made.call, made.where)
        return _Start(this=start.this)

    def _blank(self, module: Module, owner: ast.ClassDef | None) -> Value:
        cls = self._class(module, owner)
        if not isinstance(cls, Class):
            return None if owner is None else self.machine.unknown("its class is not known")
        instance = Instance(cls, owner, module)
        torch.prepare(self.machine, instance)
        return instance

    def _construct(self, instance: Instance, cls: Class, init: Value, start: _Start) -> None:
        """Run the constructor of an object; a statement of it that raises is passed over."""
        machine = self.machine
        args = [instance, *start.args]
        try:
            if isinstance(init, Function) and isinstance(init.node, _DEFINITIONS):
                env = objects.bind_arguments(machine, init, args, start.keywords)
                self._follow(init.node.body, Slice(), Frame(env, init, instance))
            else:
                objects.initialise(machine, cls, args, start.keywords, instance.made)
        except ProgramRaise:
            return


def _call_beside(body: Sequence[ast.stmt], inner: Definition) -> ast.Call | None:
    """A call of a nested function in the function that holds it, but not in another nested one."""
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == inner.name:
                return node
    return None


def _in_constructor(module: Module, call: ast.Call, classes: Sequence[tuple[Module, ast.ClassDef]]) -> bool:
    """Whether a call stands in the constructor of one of the classes: running that comes to it."""
    return any(
        home is module
        and isinstance(method, ast.FunctionDef)
        and method.name == "__init__"
        and method.lineno <= call.lineno <= (method.end_lineno or method.lineno)
        for home, node in classes
        for method in node.body
    )


def _is_decorator(made: _Construction) -> bool:
    return made.call in made.node.decorator_list


def _is_of(value: Value, owner: ast.ClassDef) -> bool:
    return isinstance(value, Instance) and any(c.node is owner for c in value.cls.mro)


def _accepts(node: Definition, call: ast.Call) -> bool:
    """Whether a function could be called so without a TypeError: else another of its name is meant."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return True
    signature = node.args
    positional = [a.arg for a in (*signature.posonlyargs, *signature.args)]
    if positional[:1] in (["self"], ["cls"]):
        positional = positional[1:]
    named = {k.arg for k in call.keywords}
    required = positional[: len(positional) - len(signature.defaults)]
    if any(name not in named for name in required[len(call.args) :]):
        return False
    if signature.vararg is None and len(call.args) > len(positional):
        return False
    known = {*positional, *(a.arg for a in signature.kwonlyargs)}
    return signature.kwarg is not None or named <= known


def _variable(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
    return ""


def _is_static(node: Definition) -> bool:
    return _has_decorator(node, "staticmethod")


def _has_decorator(node: Definition, name: str) -> bool:
    return any(isinstance(d, ast.Name) and d.id == name for d in node.decorator_list)


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
