"""The machine: it follows a program's statements on abstract values, within a budget.

Concrete first: what is known is computed as Python would. Where a condition is not known both
branches are followed and joined (:mod:`wdlint.interpret.heap`); a branch that raises did not
happen. A loop whose rounds are not known is followed once, for all of them.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from wdlint.interpret import expressions, objects
from wdlint.interpret.heap import Heap, ProgramRaise
from wdlint.interpret.imports import Importer
from wdlint.interpret.modules import Library, Module, last_name
from wdlint.interpret.sharing import shares_out
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Class,
    ClassMethod,
    Dict,
    Env,
    Function,
    Instance,
    List,
    ModuleEnv,
    Param,
    Property,
    Ref,
    Set,
    Star,
    StaticMethod,
    Unknown,
    Value,
    is_module,
    is_subclass,
    join,
    options,
    same,
)

if sys.version_info >= (3, 11):
    from ast import TryStar
else:
    TryStar = ast.Try  # Python 3.10 has no except*

STEPS: Final = 250_000
"""Statements and expressions one run may cost: about a second. Counted, not timed, so that no verdict
depends on how busy a machine is."""
LAYERS: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.py")
"""Torch's layers made of layers, which the machine follows like the program's own."""
_BYTES_A_STEP: Final = 15
"""Source that is parsed in the time of a step."""
_SECONDS: Final = 30.0
"""Processor time after which a run ends whatever it counted."""
DEPTH: Final = 70
"""Calls within calls."""
ROUNDS: Final = 400
"""Rounds of a loop that are followed one by one."""
ROUNDS_ON_THE_WAY: Final = 4
"""The same of a loop around the call to arrive at."""
FRUITLESS: Final = 4_000
"""Steps of a loop after which its rounds are taken to be alike, if they made no object."""
_PYTHON_FRAMES: Final = 12_000

Outcome = frozenset[str]
"""The ways a block may end: several where that depends on the run."""
END: Final[Outcome] = frozenset({"end"})
"""It ran to its end."""
RETURN: Final[Outcome] = frozenset({"return"})
BREAK: Final[Outcome] = frozenset({"break"})
CONTINUE: Final[Outcome] = frozenset({"continue"})


class Exhausted(Exception):
    """The budget of the run is spent."""


class Frame:
    """One activation of a function: what it returned and yielded so far."""

    __slots__ = ("env", "function", "generator", "owner", "returns", "yields")

    def __init__(self, env: Env, function: Function | None = None, owner: Value = None) -> None:
        self.env = env
        self.function = function
        self.owner = owner
        self.returns: list[Value] = []
        self.yields = List()
        self.generator = False


class Machine:
    """Follows one program. Every run has its own, so that nothing a run assumed stays behind."""

    def __init__(self, library: Library, *, steps: int = STEPS) -> None:
        self.library = library
        self.heap = Heap()
        self.importer = Importer(self)
        self.frames: list[Frame] = []
        self.skipped: set[ast.stmt] = set()
        """Statements that a slice leaves out."""
        self.entered: dict[ast.stmt | ast.match_case, bool] = {}
        """Compound statements around the entry, and whether their condition holds there."""
        self.forcing = True
        """Whether those conditions are taken to hold even where they are known not to."""
        self.goal: ast.Call | None = None
        """The construction of an optimizer that the run is to arrive at."""
        self.tests: list[tuple[Value, ast.AST, Module, str, bool]] = []
        """Texts that names were compared with: the text, the comparison, its module, the name, the result."""
        self.names: set[str] = set()
        """The parameter names handed to the program so far; comparisons with them are kept."""
        self.numbered: dict[str, str] = {}
        """Those of them that hold an index which may be any: the same names with ``*`` for it."""
        self.optimizers: list[Instance] = []
        self.modules: list[Instance] = []
        """Every module made, in that order."""
        self.grown: set[ast.AST] = set()
        """The calls that gave an optimizer another group."""
        self.walked: list[Instance] = []
        """The modules whose parameters the program asked for."""
        self.loops: list[ast.AST] = []
        """The loops and comprehensions that ran over parameters, in the order they ran."""
        self.understudy: Callable[[Unknown], Value] | None = None
        """Gives the module that stands in for one that is not known."""
        self.imagined: list[Class] = []
        """Classes whose objects stand for arguments that nobody passes, while they are made."""
        self.caught = 0
        self.made = 0
        """Objects and parameters made, and files parsed, so far."""
        self.steps = steps
        self._deadline = time.process_time() + _SECONDS
        library.charge = self._charge
        self.singletons: dict[str, Class] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Python frames enough for the depth the machine allows its program."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _PYTHON_FRAMES))
        try:
            yield
        except RecursionError:
            raise Exhausted from None
        finally:
            sys.setrecursionlimit(limit)

    def spend(self, amount: int = 1) -> None:
        self.steps -= amount
        if self.steps < 0 or (self.steps & 4095 == 0 and time.process_time() > self._deadline):
            self.steps = -1
            raise Exhausted

    def _charge(self, size: int) -> None:
        """A file of so many bytes is parsed."""
        self.made += 1
        self.spend(size // _BYTES_A_STEP)

    def progress(self) -> tuple[int, int]:
        """Where a loop begins: the steps that are left, and the objects made so far."""
        return self.steps, self.made

    def is_fruitless(self, begun: tuple[int, int]) -> bool:
        """Whether rounds in a module's constructor cost much and made no object: numbers nobody asks for."""
        steps, made = begun
        costly = made == self.made and steps - self.steps > FRUITLESS
        return costly and any(
            is_module(frame.owner) and _is_constructor(frame.function) for frame in self.frames
        )

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def note_loop(self, node: ast.AST, found: Sequence[Value] | None) -> None:
        """Remember a loop over parameters, or over pairs of names and parameters."""
        if found and isinstance(_without_name(found[0]), Param):
            self.loops.append(node)

    @property
    def arrivals(self) -> int:
        """How often the run has come to its goal."""
        return sum(each.made is self.goal for each in self.optimizers)

    @property
    def shares_out(self) -> bool:
        """Whether the program visibly shares out all parameters it ran over."""
        return shares_out(self.loops)

    def origin(self, node: ast.AST | None) -> tuple[ast.AST | None, Module | None]:
        """Where the program itself makes what is made here: of torch's own layers, where they are called."""
        for frame in reversed(self.frames):
            if frame.env.module.path != LAYERS:
                return node, frame.env.module
            if isinstance(frame.owner, Instance) and frame.owner.made is not None:
                node = frame.owner.made
        return node, None

    def unknown(self, why: str, node: ast.AST | None = None) -> Unknown:
        return Unknown(why, node, self.frames[-1].env.module if self.frames else None)

    # ---------------------------------------------------------------------------- names

    def lookup(self, name: str, env: Env) -> Value:
        """The value of a name; Unknown when nothing binds it."""
        scope: Env | None = env
        while scope is not None:
            if name in scope.data and (scope is env or not scope.is_class):
                value = scope.data[name]
                return self._without_absent(value, name)
            if name in scope.forwarded and scope.forwarded[name] is None:
                break
            scope = scope.parent
        value = self.importer.name(env.module, name)
        return value if value is not ABSENT else Unknown(f"`{name}` is not defined", None, env.module)

    def _without_absent(self, value: Value, name: str) -> Value:
        if type(value) is Alt and ABSENT in value.options:
            return join([o for o in value.options if o is not ABSENT])
        return value if value is not ABSENT else self.unknown(f"`{name}` is not bound here")

    def bind(self, name: str, value: Value, env: Env) -> None:
        """Assign a name in the scope it belongs to."""
        target: Ref = env
        if name in env.forwarded:
            outer = env.forwarded[name]
            target = env.module if outer is None else outer
        elif isinstance(env, ModuleEnv):
            target = env.module
        self.heap.touch(target)
        target.data[name] = value

    def assign(self, target: ast.expr, value: Value, env: Env) -> None:
        match target:
            case ast.Name(id=name):
                self.bind(name, value, env)
            case ast.Attribute(value=holder, attr=attribute):
                for each in options(self.evaluate(holder, env)):
                    objects.set_attribute(self, each, attribute, value, target)
            case ast.Subscript(value=holder, slice=key):
                at = self.evaluate(key, env)
                for each in options(self.evaluate(holder, env)):
                    expressions.set_item(self, each, at, value, target)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                self._unpack(elements, value, env)
            case ast.Starred(value=inner):
                self.assign(inner, value, env)

    def _unpack(self, targets: Sequence[ast.expr], value: Value, env: Env) -> None:
        found = expressions.elements(self, value)
        star = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
        if (
            found is None
            or any(type(f) is Star for f in found)
            or (star is None and len(found) != len(targets))
        ):
            inner = join([f.value if type(f) is Star else f for f in found]) if found else None
            for target in targets:
                self.assign(target, self.unknown("it is unpacked") if inner is None else inner, env)
            return
        if star is None:
            for target, each in zip(targets, found, strict=True):
                self.assign(target, each, env)
            return
        after = len(targets) - star - 1
        parts = [*found[:star], List(found[star : len(found) - after]), *found[len(found) - after :]]
        for target, each in zip(targets, parts, strict=False):
            self.assign(target, each, env)

    def evaluate(self, node: ast.expr, env: Env) -> Value:
        return expressions.evaluate(self, node, env)

    # ------------------------------------------------------------------------ statements

    def block(self, body: Sequence[ast.stmt], env: Env) -> Outcome:
        """Follow statements in order; how the block ended."""
        for i, statement in enumerate(body):
            if statement in self.skipped:
                continue
            if type(statement) is ast.If:
                truth = self.decide(statement.test, env, statement)
                if truth is None:
                    rest = body[i + 1 :] if _leaves(statement) else ()
                    outcome = self._both(statement, rest, env)
                    if rest:
                        return outcome
                else:
                    outcome = self.block(statement.body if truth else statement.orelse, env)
            else:
                outcome = self.statement(statement, env)
            if outcome is END or outcome == END:
                continue
            if "end" not in outcome:
                return outcome
            return self._perhaps(lambda rest=body[i + 1 :]: self.block(rest, env)) | (outcome - END)  # type: ignore[misc]
        return END

    def _perhaps(self, rest: Callable[[], Outcome]) -> Outcome:
        """Follow what comes only if nothing before has left the block."""
        return _either(self.heap.fork([rest, lambda: frozenset()]))

    def decide(self, test: ast.expr, env: Env, statement: ast.stmt | None = None) -> bool | None:
        """Whether a condition holds; None when that depends on the run."""
        truth = truth_of(self.evaluate(test, env))
        if statement is not None and statement in self.entered:
            holds = self.entered[statement]
            if self.forcing or truth is None or truth is holds:
                self.assume(test, holds, env)
                return holds
        return truth

    def _both(self, statement: ast.If, rest: Sequence[ast.stmt], env: Env) -> Outcome:
        def arm(body: Sequence[ast.stmt], holds: bool) -> Callable[[], Outcome]:
            def run() -> Outcome:
                self.assume(statement.test, holds, env)
                outcome = self.block(body, env)
                if not rest or "end" not in outcome:
                    return outcome
                if outcome == END:
                    return self.block(rest, env)
                return self._perhaps(lambda: self.block(rest, env)) | (outcome - END)

            return run

        self.spend()
        return _either(
            self.heap.fork([arm(statement.body, True), arm(statement.orelse, False)], statement.test)
        )

    def assume(self, test: ast.expr, holds: bool, env: Env) -> None:
        """Narrow what a branch knows: the condition it is under holds, or does not."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.assume(operand, not holds, env)
            case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) == holds:
                for value in values:
                    self.assume(value, holds, env)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
                if isinstance(right, ast.Constant):
                    self._narrow(left, right.value, holds == isinstance(op, ast.Is), env)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
                if isinstance(right, ast.Constant):
                    self._narrow(left, right.value, holds == isinstance(op, ast.Eq), env)
            case ast.Compare(
                left=left,
                ops=[ast.In() | ast.NotIn() as op],
                comparators=[ast.List() | ast.Tuple() | ast.Set() as among],
            ) if holds == isinstance(op, ast.In) and all(isinstance(e, ast.Constant) for e in among.elts):
                if isinstance(left, ast.Name | ast.Attribute) and isinstance(
                    self.evaluate(left, env), Unknown
                ):
                    self.assign(left, join([self.evaluate(e, env) for e in among.elts], test), env)
            case ast.Name() | ast.Attribute():
                self._keep(test, lambda v: truth_of(v) is not (not holds), env)
            case ast.Call(func=ast.Name(id="isinstance"), args=[subject, classes]):
                among = self.evaluate(classes, env)
                self._keep(subject, lambda v: objects.is_instance(self, v, among) is not (not holds), env)
            case ast.Call(func=ast.Name(id="hasattr"), args=[subject, ast.Constant(value=str(name))]):
                self._keep(
                    subject, lambda v: (objects.find_attribute(self, v, name) is not ABSENT) is holds, env
                )

    def _narrow(self, subject: ast.expr, value: Value, equal: bool, env: Env) -> None:
        if not isinstance(subject, ast.Name | ast.Attribute):
            return
        if equal and isinstance(self.evaluate(subject, env), Unknown):
            self.assign(subject, value, env)
        else:
            self._keep(subject, lambda v: isinstance(v, Unknown) or same(v, value) == equal, env)

    def _keep(self, subject: ast.expr, fits: Callable[[Value], bool], env: Env) -> None:
        """Leave out the alternatives of a variable that contradict a condition."""
        if not isinstance(subject, ast.Name | ast.Attribute):
            return
        value = self.evaluate(subject, env)
        if type(value) is Alt:
            left = [o for o in value.options if o is not ABSENT and fits(o)]
            if left and len(left) < len(value.options):
                self.assign(subject, join(left), env)

    def statement(self, node: ast.stmt, env: Env) -> Outcome:
        """Follow one statement."""
        self.spend()
        match node:
            case ast.Expr(value=value):
                self.evaluate(value, env)
            case ast.Assign(targets=targets, value=value):
                result = self.evaluate(value, env)
                for target in targets:
                    self.assign(target, result, env)
            case ast.AnnAssign(target=target, value=value):
                self._annotated(node, target, value, env)
            case ast.AugAssign(target=target, op=op, value=value):
                left = self.evaluate(_as_load(target), env)
                result = expressions.in_place(self, op, left, self.evaluate(value, env), node)
                self.assign(target, result, env)
            case ast.Return(value=value):
                result = None if value is None else self.evaluate(value, env)
                self.frame.returns.append(result)
                return RETURN
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.bind(node.name, self.define(node, env), env)
            case ast.ClassDef():
                self.bind(node.name, self.define_class(node, env), env)
            case ast.For() | ast.AsyncFor():
                return self._for(node, env)
            case ast.While():
                return self._while(node, env)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    entered = self.evaluate(item.context_expr, env)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, objects.entered(self, entered), env)
                return self.block(body, env)
            case ast.Try() | TryStar():
                return self._try(node, env)
            case ast.Raise(exc=exc):
                raise ProgramRaise(*self._raised(exc, env))
            case ast.Assert(test=test):
                if self.decide(test, env) is False:
                    raise ProgramRaise("AssertionError")
                self.assume(test, True, env)
            case ast.Break():
                return BREAK
            case ast.Continue():
                return CONTINUE
            case ast.Import() | ast.ImportFrom():
                self.importer.statement(node, env)
            case ast.Global(names=names):
                env.forwarded.update(dict.fromkeys(names))
            case ast.Nonlocal(names=names):
                for name in names:
                    env.forwarded[name] = _binding_scope(name, env.parent)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete(target, env)
            case ast.Match(subject=subject, cases=cases):
                return self._match(self.evaluate(subject, env), cases, env)
        return END

    def _annotated(self, node: ast.AnnAssign, target: ast.expr, value: ast.expr | None, env: Env) -> None:
        if env.is_class and isinstance(target, ast.Name):
            fields = env.data.setdefault("__annotations__", Dict())
            fields.data[target.id] = node.annotation
        if value is not None:
            self.assign(target, self.evaluate(value, env), env)

    def _delete(self, target: ast.expr, env: Env) -> None:
        match target:
            case ast.Name(id=name):
                if name in env.data:
                    self.heap.touch(env.module if isinstance(env, ModuleEnv) else env)
                    env.data.pop(name, None)
            case ast.Attribute(value=holder, attr=attribute):
                for each in options(self.evaluate(holder, env)):
                    if isinstance(each, Ref) and isinstance(each.data, dict) and attribute in each.data:
                        self.heap.touch(each)
                        each.data.pop(attribute)
            case ast.Subscript(value=holder, slice=key):
                at = self.evaluate(key, env)
                for each in options(self.evaluate(holder, env)):
                    expressions.delete_item(self, each, at)

    def _raised(self, exc: ast.expr | None, env: Env) -> tuple[str, Value]:
        if exc is None:
            return "Exception", None
        name = exc.func if isinstance(exc, ast.Call) else exc
        last = last_name(name) or "Exception"
        return last, None

    # ----------------------------------------------------------------------------- loops

    def _for(self, node: ast.For | ast.AsyncFor, env: Env) -> Outcome:
        over = self.evaluate(node.iter, env)
        several = list(options(over))
        if len(several) > 1:
            arms = [lambda each=each: self._rounds(node, each, env) for each in several]
            return _either(self.heap.fork(arms, node.iter))
        return self._rounds(node, over, env)

    def _rounds(self, node: ast.For | ast.AsyncFor, over: Value, env: Env) -> Outcome:
        found = expressions.elements(self, over, consume=True)
        self.note_loop(node, found)
        if found is None:
            found = [Star(self.unknown("it runs over something unknown", node.iter))]
        if node not in self.entered:
            most = None if found and _is_part_of_model(found[0]) else ROUNDS
            return self._rest_of_rounds(node, self._at_least_once(node, found[:most]), env)
        forcing, self.forcing = self.forcing, False
        before = self.arrivals
        try:
            outcome = self._rest_of_rounds(node, found[:ROUNDS_ON_THE_WAY], env)
        finally:
            self.forcing = forcing
        if self.arrivals == before:
            return self._rest_of_rounds(node, found[:1], env)
        return outcome

    def _at_least_once(self, node: ast.For | ast.AsyncFor, found: Sequence[Value]) -> Sequence[Value]:
        """Where a module is built a loop is taken to run: the first round is certain, the others alike."""
        if found and type(found[0]) is Star and self.builds_module and not _left_early(node):
            return [found[0].first, Star(found[0].later), *found[1:]]
        return found

    @property
    def builds_module(self) -> bool:
        """Whether a method of a module is running."""
        return any(is_module(frame.owner) for frame in self.frames)

    def _rest_of_rounds(self, node: ast.For | ast.AsyncFor, left: Sequence[Value], env: Env) -> Outcome:
        """The rounds of a loop one by one; those after a perhaps broken one happen perhaps."""
        begun = self.progress()
        for i, element in enumerate(left):
            self.spend()
            if type(element) is not Star and self.is_fruitless(begun) and not _is_part_of_model(element):
                return self._repeated(node, lambda: self._round(node, element, env), env)  # noqa: B023
            outcome = self._round(node, element, env)
            leaving = outcome & (RETURN | BREAK)
            if not leaving:
                continue
            staying = outcome - leaving
            result = (leaving & RETURN) | (END if "break" in leaving else frozenset())
            if staying:
                result |= self._perhaps(lambda rest=left[i + 1 :]: self._rest_of_rounds(node, rest, env))  # type: ignore[misc]
            return result
        return self.block(node.orelse, env)

    def _round(self, node: ast.For | ast.AsyncFor, element: Value, env: Env) -> Outcome:
        def one(value: Value) -> Outcome:
            self.assign(node.target, value, env)
            return self.block(node.body, env)

        if type(element) is Star:
            return self._repeated(node, lambda: one(element.value), env)
        if type(element) is Alt and ABSENT in element.options:
            there = join([o for o in element.options if o is not ABSENT])
            return _either(self.heap.fork([lambda: one(there), lambda: END], element.node))
        return one(element)

    def _while(self, node: ast.While, env: Env) -> Outcome:
        begun = self.progress()
        for _ in range(ROUNDS):
            self.spend()
            truth = None if self.is_fruitless(begun) else self.decide(node.test, env, node)
            if truth is False:
                return self.block(node.orelse, env)
            if node in self.entered:
                return self.block(node.body, env) & RETURN or END
            if truth is None:
                return self._repeated(node, lambda: self.block(node.body, env), env)
            outcome = self.block(node.body, env)
            if not outcome & (RETURN | BREAK):
                continue
            if outcome & (END | CONTINUE):
                self._repeated(node, lambda: self.block(node.body, env), env)
            return (outcome & RETURN) | (END if outcome - RETURN else frozenset())
        return END

    def _repeated(
        self, node: ast.For | ast.AsyncFor | ast.While, one: Callable[[], Outcome], env: Env
    ) -> Outcome:
        """One round for all: what it counts is no particular number in it."""
        for name in _counted(node):
            if isinstance(self.lookup(name, env), int | float):
                self.bind(name, self.unknown("it depends on the round", node), env)
        outcome: Outcome = self.heap.repeat(one)
        return (outcome & RETURN) | END

    # ------------------------------------------------------------------------------- try

    def _try(self, node: ast.Try | TryStar, env: Env) -> Outcome:
        self.caught += 1
        try:
            outcome = self.block(node.body, env)
        except ProgramRaise as error:
            self.caught -= 1
            handler = _handler(node.handlers, error.kind)
            if handler is None:
                self.block(node.finalbody, env)
                raise
            if handler.name:
                self.bind(handler.name, self.unknown("it is an exception"), env)
            outcome = self.block(handler.body, env)
        else:
            self.caught -= 1
            if outcome == END:
                outcome = self.block(node.orelse, env)
        final = self.block(node.finalbody, env)
        return outcome if final == END else final if "end" not in final else outcome | (final - END)

    def _match(self, subject: Value, cases: Sequence[ast.match_case], env: Env) -> Outcome:
        """The case that fits; where that is not decided, each that may."""
        undecided: list[ast.match_case] = []
        for case in cases:
            if case in self.entered:
                return self._case(subject, case, env)()
            fits = _fits(self, subject, case.pattern, env)
            if fits is not False and case.guard is not None:
                holds = self.decide(case.guard, env)
                fits = False if holds is False else None if holds is None else fits
            if fits is False:
                continue
            if fits and not undecided:
                return self.block(case.body, env)
            undecided.append(case)
            if fits:
                break
        else:
            if not undecided:
                return END
            return _either(self.heap.fork([*(self._case(subject, c, env) for c in undecided), lambda: END]))
        return _either(self.heap.fork([self._case(subject, c, env) for c in undecided]))

    def _case(self, subject: Value, case: ast.match_case, env: Env) -> Callable[[], Outcome]:
        def run() -> Outcome:
            _fits(self, subject, case.pattern, env)  # binds the names of this case
            return self.block(case.body, env)

        return run

    # ----------------------------------------------------------------------- definitions

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, env: Env) -> Value:
        """The function a ``def`` or ``lambda`` makes, decorators applied."""
        defaults = tuple(self.evaluate(d, env) for d in node.args.defaults)
        keyword_defaults = {
            a.arg: self.evaluate(d, env)
            for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if d is not None
        }
        inner = env
        while inner.is_class and inner.parent is not None:
            inner = inner.parent
        value: Value = Function(node, inner, defaults, keyword_defaults)
        for decorator in reversed(getattr(node, "decorator_list", [])):
            value = objects.decorate(self, value, decorator, env)
        return value

    def define_class(self, node: ast.ClassDef, env: Env) -> Value:
        bases: list[Value] = []
        for base in node.bases:
            value = self.evaluate(base, env)
            found = [objects.as_class(self, each) for each in options(value)]
            bases.extend(found[:1])
        body = Env(env.module, env)
        body.is_class = True
        body.data["__module__"] = env.module.name
        self.block(node.body, body)
        owner = Class(node.name, bases, body.data, node=node, module=env.module)
        owner.qualname = f"{env.module.name}.{node.name}"
        for value in body.data.values():
            _own(value, owner)
        if is_subclass(owner, "enum.Enum"):
            _make_members(owner)
        value = owner
        for decorator in reversed(node.decorator_list):
            value = objects.decorate(self, value, decorator, env)
        return value


def _without_name(value: Value) -> Value:
    """The second of a name and what it names."""
    return value[1] if type(value) is tuple and len(value) == 2 else value


def _is_part_of_model(value: Value) -> bool:
    """Whether a loop's element is a parameter or a module: those are few, and each of them matters."""
    part = _without_name(value)
    return isinstance(part, Param) or is_module(part)


