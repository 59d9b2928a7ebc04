"""Python's own functions, methods and standard library, as far as programs build models with them."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import hugging_face, objects, vectors
from wdlint.interpret.heap import ProgramRaise, perhaps
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    AtLeast,
    Bound,
    Builtin,
    Class,
    Dict,
    External,
    Function,
    Instance,
    Iterator_,
    List,
    ModuleValue,
    Param,
    Partial,
    Ref,
    Set,
    Star,
    Table,
    Tensor,
    Unknown,
    Value,
    is_module,
    is_subclass,
    join,
    option,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine
    from wdlint.interpret.modules import Module

Args = list[Value]
Keywords = dict[str, Value]
Node = ast.AST | None

PRESENT: Final = frozenset({"torch", "numpy", "typing_extensions", "einops", "packaging", "yaml", "tqdm"})
"""Packages that a program of this field can be taken to have."""

_SCALAR: Final = (bool, int, float, complex, str, bytes)


def _elements(m: Machine, value: Value, *, consume: bool = True) -> list[Value] | None:
    from wdlint.interpret.expressions import elements

    return elements(m, value, consume=consume)


def _plain(values: Sequence[Value] | None) -> bool:
    """Whether a stretch of elements holds neither Star nor perhaps."""
    return values is not None and not any(type(v) is Star or type(v) is Alt for v in values)


# ---------------------------------------------------------------------------- functions


def _len(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    value = args[0] if args else None
    if isinstance(value, Instance):
        method = objects._class_value(value.cls, "__len__")
        if isinstance(method, Function):
            return objects.call(m, method, [value], {}, node)
        value = value.payload
    if isinstance(value, Param) or (isinstance(value, Tensor) and value.values is None):
        return m.unknown("the size of a tensor", node)
    found = _elements(m, value, consume=False)
    return len(found) if found is not None and _plain(found) else m.unknown("its length is not known", node)


def _range(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and all(isinstance(a, int) for a in args):
        try:
            return range(*args)
        except (ValueError, TypeError):
            return m.unknown("it is not a range", node)
    start = args[0] if len(args) > 1 else 0
    if not isinstance(start, int) or len(args) > 2:
        return Iterator_([Star(m.unknown("an index", node))])
    return Iterator_([Star(m.unknown("an index", node), start, _later(m, start + 1, node))])


def _later(m: Machine, least: int, node: Node) -> AtLeast:
    """The index of the rounds after the first."""
    return AtLeast(least, "an index", node, m.frame.env.module)


def _collected(kind: Callable[[list[Value]], Value]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        if not args:
            return kind([])
        found = _elements(m, args[0])
        if found is None:
            return kind([Star(m.unknown("it is made of something unknown", node))])
        return kind(found)

    return run


def _make_set(values: list[Value]) -> Value:
    made = Set()
    for value in values:
        put(made, value)
    return made


def put(holder: Set, value: Value) -> None:
    """Add an element; of alternatives each is there perhaps."""
    inner = value.value if type(value) is Star else value
    certain = type(value) is not Star and type(inner) is not Alt
    for each in options(inner):
        if certain:
            holder.data[each] = None
        else:
            holder.data.setdefault(each, Alt((None, ABSENT)))


def _dict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import update

    made = Dict()
    made.node, made.module = node, m.frame.env.module
    for each in args:
        update(m, made, each)
    for key, value in kw.items():
        made.data[Dict.REST if key == "**" else key] = value
    return made


def _ordered(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return _dict(m, args, kw, node)


def _defaultdict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    made = _dict(m, args[1:], kw, node)
    made.factory = args[0] if args else None
    return made


def _isinstance(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = objects.is_instance(m, args[0], args[1]) if len(args) == 2 else None
    return m.unknown("its class is not known", node) if found is None else found


def _issubclass(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 2 and isinstance(args[0], Class):
        among = args[1] if isinstance(args[1], tuple) else (args[1],)
        if any(isinstance(a, Class) and any(c.qualname == a.qualname for c in args[0].mro) for a in among):
            return True
        if all(isinstance(a, Class) for a in among) and not args[0].strangers:
            return False
    return m.unknown("its bases are not known", node)


def _getattr(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) < 2:
        return m.unknown("getattr() returns it", node)
    holder, name = args[0], args[1]
    if type(name) is Alt:
        return join([_getattr(m, [holder, each, *args[2:]], kw, node) for each in options(name)], node)
    if not isinstance(name, str):
        return m.unknown("the attribute's name is not known", node)
    found: list[Value] = []
    for each in options(holder):
        value = objects.find_attribute(m, each, str(name), node)
        if value is ABSENT and len(args) == 2 and m.caught:
            raise ProgramRaise("AttributeError")
        if value is ABSENT:
            value = args[2] if len(args) == 3 else m.unknown(f"it has no attribute {name}", node)
        elif isinstance(value, Unknown) and isinstance(each, Unknown) and len(args) == 3:
            value = join([value, args[2]]) if isinstance(args[2], Ref) else value
        found.append(value)
    return join(found, node)


def _hasattr(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 2 and type(args[0]) is Alt:
        answers = {objects.truth_of(_hasattr(m, [each, args[1]], kw, node)) for each in options(args[0])}
        return (
            answers.pop() if len(answers) == 1 and None not in answers else m.unknown("it may have it", node)
        )
    if len(args) == 2 and isinstance(args[1], str) and not isinstance(args[0], Unknown | Alt):
        value = objects.find_attribute(m, args[0], str(args[1]), node)
        if value is ABSENT:
            return False
        if type(value) is Alt and ABSENT in value.options:
            return m.unknown("it is there only perhaps", node)
        if isinstance(value, Unknown) and isinstance(args[0], Instance) and str(args[1]) not in args[0].data:
            return m.unknown(value.why, node)
        return True
    return m.unknown("its attributes are not known", node)


def _setattr(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 3:
        name = args[1] if isinstance(args[1], str) else "*"
        for each in options(args[0]):
            objects.set_attribute(m, each, str(name), args[2], node)
    return None


def _delattr(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 2 and isinstance(args[0], Instance) and isinstance(args[1], str):
        objects.delete_attribute(m, args[0], str(args[1]))
    return None


def _enumerate(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    start = kw.get("start", args[1] if len(args) > 1 else 0)
    found = _elements(m, args[0]) if args else None
    if found is None:
        found = [Star(m.unknown("an element", node))]
    index: Value = start if isinstance(start, int) else m.unknown("an index", node)
    pairs: list[Value] = []
    for each in found:
        if type(each) is Star:
            later = _later(m, index + 1, node) if isinstance(index, int) else index
            first, index = index, m.unknown("an index", node)
            pairs.append(Star((index, each.value), (first, each.first), (later, each.later)))
        elif type(each) is Alt and ABSENT in each.options:
            pairs.append(perhaps((m.unknown("an index", node), join(list(options(each)))), each.node))
            index = m.unknown("an index", node)
        else:
            pairs.append((index, each))
            index = index + 1 if isinstance(index, int) else index
    return Iterator_(pairs)


def _zip(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    columns = [_elements(m, a) for a in args]
    known = [c for c in columns if c is not None and not any(type(v) is Star for v in c)]
    if len(known) == len(columns):
        return Iterator_([tuple(row) for row in zip(*known, strict=False)])
    length = min((len(c) for c in known), default=None)
    if length is None:
        return Iterator_([Star(*(tuple(_at(m, c, i, node) for c in columns) for i in (-1, 0, 1)))])
    return Iterator_([tuple(_at(m, c, i, node) for c in columns) for i in range(length)])


def _at(m: Machine, column: Sequence[Value] | None, i: int, node: Node) -> Value:
    """What a column has in row ``i``, or in any row for -1: where its length is not known, any of its elements."""
    if not column:
        return m.unknown("an element", node)
    if type(column[0]) is Star and i >= 0:
        return column[0].first if i == 0 else column[0].later
    certain = next((k for k, v in enumerate(column) if type(v) is Star), len(column))
    if 0 <= i < certain:
        return column[i]
    rest = column[max(certain, 0) if i >= 0 else 0 :]
    return join([v.value if type(v) is Star else v for v in rest] or [m.unknown("an element", node)])


def _map(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) < 2:
        return m.unknown("map() returns it", node)
    rows = _elements(m, _zip(m, args[1:], {}, node)) if len(args) > 2 else _elements(m, args[1])
    if rows is None:
        return Iterator_([Star(objects.call(m, args[0], [m.unknown("an element", node)], {}, node))])
    made: list[Value] = []
    for row in rows:
        inner = row.value if type(row) is Star else row
        result = objects.call(m, args[0], list(inner) if len(args) > 2 else [inner], {}, node)
        made.append(Star(result) if type(row) is Star else result)
    return Iterator_(made)


def _filter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[1]) if len(args) == 2 else None
    if found is None:
        return m.unknown("filter() returns it", node)
    kept: list[Value] = []
    for each in found:
        inner = each.value if type(each) is Star else each
        verdict = objects.truth_of(inner if args[0] is None else objects.call(m, args[0], [inner], {}, node))
        if verdict is None:
            kept.append(each if type(each) is Star else perhaps(each, node))
        elif verdict:
            kept.append(each)
    return Iterator_(kept)


def _any(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return _quantified(m, args, True, node)


def _all(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return _quantified(m, args, False, node)


def _quantified(m: Machine, args: Args, wanted: bool, node: Node) -> Value:
    found = _elements(m, args[0]) if args else None
    if found is None:
        return m.unknown("it is not decided", node)
    doubt = False
    for each in found:
        certain = type(each) is not Star and not (type(each) is Alt and ABSENT in each.options)
        verdicts = {objects.truth_of(o) for o in options(each.value if type(each) is Star else each)}
        if verdicts == {wanted} and certain:
            return wanted
        doubt = doubt or verdicts != {not wanted}
    return m.unknown("it is not decided", node) if doubt else not wanted


def _sorted(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[0]) if args else None
    if found is None:
        return m.unknown("sorted() returns it", node)
    if _plain(found) and kw.get("key") is None:
        try:
            return List(sorted(found, reverse=kw.get("reverse") is True))
        except TypeError:
            pass
    if _plain(found) and kw.get("key") is not None:
        keys = [objects.call(m, kw["key"], [f], {}, node) for f in found]
        try:
            order = sorted(range(len(found)), key=keys.__getitem__, reverse=kw.get("reverse") is True)
            return List(found[i] for i in order)
        except TypeError:
            pass
    return List(found)


def _extreme(pick: Callable[..., Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        found = args if len(args) > 1 else _elements(m, args[0]) if args else None
        if found and all(isinstance(f, int | float | str) for f in found) and "key" not in kw:
            try:
                return pick(found)
            except TypeError:
                pass
        return m.unknown("it is computed", node)

    return run


def _sum(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import binary

    found = _elements(m, args[0]) if args else None
    if found is None or not _plain(found):
        return m.unknown("it is a sum", node)
    total: Value = args[1] if len(args) > 1 else kw.get("start", 0)
    for each in found:
        total = binary(m, ast.Add(), total, each, node)
    return total


def _converted(kind: Callable[[Any], Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        if not args:
            return kind(0) if kind is not str else ""
        value = args[0]
        if isinstance(value, str) and "*" in value and kind is not str:
            return m.unknown("it is computed", node)
        if isinstance(value, _SCALAR):
            try:
                made = kind(value)
            except (ValueError, TypeError, OverflowError):
                return m.unknown("it is computed", node)
            return option(made, value.of, getattr(value, "place", None)) if hasattr(value, "of") else made
        if kind is bool:
            truth = objects.truth_of(value)
            return m.unknown("it is not decided", node) if truth is None else truth
        if kind is str:
            return "None" if value is None else "*"
        return m.unknown("it is computed", node)

    return run


def _computed(function: Callable[..., Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    """A function of numbers that Python may compute."""

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        values = [a.data if isinstance(a, List) and _plain(a.data) else a for a in args]
        if values and not kw and all(isinstance(v, int | float | list | tuple | str) for v in values):
            try:
                return function(*values)
            except (TypeError, ValueError, ArithmeticError):
                pass
        return m.unknown("it is computed", node)

    return run


def _type(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 1:
        found = [_class_of(m, each) for each in options(args[0])]
        return join(found) if found else m.unknown("its class is not known", node)
    if len(args) == 3 and isinstance(args[1], tuple) and isinstance(args[2], Dict):
        bases = [objects.as_class(m, b) for b in args[1]]
        return Class(str(args[0]), bases, {k: v for k, v in args[2].data.items() if isinstance(k, str)})
    return m.unknown("its class is not known", node)


def _class_of(m: Machine, value: Value) -> Value:
    cls = objects.class_of(m, value)
    if cls is not None:
        return cls
    if isinstance(value, Unknown):
        return m.unknown("its class is not known")
    if isinstance(value, Partial):
        return external(m, "functools.partial")
    names = {List: "list", Dict: "dict", Set: "set"}
    name = names.get(type(value)) or next((t.__name__ for t in _SCALAR if isinstance(value, t)), "object")
    return BUILTINS.get(name, m.unknown("its class is not known"))


def _id(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return args[0] if args else None  # identity is what its comparisons and sets are about


def _iter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if isinstance(args[0], Iterator_):
        return args[0]
    found = _elements(m, args[0])
    return m.unknown("iter() returns it", node) if found is None else Iterator_(found)


def _next(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    over = args[0]
    if isinstance(over, Iterator_) and over.data:
        m.heap.touch(over)
        first = over.data[0]
        if type(first) is Star:
            return first.value
        over.data.pop(0)
        return first
    if isinstance(over, Iterator_) and len(args) == 2:
        return args[1]
    return m.unknown("next() returns it", node)


def _reversed(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[0])
    return m.unknown("reversed() returns it", node) if found is None else Iterator_(found[::-1])


def _callable(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    value = args[0]
    if isinstance(value, Function | Class | Bound | Partial | Builtin):
        return True
    if value is None or isinstance(value, (*_SCALAR, tuple, List, Dict)):
        return False
    return m.unknown("it is not known what it is", node)


def _vars(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and isinstance(args[0], Instance):
        shared = Dict()
        shared.data = args[0].data
        return shared
    if args and isinstance(args[0], ModuleValue):
        return Names(m, args[0].module)
    return m.unknown("vars() returns it", node)


def _locals(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Dict(m.frame.env.data)


def _globals(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Names(m, m.frame.env.module)


class Names(Dict):
    """``module.__dict__``: its own names, and others, imported with ``*``, when they are asked for."""

    __slots__ = ("_machine", "_of")

    def __init__(self, machine: Machine, module: Module) -> None:
        super().__init__()
        self._machine, self._of = machine, module
        for name in module.pending.binds:
            value = machine.importer.member(module, name)
            if value is not ABSENT:
                self.data[name] = value

    def missing(self, key: Any) -> Value:
        return self._machine.importer.member(self._of, str(key)) if isinstance(key, str) else ABSENT


def _nothing(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return None


def _first(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return args[0] if args else m.unknown("it is computed", node)


def _slice(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return slice(*args) if all(a is None or isinstance(a, int) for a in args) else m.unknown("a slice", node)


_BUILTIN_FUNCTIONS: Final[Mapping[str, Callable[[Machine, Args, Keywords, Node], Value]]] = {
    "len": _len,
    "range": _range,
    "list": _collected(List),
    "tuple": _collected(tuple),
    "set": _collected(_make_set),
    "frozenset": _collected(_make_set),
    "dict": _dict,
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "delattr": _delattr,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    "any": _any,
    "all": _all,
    "sorted": _sorted,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "int": _converted(int),
    "float": _converted(float),
    "str": _converted(str),
    "bool": _converted(bool),
    "repr": _converted(str),
    "abs": _computed(abs),
    "round": _computed(round),
    "divmod": _computed(divmod),
    "pow": _computed(pow),
    "type": _type,
    "id": _id,
    "hash": _id,
    "iter": _iter,
    "next": _next,
    "reversed": _reversed,
    "callable": _callable,
    "vars": _vars,
    "locals": _locals,
    "globals": _globals,
    "print": _nothing,
    "slice": _slice,
    "object": lambda m, args, kw, node: Instance(Class("object")),
}

BUILTINS: dict[str, Value] = {
    name: Builtin(f"builtins.{name}", run) for name, run in _BUILTIN_FUNCTIONS.items()
}
BUILTINS |= {
    name: External(f"builtins.{name}")
    for name in (
        "complex",
        "bytes",
        "bytearray",
        "open",
        "input",
        "format",
        "chr",
        "ord",
        "dir",
        "eval",
        "exec",
    )
}
BUILTINS |= {
    name: Class(name, [], qualname=f"builtins.{name}")
    for name in (
        "Exception",
        "BaseException",
        "ValueError",
        "TypeError",
        "KeyError",
        "RuntimeError",
        "ImportError",
    )
    + ("AttributeError", "NotImplementedError", "IndexError", "AssertionError", "OSError", "Warning")
    + ("UserWarning", "DeprecationWarning", "FutureWarning", "StopIteration", "FileNotFoundError")
}
BUILTINS |= {"__debug__": True, "NotImplemented": External("builtins.NotImplemented"), "Ellipsis": Ellipsis}


def is_builtin_instance(value: Value, name: str) -> bool | None:
    """``isinstance`` for Python's own classes, by their names; None for other classes."""
    of: dict[str, Any] = {
        "str": str,
        "int": int,
        "float": int | float,
        "bool": bool,
        "list": List,
        "tuple": tuple,
        "dict": Dict,
        "OrderedDict": Dict,
        "Mapping": Dict,
        "MutableMapping": Dict,
        "set": Set,
        "frozenset": Set,
        "Number": int | float,
        "Iterable": List | tuple | Dict | Set | str | Iterator_,
        "Sequence": List | tuple | str,
        "Callable": Function | Class | Bound | Partial | Builtin,
        "type": Class,
        "FunctionType": Function,
        "partial": Partial,
        "Tensor": Param | Tensor,
        "Parameter": Param,
        "Generator": Iterator_,
        "Hashable": str | int | float | tuple | Class | Function | Instance | Param | None,
        "GeneratorType": Iterator_,
        "Collection": List | tuple | Dict | Set | str,
        "Sized": List | tuple | Dict | Set | str,
        "EnumMeta": Class,
        "EnumType": Class,
    }
    if name not in of:
        return None
    if isinstance(value, Instance) and value.payload is not None and not is_module(value):
        value = value.payload
    if name == "float":
        return isinstance(value, float)
    if name in ("EnumMeta", "EnumType"):
        return isinstance(value, Class) and is_subclass(value, "enum.Enum")
    if isinstance(value, Instance) and name != "Hashable":
        return name in {c.name for c in value.cls.mro}
    return isinstance(value, of[name])


