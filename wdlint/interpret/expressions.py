"""What an expression is worth."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import builtin, objects, vectors
from wdlint.interpret.heap import ProgramRaise, join_lists, perhaps
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Arguments,
    AtLeast,
    Builtin,
    Class,
    Dict,
    Env,
    External,
    Instance,
    List,
    OneShot,
    Param,
    Ref,
    Set,
    Star,
    Table,
    Tensor,
    Text,
    Unknown,
    Value,
    is_subclass,
    join,
    option,
    options,
    same,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine

LONGEST: Final = 4_096
"""Elements of a range, a product or a text that are put together at most."""

_ALIKE: Final = 24
"""Elements of a comprehension that say nothing, after which the rest is taken to say nothing either."""

_SCALAR: Final = (bool, int, float, complex, str, bytes)

BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.MatMult: operator.matmul,
}
_UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_ORDER: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def evaluate(m: Machine, node: ast.expr, env: Env) -> Value:
    m.spend()
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return m.unknown("it is computed", node)
    return handler(m, node, env)


def _constant(m: Machine, node: ast.Constant, env: Env) -> Value:
    value = node.value
    if type(value) is str:
        text = Text(value)
        text.node, text.module = node, env.module
        return text
    return value


def _name(m: Machine, node: ast.Name, env: Env) -> Value:
    return m.lookup(node.id, env)


def _attribute(m: Machine, node: ast.Attribute, env: Env) -> Value:
    return objects.get_attribute(m, m.evaluate(node.value, env), node.attr, node)


def _sequence(m: Machine, nodes: Sequence[ast.expr], env: Env) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            inner = elements(m, m.evaluate(node.value, env), consume=True)
            found.extend([Star(m.unknown("it is unpacked", node))] if inner is None else inner)
        else:
            found.append(m.evaluate(node, env))
    return found


def _tuple(m: Machine, node: ast.Tuple, env: Env) -> Value:
    return tuple(_sequence(m, node.elts, env))


def _list(m: Machine, node: ast.List, env: Env) -> Value:
    return List(_sequence(m, node.elts, env))


def _set(m: Machine, node: ast.Set, env: Env) -> Value:
    return Set(v for v in _sequence(m, node.elts, env) if hashable(v))


def _dict(m: Machine, node: ast.Dict, env: Env) -> Value:
    made = Dict()
    made.node, made.module = node, env.module
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            update(m, made, m.evaluate(value, env))
        else:
            set_item(m, made, m.evaluate(key, env), m.evaluate(value, env))
    return made


def _joined(m: Machine, node: ast.JoinedStr, env: Env) -> Value:
    """An f-string; what is not known in it becomes ``*``."""
    parts: list[str] = []
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            parts.append(str(piece.value))
            continue
        assert isinstance(piece, ast.FormattedValue)
        value = m.evaluate(piece.value, env)
        spec = m.evaluate(piece.format_spec, env) if piece.format_spec is not None else ""
        parts.append(_formatted(value, spec))
    return "".join(parts)


def _formatted(value: Value, spec: Value = "") -> str:
    if isinstance(value, _SCALAR) or value is None:
        try:
            return format(value, spec) if isinstance(spec, str) else str(value)
        except (ValueError, TypeError):
            return str(value)
    return "*"


def _ifexp(m: Machine, node: ast.IfExp, env: Env) -> Value:
    truth = m.decide(node.test, env)
    if truth is not None:
        return m.evaluate(node.body if truth else node.orelse, env)

    def arm(holds: bool) -> Callable[[], Value]:
        def run() -> Value:
            m.assume(node.test, holds, env)
            return m.evaluate(node.body if holds else node.orelse, env)

        return run

    return join(m.heap.fork([arm(True), arm(False)], node.test), node.test)


def _boolop(m: Machine, node: ast.BoolOp, env: Env) -> Value:
    stops_at = isinstance(node.op, ast.Or)
    possible: list[Value] = []
    for i, each in enumerate(node.values):
        value = m.evaluate(each, env)
        truth = objects.truth_of(value)
        if i == len(node.values) - 1 or truth is stops_at:
            possible.append(value)
            break
        if truth is None:
            possible.append(value)
    return join(possible, node)


def _unary(m: Machine, node: ast.UnaryOp, env: Env) -> Value:
    value = m.evaluate(node.operand, env)
    if isinstance(node.op, ast.Not):
        truth = objects.truth_of(value)
        return m.unknown("it is not decided", node) if truth is None else not truth
    if isinstance(value, int | float):
        return _UNARY[type(node.op)](value)
    return value if isinstance(value, Tensor) else m.unknown("it is computed", node)


def _binop(m: Machine, node: ast.BinOp, env: Env) -> Value:
    return binary(m, node.op, m.evaluate(node.left, env), m.evaluate(node.right, env), node)


def binary(m: Machine, op: ast.operator, left: Value, right: Value, node: ast.AST | None = None) -> Value:
    if isinstance(left, _SCALAR) and isinstance(right, _SCALAR):
        return _compute(m, op, left, right, node)
    if type(left) is Alt or type(right) is Alt:
        pairs = [(x, y) for x in options(left) for y in options(right)]
        return join([binary(m, op, x, y, node) for x, y in pairs[:16]], node)
    match op, left, right:
        case ast.Add(), List(), List():
            return List([*left.data, *right.data])
        case ast.Add(), tuple(), tuple():
            return (*left, *right)
        case ast.Mult(), List() | tuple(), int() if 0 <= right * len(_items(left)) <= LONGEST:
            items = [*_items(left)] * right
            return List(items) if isinstance(left, List) else tuple(items)
        case ast.Mult(), int(), List() | tuple():
            return binary(m, op, right, left, node)
        case ast.Mult(), List() | tuple(), _:
            stars = [Star(v.value if type(v) is Star else v) for v in _items(left)]
            return List(stars) if isinstance(left, List) else m.unknown("it is repeated", node)
        case ast.Mod(), str(), _:
            return _percent(left, right)
        case ((ast.Sub() | ast.BitAnd() | ast.BitOr() | ast.BitXor()), Set(), Set() | List() | tuple()):
            return _set_algebra(op, left, right)
        case ast.BitOr(), Dict(), Dict():
            merged = Dict(left.data)
            update(m, merged, right)
            return merged
        case _, Tensor(), _ if (made := vectors.elementwise(BINARY[type(op)], left, right)) is not None:
            return made
        case _, _, Tensor() if (made := vectors.elementwise(BINARY[type(op)], left, right)) is not None:
            return made
        case _, Param() | Tensor(), _:
            return Tensor(_broadcast(left, right))
        case _, _, Param() | Tensor():
            return Tensor(_broadcast(left, right))
    special = _SPECIAL.get(type(op))
    if special and isinstance(left, Instance):
        return objects.call_method(m, left, special, [right], node)
    return m.unknown("it is computed", node)


_SPECIAL: Final = {ast.Add: "__add__", ast.Mult: "__mul__", ast.BitOr: "__or__", ast.RShift: "__rshift__"}


def _items(value: Value) -> Sequence[Value]:
    return value.data if isinstance(value, List) else value


def _compute(m: Machine, op: ast.operator, left: Any, right: Any, node: ast.AST | None) -> Value:
    if isinstance(op, ast.Pow | ast.LShift) and (abs(_number(right)) > 64 or abs(_number(left)) > 1e9):
        return m.unknown("it is computed", node)
    if isinstance(op, ast.Mult) and (
        (isinstance(left, str | bytes) and _number(right) * len(left) > LONGEST)
        or (isinstance(right, str | bytes) and _number(left) * len(right) > LONGEST)
    ):
        return m.unknown("it is long", node)
    try:
        value = BINARY[type(op)](left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return m.unknown("it is computed", node)
    if isinstance(value, int) and abs(value) > 10**30:
        return m.unknown("it is a huge number", node)
    for side in (left, right):
        if hasattr(side, "of") and isinstance(value, int | float):
            return option(value, side.of, side.place)
    return value


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _percent(left: str, right: Value) -> Value:
    values = right if isinstance(right, tuple) else (right,)
    try:
        return left % tuple(v if isinstance(v, _SCALAR) or v is None else "*" for v in values)
    except (TypeError, ValueError):
        import re

        return re.sub(r"%[-+ #0-9.]*[a-zA-Z]", "*", left)


def _broadcast(left: Value, right: Value) -> int | None:
    ranks = [v.ndim for v in (left, right) if isinstance(v, Param | Tensor)]
    return None if None in ranks else max(r for r in ranks if r is not None)


def _set_algebra(op: ast.operator, left: Set, right: Value) -> Value:
    """The algebra of sets; an element that is in one perhaps is in the result perhaps, or not at all."""
    mine = left.data
    others = right.data if isinstance(right, Ref) else right
    theirs = others if isinstance(right, Set) else dict.fromkeys(others)
    vague = any(isinstance(v, Unknown) for v in theirs)
    made = Set()
    for value in dict.fromkeys([*mine, *theirs]):
        here, there = _presence(mine, value), _presence(theirs, value)
        if vague and there is False:
            there = None
        result = _MEMBERSHIP[type(op)](here, there)
        if result is not False:
            made.data[value] = None if result else Alt((None, ABSENT))
    return made


def _presence(data: dict[Value, Value], value: Value) -> bool | None:
    """Whether a set has an element; None: perhaps."""
    if value not in data or data[value] is ABSENT:
        return False
    return None if _may_lack(data[value]) else True


def _both(a: bool | None, b: bool | None) -> bool | None:
    return False if False in (a, b) else None if None in (a, b) else True


def _not(a: bool | None) -> bool | None:
    return None if a is None else not a


_MEMBERSHIP: Final[dict[type[ast.operator], Callable[[bool | None, bool | None], bool | None]]] = {
    ast.BitAnd: _both,
    ast.Sub: lambda a, b: _both(a, _not(b)),
    ast.BitOr: lambda a, b: _not(_both(_not(a), _not(b))),
    ast.BitXor: lambda a, b: None if None in (a, b) else a is not b,
}


def in_place(m: Machine, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """``left op= right``: lists, sets and dicts change where they are."""
    if type(left) is Alt:
        return join([in_place(m, op, each, right, node) for each in options(left)])
    if isinstance(left, Instance) and isinstance(left.payload, List) and isinstance(op, ast.Add):
        objects.extend(m, left.payload, right)
        return left
    match op, left:
        case ast.Add(), List():
            objects.extend(m, left, right)
            return left
        case ast.BitOr(), Set() | Dict():
            if isinstance(left, Dict):
                update(m, left, right)
            else:
                objects.call_method(m, left, "update", [right], node)
            return left
        case ((ast.Sub() | ast.BitAnd()), Set()):
            found = elements(m, right)
            m.heap.touch(left)
            left.data = _set_algebra(op, left, tuple(found or ())).data
            return left
    return binary(m, op, left, right, node)


# -------------------------------------------------------------------------- comparisons


def _compare(m: Machine, node: ast.Compare, env: Env) -> Value:
    left = m.evaluate(node.left, env)
    result: Value = True
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = m.evaluate(comparator, env)
        result = compare(m, op, left, right, node, env)
        if result is False or (isinstance(result, Tensor) and len(node.ops) == 1):
            return result
        if result is not True:
            return m.unknown("it is not decided", node)
        left = right
    return result


def compare(m: Machine, op: ast.cmpop, left: Value, right: Value, node: ast.AST, env: Env) -> Value:
    if type(left) is Alt or type(right) is Alt:
        pairs = [(x, y) for x in options(left) for y in options(right)]
        return join([compare(m, op, x, y, node, env) for x, y in pairs[:16]], node)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        made = vectors.compared(op, left, right)
        if made is not None:
            return made
    match op:
        case ast.Is() | ast.IsNot():
            found = identical(left, right)
            return _negated(found, isinstance(op, ast.IsNot), m, node)
        case ast.Eq() | ast.NotEq():
            found = equal(m, left, right)
            note(m, left, right, node, env, found is True)
            return _negated(found, isinstance(op, ast.NotEq), m, node)
        case ast.In() | ast.NotIn():
            found = contains(m, right, left)
            if isinstance(right, str):
                note(m, left, right, node, env, found is not False)
            elif found is not None and isinstance(left, str):
                for each in elements(m, right) or ():
                    note(m, each, left, node, env, same_text(each, left))
            return _negated(found, isinstance(op, ast.NotIn), m, node)
    if isinstance(left, AtLeast) and isinstance(right, int):
        decided = _beyond(op, left.least, right)
        return m.unknown("it is not decided", node) if decided is None else decided
    if isinstance(left, int | float | str | tuple) and isinstance(right, int | float | str | tuple):
        try:
            return bool(_ORDER[type(op)](left, right))
        except TypeError:
            pass
    return m.unknown("it is not decided", node)


def _beyond(op: ast.cmpop, least: int, right: int) -> bool | None:
    """Whether a number of at least ``least`` compares so; None when that depends on the number."""
    if least > right:
        return isinstance(op, ast.Gt | ast.GtE)
    if least == right and isinstance(op, ast.GtE | ast.Lt):
        return isinstance(op, ast.GtE)
    return None


def same_text(a: Value, b: Value) -> bool:
    return isinstance(a, str) and isinstance(b, str) and str(a) == str(b)


def decided(m: Machine, name: str, text: str, test: Callable[[str], bool]) -> bool | None:
    """Whether a name passes a test for a text; None where its index may be any and the text asks for one."""
    starred = m.numbered.get(name)
    wanted = set(_NUMBER.findall(text)) if starred is not None else None
    if starred is None or not wanted:
        return test(str(name))
    results = {test(starred.replace("*", number)) for number in (*wanted, _NO_INDEX)}
    return results.pop() if len(results) == 1 else None


_NUMBER: Final = re.compile(r"\d+")
_NO_INDEX: Final = "987654321"


def note(m: Machine, text: Value, name: Value, node: ast.AST, env: Env | None, matched: bool) -> None:
    """Remember that a text of the program was compared with a parameter's name."""
    if isinstance(name, Text) and isinstance(text, str) and text in m.names:
        text, name = name, text
    if isinstance(text, Text) and isinstance(name, str) and name in m.names:
        m.tests.append((text, node, (env or m.frame.env).module, str(name), matched))