def _is_constructor(function: Function | None) -> bool:
    return function is not None and function.name == "__init__"


def _left_early(node: ast.For | ast.AsyncFor) -> bool:
    """Whether a round may end the loop."""
    return any(
        isinstance(inner, ast.Return | ast.Break) for statement in node.body for inner in ast.walk(statement)
    )


def truth_of(value: Value) -> bool | None:
    """The truth of a value; None when it is not known."""
    if value is ABSENT:
        return False
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | tuple | range):
        return bool(value)
    if type(value) is Alt:
        found = {truth_of(o) for o in value.options}
        return found.pop() if len(found) == 1 else None
    return objects.truth(value)


def _own(value: Value, owner: Class) -> None:
    """Tell the functions of a class body whose they are."""
    match value:
        case Function():
            if value.owner is None:
                value.owner = owner
        case Property(getter=getter, setter=setter):
            _own(getter, owner)
            _own(setter, owner)
        case StaticMethod(function=function) | ClassMethod(function=function):
            _own(function, owner)


def _make_members(owner: Class) -> None:
    """Turn the values of an enum's body into its members; one of a text or number is that as well."""
    for name, value in owner.data.items():
        if name.startswith("_") or isinstance(value, Function | Property | StaticMethod | ClassMethod):
            continue
        if isinstance(value, Class | Instance):
            continue
        others = () if isinstance(value, Unknown) else owner.data.values()
        twin = next((m for m in others if isinstance(m, Instance) and same(m.data["value"], value)), None)
        member = twin or Instance(owner, owner.node, owner.module)
        if twin is None:
            member.data = {"name": name, "value": value}
        owner.data[name] = member


