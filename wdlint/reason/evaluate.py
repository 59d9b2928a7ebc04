"""What an expression is worth: the demand-driven evaluator of one module.

A value is asked for where it is used, and followed backwards: through assignments, parameters and
their callers, attributes set in a class, declared options, helper functions, containers and
arithmetic. Nothing is executed. Where :class:`~wdlint.reason.modules.Modules` are given, imports of
the project's own files are followed, each file with an evaluator of its own; without them only the
module itself counts. What a *call* of a known function gives stands in :mod:`wdlint.reason.calls`;
classes and their attributes in :mod:`wdlint.reason.members`; what callers pass in
:mod:`wdlint.reason.callers`.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from wdlint.facts import Place
from wdlint.knowledge import Catalogue
from wdlint.reason import arithmetic, callers, calls, declared, members
from wdlint.reason.arguments import as_default, bind
from wdlint.reason.callers import DEPTH
from wdlint.reason.modules import Modules
from wdlint.reason.options import DeclaredOptions
from wdlint.reason.scopes import Binding, FunctionNode, ModuleIndex, Scope, all_parameters, dotted
from wdlint.reason.values import (
    Abstract,
    Code,
    Constant,
    Element,
    Entries,
    External,
    Frame,
    Instance,
    Item,
    Items,
    Lazy,
    LocalClass,
    LocalFunction,
    LocalModule,
    Made,
    Opaque,
    Options,
    Parameters,
    Picked,
    alternatives,
    choice,
)
from wdlint.sources.project import Project
from wdlint.sources.text import Source

STEPS: Final = 60_000
"""Evaluations a check may cost before everything else is Opaque("budget"): about a second."""
NESTING: Final = 100
"""Evaluations within evaluations at most; each takes a handful of Python frames."""
FAN_OUT: Final = 8
"""Alternatives, callers or combinations kept at most."""

_DECAY_KEY: Final = re.compile(r"decay|^wd|^l2|^reg", re.IGNORECASE)
"""Only for such keys is it worth searching the project."""


@dataclass(slots=True)
class _Work:
    """What the evaluators of one check share: the budget spent, what is under way, the objects made."""

    steps: int = 0
    under_way: set[tuple[object, ...]] = field(default_factory=set)
    instances: dict[tuple[object, ...], Instance] = field(default_factory=dict)


class Evaluator:
    """Evaluates expressions of one module; keeps what it found."""

    def __init__(
        self, index: ModuleIndex, source: Source, catalogue: Catalogue, project: Project | None = None
    ) -> None:
        self.index = index
        self.source = source
        self.catalogue = catalogue
        self.project = project
        self.modules: Modules | None = None
        self._work = _Work()
        self._known: dict[tuple[object, ...], tuple[Abstract, Frame]] = {}
        self._mentions: dict[re.Pattern[str], bool] = {}
        self.synthetic: dict[tuple[FunctionNode, str], ast.expr] = {}
        self._passed: dict[tuple[object, ...], dict[str, Lazy] | None] = {}

    def across_files(self) -> Evaluator:
        """An evaluator of the same module that looks into other files of the project as well."""
        found = Evaluator(self.index, self.source, self.catalogue, self.project)
        if self.project is not None:
            found.modules = Modules(self.project, found)
        return found

    def sibling(self, index: ModuleIndex, source: Source) -> Evaluator:
        """The evaluator of another module, drawing on the same budget."""
        found = Evaluator(index, source, self.catalogue, self.project)
        found.modules = self.modules
        found._work = self._work
        return found

    def of(self, scope: Scope) -> Evaluator:
        """The evaluator of the module a scope belongs to."""
        if scope.index is self.index or self.modules is None:
            return self
        return self.modules.evaluator(scope.index)

    @property
    def instances(self) -> dict[tuple[object, ...], Instance]:
        return self._work.instances

    @cached_property
    def options(self) -> DeclaredOptions:
        return DeclaredOptions(self.index)

    def place(self, node: ast.expr | ast.stmt | ast.keyword) -> Place:
        return self.source.place(node)

    def place_of(self, code: Code) -> Place:
        """Where code stands, in whichever file that is."""
        return self.of(code.frame.scope).place(code.node)

    def text_of(self, code: Code) -> str:
        """The code as it is written."""
        source = self.of(code.frame.scope).source
        return source.slice(source.span(code.node))

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether the file's text matches a pattern anywhere; asked once a pattern."""
        if pattern not in self._mentions:
            self._mentions[pattern] = pattern.search(self.source.text) is not None
        return self._mentions[pattern]

    def reads_key(self, key: str) -> bool:
        """Whether the module, or for a key that speaks of decay the project, reads it from a mapping."""
        if key in self.index.read_keys:
            return True
        return self.project is not None and bool(_DECAY_KEY.search(key)) and self.project.reads(key)

    # ---------------------------------------------------------------- entry points

    def force(self, lazy: Lazy) -> Abstract:
        """A value, evaluated now if it was not yet."""
        return self.evaluate(lazy.node, lazy.frame) if isinstance(lazy, Code) else lazy

    def evaluate(self, node: ast.expr, frame: Frame) -> Abstract:
        if frame.scope.index is not self.index:
            return self.of(frame.scope).evaluate(node, frame)
        key = (node, frame.scope, frame.statement, frame.hidden, id(frame.arguments), id(frame.self_value))
        if (known := self._known.get(key)) is not None:
            return known[0]
        work = self._work
        work.steps += 1
        if work.steps > STEPS or frame.depth > DEPTH or len(work.under_way) > NESTING:
            return Opaque("the search for it ran out of budget")
        if key in work.under_way:
            return Opaque("it is defined by itself")
        work.under_way.add(key)
        try:
            value = self._expression(node, frame)
        finally:
            work.under_way.discard(key)
        self._known[key] = (value, frame)  # the frame stays alive, so the ids in the key stay its own
        return value

    def frame(self, statement: ast.stmt, hidden: frozenset[str] = frozenset()) -> Frame:
        """The frame of a statement whose function was called by nobody in particular."""
        return Frame(self.index.scope(statement), statement, hidden=hidden)

    # ----------------------------------------------------------------- expressions

    def _expression(self, node: ast.expr, frame: Frame) -> Abstract:
        match node:
            case ast.Constant(value=value):
                if value is None or isinstance(value, int | float | str):
                    return Constant(value, self.place(node))
                return Opaque("it is not a number")
            case ast.Name(id=name):
                return self._name(name, frame)
            case ast.Attribute():
                return self._attribute(node, frame)
            case ast.Subscript():
                return self._subscript(node, frame)
            case ast.Call():
                return calls.call(self, node, frame)
            case ast.BinOp():
                return self._binary(node, frame)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return choice(map(arithmetic.negative, alternatives(self.evaluate(operand, frame))))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._negate(self.evaluate(operand, frame))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                truth = self.truth(self.evaluate(test, frame))
                arms = [body, orelse] if truth is None else [body if truth else orelse]
                return choice(self.evaluate(arm, frame) for arm in arms)
            case ast.BoolOp(op=op, values=values):
                return self._boolean(isinstance(op, ast.Or), values, frame)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return arithmetic.compare(self.evaluate(left, frame), op, self.evaluate(right, frame))
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return self._display(elements, frame)
            case ast.Dict():
                return self._dict(node, frame)
            case ast.Lambda():
                return LocalFunction(node, frame)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return self._comprehension(node, frame)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.evaluate(value, frame)
        return Opaque("it is computed")

    def _display(self, elements: Sequence[ast.expr], frame: Frame) -> Items:
        items: list[Item] = []
        for element in elements:
            if isinstance(element, ast.Starred):
                items.extend(self.spread(Code(element.value, frame)))
            else:
                items.append(Item(Code(element, frame)))
        return Items(tuple(items))

    def spread(self, code: Code, guards: tuple[ast.stmt, ...] = ()) -> list[Item]:
        """The items an iterable adds to a list."""
        value = self.evaluate(code.node, code.frame)
        if isinstance(value, Items) and not value.open:
            return [Item(i.value, i.spread, (*guards, *i.guards)) for i in value.items]
        return [Item(code, spread=True, guards=guards)]

    def _dict(self, node: ast.Dict, frame: Frame) -> Abstract:
        entries: dict[str, tuple[Lazy, ...]] = {}
        places: dict[str, Code] = {}
        is_open = False
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = self.evaluate(value, frame)
                if not isinstance(merged, Entries) or merged.open:
                    is_open = True
                    entries = calls.may_be_overridden(self, entries)
                if isinstance(merged, Entries):
                    entries |= merged.entries
                    places |= merged.places
                continue
            name = self.evaluate(key, frame)
            if isinstance(name, Constant) and isinstance(name.value, str):
                entries[name.value] = (Code(value, frame),)
                places[name.value] = Code(key, frame)
            else:
                is_open = True
        return Entries(entries, is_open, places)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, frame: Frame) -> Abstract:
        """A selection of parameters: ``[p for n, p in m.named_parameters() if ...]``."""
        first, last = node.generators[0], node.generators[-1]
        if len(node.generators) == 1:
            over = self.evaluate(first.iter, frame)
        else:  # [p for m in models for p in m.parameters()]
            over = self._inner_parameters(last.iter, frame)
        conditions = tuple(test for generator in node.generators for test in generator.ifs)
        if not isinstance(over, Parameters) or not _yields_parameter(node.elt, last.target, named=over.named):
            return Opaque("it is computed by a comprehension")
        picked = tuple(Picked(p.module, p.receiver, (*p.conditions, *conditions)) for p in over.picked)
        return Parameters(picked, False, isinstance(node, ast.GeneratorExp), over.loose)

    def _inner_parameters(self, iterable: ast.expr, frame: Frame) -> Abstract:
        match iterable:
            case ast.Call(
                func=ast.Attribute(value=receiver, attr="parameters" | "named_parameters" as method)
            ):
                module = Opaque("it runs over several modules")
                return Parameters(
                    (Picked(module, Code(receiver, frame)),), named=method == "named_parameters"
                )
        return Opaque("it is computed by a comprehension")

    # ----------------------------------------------------------------------- names

    def _name(self, name: str, frame: Frame) -> Abstract:
        if name in frame.hidden:
            return Opaque(f"`{name}` is bound by a lambda or a comprehension")
        scope: Scope | None = frame.scope
        at = frame
        while scope is not None:
            own = scope is frame.scope
            visible = own or not isinstance(scope.node, ast.ClassDef)
            if visible and name in scope.names and name not in scope.globals:
                return self._bound(name, at)
            if scope.parent is None:
                break
            scope = scope.parent
            at = frame.outer(scope)
        if (starred := self._starred(name)) is not None:
            return starred
        if name in builtins.__dict__:
            return External(f"builtins.{name}")
        if name == "torch" and self.index.module.star_imports:  # nothing else has this name
            return External(name)
        return Opaque(f"`{name}` is defined nowhere that is read")

    def _starred(self, name: str) -> Abstract | None:
        """What a star import binds to a name; the last one that has it counts."""
        for module in reversed(self.index.module.star_imports):
            if (target := self.catalogue.exports(module).get(name)) is not None:
                return External(target)
            if self.modules is not None and (value := self.modules.starred(module, name, self)) is not None:
                return value
        return None

    def exported(self, name: str) -> Abstract | None:
        """What other modules get from this one under a name; None if it binds no such name."""
        if name in self.index.module.names:
            return self._bound(name, Frame(self.index.module, None))
        return self._starred(name)

    def external(self, name: str) -> Abstract:
        """What a dotted name of an import stands for: a part of this project, or of another package."""
        if self.modules is not None and self.catalogue.get(name) is None:
            found = self.modules.imported(name, self)
            if found is not None:
                return found
        return External(name)

    def _bound(self, name: str, frame: Frame) -> Abstract:
        found, definite = self.index.reaching(name, frame.statement, frame.scope)
        parameter = _parameter(frame.scope, name)
        made = self._made(found)
        if not made and parameter is None:  # bound further down, as in a loop's next round
            found, definite = self.index.reaching(name, None, frame.scope)
            made = self._made(found)
        values = [self._binding(b, frame) for b in made]
        if parameter is not None and not definite:
            values.insert(0, callers.argument(self, parameter, frame))
        if frame.scope is self.index.module:
            elsewhere = self.index.set_globally.get(name, ())
            values.extend(self._binding(b, self.frame(b.statement)) for b in elsewhere if b.statement)
        value = choice(values)
        if frame.scope is self.index.module and "exec" in self.index.calls_named:
            value = as_default(value, "a module that calls exec()")
        for mutation in found:
            if mutation.kind == "mutation":
                value = self._mutate(value, mutation, frame, made)
        return self._shared(value) if self.index.changed_elsewhere(name, frame.scope) else value

    def _made(self, found: Sequence[Binding]) -> list[Binding]:
        """The bindings that a running program makes."""
        return [
            b
            for b in found
            if b.kind != "mutation" and (b.statement is None or not self.index.only_for_types(b.statement))
        ]

    def _shared(self, value: Abstract) -> Abstract:
        """A container that another function changes as well: it may hold anything by now."""

        def one(each: Abstract) -> Abstract:
            if isinstance(each, Entries):
                return Entries(calls.may_be_overridden(self, each.entries), True, each.places)
            return Items(each.items, open=True) if isinstance(each, Items) else each

        return choice(one(each) for each in alternatives(value))

    def _binding(self, binding: Binding, frame: Frame) -> Abstract:
        statement = binding.statement
        assert statement is not None
        here = frame.at(statement)
        match binding.kind:
            case "import":
                return self.external(binding.target)
            case "definition":
                return self._definition(statement, here)
            case "assign":
                assert binding.value is not None
                return self.unpack(self.evaluate(binding.value, here), binding.path)
            case "loop":
                assert binding.value is not None
                return self._loop_variable(self.evaluate(binding.value, here), binding.path)
            case "with" if not binding.path:
                assert binding.value is not None
                opened = self.evaluate(binding.value, here)
                if isinstance(opened, Made) and opened.function.name in ("builtins.open", "io.open"):
                    return opened
        return Opaque(f"`{binding.name}` is bound by a statement that is not followed")

    def _definition(self, statement: ast.stmt, frame: Frame) -> Abstract:
        if isinstance(statement, ast.ClassDef):
            return LocalClass(statement, frame.scope)
        assert isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        return LocalFunction(statement, frame)

    def unpack(self, value: Abstract, path: tuple[int, ...]) -> Abstract:
        """The part of a value an unpacked target gets."""
        for position in path:
            value = choice(self._at(each, position) for each in alternatives(value))
        return value

    def _at(self, value: Abstract, position: int) -> Abstract:
        if isinstance(value, Items) and not value.open and not any(i.spread or i.guards for i in value.items):
            if -len(value.items) <= position < len(value.items):
                return self.force(value.items[position].value)
        return Opaque("it is unpacked from a value that is not known")

    def _loop_variable(self, over: Abstract, path: tuple[int, ...]) -> Abstract:
        match over:
            case Parameters(named=named):
                if path == ((1,) if named else ()):
                    return Element(over)
            case Items(items=items, open=False) if len(items) <= FAN_OUT and not any(i.spread for i in items):
                return choice(self.unpack(self.force(item.value), path) for item in items)
        return Opaque("it is a loop variable")

    def _mutate(self, value: Abstract, mutation: Binding, frame: Frame, made: Sequence[Binding]) -> Abstract:
        """The value after ``x.append(...)``, ``x[k] = ...``, ``x += ...``."""
        statement = mutation.statement
        assert statement is not None and mutation.value is not None
        around = {e for b in made if b.statement is not None for e in self.index.enclosing(b.statement)}
        if frame.statement is not None:
            around |= set(self.index.enclosing(frame.statement))
        guards = tuple(e for e in self.index.enclosing(statement) if e not in around)
        code = Code(mutation.value, frame.at(statement))
        return choice(calls.mutate(self, each, statement, code, guards) for each in alternatives(value))

    # ----------------------------------------------------------------------- calls

    def passed(self, code: Code, function: FunctionNode) -> dict[str, Lazy] | None:
        """The arguments a constructor call passes, the same mapping every time."""
        key = (code.node, id(code.frame), function)
        if key not in self._passed:
            assert isinstance(code.node, ast.Call)
            self._passed[key] = bind(code.node, function, code.frame, self)
        return self._passed[key]

    def call_function(self, function: LocalFunction, passed: dict[str, Lazy], depth: int = 0) -> Abstract:
        """What a function of the project returns for given arguments: a choice of its returns."""
        home = self.of(function.frame.scope)
        if home is not self:
            return home.call_function(function, passed, depth)
        node = function.node
        if isinstance(node, ast.Lambda):
            return Opaque("a lambda returns it")
        if depth >= DEPTH:
            return Opaque("the search for it ran out of budget")
        scope = self.index.scope_of[node]
        returns = self.index.returns(node)
        if returns is None:
            return Opaque(f"{node.name}() is a generator")
        found: list[Abstract] = []
        for statement in returns[:FAN_OUT]:
            frame = Frame(scope, statement, passed, function.self_value, depth=depth + 1)
            assert statement.value is not None
            found.append(self.evaluate(statement.value, frame))
        return choice(found) if found else Constant(None)

    # ------------------------------------------------------- attributes, subscripts

    def _attribute(self, node: ast.Attribute, frame: Frame) -> Abstract:
        name = dotted(node)
        if name and name in frame.scope.names:  # set in this very function
            found, definite = self.index.reaching(name, frame.statement, frame.scope)
            if found and definite:
                return self._bound(name, frame)
        holder = self.evaluate(node.value, frame)
        values = [members.member(self, each, node.attr, frame) for each in alternatives(holder)]
        if all(isinstance(each, Opaque) for each in values):
            homes = [h for each in alternatives(holder) if isinstance(each, Options) for h in each.homes]
            values = [declared.setting(self, dotted(node), homes) or choice(values)]
        values.extend(self._set_from_outside(holder, node.attr))
        return choice(values)

    def _set_from_outside(self, holder: Abstract, attribute: str) -> Iterator[Abstract]:
        """What ``args.wd = ...`` sets, in this module or in those the object comes from."""
        homes = {self.index: self}
        several = list(alternatives(holder))
        if not any(isinstance(each, Options | Instance | LocalClass | LocalModule) for each in several):
            return
        for each in several:
            homes |= {home.index: home for home in members.homes(self, each)}
        for home in homes.values():
            for binding in home.index.attributes_set.get(attribute, ()):
                if binding.statement is not None:
                    yield home._binding(binding, home.frame(binding.statement))

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Abstract:
        holder = self.evaluate(node.value, frame)
        key = self.evaluate(node.slice, frame)
        return choice(self.entry(each, key) for each in alternatives(holder))

    def entry(self, holder: Abstract, key: Abstract) -> Abstract:
        """``holder[key]``; a key that is not known gives a choice of what is there."""
        match holder, key:
            case Entries(), Constant(value=str() as name, default_of=""):
                if name in holder.entries:
                    return self.force(holder.entries[name][-1])
                return Opaque(f"key {name!r} is not set here")
            case Entries(entries=entries, open=False), _ if entries and len(entries) <= FAN_OUT:
                return choice(self.force(values[-1]) for values in entries.values())
            case Entries(entries=entries), Constant(value=str() as name, default_of=of) if name in entries:
                return choice([self.force(entries[name][-1]), Opaque(f"{of} may name another one")])
            case Items(), Constant(value=int() as position):
                return self._at(holder, position)
            case Options(homes=homes), Constant(value=str() as name):
                found = members.option(self, name, homes)
                return (
                    declared.setting(self, f"options.{name}", homes) or found
                    if isinstance(found, Opaque)
                    else found
                )
            case External(name="torch.optim.__dict__"), Constant(value=str() as name):
                return External(f"torch.optim.{name}")
        return Opaque("it is looked up in a container that is not known")

    def option(self, options: Options, name: str) -> Abstract | None:
        """The default of an option; None where no such option is declared."""
        found = members.options_default(self, name, options.homes)
        return found or declared.setting(self, f"options.{name}", options.homes)

    # ------------------------------------------------------------------ arithmetic

    def truth(self, value: Abstract) -> bool | None:
        """Whether a value is true; None when that depends on the run, defaults included."""
        match value:
            case Constant(value=scalar, default_of=""):
                return bool(scalar)
            case LocalClass() | LocalFunction() | Instance():
                return True
        return None

    def _negate(self, value: Abstract) -> Abstract:
        truth = self.truth(value)
        return Opaque("it is computed") if truth is None else Constant(not truth)

    def _boolean(self, is_or: bool, values: Sequence[ast.expr], frame: Frame) -> Abstract:
        possible: list[Abstract] = []
        for node in values:
            value = self.evaluate(node, frame)
            truth = self.truth(value)
            if truth is None or truth is is_or or node is values[-1]:
                possible.append(value)
            if truth is is_or:
                break
        return choice(possible)

    def _binary(self, node: ast.BinOp, frame: Frame) -> Abstract:
        left, right = self.evaluate(node.left, frame), self.evaluate(node.right, frame)
        pairs = [(a, b) for a in alternatives(left) for b in alternatives(right)][:FAN_OUT]
        return choice(arithmetic.combine(self, node.op, a, b) for a, b in pairs)


def _yields_parameter(element: ast.expr, target: ast.expr, *, named: bool) -> bool:
    """Whether a comprehension's element is the parameter it runs over, nothing made of it."""
    if named:
        match target:
            case ast.Tuple(elts=[_, ast.Name(id=name)]):
                return isinstance(element, ast.Name) and element.id == name
        return False
    return isinstance(target, ast.Name) and isinstance(element, ast.Name) and element.id == target.id


def _parameter(scope: Scope, name: str) -> ast.arg | None:
    if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return next((a for a in all_parameters(scope.node.args) if a.arg == name), None)
    return None
