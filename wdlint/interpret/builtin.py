"""Python's own functions, as far as programs build models and parameter groups with them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import expressions, objects, stdlib
from wdlint.interpret.heap import ProgramRaise, perhaps
from wdlint.interpret.natives import SCALAR, collected, computed, elements_of, is_plain, nothing
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    AtLeast,
    Bound,
    Builtin,
    Class,
    Dict,
    External,
    Function,
    Instance,
    Keywords,
    List,
    ModuleValue,
    Node,
    OneShot,
    Param,
    Partial,
    Ref,
    Set,
    Star,
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


PRESENT: Final = frozenset({"torch", "numpy", "typing_extensions", "einops", "packaging", "yaml", "tqdm"})
"""Packages that a program of this field can be taken to have."""


def _len(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    value = args[0] if args else None
    if isinstance(value, Instance):
        method = objects._class_value(value.cls, "__len__")
        if isinstance(method, Function):
            return objects.call(m, method, [value], {}, node)
        value = value.payload
    if isinstance(value, Param) or (isinstance(value, Tensor) and value.values is None):
        return m.unknown("the size of a tensor", node)
    found = elements_of(m, value, consume=False)
    return len(found) if found is not None and is_plain(found) else m.unknown("its length is not known", node)


def _range(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and all(isinstance(a, int) for a in args):
        try:
            return range(*args)
        except (ValueError, TypeError):
            return m.unknown("it is not a range", node)
    start = args[0] if len(args) > 1 else 0
    if not isinstance(start, int) or len(args) > 2:
        return OneShot([Star(m.unknown("an index", node))])
    return OneShot([Star(m.unknown("an index", node), start, _later(m, start + 1, node))])


def _later(m: Machine, least: int, node: Node) -> AtLeast:
    """The index of the rounds after the first."""
    return AtLeast(least, "an index", node, m.frame.env.module)


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


def make_dict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    made = Dict()
    made.node, made.module = node, m.frame.env.module
    for each in args:
        expressions.update(m, made, each)
    for key, value in kw.items():
        made.data[Dict.REST if key == "**" else key] = value
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
    found = elements_of(m, args[0]) if args else None
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
    return OneShot(pairs)


def _zip(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    columns = [elements_of(m, a) for a in args]
    known = [c for c in columns if c is not None and not any(type(v) is Star for v in c)]
    if len(known) == len(columns):
        return OneShot([tuple(row) for row in zip(*known, strict=False)])
    length = min((len(c) for c in known), default=None)
    if length is None:
        return OneShot([Star(*(tuple(_at(m, c, i, node) for c in columns) for i in (-1, 0, 1)))])
    return OneShot([tuple(_at(m, c, i, node) for c in columns) for i in range(length)])


def _at(m: Machine, column: Sequence[Value] | None, i: int, node: Node) -> Value:
    """What a column has in row ``i``, or in any for -1; of a length not known, any of its elements."""
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
    rows = elements_of(m, _zip(m, args[1:], {}, node)) if len(args) > 2 else elements_of(m, args[1])
    if rows is None:
        return OneShot([Star(objects.call(m, args[0], [m.unknown("an element", node)], {}, node))])
    made: list[Value] = []
    for row in rows:
        inner = row.value if type(row) is Star else row
        result = objects.call(m, args[0], list(inner) if len(args) > 2 else [inner], {}, node)
        made.append(Star(result) if type(row) is Star else result)
    return OneShot(made)


def _filter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[1]) if len(args) == 2 else None
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
    return OneShot(kept)


def _any(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return _quantified(m, args, True, node)


def _all(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return _quantified(m, args, False, node)


def _quantified(m: Machine, args: Args, wanted: bool, node: Node) -> Value:
    found = elements_of(m, args[0]) if args else None
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


def sorted_(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0]) if args else None
    if found is None:
        return m.unknown("sorted() returns it", node)
    if is_plain(found) and kw.get("key") is None:
        try:
            return List(sorted(found, reverse=kw.get("reverse") is True))
        except TypeError:
            pass
    if is_plain(found) and kw.get("key") is not None:
        keys = [objects.call(m, kw["key"], [f], {}, node) for f in found]
        try:
            order = sorted(range(len(found)), key=keys.__getitem__, reverse=kw.get("reverse") is True)
            return List(found[i] for i in order)
        except TypeError:
            pass
    return List(found)


def _extreme(pick: Callable[..., Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        found = args if len(args) > 1 else elements_of(m, args[0]) if args else None
        if found and all(isinstance(f, int | float | str) for f in found) and "key" not in kw:
            try:
                return pick(found)
            except TypeError:
                pass
        return m.unknown("it is computed", node)

    return run


def _sum(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0]) if args else None
    if found is None or not is_plain(found):
        return m.unknown("it is a sum", node)
    total: Value = args[1] if len(args) > 1 else kw.get("start", 0)
    for each in found:
        total = expressions.binary(m, ast.Add(), total, each, node)
    return total


def _converted(kind: Callable[[Any], Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        if not args:
            return kind(0) if kind is not str else ""
        value = args[0]
        if isinstance(value, str) and "*" in value and kind is not str:
            return m.unknown("it is computed", node)
        if isinstance(value, SCALAR):
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
        return stdlib.external(m, "functools.partial")
    names = {List: "list", Dict: "dict", Set: "set"}
    name = names.get(type(value)) or next((t.__name__ for t in SCALAR if isinstance(value, t)), "object")
    return BUILTINS.get(name, m.unknown("its class is not known"))


def _id(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return args[0] if args else None  # identity is what its comparisons and sets are about


def _iter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if isinstance(args[0], OneShot):
        return args[0]
    found = elements_of(m, args[0])
    return m.unknown("iter() returns it", node) if found is None else OneShot(found)


def _next(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    over = args[0]
    if isinstance(over, OneShot) and over.data:
        m.heap.touch(over)
        first = over.data[0]
        if type(first) is Star:
            return first.value
        over.data.pop(0)
        return first
    if isinstance(over, OneShot) and len(args) == 2:
        return args[1]
    return m.unknown("next() returns it", node)


def _reversed(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0])
    return m.unknown("reversed() returns it", node) if found is None else OneShot(found[::-1])


def _callable(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    value = args[0]
    if isinstance(value, Function | Class | Bound | Partial | Builtin):
        return True
    if value is None or isinstance(value, (*SCALAR, tuple, List, Dict)):
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


def _slice(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return slice(*args) if all(a is None or isinstance(a, int) for a in args) else m.unknown("a slice", node)


_BUILTIN_FUNCTIONS: Final[Mapping[str, Callable[[Machine, Args, Keywords, Node], Value]]] = {
    "len": _len,
    "range": _range,
    "list": collected(List),
    "tuple": collected(tuple),
    "set": collected(_make_set),
    "frozenset": collected(_make_set),
    "dict": make_dict,
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
    "sorted": sorted_,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "int": _converted(int),
    "float": _converted(float),
    "str": _converted(str),
    "bool": _converted(bool),
    "repr": _converted(str),
    "abs": computed(abs),
    "round": computed(round),
    "divmod": computed(divmod),
    "pow": computed(pow),
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
    "print": nothing,
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
_EXCEPTIONS: Final = [
    "Exception",
    "BaseException",
    "ValueError",
    "TypeError",
    "KeyError",
    "RuntimeError",
    "ImportError",
    "AttributeError",
    "NotImplementedError",
    "IndexError",
    "AssertionError",
    "OSError",
    "Warning",
    "UserWarning",
    "DeprecationWarning",
    "FutureWarning",
    "StopIteration",
    "FileNotFoundError",
]
BUILTINS |= {name: Class(name, [], qualname=f"builtins.{name}") for name in _EXCEPTIONS}
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
        "Iterable": List | tuple | Dict | Set | str | OneShot,
        "Sequence": List | tuple | str,
        "Callable": Function | Class | Bound | Partial | Builtin,
        "type": Class,
        "FunctionType": Function,
        "partial": Partial,
        "Tensor": Param | Tensor,
        "Parameter": Param,
        "Generator": OneShot,
        "Hashable": str | int | float | tuple | Class | Function | Instance | Param | None,
        "GeneratorType": OneShot,
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