def _leaves(statement: ast.If) -> bool:
    """Whether a branch of a condition ends by leaving the block it is in."""
    return _ends_away(statement.body) or _ends_away(statement.orelse)


@lru_cache(maxsize=1024)
def _counted(loop: ast.For | ast.AsyncFor | ast.While) -> frozenset[str]:
    """The names a loop counts with: ``i += 1``."""
    return frozenset(
        node.target.id
        for node in ast.walk(loop)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    )


def _ends_away(body: Sequence[ast.stmt]) -> bool:
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _leaves(last)
    return isinstance(last, ast.Return | ast.Raise | ast.Break | ast.Continue)


def _as_load(target: ast.expr) -> ast.expr:
    return target  # the machine does not look at the context of a name


def _binding_scope(name: str, env: Env | None) -> Env | None:
    while env is not None:
        if not env.is_class and name in env.data:
            return env
        env = env.parent
    return None


def _handler(handlers: Sequence[ast.ExceptHandler], kind: str) -> ast.ExceptHandler | None:
    """The handler of an exception class; what is not known to fit does not, but for wide nets."""
    wide = {"Exception", "BaseException"}
    families = {
        "ImportError": {"ModuleNotFoundError"},
        "LookupError": {"KeyError", "IndexError"},
        "RuntimeError": {"NotImplementedError"},
    }
    for handler in handlers:
        if handler.type is None:
            return handler
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for each in types:
            name = last_name(each)
            if name == kind or name in wide or kind in families.get(name, ()):
                return handler
    return None