# ------------------------------------------------------------------------------ methods


def method(m: Machine, holder: Value, name: str) -> Value:
    """A method of a value of Python's own; ABSENT when there is none."""
    for kinds, table in _METHODS:
        if isinstance(holder, kinds) and name in table:
            run = table[name]
            return Builtin(name, lambda m, args, kw, node: run(m, holder, args, kw, node))
    if isinstance(holder, str) and hasattr(str, name):
        return Builtin(name, lambda m, args, kw, node: _text_method(m, holder, name, args, kw, node))
    return ABSENT


Method = Callable[["Machine", Any, Args, Keywords, Node], Value]


def _text_method(m: Machine, text: str, name: str, args: Args, kw: Keywords, node: Node) -> Value:
    if name == "join":
        found = _elements(m, args[0])
        return str(text).join("*" if not isinstance(f, str) else f for f in found or ["*"])
    if name == "format":
        from wdlint.interpret.expressions import _formatted

        parts = [a if isinstance(a, _SCALAR) else _formatted(a) for a in args]
        named = {k: v if isinstance(v, _SCALAR) else _formatted(v) for k, v in kw.items()}
        try:
            return str(text).format(*parts, **named)
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            return re.sub(r"\{[^{}]*\}", "*", text)
    if name in ("startswith", "endswith") and args:
        return _affix(m, text, name, args[0], node)
    plain = [list(a.data) if isinstance(a, List) else a for a in args]
    if all(isinstance(a, (*_SCALAR, type(None))) for a in plain) and not kw:
        try:
            made = getattr(str(text), name)(*plain)
        except (TypeError, ValueError, LookupError):
            return m.unknown("it is computed", node)
        if text in m.names and isinstance(made, str) and len(made) == len(text):
            m.names.add(made)  # lower() of a name is compared like the name
        return List(made) if isinstance(made, list) else made
    return m.unknown("it is computed", node)


