"""What a program's values are while it is followed: Python's own where they are known.

A number, a text, None or a tuple is the Python object itself. Everything that can change in place
is a :class:`Ref` whose whole state is ``data``, a list or a dict, so that the heap can copy and
join any of them without knowing what it is. What cannot be known is :class:`Unknown`, what may be
one of several is :class:`Alt`, and a stretch of a list whose length is unknown is :class:`Star`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Self

    from wdlint.facts import Place
    from wdlint.interpret.machine import Machine
    from wdlint.interpret.modules import Module
    from wdlint.knowledge import Layer

Value: TypeAlias = Any
"""A Python scalar or tuple, a Ref, or one of the classes below."""

Args: TypeAlias = list[Value]
"""What a call passes by position; a Star among them is any number of arguments."""

Keywords: TypeAlias = dict[str, Value]
"""What a call passes by keyword; the key ``**`` marks that there may be others."""

Arguments: TypeAlias = tuple[Args, Keywords]

Node: TypeAlias = ast.AST | None
"""The expression at fault, or that makes something, where there is one."""

Run: TypeAlias = "Callable[[Machine, Args, Keywords, Node], Value]"
"""A function of this package that stands for one of the program."""

Method: TypeAlias = "Callable[[Machine, Any, Args, Keywords, Node], Value]"
"""The same for a method; the second argument is what it is called on."""

MOST: Final = 8
"""Alternatives of a value at most."""


# ------------------------------------------------------------------------ what is not known


class Unknown:
    """Not decidable; ``why`` completes "it is unknown: ..."; ``node`` in ``module`` is where."""

    __slots__ = ("module", "node", "source", "why")

    def __init__(self, why: str, node: ast.AST | None = None, module: Module | None = None) -> None:
        self.why = why
        self.node = node
        self.module = module
        self.source = ""
        """The dotted name of what made it, where that is something of a package that is not read."""

    def __repr__(self) -> str:
        return f"Unknown({self.why!r})"


class AtLeast(Unknown):
    """A number that is not known but for the least it can be: the index of a later round of a loop."""

    __slots__ = ("least",)

    def __init__(
        self, least: int, why: str, node: ast.AST | None = None, module: Module | None = None
    ) -> None:
        super().__init__(why, node, module)
        self.least = least


class _Absent:
    """Stands among the alternatives of a value that may not be there at all."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


class Alt:
    """One of several values, ABSENT perhaps among them; ``node`` is the condition that decides."""

    __slots__ = ("node", "options")

    def __init__(self, options: tuple[Value, ...], node: ast.AST | None = None) -> None:
        self.options = options
        self.node = node

    def __repr__(self) -> str:
        return f"Alt{self.options!r}"


class Star:
    """Any number of elements like this one; of an index, the first and the later ones are told apart."""

    __slots__ = ("first", "later", "value")

    def __init__(self, value: Value, first: Value = ABSENT, later: Value = ABSENT) -> None:
        self.value = value
        self.first = value if first is ABSENT else first
        self.later = value if later is ABSENT else later

    def __repr__(self) -> str:
        return f"Star({self.value!r})"


def options(value: Value) -> Iterator[Value]:
    """The value, or each of its alternatives that is there."""
    if type(value) is Alt:
        yield from (o for o in value.options if o is not ABSENT)
    elif value is not ABSENT:
        yield value


def join(values: Iterable[Value], node: ast.AST | None = None) -> Value:
    """The value that is one of these; equal ones are one."""
    merged: list[Value] = []
    for value in values:
        for each in value.options if type(value) is Alt else (value,):
            if not any(same(each, other) for other in merged):
                merged.append(each)
        if len(merged) > MOST and type(merged[0]) is not tuple:
            return Unknown("it may be too many different things", node)
    if len(merged) == 1:
        return merged[0]
    if all(type(m) is tuple and len(m) == len(merged[0]) for m in merged):
        return tuple(join(column, node) for column in zip(*merged, strict=True))
    if len(merged) > MOST:
        return Unknown("it may be too many different things", node)
    return Alt(tuple(merged), node)