def _fits(machine: Machine, subject: Value, pattern: ast.pattern, env: Env) -> bool | None:
    """Whether a value matches a pattern, whose names are bound where it may."""
    match pattern:
        case ast.MatchValue(value=value):
            return truth_of(expressions.equal(machine, subject, machine.evaluate(value, env)))
        case ast.MatchSingleton(value=value):
            return None if isinstance(subject, Unknown | Alt) else subject is value
        case ast.MatchOr(patterns=patterns):
            return _any_of(_fits(machine, subject, each, env) for each in patterns)
        case ast.MatchAs(pattern=inner, name=name):
            fits = True if inner is None else _fits(machine, subject, inner, env)
            if fits is not False and name is not None:
                machine.bind(name, subject, env)
            return fits
        case ast.MatchSequence(patterns=patterns):
            return _fits_sequence(machine, subject, patterns, env)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=None):
            return _fits_mapping(machine, subject, keys, patterns, env)
        case ast.MatchClass(cls=cls, patterns=[], kwd_attrs=names, kwd_patterns=patterns):
            fits = objects.is_instance(machine, subject, machine.evaluate(cls, env))
            if fits is False:
                return False
            values = [objects.get_attribute(machine, subject, name, pattern) for name in names]
            return _all_of(
                [fits, *(_fits(machine, v, p, env) for v, p in zip(values, patterns, strict=True))]
            )
    for node in ast.walk(pattern):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            machine.bind(name, machine.unknown("a pattern binds it", node), env)
    return None


