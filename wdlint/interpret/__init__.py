"""Follows a program on abstract values, without running it: which parameters does this optimizer hold?

A concrete-first partial evaluator over ``ast``, in four storeys:

* values: :mod:`~wdlint.interpret.values`, and :mod:`~wdlint.interpret.heap`, which joins what two
  branches of an undecided condition leave behind;
* the language: :mod:`~wdlint.interpret.machine` follows statements, ``expressions`` and ``objects``
  say what expressions, attributes, calls and classes do, ``builtin``, ``methods``, ``stdlib``,
  ``records`` and ``natives`` what Python brings, ``modules`` and ``imports`` where names come from;
* the libraries: ``torch`` with ``layers``, ``tensors``, ``vectors`` and ``optimizers``, then
  ``packages``, ``hugging_face`` and ``families``;
* the questions: ``slicing``, ``callers`` and :mod:`~wdlint.interpret.entry` lead from an optimizer's
  call back to its model, :mod:`~wdlint.interpret.inventory` reads the parameters off a module that was
  built, and :mod:`~wdlint.interpret.grouping` says which group each of them ended in.

Nothing of the program is imported or executed.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from dataclasses import replace
from os.path import dirname, join
from typing import Final

from wdlint.facts import Gap, Grouping, Model, Optimizer, Place
from wdlint.interpret import objects
from wdlint.interpret.callers import Callers
from wdlint.interpret.entry import Arrival, Entry, Ways, modules_in_sight
from wdlint.interpret.grouping import grouping_of
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.inventory import model_of
from wdlint.interpret.machine import LAYERS, STEPS, Exhausted, Frame, Machine
from wdlint.interpret.modules import Library, Module
from wdlint.interpret.slicing import added_groups
from wdlint.interpret.torch import build, native_class
from wdlint.interpret.values import Class, Instance, Unknown, Value, is_module, options
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError


class Sources:
    """Places of nodes in whatever file they stand; a file's text is read when it is first asked for.

    Files are shown relative to where the analysed one is.
    """

    def __init__(self, main: Source | None = None) -> None:
        self._relative = main is not None and not os.path.isabs(main.path)
        self._sources: dict[str, Source | None] = {}
        if main is not None:
            self._sources[os.path.abspath(main.path)] = main

    def _shown(self, path: str) -> str:
        if not self._relative:
            return path
        shown = os.path.relpath(path)
        return path if shown.startswith("..") else shown.replace(os.sep, "/")

    def place(self, node: ast.AST | None, module: Module | None) -> Place | None:
        if node is None or module is None or not hasattr(node, "lineno") or module.path in _OWN:
            return None
        if module.path not in self._sources:
            self._sources[module.path] = self._read(module.path)
        source = self._sources[module.path]
        if source is None:
            return None
        try:
            return source.place(node)  # type: ignore[arg-type]
        except (IndexError, AssertionError):
            return None

    def _read(self, path: str) -> Source | None:
        try:
            with open(path, "rb") as file:
                return Source.decode(file.read(), self._shown(path))
        except (OSError, SourceError):
            return None


class Follower:
    """Follows one file's program to its optimizers and models.

    ``project`` says where imports are looked up and which files may call this one's functions; without
    it only what the file itself says is known.
    """

    def __init__(self, tree: ast.Module, source: Source, project: Project | None = None) -> None:
        self._tree = tree
        self._path = source.path
        self._roots = project.roots if project is not None else ()
        self._project = project
        self._sources = Sources(source)
        self._left = _STEPS_A_FILE

    def groupings(
        self, call: ast.Call, params: ast.expr | None, optimizer: Optimizer
    ) -> tuple[tuple[Grouping, ...], str]:
        """What an optimizer's call holds: one answer for each model that reaches it, or why there is none."""
        found: list[Grouping] = []
        why = "no model could be followed to it"
        ways = Ways()
        for _ in range(_MOST_WAYS):
            outcome = self._counted(call, params, optimizer, ways)
            if isinstance(outcome, str):
                why = outcome
            else:
                found.extend(g for g in outcome if g not in found)
            if self._left <= 0:
                why = OUT_OF_BUDGET
                break
            if not ways.advance():
                break
        seen = [g for g in found if g.basis != "probes"]
        if not seen and self._left > 0:
            outcome = self._counted(call, params, optimizer, None)
            seen = [g for g in outcome if g.basis != "probes"] if not isinstance(outcome, str) else []
        return tuple(seen or found[:1]), "" if seen or found else why

    def _counted(
        self, call: ast.Call, params: ast.expr | None, optimizer: Optimizer, ways: Ways | None
    ) -> list[Grouping] | str:
        machine = Machine(Library(self._roots), steps=min(STEPS, self._left))
        try:
            return self._one(machine, call, params, optimizer, ways)
        except _SLIPS as error:  # a slip of ours must not cost the findings of the file
            return f"it could not be followed: {type(error).__name__}: {error}"
        finally:
            self._left -= min(STEPS, self._left) - max(machine.steps, 0)

    def _one(
        self,
        machine: Machine,
        call: ast.Call,
        params: ast.expr | None,
        optimizer: Optimizer,
        ways: Ways | None,
    ) -> list[Grouping] | str:
        """What the call holds when the program takes one of the ways to it, or (None) runs from its start."""
        module = machine.library.main(self._path, self._tree)
        probes = _Probes(machine)
        machine.understudy = probes.module
        try:
            with machine.running():
                entry = Entry(machine, Callers(machine.library, self._project), ways or Ways())
                arrival = entry.arrive(module, call) if ways else entry.run(module, call)
                if arrival is None:
                    return "the way to it could not be followed"
                built = list(arrival.built) or _built_of(machine, arrival, call, params, optimizer)
        except Exhausted:
            return OUT_OF_BUDGET
        if isinstance(built, str):
            return built
        key = optimizer.decay_argument or "weight_decay"
        sight = list(modules_in_sight(arrival))
        grows = any(node not in machine.grown for node in added_groups(self._tree))
        found = [
            grouping
            for each in built
            if (grouping := grouping_of(machine, each, sight, key, self._sources, may_grow=grows)) is not None
        ]
        caller = self._sources.place(arrival.caller, arrival.module)
        return [replace(probes.named(g), caller=caller) for g in found] or (
            probes.why or "its parameters belong to no module that can be followed"
        )

    def inventory(self, class_name: str) -> Model | None:
        """The parameters of a class of this file, its required arguments unknown; None: no such class."""
        machine = Machine(Library(self._roots))
        module = machine.library.main(self._path, self._tree)
        with machine.running():
            env = machine.importer.env(module)
            machine.frames.append(Frame(env))
            try:
                cls = machine.importer.member(module, class_name)
                if not isinstance(cls, Class):
                    return None
                return _model(objects.instantiate(machine, cls, [], {}, cls.node), self._sources)
            except ProgramRaise as error:
                return Model(class_name, gaps=(Gap("", f"its constructor raises {error.kind}"),))
            except Exhausted:
                return Model(class_name, gaps=(Gap("", OUT_OF_BUDGET),))