def same(a: Value, b: Value) -> bool:
    """Whether two values are certainly one and the same."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, bool | int | float | str | bytes | External):
        return bool(a == b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, AtLeast):
        return bool(a.least == b.least)
    if isinstance(a, Unknown):
        return True
    if isinstance(a, Bound):
        return a.function is b.function and a.owner is b.owner
    if isinstance(a, Star):
        return same(a.value, b.value)
    if isinstance(a, Builtin):
        return a.name == b.name and a.run is b.run
    if isinstance(a, Tensor):
        return bool(a.ndim == b.ndim and a.values == b.values)
    return False


# ----------------------------------------------------------------- values with a provenance


class Text(str):
    """A string literal that knows where it is written."""

    __slots__ = ("module", "node")
    node: ast.AST
    module: Module


class _Option:
    of: str
    place: Place | None


class OptionFloat(float, _Option):
    """A number that the user may override; ``of`` names the option, e.g. ``--weight-decay``."""


class OptionInt(int, _Option):
    """The same for an integer."""


class OptionText(str, _Option):
    """The same for a text."""


def option(value: Value, of: str, place: Place | None = None) -> Value:
    """The default of an option; None and booleans carry no name."""
    made: Any
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        made = OptionInt(value)
    elif isinstance(value, float):
        made = OptionFloat(value)
    elif isinstance(value, str):
        made = OptionText(value)
    else:
        return value
    made.of, made.place = of, place
    return made


# ------------------------------------------------------------------------------------ heap


class Ref:
    """Something with an identity that can change in place; ``data`` is all that can change.

    ``born`` is the mark of the branch it was made in: a branch need not take back what it made itself.
    """

    __slots__ = ("born", "data")
    clock: ClassVar[int] = 0
    born: int
    data: Any

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        made = super().__new__(cls)
        made.born = Ref.clock
        return made


class List(Ref):
    __slots__ = ()

    def __init__(self, items: Iterable[Value] = ()) -> None:
        self.data: list[Value] = list(items)


class Dict(Ref):
    """A dict; under REST stands the value of all keys that are not known. ``node`` is its display."""

    __slots__ = ("factory", "kind", "module", "node")
    REST: Final = object()
    """The key under which the value of all unknown keys stands."""

    def __init__(self, entries: Mapping[Any, Value] | None = None, kind: str = "dict") -> None:
        self.data: dict[Any, Value] = dict(entries or {})
        self.kind = kind
        self.factory: Value = None
        self.node: ast.AST | None = None
        self.module: Module | None = None

    @property
    def open(self) -> bool:
        return Dict.REST in self.data

    def missing(self, key: Any) -> Value:
        """The value of a key that has none yet; ABSENT unless something makes it."""
        return ABSENT


class Table(Dict):
    """``module._modules`` or ``_parameters``: what is set or deleted in it is so in the module."""

    __slots__ = ("owner",)

    def __init__(self, owner: Instance, entries: Mapping[Any, Value]) -> None:
        super().__init__(entries)
        self.owner = owner


class Set(Ref):
    """A set, in the order of insertion; an element that is there perhaps has a value that may be ABSENT."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = ()) -> None:
        self.data: dict[Value, Value] = dict.fromkeys(items)


class OneShot(Ref):
    """An iterator with these elements left; running through it empties it."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value]) -> None:
        self.data: list[Value] = list(items)


class Env(Ref):
    """The names of one activation of a function, of a class body or a comprehension."""

    __slots__ = ("forwarded", "is_class", "module", "parent")

    def __init__(
        self, module: Module, parent: Env | None = None, names: Mapping[str, Value] | None = None
    ) -> None:
        self.data: dict[str, Value] = dict(names or {})
        self.module = module
        self.parent = parent
        self.is_class = False
        self.forwarded: dict[str, Env | None] = {}
        """Names declared ``global`` (None) or ``nonlocal``."""


class ModuleEnv(Env):
    """The top level of a module: its names are the module's, whatever branches make of those."""

    __slots__ = ()

    def __init__(self, module: Module) -> None:
        self.module = module
        self.parent = None
        self.is_class = False
        self.forwarded = {}

    @property
    def data(self) -> dict[str, Value]:
        return self.module.data

    @data.setter
    def data(self, names: dict[str, Value]) -> None:
        self.module.data = names