def _negated(found: bool | None, negate: bool, m: Machine, node: ast.AST) -> Value:
    if found is None:
        return m.unknown("it is not decided", node)
    return found is not negate


def identical(a: Value, b: Value) -> bool | None:
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, _SCALAR) and isinstance(b, _SCALAR):
        return bool(a == b and isinstance(a, bool) == isinstance(b, bool))
    return same(a, b)


def equal(m: Machine, a: Value, b: Value) -> bool | None:
    if isinstance(a, AtLeast) and isinstance(b, int) and b < a.least:
        return False
    if type(a) is not type(b) and (is_member(a) or is_member(b)):
        a, b = (x.data["value"] if is_member(x) and _is_plain(x) else x for x in (a, b))
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, _SCALAR) and isinstance(b, _SCALAR):
        if isinstance(a, str) and isinstance(b, str) and ("*" in a) != ("*" in b):
            return None if _may_equal(a, b) else False
        return bool(a == b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return _equal_items(m, a, b)
    if isinstance(a, List) and isinstance(b, List):
        return _equal_items(m, a.data, b.data)
    if isinstance(a, Set) and isinstance(b, Set):
        return set(a.data) == set(b.data)
    if isinstance(a, Dict) and isinstance(b, Dict) and not a.data and not b.data:
        return True
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return None
    return same(a, b)


def is_member(value: Value) -> bool:
    """Whether a value is a member of an enum."""
    return isinstance(value, Instance) and "value" in value.data and is_subclass(value.cls, "enum.Enum")


def _is_plain(member: Instance) -> bool:
    """Whether a member of an enum equals its value: ``class E(str, Enum)``, ``IntEnum``."""
    names = {getattr(b, "name", "").rpartition(".")[2] for c in member.cls.mro for b in c.bases}
    return bool(names & {"str", "int", "IntEnum", "StrEnum"})


def _may_equal(a: str, b: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(b, a) if "*" in a else fnmatchcase(a, b)


def _equal_items(m: Machine, a: Sequence[Value], b: Sequence[Value]) -> bool | None:
    if any(type(v) is Star or type(v) is Alt for v in (*a, *b)):
        return None
    if len(a) != len(b):
        return False
    found = [equal(m, x, y) for x, y in zip(a, b, strict=True)]
    return False if False in found else None if None in found else True


def contains(m: Machine, container: Value, item: Value) -> bool | None:
    if isinstance(item, Unknown) or isinstance(container, Unknown):
        return None
    if isinstance(container, str):
        return decided(m, container, item, lambda name: item in name) if isinstance(item, str) else None
    if isinstance(container, range):
        return item in container if isinstance(item, int) else None
    if isinstance(container, Dict | Set):
        if hashable(item) and item in container.data and container.data[item] is not ABSENT:
            value = container.data[item]
            return None if type(value) is Alt and ABSENT in value.options else True
        if isinstance(container, Set):
            return None if any(isinstance(each, Unknown) for each in container.data) else False
        return None if container.open else False
    if isinstance(container, Instance):
        if isinstance(container.payload, Dict):
            return contains(m, container.payload, item)
        answer = objects.call_method(m, container, "__contains__", [item])
        return objects.truth_of(answer)
    found = elements(m, container)
    if found is None:
        return None
    doubt = False
    for each in found:
        inner = each.value if type(each) is Star else each
        verdicts = {equal(m, o, item) for o in options(inner)}
        if verdicts == {True} and type(each) is not Star and not _may_lack(each):
            return True
        doubt = doubt or verdicts != {False}
    return None if doubt else False


def _may_lack(value: Value) -> bool:
    return type(value) is Alt and ABSENT in value.options


# ---------------------------------------------------------------------- subscripts


def _subscript(m: Machine, node: ast.Subscript, env: Env) -> Value:
    holder = m.evaluate(node.value, env)
    if isinstance(holder, Class | External | Builtin):  # List[int], nn.Module["x"]
        if isinstance(holder, Class) and is_subclass(holder, "enum.Enum"):
            key = m.evaluate(node.slice, env)
            return objects.get_attribute(m, holder, key, node) if isinstance(key, str) else holder
        return holder
    return join(
        [get_item(m, each, m.evaluate(node.slice, env), node) for each in options(holder)] or [ABSENT]
    )


def _slice(m: Machine, node: ast.Slice, env: Env) -> Value:
    parts = [None if p is None else m.evaluate(p, env) for p in (node.lower, node.upper, node.step)]
    if all(p is None or isinstance(p, int) for p in parts):
        return slice(*parts)
    return m.unknown("it is a slice", node)


def get_item(m: Machine, holder: Value, key: Value, node: ast.AST | None = None) -> Value:
    if type(key) is Alt:
        return join([get_item(m, holder, each, node) for each in options(key)])
    match holder:
        case Dict():
            return _entry(m, holder, key, node)
        case List() | tuple() | str() | range():
            return _element(m, holder, key, node)
        case Instance(payload=payload) if payload is not None:
            return objects.child_at(m, holder, key, node)
        case Instance():
            return objects.call_method(m, holder, "__getitem__", [key], node)
        case Tensor(values=tuple() as numbers) if isinstance(key, int) and -len(numbers) <= key < len(
            numbers
        ):
            return numbers[key]
        case Param() | Tensor():
            return Tensor(_indexed_rank(holder.ndim, key))
        case Unknown():
            return holder
    return m.unknown("it is an element of something unknown", node)


def _entry(m: Machine, holder: Dict, key: Value, node: ast.AST | None) -> Value:
    if isinstance(key, Unknown) or not hashable(key):
        values = [v for v in holder.data.values() if v is not ABSENT]
        if not values:
            return m.unknown("its key is not known", node)
        return join([o for v in values for o in options(v)], node)
    if key in holder.data:
        value = holder.data[key]
        found = list(options(value))
        return join(found) if found else m.unknown(f"the key {key!r} is missing", node)
    if (late := holder.missing(key)) is not ABSENT:
        return late
    if holder.factory is not None:
        made = m_call(m, holder.factory, [], {}, node)
        m.heap.touch(holder)
        holder.data[key] = made
        return made
    if holder.open:
        return holder.data[Dict.REST]
    if m.caught:
        raise ProgramRaise("KeyError")
    return m.unknown(f"the key {key!r} is missing", node)


def m_call(m: Machine, function: Value, args: list[Value], keywords: dict[str, Value], node: Any) -> Value:
    return objects.call(m, function, args, keywords, node)


def _element(m: Machine, holder: Value, key: Value, node: ast.AST | None) -> Value:
    items = holder.data if isinstance(holder, List) else holder
    certain = isinstance(items, str | range) or not any(type(v) is Star or _may_lack(v) for v in items)
    if isinstance(key, slice):
        if not certain:
            return List(Star(v.value if type(v) is Star else v) for v in items)
        return List(items[key]) if isinstance(holder, List) else items[key]
    if isinstance(key, int) and (certain or (key >= 0 and not _doubtful(items[: key + 1]))):
        try:
            return items[key]
        except IndexError:
            return m.unknown("its index is out of range", node)
    values = [o for v in items for o in options(v.value if type(v) is Star else v)]
    return join(values, node) if values and len(values) <= 64 else m.unknown("its index is not known", node)


def _doubtful(items: Iterable[Value]) -> bool:
    return any(type(v) is Star or _may_lack(v) for v in items)


def _indexed_rank(ndim: int | None, key: Value) -> int | None:
    if ndim is None:
        return None
    keys = key if isinstance(key, tuple) else (key,)
    for each in keys:
        if each is None:
            ndim += 1
        elif isinstance(each, int):
            ndim -= 1
        elif isinstance(each, Tensor | Unknown):
            return None
    return max(ndim, 0)


def set_item(m: Machine, holder: Value, key: Value, value: Value, node: ast.AST | None = None) -> None:
    if isinstance(holder, Instance):
        if holder.payload is None:
            objects.call_method(m, holder, "__setitem__", [key, value], node)
            return
        key = objects.key_of(holder, key)
        holder = holder.payload
    if isinstance(holder, Table) and isinstance(key, str):
        objects.set_attribute(m, holder.owner, str(key), value, node)
    if isinstance(holder, Dict):
        m.heap.touch(holder)
        if isinstance(key, Unknown | Alt) or not hashable(key):
            old = holder.data.get(Dict.REST)
            holder.data[Dict.REST] = value if old is None else join([old, value])
        else:
            holder.data[key] = value
    elif isinstance(holder, List):
        m.heap.touch(holder)
        if isinstance(key, int) and -len(holder.data) <= key < len(holder.data):
            holder.data[key] = value
        elif isinstance(key, slice):
            found = elements(m, value)
            holder.data[key] = [Star(m.unknown("it is assigned"))] if found is None else found
        else:
            holder.data = [join([v, value]) if type(v) is not Star else v for v in holder.data]


def delete_item(m: Machine, holder: Value, key: Value) -> None:
    if isinstance(holder, Instance) and holder.payload is not None:
        key = objects.key_of(holder, key)
        holder = holder.payload
    if isinstance(holder, Dict) and hashable(key) and key in holder.data:
        m.heap.touch(holder)
        del holder.data[key]
        if isinstance(holder, Table):
            objects.delete_attribute(m, holder.owner, str(key))
    elif isinstance(holder, List) and isinstance(key, int | slice):
        m.heap.touch(holder)
        try:
            del holder.data[key]
        except IndexError:
            return


def update(m: Machine, target: Dict, other: Value) -> None:
    """``target.update(other)``."""
    m.heap.touch(target)
    match other:
        case Instance(payload=Dict() as payload):
            target.data.update(payload.data)
        case Dict():
            target.data.update(other.data)
        case Alt():
            for each in options(other):
                if isinstance(each, Dict):
                    for key, value in each.data.items():
                        target.data[key] = join([target.data.get(key, ABSENT), value])
        case _:
            pairs = elements(m, other)
            if pairs is None:
                target.data[Dict.REST] = m.unknown("another mapping is merged in")
            for pair in pairs or ():
                _update_pair(m, target, pair)


def _update_pair(m: Machine, target: Dict, pair: Value) -> None:
    """An entry as a pair; one of any number of pairs, or one that is there perhaps."""
    doubtful = _may_lack(pair)
    for each in options(pair.value if type(pair) is Star else pair):
        entry = tuple(each.data) if isinstance(each, List) else each
        if isinstance(entry, tuple) and len(entry) == 2:
            set_item(m, target, entry[0], perhaps(entry[1]) if doubtful else entry[1])
        else:
            set_item(m, target, m.unknown("its key is not known"), m.unknown("another mapping is merged in"))


def hashable(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(hashable, value))
    return type(value) is not Star


# --------------------------------------------------------------------------- iteration


def elements(m: Machine, value: Value, *, consume: bool = False) -> list[Value] | None:
    """What iterating gives: values, Star for any number, Alt with ABSENT for a perhaps; None: unknown.

    ``consume`` empties an iterator, as a loop over it does.
    """
    match value:
        case List():
            return list(value.data)
        case tuple():
            return list(value)
        case OneShot():
            found = value.data
            if consume:
                m.heap.touch(value)
                value.data = []
            return list(found)
        case Set():
            return [perhaps(key) if _may_lack(there) else key for key, there in value.data.items()]
        case Dict():
            return _keys(value)
        case range():
            return list(value[:LONGEST])
        case Tensor(values=tuple() as numbers):
            return list(numbers)
        case str():
            return list(value[:LONGEST])
        case Instance():
            return objects.iterate(m, value)
        case Class() if is_subclass(value, "enum.Enum"):
            return [v for v in value.data.values() if isinstance(v, Instance)]
        case Alt():
            several = list(options(value))
            if len(several) == 1:
                return elements(m, several[0], consume=consume)
            found_each = [elements(m, each, consume=consume) for each in several]
            joined = found_each[0]
            for each in found_each[1:]:
                joined = None if joined is None or each is None else join_lists(joined, each, value.node)
            return joined
    return None


def _keys(value: Dict) -> list[Value]:
    found: list[Value] = []
    for key, entry in value.data.items():
        if key is Dict.REST:
            found.append(Star(Unknown("a key of it is not known")))
        elif entry is not ABSENT:
            found.append(perhaps(key, entry.node) if _may_lack(entry) else key)
    return found


def _comprehension(
    m: Machine, generators: Sequence[ast.comprehension], env: Env, element: Callable[[Env], Value]
) -> list[Value]:
    inner = Env(env.module, env)
    found: list[Value] = []

    def run(depth: int) -> list[Value]:
        if depth == len(generators):
            return [element(inner)]
        generator = generators[depth]
        over = elements(m, m.evaluate(generator.iter, inner if depth else env), consume=True)
        m.note_loop(generator, over)
        made: list[Value] = []
        begun = m.progress()
        for each in [Star(m.unknown("it runs over something unknown"))] if over is None else over:
            m.spend()
            starred = type(each) is Star
            value = each.value if type(each) is Star else each
            doubtful = _may_lack(value)
            if doubtful:
                value = join(list(options(value)))
            m.assign(generator.target, value, inner)
            keep: bool | None = True
            for test in generator.ifs:
                truth = m.decide(test, inner)
                if truth is False:
                    keep = False
                    break
                keep = None if truth is None else keep
                m.assume(test, True, inner)
            if keep is False:
                continue
            for result in run(depth + 1):
                wrapped = result
                if starred and type(wrapped) is not Star:
                    wrapped = Star(wrapped)
                elif (keep is None or doubtful) and type(wrapped) is not Star:
                    wrapped = perhaps(wrapped, generator.iter)
                made.append(wrapped)
            if len(made) > LONGEST:
                break
            if made and (
                m.is_fruitless(begun) or (len(made) >= _ALIKE and all(map(_says_nothing, made[-_ALIKE:])))
            ):
                made.append(Star(made[-1]))  # a table of numbers nobody asks for
                break
        return made

    found.extend(run(0))
    return found


def _says_nothing(value: Value) -> bool:
    return isinstance(value, Unknown)


def _listcomp(m: Machine, node: ast.ListComp, env: Env) -> Value:
    return List(_comprehension(m, node.generators, env, lambda e: m.evaluate(node.elt, e)))


def _genexp(m: Machine, node: ast.GeneratorExp, env: Env) -> Value:
    return OneShot(_comprehension(m, node.generators, env, lambda e: m.evaluate(node.elt, e)))


def _setcomp(m: Machine, node: ast.SetComp, env: Env) -> Value:
    made = Set()
    for each in _comprehension(m, node.generators, env, lambda e: m.evaluate(node.elt, e)):
        builtin.put(made, each)
    return made


def _dictcomp(m: Machine, node: ast.DictComp, env: Env) -> Value:
    pairs = _comprehension(
        m, node.generators, env, lambda e: (m.evaluate(node.key, e), m.evaluate(node.value, e))
    )
    made = Dict()
    for pair in pairs:
        doubtful = type(pair) is not tuple
        inner = pair.value if type(pair) is Star else pair
        for key, value in options(inner):
            set_item(m, made, key, perhaps(value) if doubtful and type(pair) is Alt else value)
    return made


# -------------------------------------------------------------------------------- calls


def _call(m: Machine, node: ast.Call, env: Env) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        if len(node.args) == 2:
            return objects.super_of(m.evaluate(node.args[0], env), m.evaluate(node.args[1], env), m)
        return objects.super_of_frame(m)
    function = m.evaluate(node.func, env)
    args, keywords = call_arguments(m, node, env)
    return objects.call(m, function, args, keywords, node)


def call_arguments(m: Machine, node: ast.Call, env: Env) -> Arguments:
    """What a call passes."""
    args = _sequence(m, node.args, env)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = m.evaluate(keyword.value, env)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        spread(m, keywords, value)
    return args, keywords


def spread(m: Machine, keywords: dict[str, Value], value: Value) -> None:
    """``**value``: its entries become keywords; ``**`` marks that there may be others."""
    several = list(options(value))
    mapping = several[0] if len(several) == 1 else None
    if isinstance(mapping, Instance) and isinstance(mapping.payload, Dict):
        mapping = mapping.payload
    if isinstance(mapping, Dict):
        for key, entry in mapping.data.items():
            if key is Dict.REST:
                keywords["**"] = entry
            elif isinstance(key, str):
                keywords[str(key)] = entry
        return
    if len(several) > 1 and all(isinstance(s, Dict) for s in several):
        for key in dict.fromkeys(k for s in several for k in s.data if isinstance(k, str)):
            keywords[str(key)] = join([s.data.get(key, ABSENT) for s in several])
        return
    if mapping is not None or not several:
        keywords["**"] = m.unknown("it may be in a mapping that is not known")


def _lambda(m: Machine, node: ast.Lambda, env: Env) -> Value:
    return m.define(node, env)


def _named(m: Machine, node: ast.NamedExpr, env: Env) -> Value:
    value = m.evaluate(node.value, env)
    m.assign(node.target, value, env)
    return value


def _passed_through(m: Machine, node: ast.Await | ast.Starred, env: Env) -> Value:
    return m.evaluate(node.value, env)


def _yield(m: Machine, node: ast.Yield, env: Env) -> Value:
    value = None if node.value is None else m.evaluate(node.value, env)
    m.heap.touch(m.frame.yields)
    m.frame.yields.data.append(value)
    return m.unknown("it is sent in", node)


def _yield_from(m: Machine, node: ast.YieldFrom, env: Env) -> Value:
    found = elements(m, m.evaluate(node.value, env), consume=True)
    m.heap.touch(m.frame.yields)
    m.frame.yields.data.extend([Star(m.unknown("it is yielded", node))] if found is None else found)
    return m.unknown("it is returned", node)


_HANDLERS: Final[dict[type[ast.expr], Callable[[Machine, Any, Env], Value]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.IfExp: _ifexp,
    ast.BoolOp: _boolop,
    ast.UnaryOp: _unary,
    ast.BinOp: _binop,
    ast.Compare: _compare,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.ListComp: _listcomp,
    ast.GeneratorExp: _genexp,
    ast.SetComp: _setcomp,
    ast.DictComp: _dictcomp,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Await: _passed_through,
    ast.Starred: _passed_through,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
