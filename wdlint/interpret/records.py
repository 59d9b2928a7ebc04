"""Enums, named tuples and dataclasses: classes whose constructors Python writes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from wdlint.interpret import expressions, hugging_face, objects, stdlib
from wdlint.interpret.values import (
    ABSENT,
    Args,
    Class,
    Dict,
    Function,
    Instance,
    Keywords,
    Node,
    Value,
    is_subclass,
    option,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


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
    for each in cls.data.values():
        if isinstance(each, Instance) and (
            each is value or expressions.equal(m, each.data.get("value"), value)
        ):
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
    """Whether a default chooses between ways to build: a model passed a configuration may be the other."""
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
        if isinstance(default, stdlib.Factory):
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
