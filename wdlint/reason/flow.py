"""Where an optimizer goes once it is built: the names that hold it, in every function it reaches.

Followed forwards from the call that builds it: into variables, out of functions to their callers,
into functions it is handed to, and through attributes of the classes that keep it, from file to
file. It asks who *may* hold the optimizer: branches and the order of statements do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from wdlint.reason import callers, known_calls, members
from wdlint.reason.arguments import bind
from wdlint.reason.carriers import LOOKS_IT, Test, binds, carries, passes, position_in
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import FunctionNode, ModuleIndex, Scope, all_parameters, dotted, last_name
from wdlint.reason.values import (
    Abstract,
    External,
    Frame,
    Instance,
    LocalClass,
    LocalFunction,
    Made,
    Opaque,
    alternatives,
)
from wdlint.sources.project import is_test

MOST_HOLDERS: Final = 300
"""Names followed from one optimizer; real programs have a few dozen."""
_FAMILY_DEPTH: Final = 3
"""Generations of derived classes that are looked for."""

_FROM_FRAMEWORK: Final = "configure_optimizers"
"""Lightning calls it, and hands what it returns to the hooks of the module."""
_TRAINS: Final = ".fit("
_MOST_TRAINERS: Final = 8
"""Files with a trainer that are looked into."""

_Where: TypeAlias = Callable[[ast.stmt], bool]


@dataclass(frozen=True, slots=True)
class Holder:
    """A name that may hold the optimizer in a scope and those inside it.

    ``*.optimizer`` is that attribute of any object but the one a method runs on.
    """

    scope: Scope
    name: str

    def means(self, name: str, scope: Scope) -> bool:
        """Whether a name used in a scope is this one."""
        if self.name.startswith("*."):
            return name.endswith(self.name[1:]) and name.partition(".")[0] not in ("self", "cls")
        return name == self.name and self.covers(scope)

    def covers(self, scope: Scope) -> bool:
        """Whether the name means the same in a scope: the holder's own, or one inside that binds no other."""
        root = self.name.partition(".")[0]
        at: Scope | None = scope
        while at is not None and at is not self.scope:
            if root in at.names and root not in at.globals and not isinstance(at.node, ast.ClassDef):
                return False
            at = at.parent
        return at is self.scope


@dataclass(frozen=True, slots=True, eq=False)
class Handed:
    """A call of code that is not read, with the optimizer among its arguments."""

    call: ast.Call
    argument: ast.expr
    scope: Scope


