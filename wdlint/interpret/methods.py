"""The methods of Python's own texts, lists, dicts and sets."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import builtin, expressions, objects
from wdlint.interpret.heap import perhaps
from wdlint.interpret.natives import SCALAR, elements_of, is_plain
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Builtin,
    Dict,
    Keywords,
    List,
    Method,
    Node,
    Ref,
    Set,
    Star,
    Table,
    Unknown,
    Value,
    bound,
    join,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


def method(m: Machine, holder: Value, name: str) -> Value:
    """A method of a value of Python's own; ABSENT when there is none."""
    for kinds, table in _METHODS:
        if isinstance(holder, kinds) and name in table:
            return Builtin(name, bound(table[name], holder))
    if isinstance(holder, str) and hasattr(str, name):
        return Builtin(name, lambda m, args, kw, node: _text_method(m, holder, name, args, kw, node))
    return ABSENT


def _text_method(m: Machine, text: str, name: str, args: Args, kw: Keywords, node: Node) -> Value:
    if name == "join":
        found = elements_of(m, args[0])
        return str(text).join("*" if not isinstance(f, str) else f for f in found or ["*"])
    if name == "format":
        parts = [a if isinstance(a, SCALAR) else expressions._formatted(a) for a in args]
        named = {k: v if isinstance(v, SCALAR) else expressions._formatted(v) for k, v in kw.items()}
        try:
            return str(text).format(*parts, **named)
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            return re.sub(r"\{[^{}]*\}", "*", text)
    if name in ("startswith", "endswith") and args:
        return _affix(m, text, name, args[0], node)
    plain = [list(a.data) if isinstance(a, List) else a for a in args]
    if all(isinstance(a, (*SCALAR, type(None))) for a in plain) and not kw:
        try:
            made = getattr(str(text), name)(*plain)
        except (TypeError, ValueError, LookupError):
            return m.unknown("it is computed", node)
        if text in m.names and isinstance(made, str) and len(made) == len(text):
            m.names.add(made)  # lower() of a name is compared like the name
        if text in m.numbered and isinstance(made, str):
            starred = getattr(m.numbered[text], name)(*plain)
            if starred.replace("*", "0") == made:
                m.numbered[made] = starred
        return List(made) if isinstance(made, list) else made
    return m.unknown("it is computed", node)


def _affix(m: Machine, text: str, name: str, wanted: Value, node: Node) -> Value:
    among = wanted if isinstance(wanted, tuple) else (wanted,)
    doubt = False
    matched = False
    for each in among:
        if not isinstance(each, str):
            doubt = True
            continue
        hit = expressions.decided(m, text, each, lambda full: bool(getattr(full, name)(str(each))))  # noqa: B023
        if node is not None:
            expressions.note(m, each, text, node, None, hit is not False)
        matched = matched or hit is True
        doubt = doubt or hit is None
    if matched:
        return True
    return m.unknown("it is not expressions.decided", node) if doubt else False


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
    m.heap.touch(holder)
    for i, each in enumerate(holder.data):
        if expressions.equal(m, each, args[0]):
            del holder.data[i]
            return None
    return None


def copied(m: Machine, holder: Ref, args: Args, kw: Keywords, node: Node) -> Value:
    if isinstance(holder, Dict):
        made = Dict(holder.data, holder.kind)
        made.factory, made.node, made.module = holder.factory, holder.node, holder.module
        return made
    return type(holder)(holder.data)


def _index(m: Machine, holder: Value, args: Args, kw: Keywords, node: Node) -> Value:
    items = holder.data if isinstance(holder, List) else holder
    try:
        return list(items).index(args[0]) if is_plain(items) else m.unknown("its index is not known", node)
    except ValueError:
        return m.unknown("its index is not known", node)


def _sort(m: Machine, holder: List, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data = list(builtin.sorted_(m, [List(holder.data)], kw, node).data)
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
        return join([expressions.get_item(m, holder, key, node), default])
    if key in holder.data:
        value = holder.data[key]
        if type(value) is Alt and ABSENT in value.options:
            return join([*options(value), default])
        return default if value is ABSENT else value
    return join([holder.data[Dict.REST], default]) if holder.open else default


def _setdefault(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    if args[0] in holder.data and holder.data[args[0]] is not ABSENT:
        return expressions.get_item(m, holder, args[0], node)
    value = args[1] if len(args) > 1 else None
    expressions.set_item(m, holder, args[0], value)
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
    for each in args:
        expressions.update(m, holder, each)
    if kw:
        m.heap.touch(holder)
        for key, value in kw.items():
            holder.data[Dict.REST if key == "**" else key] = value
    return None


def _keys(m: Machine, holder: Dict, args: Args, kw: Keywords, node: Node) -> Value:
    return List(elements_of(m, holder) or ())


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
    builtin.put(holder, args[0])
    return None


def _set_update(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    for other in args:
        found = elements_of(m, other)
        for each in [m.unknown("an element", node)] if found is None else found:
            builtin.put(holder, each)
    return None


def _set_discard(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    m.heap.touch(holder)
    holder.data.pop(args[0], None)
    return None


def _algebra(op: ast.operator) -> Method:
    def run(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
        result: Value = holder
        for other in args:
            result = expressions.binary(m, op, result, Set(elements_of(m, other) or ()), node)
        return Set(result.data) if isinstance(result, Set) else result

    return run


def _issubset(m: Machine, holder: Set, args: Args, kw: Keywords, node: Node) -> Value:
    return set(holder.data) <= set(elements_of(m, args[0]) or ())


_METHODS: Final[list[tuple[Any, Mapping[str, Method]]]] = [
    (
        List,
        {
            "append": _append,
            "extend": _extend,
            "insert": _insert,
            "pop": _pop_list,
            "remove": _remove,
            "copy": copied,
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
            "copy": copied,
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
            "copy": copied,
            "union": _algebra(ast.BitOr()),
            "intersection": _algebra(ast.BitAnd()),
            "difference": _algebra(ast.Sub()),
            "symmetric_difference": _algebra(ast.BitXor()),
            "issubset": _issubset,
            "isdisjoint": lambda m, h, a, k, n: set(h.data).isdisjoint(elements_of(m, a[0]) or ()),
        },
    ),
]