class Class(Ref):
    """A class. ``node`` is None for one that is built in; then ``layer`` may say what it creates."""

    __slots__ = ("_mro", "bases", "layer", "module", "name", "node", "qualname")

    def __init__(
        self,
        name: str,
        bases: Iterable[Value] = (),
        data: Mapping[str, Value] | None = None,
        *,
        node: ast.ClassDef | None = None,
        module: Module | None = None,
        qualname: str = "",
        layer: Layer | None = None,
    ) -> None:
        self.name = name
        self.bases = tuple(bases)
        self.data: dict[str, Value] = dict(data or {})
        self.node = node
        self.module = module
        self.qualname = qualname or name
        self.layer = layer
        self._mro: tuple[Class, ...] | None = None

    @property
    def mro(self) -> tuple[Class, ...]:
        if self._mro is None:
            self._mro = _linear(self)
        return self._mro

    @property
    def strangers(self) -> tuple[Value, ...]:
        """The bases, of it or of its bases, that are not known."""
        return tuple(b for c in self.mro for b in c.bases if not isinstance(b, Class))

    def __repr__(self) -> str:
        return f"<class {self.qualname}>"


def _linear(cls: Class) -> tuple[Class, ...]:
    """The method resolution order (C3), or a plain depth-first one where the bases contradict it."""
    bases = [b for b in cls.bases if isinstance(b, Class)]
    sequences = [list(b.mro) for b in bases] + [list(bases)]
    order = [cls]
    while sequences := [s for s in sequences if s]:
        for sequence in sequences:
            head = sequence[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            head = sequences[0][0]
        order.append(head)
        sequences = [[c for c in s if c is not head] for s in sequences]
    return tuple(order)


class Instance(Ref):
    """An object: its class and its attributes in the order they were set.

    ``made`` is the expression that built it, in ``module``.
    """

    __slots__ = ("assumed", "cls", "made", "module", "payload")

    def __init__(self, cls: Class, made: ast.AST | None = None, module: Module | None = None) -> None:
        self.cls = cls
        self.data: dict[str, Value] = {}
        self.made = made
        self.module = module
        self.payload: Any = None
        """What a built-in base keeps: the List, Dict or tuple of a subclass of ``list`` ..."""
        self.assumed = False
        """It stands for an argument nobody is seen to pass; the class was taken from its annotation."""

    def __repr__(self) -> str:
        return f"<{self.cls.name}>"


class Param(Ref):
    """An ``nn.Parameter``; ``data`` holds ``requires_grad`` and attributes the code sets."""

    __slots__ = ("kind", "made", "module", "ndim")

    def __init__(
        self,
        ndim: int | None,
        *,
        kind: str = "",
        made: ast.AST | None = None,
        module: Module | None = None,
    ) -> None:
        self.ndim = ndim
        self.kind = kind
        self.made = made
        self.module = module
        self.data: dict[str, Value] = {"requires_grad": True}

    def __repr__(self) -> str:
        return f"<Param {self.ndim}-d>"


# ------------------------------------------------------------------------- immutable things


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor that is no parameter; its rank matters, and the numbers of a short vector."""

    ndim: int | None = None
    values: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class External:
    """Something of a package that is not read, by its dotted name."""

    name: str


@dataclass(slots=True, eq=False)
class Function:
    """A function or lambda of the program; ``owner`` is the class whose body defines it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    env: Env
    defaults: tuple[Value, ...]
    keyword_defaults: dict[str, Value]
    owner: Class | None = None
    attributes: Dict | None = None

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "<lambda>")


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function that this package implements: ``run(machine, args, keywords, node)``."""

    name: str
    run: Run


def unbound(method: Method) -> Run:
    """A method as its class holds it: what it is called on is its first argument."""
    return lambda m, args, kw, node: method(m, args[0], args[1:], kw, node)


def bound(method: Method, owner: Value) -> Run:
    """A method of one object."""
    return lambda m, args, kw, node: method(m, owner, args, kw, node)


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method of an object."""

    function: Value
    owner: Value


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    function: Value
    args: tuple[Value, ...]
    keywords: Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    getter: Value
    setter: Value = None


@dataclass(frozen=True, slots=True, eq=False)
class StaticMethod:
    function: Value


@dataclass(frozen=True, slots=True, eq=False)
class ClassMethod:
    function: Value


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """``super()`` of ``cls`` for ``owner``, an instance or a class."""

    cls: Class
    owner: Value


@dataclass(frozen=True, slots=True, eq=False)
class ModuleValue:
    module: Module


def is_subclass(cls: Class, qualname: str) -> bool:
    return any(c.qualname == qualname for c in cls.mro)


def is_module(value: Value) -> bool:
    """Whether a value is an ``nn.Module``."""
    return type(value) is Instance and is_subclass(value.cls, "torch.nn.Module")
