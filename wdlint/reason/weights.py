"""Which of a model's parameters a tensor expression certainly is, in a loss or beside a gradient."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from wdlint.reason.conditions import is_trained
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import Binding
from wdlint.reason.values import Abstract, Code, Element, Frame, Made, Parameters

_MODULES: Final = frozenset({"modules", "named_modules", "children", "named_children"})
_PARAMETER_CLASSES: Final = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter"})


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Some parameters: those of a module, all or a part.

    ``homes`` are, for each part, the modules it certainly belongs to, the innermost first.
    """

    homes: tuple[tuple[Code, ...], ...]
    whole: bool = True


Bound: TypeAlias = Mapping[str, Weights]
"""The variables of the comprehensions around an expression that run over parameters."""


def weights_of(evaluator: Evaluator, node: ast.expr, frame: Frame, bound: Bound) -> Weights | None:
    """The parameter an expression is: a loop variable over parameters, or ``model.head.weight``."""
    if isinstance(node, ast.Name):
        if node.id in bound:
            return bound[node.id]
        value = evaluator.evaluate(node, frame)
        return _of_collection(value.of) if isinstance(value, Element) else _made(node, value, frame)
    if not isinstance(node, ast.Attribute) or node.attr in ("data", "grad"):
        return None
    if node.attr in ("weight", "bias"):
        holder = evaluator.evaluate(node.value, frame)
        if isinstance(holder, Made) and _is_layer(holder.function.name):
            return Weights((_chain(node.value, frame),), whole=False)
        if isinstance(node.value, ast.Name) and (run := _run_through(evaluator, node.value.id, frame)):
            return run
    return _made(node, evaluator.evaluate(node, frame), frame)


def iterated(
    evaluator: Evaluator, target: ast.expr, iterable: ast.expr, frame: Frame
) -> tuple[str, Weights] | None:
    """The variable of a comprehension that is a parameter, and of which collection."""
    value = evaluator.evaluate(iterable, frame)
    if not isinstance(value, Parameters):
        return None
    match target, value.named:
        case ast.Name(id=name), False:
            pass
        case ast.Tuple(elts=[_, ast.Name(id=name)]), True:
            pass
        case _:
            return None
    weights = _of_collection(value)
    return None if weights is None else (name, weights)


def collection(evaluator: Evaluator, node: ast.expr, frame: Frame) -> Weights | None:
    """The parameters an iterable yields, without their names."""
    value = evaluator.evaluate(node, frame)
    return _of_collection(value) if isinstance(value, Parameters) and not value.named else None


def _of_collection(value: Parameters) -> Weights | None:
    """The modules a collection's parameters come from."""
    if not value.picked or value.loose:
        return None
    homes = tuple(_chain(p.receiver.node, p.receiver.frame) for p in value.picked)
    return Weights(homes, whole=all(is_trained(c) for p in value.picked for c in p.conditions))


def _made(node: ast.expr, value: Abstract, frame: Frame) -> Weights | None:
    """``self.scale``, where it is an ``nn.Parameter``."""
    if not isinstance(value, Made) or value.function.name not in _PARAMETER_CLASSES:
        return None
    return Weights((_chain(node, frame),), whole=False)


def _is_layer(name: str) -> bool:
    """Whether a class of torch holds parameters; a loss of this name has a buffer ``weight``."""
    return name.startswith("torch.nn.") and name.count(".") == 2 and not name.endswith("Loss")


def _run_through(evaluator: Evaluator, name: str, frame: Frame) -> Weights | None:
    """The modules a loop variable runs through: ``for m in model.modules()``."""
    found, _ = evaluator.index.reaching(name, frame.statement, frame.scope)
    match found:
        case [Binding(kind="loop", value=ast.Call(func=ast.Attribute(value=module, attr=attr))) as loop]:
            if attr in _MODULES and loop.statement is not None:
                return Weights((_chain(module, frame.at(loop.statement)),), whole=False)
    return None


def _chain(node: ast.expr, frame: Frame) -> tuple[Code, ...]:
    """``model.encoder.head``, ``model.encoder`` and ``model``: a module and those that hold it."""
    found = [Code(node, frame)]
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
        found.append(Code(node, frame))
    return tuple(found)