def _fits_sequence(
    machine: Machine, subject: Value, patterns: Sequence[ast.pattern], env: Env
) -> bool | None:
    star = next((i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), None)
    if isinstance(subject, str | Dict | Set) or subject is None:
        return False
    found = expressions.elements(machine, subject) if isinstance(subject, List | tuple) else None
    if found is None or any(type(f) is Star or (type(f) is Alt and ABSENT in f.options) for f in found):
        found = None
    elif len(found) < len(patterns) - (star is not None) or (star is None and len(found) > len(patterns)):
        return False
    if found is None:
        for each in patterns:
            _fits_part(machine, machine.unknown("a pattern binds it", each), each, env)
        return None
    if star is not None:
        after = len(patterns) - star - 1
        found = [*found[:star], List(found[star : len(found) - after]), *found[len(found) - after :]]
    return _all_of([_fits_part(machine, v, p, env) for v, p in zip(found, patterns, strict=True)])


def _fits_part(machine: Machine, value: Value, pattern: ast.pattern, env: Env) -> bool | None:
    if not isinstance(pattern, ast.MatchStar):
        return _fits(machine, value, pattern, env)
    if pattern.name is not None:
        machine.bind(pattern.name, value, env)
    return True


def _fits_mapping(
    machine: Machine, subject: Value, keys: Sequence[ast.expr], patterns: Sequence[ast.pattern], env: Env
) -> bool | None:
    if not isinstance(subject, Dict):
        return None if isinstance(subject, Unknown | Alt | Instance) else False
    verdicts: list[bool | None] = []
    for key, pattern in zip(keys, patterns, strict=True):
        at = machine.evaluate(key, env)
        verdicts.append(expressions.contains(machine, subject, at))
        verdicts.append(_fits(machine, expressions.get_item(machine, subject, at), pattern, env))
    return _all_of(verdicts)


def _any_of(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return True if True in found else None if None in found else False


def _all_of(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return False if False in found else None if None in found else True


def _either(outcomes: Iterable[Outcome]) -> Outcome:
    return frozenset().union(*outcomes)
