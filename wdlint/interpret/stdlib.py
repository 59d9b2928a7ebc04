"""The standard library, and names of packages that are not read: what they stand for."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from wdlint.interpret import builtin, expressions, methods, objects, packages, tensors, torch, vectors
from wdlint.interpret.natives import collected, computed, elements_of, first, is_plain, nothing
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Builtin,
    Class,
    Dict,
    External,
    Instance,
    Keywords,
    List,
    Node,
    OneShot,
    Param,
    Partial,
    Ref,
    Set,
    Star,
    Unknown,
    Value,
)
from wdlint.knowledge import catalogue, layers

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


def _ordered_dict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return builtin.make_dict(m, args, kw, node)


def _default_dict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    made = builtin.make_dict(m, args[1:], kw, node)
    made.factory = args[0] if args else None
    return made


def _partial(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Partial(args[0], tuple(args[1:]), kw) if args else m.unknown("it is a partial", node)


def _chain(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    joined: list[Value] = []
    for each in args:
        if type(each) is Star:
            inner = elements_of(m, each.value)
            joined.extend(i if type(i) is Star else Star(i) for i in inner or [m.unknown("an element", node)])
            continue
        found = elements_of(m, each)
        joined.extend([Star(m.unknown("an element", node))] if found is None else found)
    return OneShot(joined)


def _chain_from(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0])
    return m.unknown("chain() returns it", node) if found is None else _chain(m, found, kw, node)


def _product(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    columns = [elements_of(m, a) for a in args]
    if all(is_plain(c) for c in columns) and math.prod(len(c or ()) for c in columns) <= 1024:
        return OneShot(itertools.product(*(c or () for c in columns)))
    return m.unknown("product() returns it", node)


def _accumulate(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0])
    if is_plain(found) and all(isinstance(f, int | float) for f in found or ()) and len(args) == 1:
        return OneShot(itertools.accumulate(found or ()))
    return m.unknown("accumulate() returns it", node)


def _repeat(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    times = args[1] if len(args) > 1 else kw.get("times")
    if isinstance(times, int):
        return OneShot([args[0]] * min(times, 1024))
    return OneShot([Star(args[0])])


def _islice(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[0])
    bounds = args[1:]
    if found is not None and all(b is None or isinstance(b, int) for b in bounds):
        return OneShot(itertools.islice(found, *bounds))
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
    if not isinstance(value, Instance | Param | List | Dict | Set | OneShot):
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
    fields = [str(f) for f in (names if isinstance(names, list) else elements_of(m, names) or ())]
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
        return Factory(kw["default_factory"])
    return m.unknown("it has no default", node)


class Factory:
    """The default of a dataclass field that every object gets a new one of."""

    def __init__(self, function: Value) -> None:
        self.function = function


def _search(pick: str) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
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
            expressions.note(m, pattern, text, node, None, hit is not None)
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
        made.data[name] = Partial(Builtin(name, _search(name)), (made.payload,), {})
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
    if len(args) == 2 and isinstance(args[0], str) and isinstance(args[1], str):
        hit = fnmatchcase(args[0], args[1])
        if node is not None:
            expressions.note(m, args[1], args[0], node, None, hit)
        return hit
    return m.unknown("it is matched", node)


def _reduce(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    found = elements_of(m, args[1]) if len(args) > 1 else None
    if not is_plain(found) or found is None:
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
    def run(m: Machine, given: Args, kw: Keywords, node: Node) -> Value:
        found = [expressions.get_item(m, given[0], key, node) for key in args]
        return found[0] if len(found) == 1 else tuple(found)

    return Builtin("itemgetter", run)


def _groupby(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """Runs of elements with expressions.equal keys; of what is not known nobody can say where one ends."""
    found = elements_of(m, args[0])
    key = args[1] if len(args) > 1 else kw.get("key")
    runs: list[tuple[Value, OneShot]] = []
    for each in found if is_plain(found) and found is not None else [m.unknown("an element", node)]:
        at = each if key is None else objects.call(m, key, [each], {}, node)
        verdict = expressions.equal(m, runs[-1][0], at) if runs else isinstance(at, Unknown | Alt) and None
        if verdict is None or isinstance(at, Unknown | Alt):
            return OneShot([Star((m.unknown("a key", node), m.unknown("elements", node)))])
        if verdict:
            runs[-1][1].data.append(each)
        else:
            runs.append((at, OneShot([each])))
    return OneShot(runs)


_LIBRARY: dict[str, Callable[[Machine, Args, Keywords, Node], Value]] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.reduce": _reduce,
    "functools.lru_cache": first,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.product": _product,
    "itertools.accumulate": _accumulate,
    "itertools.repeat": _repeat,
    "itertools.islice": _islice,
    "itertools.groupby": _groupby,
    "itertools.count": lambda m, a, k, n: OneShot([Star(m.unknown("an index", n))]),
    "collections.OrderedDict": _ordered_dict,
    "collections.defaultdict": _default_dict,
    "collections.namedtuple": _namedtuple,
    "collections.deque": collected(List),
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
    "operator.mul": computed(lambda a, b: a * b),
    "warnings.warn": nothing,
    **vectors.FUNCTIONS,
    "numpy.sqrt": computed(math.sqrt),
    "numpy.log2": computed(math.log2),
    "numpy.cumsum": lambda m, a, k, n: List(
        elements_of(m, _accumulate(m, a[:1], {}, n)) or [Star(m.unknown("a sum", n))]
    ),
    "math.prod": computed(math.prod),
}
_LIBRARY |= {
    f"math.{name}": computed(getattr(math, name))
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
    return methods.copied(m, value, [], {}, None) if isinstance(value, List | Dict | Set) else value


def external(m: Machine, name: str) -> Value:
    """A dotted name of a package that is not read: a built-in class or function where it is known."""
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
    value = external(m, name)
    if not isinstance(value, External):
        return objects.call(m, value, args, keywords, node)
    if (asks := objects.AVAILABLE.match(name.rpartition(".")[2])) is not None:
        return objects.available(m, asks[1], node)
    made = tensors.call(m, name, args, keywords, node)
    if made is ABSENT:
        made = packages.call(m, name, args, keywords, node)
    if made is not ABSENT:
        return made
    unread = m.unknown(f"{name.lstrip('.')} is not read", node)
    unread.source = name
    return unread


def star_exports(module: str, name: str) -> bool:
    """Whether ``from module import *`` of a package that is not read gives a name."""
    if module == "torch":
        return name in ("nn", "optim", "Tensor", "device")
    return layers().get(f"{module}.{name}") is not None or name in catalogue().exports(module)