def _affix(m: Machine, text: str, name: str, wanted: Value, node: Node) -> Value:
    from wdlint.interpret.expressions import note

    among = wanted if isinstance(wanted, tuple) else (wanted,)
    doubt = False
    matched = False
    for each in among:
        if not isinstance(each, str):
            doubt = True
            continue
        hit = bool(getattr(str(text), name)(str(each)))
        if node is not None:
            note(m, each, text, node, None, hit)
        matched = matched or hit
    if matched:
        return True
    return m.unknown("it is not decided", node) if doubt else False


def _append(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data.append(args[0] if args else None)
    return None


def _extend(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    objects.extend(m, holder, args[0])
    return None


def _insert(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    at = args[0] if isinstance(args[0], int) else 0
    holder.data.insert(at, args[1])
    return None


def _pop_list(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    at = args[0] if args else -1
    if isinstance(at, int) and -len(holder.data) <= at < len(holder.data):
        found = holder.data[at]
        if type(found) is Star:
            return found.value
        return holder.data.pop(at)
    return m.unknown("it is popped", node)


def _remove(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import equal

    m.heap.touch(holder)
    for i, each in enumerate(holder.data):
        if equal(m, each, args[0]):
            del holder.data[i]
            return None
    return None


def _copy(m: Machine, holder: Ref, args: Args, kw: Keywords, node: Node) -> Value:
    if isinstance(holder, Dict):
        made = Dict(holder.data, holder.kind)
        made.factory, made.node, made.module = holder.factory, holder.node, holder.module
        return made
    return type(holder)(holder.data)


def _index(m: Machine, holder: Value, args: Args, kw: Keywords, node: Node) -> Value:
    items = holder.data if isinstance(holder, List) else holder
    try:
        return list(items).index(args[0]) if _plain(items) else m.unknown("its index is not known", node)
    except ValueError:
        return m.unknown("its index is not known", node)


def _sort(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data = list(_sorted(m, [List(holder.data)], kw, node).data)
    return None


def _reverse(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data.reverse()
    return None


def _clear(m: Machine, holder: Ref, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data.clear()
    return None


def _get(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    key, default = args[0], args[1] if len(args) > 1 else kw.get("default")
    if isinstance(key, Unknown | Alt):
        from wdlint.interpret.expressions import get_item

        return join([get_item(m, holder, key, node), default])
    if key in holder.data:
        value = holder.data[key]
        if type(value) is Alt and ABSENT in value.options:
            return join([*options(value), default])
        return default if value is ABSENT else value
    return join([holder.data[Dict.REST], default]) if holder.open else default


def _setdefault(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import get_item, set_item

    if args[0] in holder.data and holder.data[args[0]] is not ABSENT:
        return get_item(m, holder, args[0], node)
    value = args[1] if len(args) > 1 else None
    set_item(m, holder, args[0], value)
    return value


def _pop_dict(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    value = _get(m, holder, [args[0], *args[1:]] if len(args) > 1 else [args[0], ABSENT], {}, node)
    if not isinstance(args[0], Unknown | Alt) and args[0] in holder.data:
        m.heap.touch(holder)
        del holder.data[args[0]]
        if isinstance(holder, Table):
            objects.delete_attribute(m, holder.owner, str(args[0]))
    found = list(options(value))
    return join(found) if found else m.unknown(f"the key {args[0]!r} is missing", node)


def _popitem(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    if holder.data:
        m.heap.touch(holder)
        return holder.data.popitem()
    return m.unknown("it is popped", node)


def _update(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import update

    for each in args:
        update(m, holder, each)
    if kw:
        m.heap.touch(holder)
        for key, value in kw.items():
            holder.data[Dict.REST if key == "**" else key] = value
    return None


def _keys(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    return List(_elements(m, holder) or ())


def _values(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    return List(Star(v) if k is Dict.REST else v for k, v in holder.data.items() if v is not ABSENT)


def _dict_items(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    pairs: list[Value] = []
    for key, value in holder.data.items():
        if key is Dict.REST:
            pairs.append(Star((m.unknown("a key of it is not known", node), value)))
        elif type(value) is Alt and ABSENT in value.options:
            pairs.append(perhaps((key, join(list(options(value)))), value.node))
        elif value is not ABSENT:
            pairs.append((key, value))
    return List(pairs)


def _set_add(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    put(holder, args[0])
    return None


def _set_update(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    for other in args:
        found = _elements(m, other)
        for each in [m.unknown("an element", node)] if found is None else found:
            put(holder, each)
    return None


def _set_discard(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data.pop(args[0], None)
    return None


def _algebra(op: ast.operator) -> Method:
    def run(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
        from wdlint.interpret.expressions import binary

        result: Value = holder
        for other in args:
            result = binary(m, op, result, Set(_elements(m, other) or ()), node)
        return Set(result.data) if isinstance(result, Set) else result

    return run


def _issubset(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    return set(holder.data) <= set(_elements(m, args[0]) or ())


_METHODS: Final[list[tuple[Any, Mapping[str, Method]]]] = [
    (
        List,
        {
            "append": _append,
            "extend": _extend,
            "insert": _insert,
            "pop": _pop_list,
            "remove": _remove,
            "copy": _copy,
            "index": _index,
            "sort": _sort,
            "reverse": _reverse,
            "clear": _clear,
            "count": lambda m, h, a, k, n: m.unknown("it is counted", n),
        },
    ),
    (tuple, {"index": _index, "count": lambda m, h, a, k, n: m.unknown("it is counted", n)}),
    (
        Dict,
        {
            "get": _get,
            "setdefault": _setdefault,
            "pop": _pop_dict,
            "popitem": _popitem,
            "update": _update,
            "keys": _keys,
            "values": _values,
            "items": _dict_items,
            "copy": _copy,
            "clear": _clear,
        },
    ),
    (
        Set,
        {
            "add": _set_add,
            "update": _set_update,
            "discard": _set_discard,
            "remove": _set_discard,
            "copy": _copy,
            "union": _algebra(ast.BitOr()),
            "intersection": _algebra(ast.BitAnd()),
            "difference": _algebra(ast.Sub()),
            "symmetric_difference": _algebra(ast.BitXor()),
            "issubset": _issubset,
            "isdisjoint": lambda m, h, a, k, n: set(h.data).isdisjoint(_elements(m, a[0]) or ()),
        },
    ),
]


# --------------------------------------------------------------- the standard library


def _partial(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Partial(args[0], tuple(args[1:]), kw) if args else m.unknown("it is a partial", node)


def _chain(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    joined: list[Value] = []
    for each in args:
        if type(each) is Star:
            inner = _elements(m, each.value)
            joined.extend(i if type(i) is Star else Star(i) for i in inner or [m.unknown("an element", node)])
            continue
        found = _elements(m, each)
        joined.extend([Star(m.unknown("an element", node))] if found is None else found)
    return Iterator_(joined)


def _chain_from(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[0])
    return m.unknown("chain() returns it", node) if found is None else _chain(m, found, kw, node)


def _product(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    columns = [_elements(m, a) for a in args]
    if all(_plain(c) for c in columns) and math.prod(len(c or ()) for c in columns) <= 1024:
        return Iterator_(itertools.product(*(c or () for c in columns)))
    return m.unknown("product() returns it", node)


def _accumulate(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[0])
    if _plain(found) and all(isinstance(f, int | float) for f in found or ()) and len(args) == 1:
        return Iterator_(itertools.accumulate(found or ()))
    return m.unknown("accumulate() returns it", node)


def _repeat(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    times = args[1] if len(args) > 1 else kw.get("times")
    if isinstance(times, int):
        return Iterator_([args[0]] * min(times, 1024))
    return Iterator_([Star(args[0])])


def _islice(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[0])
    bounds = args[1:]
    if found is not None and all(b is None or isinstance(b, int) for b in bounds):
        return Iterator_(itertools.islice(found, *bounds))
    return m.unknown("islice() returns it", node)


def _deepcopy(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return clone(m, args[0], {}) if args else None


def clone(m: Machine, value: Value, seen: dict[Ref, Ref]) -> Value:
    """A deep copy; classes, functions and modules stay what they are."""
    m.spend()
    if isinstance(value, tuple):
        return tuple(clone(m, v, seen) for v in value)
    if type(value) is Star:
        return Star(clone(m, value.value, seen))
    if type(value) is Alt:
        return Alt(tuple(clone(m, o, seen) for o in value.options), value.node)
    if not isinstance(value, Instance | Param | List | Dict | Set | Iterator_):
        return value
    if value in seen:
        return seen[value]
    made: Ref
    if isinstance(value, Instance):
        made = Instance(value.cls, value.made, value.module)
        seen[value] = made
        made.payload = clone(m, value.payload, seen)
    elif isinstance(value, Param):
        made = Param(value.ndim, kind=value.kind, made=value.made, module=value.module)
        seen[value] = made
    elif isinstance(value, Dict):
        made = Dict(kind=value.kind)
        made.factory = value.factory
        seen[value] = made
    else:
        made = type(value)([])
        seen[value] = made
    if isinstance(value.data, dict):
        made.data = {k: clone(m, v, seen) for k, v in value.data.items()}
    else:
        made.data = [clone(m, v, seen) for v in value.data]
    return made


def _namespace(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    made = Instance(Class("SimpleNamespace"))
    made.data = {k: v for k, v in kw.items() if k != "**"}
    return made


def _namedtuple(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    names = args[1] if len(args) > 1 else ()
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    fields = [str(f) for f in (names if isinstance(names, list) else _elements(m, names) or ())]
    made = Class(str(args[0]), [_NAMED_TUPLE])
    made.data["__fields__"] = tuple(fields)
    return made


_NAMED_TUPLE: Final = Class("NamedTuple", [], qualname="typing.NamedTuple")
_ENUM: Final = Class("Enum", [], qualname="enum.Enum")
_PLAIN_ENUMS: Final = {
    n: Class(n, [_ENUM], qualname=f"enum.{n}") for n in ("IntEnum", "StrEnum", "Flag", "IntFlag")
}


def _replace(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``dataclasses.replace(x, a=1)``."""
    if args and isinstance(args[0], Instance):
        made = Instance(args[0].cls, args[0].made, args[0].module)
        made.payload = args[0].payload
        made.data = {**args[0].data, **{k: v for k, v in kw.items() if k != "**"}}
        return made
    return m.unknown("replace() returns it", node)


def _asdict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and isinstance(args[0], Instance):
        return Dict({k: v for k, v in args[0].data.items() if not k.startswith("__")})
    return m.unknown("asdict() returns it", node)


def _field(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``dataclasses.field(default=..., default_factory=...)``."""
    if "default" in kw:
        return kw["default"]
    if "default_factory" in kw:
        return _Factory(kw["default_factory"])
    return m.unknown("it has no default", node)


class _Factory:
    """The default of a dataclass field that every object gets a new one of."""

    def __init__(self, function: Value) -> None:
        self.function = function


def _search(pick: str) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        from wdlint.interpret.expressions import note

        pattern, text = args[0], args[1] if len(args) > 1 else None
        if isinstance(pattern, Instance):
            pattern = pattern.payload
        if not (isinstance(pattern, str) and isinstance(text, str)) or len(text) > 400 or "*" in text:
            return m.unknown("it is matched", node)
        try:
            with_flags = re.compile(pattern, args[2] if len(args) > 2 and isinstance(args[2], int) else 0)
            hit = getattr(with_flags, pick)(str(text))
        except (re.error, RecursionError, OverflowError):
            return m.unknown("it is matched", node)
        if node is not None:
            note(m, pattern, text, node, None, hit is not None)
        return None if hit is None else _match_object(hit)

    return run


def _match_object(hit: re.Match[str]) -> Value:
    made = Instance(Class("Match"))

    def group(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        try:
            return hit.group(*args)
        except (IndexError, TypeError):
            return m.unknown("it is a group", node)

    made.data = {
        "group": Builtin("group", group),
        "groups": Builtin("groups", lambda m, args, kw, node: hit.groups()),
    }
    return made


def _compile(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    made = Instance(Class("Pattern"))
    made.payload = args[0] if args and isinstance(args[0], str) else None
    if made.payload is None:
        return m.unknown("it is a pattern", node)
    for name in ("match", "search", "fullmatch"):
        run = _search(name)
        made.data[name] = Builtin(
            name, lambda m, args, kw, node, run=run: run(m, [made.payload, *args], kw, node)
        )
    return made


def _sub(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) >= 3 and all(isinstance(a, str) for a in args[:3]) and len(args[2]) < 400:
        try:
            return re.sub(args[0], args[1], args[2])
        except (re.error, RecursionError):
            pass
    return m.unknown("it is computed", node)


def _re_split(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if len(args) == 2 and all(isinstance(a, str) for a in args) and len(args[1]) < 400:
        try:
            return List(re.split(args[0], args[1]))
        except (re.error, RecursionError):
            pass
    return m.unknown("it is computed", node)


def _fnmatch(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import note

    if len(args) == 2 and isinstance(args[0], str) and isinstance(args[1], str):
        hit = fnmatchcase(args[0], args[1])
        if node is not None:
            note(m, args[1], args[0], node, None, hit)
        return hit
    return m.unknown("it is matched", node)


def _reduce(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = _elements(m, args[1]) if len(args) > 1 else None
    if not _plain(found) or found is None:
        return m.unknown("reduce() returns it", node)
    rest = list(found)
    if len(args) > 2:
        rest.insert(0, args[2])
    if not rest:
        return m.unknown("reduce() returns it", node)
    total = rest[0]
    for each in rest[1:]:
        total = objects.call(m, args[0], [total, each], {}, node)
    return total


def _import_module(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and isinstance(args[0], str):
        name = str(args[0])
        if name.startswith(".") and len(args) > 1 and isinstance(args[1], str):
            name = args[1] + name
        return m.importer.dotted(name)
    return m.unknown("which module is imported is not known", node)


def _environment(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``os.environ.get(name, default)``: nobody has set it."""
    default = args[1] if len(args) > 1 else kw.get("default")
    return m.unknown("it is a variable of the environment", node) if default is None else default


def _attrgetter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    names = str(args[0]).split(".")

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        value = args[0]
        for name in names:
            value = objects.get_attribute(m, value, name, node)
        return value

    return Builtin("attrgetter", run)


def _itemgetter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    from wdlint.interpret.expressions import get_item

    def run(m: Machine, given: Args, kw: Keywords, node: Node) -> Value:
        found = [get_item(m, given[0], key, node) for key in args]
        return found[0] if len(found) == 1 else tuple(found)

    return Builtin("itemgetter", run)


def _groupby(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """Runs of elements with equal keys; of what is not known nobody can say where one ends."""
    from wdlint.interpret.expressions import equal

    found = _elements(m, args[0])
    key = args[1] if len(args) > 1 else kw.get("key")
    runs: list[tuple[Value, Iterator_]] = []
    for each in found if _plain(found) and found is not None else [m.unknown("an element", node)]:
        at = each if key is None else objects.call(m, key, [each], {}, node)
        verdict = equal(m, runs[-1][0], at) if runs else isinstance(at, Unknown | Alt) and None
        if verdict is None or isinstance(at, Unknown | Alt):
            return Iterator_([Star((m.unknown("a key", node), m.unknown("elements", node)))])
        if verdict:
            runs[-1][1].data.append(each)
        else:
            runs.append((at, Iterator_([each])))
    return Iterator_(runs)


_LIBRARY: dict[str, Callable[[Machine, Args, Keywords, Node], Value]] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.reduce": _reduce,
    "functools.lru_cache": _first,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.product": _product,
    "itertools.accumulate": _accumulate,
    "itertools.repeat": _repeat,
    "itertools.islice": _islice,
    "itertools.groupby": _groupby,
    "itertools.count": lambda m, a, k, n: Iterator_([Star(m.unknown("an index", n))]),
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": _defaultdict,
    "collections.namedtuple": _namedtuple,
    "collections.deque": _collected(List),
    "collections.Counter": lambda m, a, k, n: m.unknown("it is counted", n),
    "copy.copy": lambda m, a, k, n: _shallow(m, a[0]),
    "copy.deepcopy": _deepcopy,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "dataclasses.replace": _replace,
    "dataclasses.asdict": _asdict,
    "dataclasses.field": _field,
    "typing.cast": lambda m, a, k, n: a[1] if len(a) > 1 else None,
    "re.match": _search("match"),
    "re.search": _search("search"),
    "re.fullmatch": _search("fullmatch"),
    "re.compile": _compile,
    "re.sub": _sub,
    "re.split": _re_split,
    "fnmatch.fnmatch": _fnmatch,
    "fnmatch.fnmatchcase": _fnmatch,
    "importlib.import_module": _import_module,
    "os.environ.get": _environment,
    "os.getenv": _environment,
    "operator.attrgetter": _attrgetter,
    "operator.itemgetter": _itemgetter,
    "operator.mul": _computed(lambda a, b: a * b),
    "warnings.warn": _nothing,
    **vectors.FUNCTIONS,
    "numpy.sqrt": _computed(math.sqrt),
    "numpy.log2": _computed(math.log2),
    "numpy.cumsum": lambda m, a, k, n: List(
        _elements(m, _accumulate(m, a[:1], {}, n)) or [Star(m.unknown("a sum", n))]
    ),
    "math.prod": _computed(math.prod),
}
_LIBRARY |= {
    f"math.{name}": _computed(getattr(math, name))
    for name in (
        "ceil",
        "floor",
        "sqrt",
        "log",
        "log2",
        "log10",
        "exp",
        "gcd",
        "pow",
        "cos",
        "sin",
        "isclose",
    )
}

_CONSTANTS: Final[dict[str, Value]] = {
    "typing.TYPE_CHECKING": True,
    "math.pi": math.pi,
    "math.inf": math.inf,
    "numpy.pi": math.pi,
    "numpy.inf": math.inf,
    "torch.inf": math.inf,
    "re.IGNORECASE": int(re.IGNORECASE),
    "re.I": int(re.I),
    "sys.maxsize": 2**63 - 1,
    "enum.Enum": _ENUM,
    **{f"enum.{name}": cls for name, cls in _PLAIN_ENUMS.items()},
    "typing.NamedTuple": _NAMED_TUPLE,
    "builtins.object": None,
}


def _shallow(m: Machine, value: Value) -> Value:
    if isinstance(value, Instance):
        made = Instance(value.cls, value.made, value.module)
        made.data, made.payload = dict(value.data), value.payload
        return made
    return _copy(m, value, [], {}, None) if isinstance(value, List | Dict | Set) else value


def external(m: Machine, name: str) -> Value:
    """A dotted name of a package that is not read: a built-in class or function where it is known."""
    from wdlint.interpret import torch

    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name == "torch.nn.__dict__":
        return torch.layer_table(m)
    if (run := _LIBRARY.get(name)) is not None:
        return Builtin(name, run)
    found = torch.lookup(m, name)
    return External(name) if found is ABSENT else found


def function_attribute(name: str) -> Value:
    """A function that is the attribute of another: ``chain.from_iterable``; else ABSENT."""
    run = _LIBRARY.get(name)
    return ABSENT if run is None else Builtin(name, run)


def call_external(m: Machine, name: str, args: Args, keywords: Keywords, node: Node) -> Value:
    """A call of something that is not read."""
    from wdlint.interpret import packages, torch

    value = external(m, name)
    if not isinstance(value, External):
        return objects.call(m, value, args, keywords, node)
    if (asks := objects.AVAILABLE.match(name.rpartition(".")[2])) is not None:
        return objects.available(m, asks[1], node)
    made = torch.call(m, name, args, keywords, node)
    if made is ABSENT:
        made = packages.call(m, name, args, keywords, node)
    if made is not ABSENT:
        return made
    unread = m.unknown(f"{name.lstrip('.')} is not read", node)
    unread.source = name
    return unread


def star_exports(module: str, name: str) -> bool:
    """Whether ``from module import *`` of a package that is not read gives a name."""
    from wdlint.knowledge import catalogue, layers

    if module == "torch":
        return name in ("nn", "optim", "Tensor", "device")
    return layers().get(f"{module}.{name}") is not None or name in catalogue().exports(module)


# ---------------------------------------------------------------- classes of Python's own


def construct(m: Machine, cls: Class, args: Args, keywords: Keywords, node: Node) -> Value:
    """An object of a class whose making is special: an enum, a named tuple; else ABSENT."""
    if is_subclass(cls, "enum.Enum"):
        return _enum_member(m, cls, args[0] if args else None, node)
    if is_subclass(cls, "typing.NamedTuple"):
        return _named_tuple(m, cls, args, keywords)
    if is_subclass(cls, "builtins.Exception"):
        return Instance(cls, node)
    return ABSENT


def _enum_member(m: Machine, cls: Class, value: Value, node: Node) -> Value:
    from wdlint.interpret.expressions import equal

    for each in cls.data.values():
        if isinstance(each, Instance) and (each is value or equal(m, each.data.get("value"), value)):
            return each
    return m.unknown("which member it is is not known", node)


def _named_tuple(m: Machine, cls: Class, args: Args, keywords: Keywords) -> Value:
    made = Instance(cls)
    fields = cls.data.get("__fields__")
    names = fields if isinstance(fields, tuple) else tuple(n for n, _ in _fields(cls))
    values = []
    for i, name in enumerate(names):
        value = args[i] if i < len(args) else keywords.get(name, cls.data.get(name, ABSENT))
        value = m.unknown(f"`{name}` is not passed") if value is ABSENT else value
        made.data[name] = value
        values.append(value)
    made.payload = tuple(values)
    return made


def _fields(cls: Class) -> list[tuple[str, ast.expr]]:
    """The annotated fields of a class and its bases, in the order a dataclass has them."""
    found: dict[str, ast.expr] = {}
    for each in reversed(cls.mro):
        annotations = each.data.get("__annotations__")
        if isinstance(annotations, Dict):
            found.update({k: v for k, v in annotations.data.items() if not _is_class_variable(v)})
    return list(found.items())


def _is_choice(default: Value, owner: Instance) -> bool:
    """Whether a default chooses between ways to build: a model that is passed a configuration may be the other."""
    return isinstance(default, bool | str) or (default is None and not hugging_face.is_config(owner))


def _is_class_variable(annotation: ast.expr) -> bool:
    """``ClassVar[int]``, ``typing.ClassVar``, ``"ClassVar[int]"``."""
    match annotation:
        case ast.Subscript(value=inner):
            return _is_class_variable(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "ClassVar"
        case ast.Constant(value=str(text)):
            return "ClassVar" in text
    return False


def fill_fields(m: Machine, owner: Instance, cls: Class, args: Args, keywords: Keywords) -> bool:
    """The ``__init__`` a dataclass decorator writes; whether ``cls`` has one."""
    if "__dataclass__" not in cls.data and not any("__dataclass__" in c.data for c in cls.mro):
        return False
    unseen = keywords.get("**", ABSENT)
    keywords = {objects.renamed(owner, name): value for name, value in keywords.items()}
    fields = _fields(cls)
    for i, (name, _) in enumerate(fields):
        default = next((c.data[name] for c in cls.mro if name in c.data), ABSENT)
        if cls in m.imagined and _is_choice(default, owner):
            default = m.unknown(f"`{name}` is not passed")
        if isinstance(default, _Factory):
            default = objects.call(m, default.function, [], {}, None)
        value = args[i] if i < len(args) else keywords.get(name, default)
        if value is ABSENT:
            value = m.unknown(f"`{name}` is not passed") if unseen is ABSENT else unseen
        if i >= len(args) and name not in keywords and isinstance(value, int | float | str):
            value = option(value, f"{cls.name}.{name}")
        owner.data[name] = value
    after = objects._class_value(owner.cls, "__post_init__")
    if isinstance(after, Function):
        known = dict(fields)
        rest = {k: v for k, v in keywords.items() if k not in known}
        objects.call(m, after, [owner], rest if after.node.args.kwarg is not None else {}, None)
    return True
