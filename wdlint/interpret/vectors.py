"""Short vectors of known numbers: ``torch.arange(4)``, ``np.array(strides)``, and what is computed of them.

Constructors size their layers with them, and choose between layers by them.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret.values import Args, Builtin, Keywords, List, Node, Run, Tensor, Value

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


LONGEST: Final = 1_024

_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def vector(values: Sequence[float]) -> Tensor:
    return Tensor(1, tuple(values))


def _known(value: Value) -> tuple[float, ...] | None:
    """The numbers of a list, a tuple or a vector; a number is a vector of one."""
    match value:
        case Tensor(values=values):
            return values
        case List():
            return _known(tuple(value.data))
        case tuple() if all(isinstance(i, int | float) for i in value):
            return value
        case int() | float():
            return (value,)
    return None


def elementwise(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Tensor | None:
    """An operation on a vector and a number, or on two vectors; None where they are not known."""
    a = left.values if isinstance(left, Tensor) else left if isinstance(left, int | float) else None
    b = right.values if isinstance(right, Tensor) else right if isinstance(right, int | float) else None
    if a is None or b is None:
        return None
    length = len(a) if isinstance(a, tuple) else len(b) if isinstance(b, tuple) else 1
    first = a if isinstance(a, tuple) else (a,) * length
    second = b if isinstance(b, tuple) else (b,) * length
    if len(first) != len(second):
        return None
    try:
        return vector([function(x, y) for x, y in zip(first, second, strict=True)])
    except (ArithmeticError, ValueError, TypeError):
        return None


def compared(op: ast.cmpop, left: Value, right: Value) -> Tensor | None:
    """``vector == 1``: a vector of truths."""
    function = _COMPARED.get(type(op))
    return None if function is None else elementwise(function, left, right)


def method(m: Machine, holder: Tensor, name: str) -> Builtin | None:
    """A method of a vector that is computed; None for others."""
    values = holder.values
    assert values is not None
    results: dict[str, Callable[[], Value]] = {
        "tolist": lambda: List(values),
        "item": lambda: values[0] if len(values) == 1 else m.unknown("it has several elements"),
        "flip": lambda: vector(values[::-1]),
        "int": lambda: vector([int(v) for v in values]),
        "long": lambda: vector([int(v) for v in values]),
        "all": lambda: all(values),
        "any": lambda: any(values),
        "prod": lambda: math.prod(values),
        "numel": lambda: len(values),
        **dict.fromkeys(
            ("float", "cpu", "numpy", "clone", "detach", "to", "astype", "double", "copy"), lambda: holder
        ),
    }
    run = results.get(name)
    return None if run is None else Builtin(name, lambda m, args, kw, node: run())


def _of_numbers(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    values = _known(args[0]) if args else None
    return Tensor() if values is None else vector(values)


def _arange(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    if args and all(isinstance(a, int) for a in args):
        try:
            found = range(*args)
        except (TypeError, ValueError):
            return Tensor(1)
        return vector(found) if len(found) <= LONGEST else Tensor(1)
    return Tensor(1)


def _linspace(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """The numbers themselves are exact only at the ends; nobody asks for more than how many there are."""
    bounds = [*args, *(kw[k] for k in ("start", "end", "stop", "steps", "num") if k in kw)]
    if len(bounds) >= 3 and all(isinstance(b, int | float) for b in bounds[:3]):
        start, end, steps = bounds[:3]
        if isinstance(steps, int) and 0 <= steps <= LONGEST:
            return vector([start + (end - start) * i / max(steps - 1, 1) for i in range(steps)])
    return Tensor(1)


def _reduced(function: Callable[[Sequence[float]], Any]) -> Run:
    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        values = _known(args[0]) if args and not kw else None
        try:
            return m.unknown("it is computed", node) if values is None else function(values)
        except (ArithmeticError, ValueError, TypeError):
            return m.unknown("it is computed", node)

    return run


FUNCTIONS: Final[dict[str, Run]] = {
    "torch.arange": _arange,
    "torch.linspace": _linspace,
    "numpy.arange": _arange,
    "numpy.linspace": _linspace,
    **dict.fromkeys(("numpy.array", "numpy.asarray", "numpy.atleast_1d"), _of_numbers),
    "numpy.prod": _reduced(math.prod),
    "numpy.all": _reduced(all),
    "numpy.any": _reduced(any),
    "numpy.sum": _reduced(sum),
    "numpy.max": _reduced(max),
    "numpy.min": _reduced(min),
}
