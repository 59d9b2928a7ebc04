"""Terms of a loss: a form of some parameters, and what multiplies it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from wdlint.reason.values import Abstract, Code, Constant, Frame
from wdlint.reason.weights import Weights

Form: TypeAlias = Literal[
    "weights",  # the parameters themselves
    "squares",  # their squares, element by element
    "norm",  # one ||θ||
    "norms",  # a list or a vector of them
    "l2",  # one ||θ||²
    "l2s",  # a list or a vector of them
]

ONE: Final = Constant(1)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """``factor`` times a form of some parameters.

    ``node`` is the term as it stands in the loss, once it is ``joined`` with the rest of it;
    ``squared`` is what makes squares of the parameters. ``divided``: by something not known, so that
    the factor is only known to be nonzero. ``guards`` are the conditions on the way to it, None for
    one that cannot be read. ``cut`` is what takes it out of the graph: ``.item()``, ``.data``.
    """

    form: Form
    weights: Weights
    factor: Abstract
    node: Code
    squared: Code
    joined: bool = False
    divided: bool = False
    guards: tuple[Code | None, ...] = ()
    cut: Code | None = None


def standing(term: Term, node: ast.expr, frame: Frame) -> Term:
    """The term as it stands here, unless it is only named here or has joined the loss before."""
    if term.joined or isinstance(node, ast.Name | ast.Attribute) or _is_sum(node):
        return term
    return replace(term, node=Code(node, frame))


def cut_off(terms: Iterable[Term], by: Code) -> list[Term]:
    """The terms without a gradient; what cut them off first stays the reason.

    A whole loss without a gradient is a number for other purposes, and no term of a loss any more.
    """
    return [t if t.cut is not None else replace(t, cut=by) for t in terms if not t.joined]


def summed(terms: Iterable[Term], of: Sequence[Form]) -> list[Term]:
    return [replace(t, form="l2") for t in terms if t.form in of]


def is_plain(term: Term) -> bool:
    """Whether nothing multiplies the parameters before they are squared."""
    return isinstance(term.factor, Constant) and term.factor.value == 1 and not term.divided


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