class Flow:
    """Follows one optimizer; ``holders``, ``handed`` and ``modules`` say where it came by.

    ``complete`` is False where there was more to follow than the budget allows.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._pending: list[Holder] = []
        self._returned: set[tuple[FunctionNode, int | None]] = set()
        self._kept: set[tuple[ast.ClassDef, str]] = set()
        self.holders: dict[Holder, None] = {}
        self.handed: dict[tuple[ast.Call, ast.expr], Handed] = {}
        self.modules: dict[ModuleIndex, None] = {evaluator.index: None}
        self._scopes: set[Scope] = set()
        self.complete = True

    def holds(self, name: str, scope: Scope) -> bool:
        """Whether a name used in a scope may be the optimizer."""
        return any(h.scope.index is scope.index and h.means(name, scope) for h in self.holders)

    def comes_by(self, scope: Scope) -> bool:
        """Whether the optimizer comes by a scope: held in it or around it, or in the class it belongs to."""
        if isinstance(scope.node, ast.Module):
            return scope.index in self.modules
        at: Scope | None = scope
        while at is not None and at not in self._scopes:
            at = at.parent
        return at is not None

    def follow(self, call: ast.Call, statement: ast.stmt) -> None:
        """Follow what a call in a statement of the evaluator's module gives."""
        self._arrive(call, statement, self._evaluator.index, None)
        while self._pending:
            if len(self.holders) > MOST_HOLDERS:
                self.complete = False
                return
            holder = self._pending.pop(0)
            self._uses(
                holder.scope.index,
                lambda s, h=holder: h.name.startswith("*.") or h.covers(h.scope.index.scope(s)),  # type: ignore[misc]
                lambda e, h=holder: isinstance(e, ast.Name | ast.Attribute) and h.means(dotted(e), h.scope),  # type: ignore[misc]
            )

    # ----------------------------------------------------------------- one value, one name

    def _arrive(self, value: ast.expr, statement: ast.stmt, index: ModuleIndex, position: int | None) -> None:
        self._uses(index, lambda s: s is statement, lambda e: e is value, position)

    def _uses(self, index: ModuleIndex, here: _Where, test: Test, position: int | None = None) -> None:
        """Follow what ``test`` recognises out of the statements of a module that are ``here``."""
        self.modules.setdefault(index)
        for call, statement in index.calls:
            if here(statement):
                for given in (*call.args, *(k.value for k in call.keywords)):
                    if carries(given, test):
                        self._hand(call, given, statement, index, test)
        for binding in index.all_bindings():
            if binding.statement is not None and here(binding.statement) and binds(binding, test, position):
                self._hold(index.scope(binding.statement), binding.name)
        for node in index.scope_of:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for statement in index.returns(node) or ():
                    if statement.value is not None and here(statement) and carries(statement.value, test):
                        at = position_in(statement.value, test)
                        self._give_back(node, index, position if at is None else at)

    def _hold(self, scope: Scope, name: str) -> None:
        root, _, attribute = name.partition(".")
        home = self._evaluator.of(scope)
        owner = _method_around(scope)
        if owner is not None and attribute and root == members.first_parameter(owner):
            cls = home.index.scope_of[owner].parent
            assert cls is not None and isinstance(cls.node, ast.ClassDef)
            self._keep(LocalClass(cls.node, cls.parent or home.index.module), attribute)
            return
        while root in scope.globals and scope.parent is not None:
            scope = scope.parent
        self._add(Holder(scope, name))

    def _add(self, holder: Holder) -> None:
        if holder not in self.holders:
            self.holders[holder] = None
            if not holder.name.startswith("*."):
                self._scopes.add(holder.scope)
            self._pending.append(holder)

    # --------------------------------------------------------------------------- classes

    def _keep(self, cls: LocalClass, attribute: str) -> None:
        """An attribute of a class holds it: in its methods, its bases' and heirs', and from outside."""
        if (cls.node, attribute) in self._kept:
            return
        for each in self._family(cls):
            self._kept.add((each.node, attribute))
            home = self._evaluator.of(each.scope)
            self._scopes.add(home.index.scope_of[each.node])
            for method in members.methods(each):
                if (own := members.first_parameter(method)) is not None:
                    self._add(Holder(home.index.scope_of[method], f"{own}.{attribute}"))
            self._add(Holder(home.index.module, f"*.{attribute}"))
        for scope in self._makers(cls):
            self._scopes.add(scope)
            self._add(Holder(scope.index.module, f"*.{attribute}"))

    def _makers(self, cls: LocalClass) -> list[Scope]:
        """The scopes that make an object of a class."""
        home = self._evaluator.of(cls.scope)
        calls = callers.constructions(home, cls.node, 1, tests=True)
        return [
            frame.scope for call, frame in calls if call is not None and last_name(call.func) != "__init__"
        ]

    def _family(self, cls: LocalClass) -> Iterator[LocalClass]:
        """A class, the bases it has in the project, and the classes derived from it."""
        home = self._evaluator.of(cls.scope)
        yield from members.lineage(home, cls)
        generation, seen = [cls], {cls.node}
        for _ in range(_FAMILY_DEPTH):
            heirs = [h for each in generation for h in callers.derived_from(home, each)]
            generation = [h for h in heirs if h.node not in seen]
            seen.update(h.node for h in generation)
            yield from generation

    # ---------------------------------------------------------------- out of functions

    def _give_back(self, node: FunctionNode, index: ModuleIndex, position: int | None) -> None:
        """A function returns it: follow what its calls give."""
        if (node, position) in self._returned:
            return
        self._returned.add((node, position))
        scope = index.scope_of[node]
        home = self._evaluator.of(scope)
        owner = scope.parent
        if owner is not None and isinstance(owner.node, ast.ClassDef):
            self._give_back_to_class(node, LocalClass(owner.node, owner.parent or index.module), position)
        for call, frame in callers.calls_of(home, node, 1, tests=True):
            if call is None:
                self.complete = False
            elif frame.statement is not None:
                self._arrive(call, frame.statement, frame.scope.index, position)

    def _give_back_to_class(self, node: FunctionNode, cls: LocalClass, position: int | None) -> None:
        if any(last_name(d) in ("property", "cached_property") for d in node.decorator_list):
            self._keep(cls, node.name)
            return
        for each in self._family(cls):
            home = self._evaluator.of(each.scope)
            names = {f"{members.first_parameter(m)}.{node.name}" for m in members.methods(each)}
            for call, statement in home.index.calls_named.get(node.name, ()):
                if dotted(call.func) in names and _is_inside(home.index.scope(statement), each):
                    self._arrive(call, statement, home.index, position)
            if node.name == _FROM_FRAMEWORK:
                for method in members.methods(each):
                    for parameter in all_parameters(method.args):
                        if parameter.arg in ("optimizer", "optimizers"):
                            self._add(Holder(home.index.scope_of[method], parameter.arg))
                self._keep(each, "optimizers")
        if node.name == _FROM_FRAMEWORK and not self._makers(cls):
            self._trained_somewhere()

    def _trained_somewhere(self) -> None:
        """A module that is made from a configuration: any file that trains one may train it."""
        modules = self._evaluator.modules
        if modules is None:
            return
        for file in (modules.project.mentioning(_TRAINS) or ())[:_MOST_TRAINERS]:
            if not is_test(file) and (trainer := modules.load(file)) is not None:
                self.modules.setdefault(trainer.index)
                self._scopes.add(trainer.index.module)

    # ------------------------------------------------------------------- into functions

    def _hand(
        self, call: ast.Call, given: ast.expr, statement: ast.stmt, index: ModuleIndex, test: Test
    ) -> None:
        """A call gets it as an argument."""
        home = self._evaluator.of(index.module)
        frame = home.frame(statement, index.hidden.get(call, frozenset()))
        match call.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=method):
                callees = self._inherited(method, frame.scope)
            case func:
                callees = alternatives(home.evaluate(func, frame))
        for callee in callees:
            match callee:
                case LocalFunction(node=ast.FunctionDef() | ast.AsyncFunctionDef() as node):
                    self._enter(call, node, callee.frame.scope, frame, test)
                case LocalClass():
                    self._construct(call, callee, frame, test)
                case Instance(cls=cls):
                    for called in members.class_attribute(home, cls, "__call__", callee):
                        if isinstance(called, LocalFunction) and not isinstance(called.node, ast.Lambda):
                            self._enter(call, called.node, called.frame.scope, frame, test)
                case External(name=name) | Made(function=External(name=name)):
                    if not known_calls.keeps_groups(last_name(call.func), name):
                        self.handed[call, given] = Handed(call, given, index.scope(statement))
                case Opaque():
                    if not known_calls.keeps_groups(last_name(call.func)):
                        self.handed[call, given] = Handed(call, given, index.scope(statement))

    def _inherited(self, method: str, scope: Scope) -> Iterator[Abstract]:
        """What ``super().method`` is in a method: a base's, or that of a class of another package."""
        owner = _method_around(scope)
        cls = scope.index.scope_of[owner].parent if owner is not None else None
        if cls is None or not isinstance(cls.node, ast.ClassDef):
            return
        home = self._evaluator.of(scope)
        here = LocalClass(cls.node, cls.parent or scope.index.module)
        for each in members.lineage(home, here):
            defined = next((m for m in members.methods(each) if m.name == method), None)
            if defined is not None and each.node is not cls.node:
                yield LocalFunction(defined, Frame(each.scope, defined))
                return
            for base in each.node.bases:
                value = self._evaluator.of(each.scope).evaluate(base, Frame(each.scope, each.node))
                yield from (v for v in alternatives(value) if isinstance(v, External))

    def _is_known(self, home: Evaluator) -> bool:
        """Whether a module belongs to a package whose calls are known: the project is its own source."""
        modules = self._evaluator.modules
        return modules is not None and known_calls.is_known(modules.project.package(modules.file_of(home)))

    def _construct(self, call: ast.Call, cls: LocalClass, frame: Frame, test: Test) -> None:
        home = self._evaluator.of(cls.scope)
        for each in members.lineage(home, cls):
            if (init := members.constructor(each)) is not None:
                self._enter(call, init, each.scope, frame, test)
                return
        for keyword in call.keywords:  # a dataclass
            if keyword.arg is not None and carries(keyword.value, test):
                self._keep(cls, keyword.arg)

    def _enter(self, call: ast.Call, node: FunctionNode, around: Scope, frame: Frame, test: Test) -> None:
        """The parameters of a function that get it hold it there."""
        home = self._evaluator.of(around)
        if self._is_known(home):
            return
        scope = home.index.scope_of[node]
        passed = bind(call, node, frame, home)
        if passed is None:  # *args or **kwargs that cannot be read: go by the names
            names = [p.arg for p in all_parameters(node.args) if LOOKS_IT.search(p.arg)]
            if node.args.kwarg is not None and any(carries(k.value, test) for k in call.keywords):
                names.append(node.args.kwarg.arg)
        else:
            names = [name for name, lazy in passed.items() if passes(lazy, test)]
        if node.args.vararg is not None and any(carries(a, test) for a in call.args):
            names.append(node.args.vararg.arg)
        for name in names:
            self._add(Holder(scope, name))


def _method_around(scope: Scope) -> FunctionNode | None:
    """The method whose instance a name in a scope may mean: its own, or that of the function around."""
    at: Scope | None = scope
    while at is not None and isinstance(at.node, ast.FunctionDef | ast.AsyncFunctionDef):
        if at.parent is not None and isinstance(at.parent.node, ast.ClassDef):
            return at.node
        at = at.parent
    return None


def _is_inside(scope: Scope, cls: LocalClass) -> bool:
    at: Scope | None = scope
    while at is not None and at.node is not cls.node:
        at = at.parent
    return at is not None
