"""The abstract values of the reasoner: what an expression may be when the program runs.

Private to ``reason``; what leaves this room are the plain facts of :mod:`wdlint.facts`. A value
that cannot be decided is :class:`Opaque` with a reason, never an exception and never a guess.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from wdlint.facts import Default, Known, OneOf, Place, Scalar, Unknown, Value
from wdlint.reason.scopes import FunctionNode, ModuleIndex, Scope
from wdlint.sources.project import ModulePath


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where an expression is evaluated: its scope, its statement, and the call that led there.

    ``arguments`` maps the parameters of the function around to what its caller passed;
    ``self_value`` is the instance a method runs on, when the caller knows it; ``hidden`` are names
    bound by the lambdas and comprehensions around the expression.
    """

    scope: Scope
    statement: ast.stmt | None
    arguments: Mapping[str, Lazy] | None = None
    self_value: Abstract | None = None
    hidden: frozenset[str] = frozenset()
    depth: int = 0

    def at(self, statement: ast.stmt | None) -> Frame:
        """The same activation at another statement."""
        return replace(self, statement=statement, hidden=frozenset())

    def outer(self, scope: Scope) -> Frame:
        """An enclosing scope as code inside this one sees it: at the end of its body."""
        return Frame(scope, None, depth=self.depth)


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """An expression and the frame to evaluate it in: a value not looked at yet."""

    node: ast.expr
    frame: Frame


@dataclass(frozen=True, slots=True)
class Constant:
    """A Python constant. ``default_of`` names what overrides it, e.g. ``--lr``; "" if nothing."""

    value: Scalar
    where: Place | None = None
    default_of: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """A module, class, function or object of another package, by its dotted name.

    Names of relative imports keep their leading dots, so that they never look like a library's.
    """

    name: str


@dataclass(frozen=True, slots=True)
class LocalModule:
    """A module of this project."""

    path: ModulePath


@dataclass(frozen=True, slots=True, eq=False)
class LocalClass:
    """A class of this project."""

    node: ast.ClassDef
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class LocalFunction:
    """A function of this project; ``self_value`` is what a bound method is bound to."""

    node: FunctionNode | ast.Lambda
    frame: Frame
    self_value: Abstract | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a class of this project; ``call`` is the constructor call, when it is seen."""

    cls: LocalClass
    call: Code | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The result of calling something of another package: ``nn.Linear(8, 8)``."""

    function: External
    call: Code


@dataclass(frozen=True, slots=True)
class Options:
    """An object whose attributes are declared options: an argparse namespace, absl ``FLAGS``.

    ``homes`` are the modules that visibly take part in declaring them.
    """

    what: str
    homes: tuple[ModuleIndex, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An element of a list, or with ``spread`` an iterable whose elements are in the list.

    ``guards`` are the conditions, and loops, it was added under and its list was not made under.
    """

    value: Lazy
    spread: bool = False
    guards: tuple[ast.stmt, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list, tuple or set display and what was appended to it. ``open``: more may be in it."""

    items: tuple[Item, ...]
    open: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """A dict (or namespace) with literal keys. ``open``: it may hold other keys as well.

    A key set several times has several values, the last one last. ``places`` is where a key
    itself is written.
    """

    entries: Mapping[str, tuple[Lazy, ...]]
    open: bool = False
    places: Mapping[str, Code] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """``functools.partial(function, ...)``; ``call`` is the partial's own call."""

    function: Abstract
    call: Code


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Parameters of one module: all of them, or those that pass ``conditions``.

    ``module`` is what ``.parameters()`` was called on, ``receiver`` its code.
    """

    module: Abstract
    receiver: Code
    conditions: tuple[ast.expr, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """A collection of parameters, or of (name, parameter) pairs if ``named``.

    ``one_shot``: an iterator, empty after its first use. ``loose``: tensors that belong to no
    module are in it as well.
    """

    picked: tuple[Picked, ...]
    named: bool = False
    one_shot: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """A loop variable that runs over parameters."""

    of: Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of several; which one is decided when the program runs."""

    alternatives: tuple[Abstract, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Not decidable here; ``why`` completes "it is unknown: ..."."""

    why: str


Abstract: TypeAlias = (
    Constant
    | External
    | LocalModule
    | LocalClass
    | LocalFunction
    | Instance
    | Made
    | Options
    | Items
    | Entries
    | Partial
    | Parameters
    | Element
    | Choice
    | Opaque
)
Lazy: TypeAlias = Code | Abstract

MOST: Final = 32
"""Alternatives of a value at most; more say nothing that can be used."""

LONGEST: Final = 4_096
"""Elements of a collection, or characters of a string, that are put together at most."""


def alternatives(value: Abstract) -> Iterator[Abstract]:
    """The value, or each of its alternatives, nested choices flattened."""
    if isinstance(value, Choice):
        for each in value.alternatives:
            yield from alternatives(each)
    else:
        yield value


def choice(values: Iterable[Abstract]) -> Abstract:
    """One of the values; equal ones are merged, a single one stands for itself."""
    merged: list[Abstract] = []
    seen: set[object] = set()
    for value in values:
        for each in alternatives(value):
            key = _key(each)
            if key not in seen:
                if len(merged) == MOST:
                    return Opaque("it may be too many different things")
                seen.add(key)
                merged.append(each)
    if not merged:
        return Opaque("nothing reaches this use")
    return merged[0] if len(merged) == 1 else Choice(tuple(merged))


def _key(value: Abstract) -> object:
    match value:
        case Constant(value=scalar, default_of=default_of):
            return ("constant", type(scalar), scalar, default_of)
        case LocalClass(node=node) | LocalFunction(node=node):
            return ("node", node)
        case Opaque():
            return "opaque"
        case External() | Options() | LocalModule():
            return value
    return id(value)


def to_fact(value: Abstract) -> Value:
    """The plain fact a value is worth outside this room."""
    match value:
        case Constant(value=scalar, where=where, default_of=""):
            return Known(scalar, where)
        case Constant(value=scalar, where=where, default_of=default_of):
            return Default(scalar, default_of, where)
        case Choice(alternatives=several):
            return OneOf(tuple(to_fact(each) for each in several))
        case Opaque(why=why):
            return Unknown(why)
        case External(name=name) | Made(function=External(name=name)):
            return Unknown(f"it comes from {name.lstrip('.')}, which is not read")
    return Unknown("it is not a number")


def numeric(value: Scalar) -> float | int | None:
    """The number, or None; booleans are not numbers."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
