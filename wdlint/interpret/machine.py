"""The machine: it follows a program's statements on abstract values, within a budget.

Concrete first: what is known is computed as Python would. Where a condition is not known both
branches are followed and joined (:mod:`wdlint.interpret.heap`); a branch that raises did not
happen. A loop whose rounds are not known is followed once, for all of them.
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from wdlint.interpret import expressions, objects
from wdlint.interpret.heap import Heap, ProgramRaise, perhaps
from wdlint.interpret.imports import Importer
from wdlint.interpret.modules import Library, Module
from wdlint.interpret.sharing import shares_out
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Class,
    Dict,
    Env,
    Function,
    Instance,
    Iterator_,
    Param,
    Property,
    Ref,
    Star,
    Unknown,
    Value,
    join,
    options,
    same,
)

STEPS: Final = 600_000
"""Statements and expressions one run may cost."""
SECONDS: Final = 2.0
"""Wall time one run may take."""
DEPTH: Final = 70
"""Calls within calls."""
ROUNDS: Final = 400
"""Rounds of a loop that are followed one by one."""
_PYTHON_FRAMES: Final = 12_000

RETURN: Final = "return"
BREAK: Final = "break"
CONTINUE: Final = "continue"
Signal = str | None
"""How a block ended: None where it ran to its end, or where that depends on the run."""


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
        self.yields: list[Value] = []
        self.generator = False


class Machine:
    """Follows one program. Every run has its own, so that nothing a run assumed stays behind."""

    def __init__(self, library: Library, *, steps: int = STEPS, seconds: float = SECONDS) -> None:
        self.library = library
        self.heap = Heap()
        self.importer = Importer(self)
        self.frames: list[Frame] = []
        self.skipped: set[ast.stmt] = set()
        """Statements that a slice leaves out."""
        self.entered: dict[ast.stmt, bool] = {}
        """Compound statements around the entry, and whether their condition holds there."""
        self.tests: list[tuple[Value, ast.AST, Module, str, bool]] = []
        """Texts that names were compared with: the text, the comparison, its module, the name, the result."""
        self.names: set[str] = set()
        """The parameter names handed to the program so far; comparisons with them are kept."""
        self.optimizers: list[Instance] = []
        self.walked: list[Value] = []
        """The modules whose parameters the program asked for."""
        self.loops: list[ast.AST] = []
        """The loops and comprehensions that ran over parameters, in the order they ran."""
        self.understudy: Callable[[Unknown], Value] | None = None
        """Gives the module that stands in for one that is not known."""
        self.imagined: list[Class] = []
        """Classes whose objects stand for arguments that nobody passes, while they are made."""
        self.caught = 0
        self.steps = steps
        self.deadline = time.monotonic() + seconds
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
        if self.steps < 0 or (self.steps & 1023 == 0 and time.monotonic() > self.deadline):
            self.steps = -1
            raise Exhausted

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def note_loop(self, node: ast.AST, found: Sequence[Value] | None) -> None:
        """Remember a loop over parameters, or over pairs of names and parameters."""
        first = found[0] if found else None
        if isinstance(first, Param) or (type(first) is tuple and len(first) == 2 and isinstance(first[1], Param)):
            self.loops.append(node)

    @property
    def shares_out(self) -> bool:
        """Whether the program visibly shares out all parameters it ran over."""
        return shares_out(self.loops)

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
        elif env.parent is None and env.data is env.module.data:
            target = env.module
        self.heap.touch(target)
        target.data[name] = value
        if target is env.module:
            env.module.data = target.data

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
        if found is None or any(type(f) is Star for f in found) or (star is None and len(found) != len(targets)):
            inner = join([f.value if type(f) is Star else f for f in found]) if found else None
            for target in targets:
                self.assign(target, self.unknown("it is unpacked") if inner is None else inner, env)
            return
        if star is None:
            for target, each in zip(targets, found, strict=True):
                self.assign(target, each, env)
            return
        after = len(targets) - star - 1
        from wdlint.interpret.values import List

        parts = [*found[:star], List(found[star : len(found) - after]), *found[len(found) - after :]]
        for target, each in zip(targets, parts, strict=False):
            self.assign(target, each, env)

    def evaluate(self, node: ast.expr, env: Env) -> Value:
        return expressions.evaluate(self, node, env)

    # ------------------------------------------------------------------------ statements

    def block(self, body: Sequence[ast.stmt], env: Env) -> Signal:
        """Follow statements in order; how the block ended."""
        for i, statement in enumerate(body):
            if statement in self.skipped:
                continue
            if type(statement) is ast.If:
                truth = self.decide(statement.test, env, statement)
                if truth is None:
                    rest = body[i + 1 :] if _leaves(statement) else ()
                    signal = self._both(statement, rest, env)
                    if signal is not None or rest:
                        return signal
                    continue
                signal = self.block(statement.body if truth else statement.orelse, env)
            else:
                signal = self.statement(statement, env)
            if signal is not None:
                return signal
        return None

    def decide(self, test: ast.expr, env: Env, statement: ast.stmt | None = None) -> bool | None:
        """Whether a condition holds; None when that depends on the run."""
        value = self.evaluate(test, env)
        if statement is not None and statement in self.entered:
            holds = self.entered[statement]
            self.assume(test, holds, env)
            return holds
        return truth_of(value)

    def _both(self, statement: ast.If, rest: Sequence[ast.stmt], env: Env) -> Signal:
        def arm(body: Sequence[ast.stmt], holds: bool) -> Callable[[], Signal]:
            def run() -> Signal:
                self.assume(statement.test, holds, env)
                signal = self.block(body, env)
                return self.block(rest, env) if signal is None and rest else signal

            return run

        self.spend()
        arms = [arm(statement.body, True), arm(statement.orelse, False)]
        signals = self.heap.fork(arms, statement.test)
        return signals[0] if len(set(signals)) == 1 else None

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
            case ast.Name() | ast.Attribute():
                self._keep(test, lambda v: truth_of(v) is not (not holds), env)
            case ast.Call(func=ast.Name(id="isinstance"), args=[subject, classes]):
                among = self.evaluate(classes, env)
                self._keep(subject, lambda v: objects.is_instance(self, v, among) is not (not holds), env)

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

    def statement(self, node: ast.stmt, env: Env) -> Signal:
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
            case ast.Try() | ast.TryStar():
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
        return None

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
                    self.heap.touch(env)
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
        last = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "Exception")
        return last, None

    # ----------------------------------------------------------------------------- loops

    def _for(self, node: ast.For | ast.AsyncFor, env: Env) -> Signal:
        over = self.evaluate(node.iter, env)
        several = list(options(over))
        if len(several) > 1:
            arms = [lambda each=each: self._rounds(node, each, env) for each in several]
            signals = self.heap.fork(arms, node.iter)
            signal = signals[0] if len(set(signals)) == 1 else None
        else:
            signal = self._rounds(node, over, env)
        return signal

    def _rounds(self, node: ast.For | ast.AsyncFor, over: Value, env: Env) -> Signal:
        def one(value: Value) -> Signal:
            self.assign(node.target, value, env)
            return self.block(node.body, env)

        found = expressions.elements(self, over, consume=True)
        self.note_loop(node, found)
        if found is None:
            signal = self.heap.repeat(lambda: one(self.unknown("it runs over something unknown", node.iter)))
            return RETURN if signal == RETURN else None
        for count, element in enumerate(found):
            if count > ROUNDS:
                break
            self.spend()
            if node in self.entered and count:
                break
            if type(element) is Star:
                signal = self.heap.repeat(lambda e=element: one(e.value))  # type: ignore[misc]
                signal = RETURN if signal == RETURN else None
            elif type(element) is Alt and ABSENT in element.options:
                there = join([o for o in element.options if o is not ABSENT])
                signals = self.heap.fork([lambda v=there: one(v), lambda: None], element.node)  # type: ignore[misc]
                signal = signals[0] if len(set(signals)) == 1 else None
            else:
                signal = one(element)
            if signal == BREAK:
                return None
            if signal == RETURN:
                return RETURN
        return self.block(node.orelse, env)

    def _while(self, node: ast.While, env: Env) -> Signal:
        for _ in range(ROUNDS):
            self.spend()
            truth = self.decide(node.test, env, node)
            if truth is False:
                return self.block(node.orelse, env)
            if truth is None or node in self.entered:
                signal = self.heap.repeat(lambda: self.block(node.body, env))
                return RETURN if signal == RETURN else None
            signal = self.block(node.body, env)
            if signal == RETURN:
                return RETURN
            if signal == BREAK:
                return None
        return None

    # ------------------------------------------------------------------------------- try

    def _try(self, node: ast.Try | ast.TryStar, env: Env) -> Signal:
        signal: Signal
        self.caught += 1
        try:
            signal = self.block(node.body, env)
        except ProgramRaise as error:
            self.caught -= 1
            handler = _handler(node.handlers, error.kind)
            if handler is None:
                self.block(node.finalbody, env)
                raise
            if handler.name:
                self.bind(handler.name, self.unknown("it is an exception"), env)
            signal = self.block(handler.body, env)
        else:
            self.caught -= 1
            if signal is None:
                signal = self.block(node.orelse, env)
        final = self.block(node.finalbody, env)
        return final or signal

    def _match(self, subject: Value, cases: Sequence[ast.match_case], env: Env) -> Signal:
        """``match`` on constants, alternatives of them, and captures; anything else may hold."""
        undecided: list[ast.match_case] = []
        for case in cases:
            fits = _fits(self, subject, case.pattern, env)
            if fits and case.guard is not None:
                fits = self.decide(case.guard, env)
            if fits is False:
                continue
            if fits and not undecided:
                return self.block(case.body, env)
            undecided.append(case)
            if fits:
                break
        if not undecided:
            return None
        arms = [lambda case=case: self.block(case.body, env) for case in undecided]
        signals = self.heap.fork(arms)
        return signals[0] if len(set(signals)) == 1 else None

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
        value = owner
        for decorator in reversed(node.decorator_list):
            value = objects.decorate(self, value, decorator, env)
        return value


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
        case objects.StaticMethod(function=function) | objects.ClassMethod(function=function):
            _own(function, owner)


def _leaves(statement: ast.If) -> bool:
    """Whether a branch of a condition ends by leaving the block it is in."""
    return _ends_away(statement.body) or _ends_away(statement.orelse)


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
            name = each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")
            if name == kind or name in wide or kind in families.get(name, ()):
                return handler
    return None


def _fits(machine: Machine, subject: Value, pattern: ast.pattern, env: Env) -> bool | None:
    match pattern:
        case ast.MatchValue(value=value):
            return truth_of(expressions.equal(machine, subject, machine.evaluate(value, env)))
        case ast.MatchSingleton(value=value):
            return None if isinstance(subject, Unknown | Alt) else subject is value
        case ast.MatchOr(patterns=patterns):
            found = [_fits(machine, subject, each, env) for each in patterns]
            return True if True in found else None if None in found else False
        case ast.MatchAs(pattern=inner, name=name):
            fits = True if inner is None else _fits(machine, subject, inner, env)
            if fits is not False and name is not None:
                machine.bind(name, subject, env)
            return fits
    return None


__all__ = ["Exhausted", "Frame", "Iterator_", "Machine", "perhaps", "truth_of"]
