"""What the rooms of Python's own functions share: elements, and functions that Python itself may compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import expressions
from wdlint.interpret.values import Alt, Args, Keywords, List, Node, Star, Value

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine

SCALAR: Final = (bool, int, float, complex, str, bytes)


def elements_of(m: Machine, value: Value, *, consume: bool = True) -> list[Value] | None:
    """What running through a value gives, as a function of Python's does: an iterator is empty afterwards."""
    return expressions.elements(m, value, consume=consume)


def is_plain(values: Sequence[Value] | None) -> bool:
    """Whether a stretch of elements holds neither Star nor perhaps."""
    return values is not None and not any(type(v) is Star or type(v) is Alt for v in values)


def collected(kind: Callable[[list[Value]], Value]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        if not args:
            return kind([])
        found = elements_of(m, args[0])
        if found is None:
            return kind([Star(m.unknown("it is made of something unknown", node))])
        return kind(found)

    return run


def computed(function: Callable[..., Any]) -> Callable[[Machine, Args, Keywords, Node], Value]:
    """A function of numbers that Python may compute."""

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        values = [a.data if isinstance(a, List) and is_plain(a.data) else a for a in args]
        if values and not kw and all(isinstance(v, int | float | list | tuple | str) for v in values):
            try:
                return function(*values)
            except (TypeError, ValueError, ArithmeticError):
                pass
        return m.unknown("it is computed", node)

    return run


def nothing(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return None


def first(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return args[0] if args else m.unknown("it is computed", node)