_PROBES: Final = join(dirname(LAYERS), "probes.py")
_OWN: Final = frozenset({LAYERS, _PROBES})
"""What the machine follows of this package itself; no place in it means anything to a user."""
_SLIPS: Final = (AttributeError, TypeError, KeyError, IndexError, ValueError, AssertionError)
_STEPS_A_FILE: Final = 400_000
"""What following all optimizers of one file may cost."""
_MOST_WAYS: Final = 6
"""Ways to a call that are tried."""
OUT_OF_BUDGET: Final = "the search for its model ran out of budget"


def _built_of(
    machine: Machine, arrival: Arrival, call: ast.Call, params: ast.expr | None, optimizer: Optimizer
) -> list[Instance] | str:
    """The optimizer made of a call's arguments, where the class itself was not followed."""
    if params is None:
        return "no parameters are written here"
    machine.frames.append(arrival.frame)
    try:
        value = machine.evaluate(params, arrival.env)
        made = Instance(native_class(machine, optimizer.name), call, arrival.env.module)
        keywords = {
            k.arg: machine.evaluate(k.value, arrival.env)
            for k in call.keywords
            if k.arg == optimizer.decay_argument
        }
        build(machine, made, made.cls, [value], {k: v for k, v in keywords.items() if k}, call)
    except ProgramRaise as error:
        return f"the program raises {error.kind} on the way to it"
    finally:
        machine.frames.pop()
    return [made] if "param_groups" in made.data else "its groups could not be followed"


class _Probes:
    """Gives a module of common names where the program has one that is not known."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._made: Instance | None = None
        self.why = ""

    def module(self, unknown: Unknown) -> Value:
        self.why = self.why or unknown.why
        if self._made is None:
            module = self._machine.library.module(_PROBES, "probes")
            assert module is not None
            cls = self._machine.importer.member(module, "Probe")
            made = objects.instantiate(self._machine, cls, [], {}, None)
            assert isinstance(made, Instance)
            self._made = made
        return self._made

    def named(self, grouping: Grouping) -> Grouping:
        """The grouping, said to be of common names where one of its models stands in for another."""
        names = grouping.model.name.split(" and ")
        if self._made is None or self._made.cls.name not in names:
            return grouping
        shown = " and ".join("a model that is not known" if n == self._made.cls.name else n for n in names)
        return replace(grouping, model=replace(grouping.model, name=shown, where=None), basis="probes")


def inventory_of_expression(
    source: str, expression: str, *, path: str, unknown_arguments: bool, roots: Sequence[str]
) -> Model:
    """The parameters of the module an expression gives after a program text has run.

    With ``unknown_arguments`` every argument of the last constructor call is unknown.
    """
    tree = ast.parse(source)
    if unknown_arguments:
        _forget_arguments(tree)
    machine = Machine(Library(roots))
    module = machine.library.main(path, tree)
    value: Value
    with machine.running():
        env = machine.importer.env(module)
        machine.frames.append(Frame(env))
        try:
            value = machine.evaluate(ast.parse(expression, mode="eval").body, env)
        except ProgramRaise as error:
            value = Unknown(f"the program raises {error.kind}")
        except Exhausted:
            value = Unknown(OUT_OF_BUDGET)
    return _model(value, Sources())


def _model(value: Value, sources: Sources) -> Model:
    several = [o for o in options(value) if isinstance(o, Instance) and (is_module(o) or o.cls.strangers)]
    for each in several:
        model = model_of(each, sources.place)
        if len(several) == 1:
            return model
        return replace(model, parameters=tuple(replace(p, maybe=True) for p in model.parameters))
    why = value.why if isinstance(value, Unknown) else "it is not a module"
    return Model("", gaps=(Gap("", why),))


def _forget_arguments(tree: ast.Module) -> None:
    """Make every argument of the last call of a module unknown."""
    last = tree.body[-1]
    assert isinstance(last, ast.Assign) and isinstance(last.value, ast.Call)
    unknown = ast.Name("__an_argument__", ast.Load())
    last.value.args = [ast.copy_location(unknown, a) for a in last.value.args]
    for keyword in last.value.keywords:
        keyword.value = ast.copy_location(unknown, keyword.value)


__all__ = ["Follower", "inventory_of_expression"]
