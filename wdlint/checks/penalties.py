"""What WD102, WD103 and WD107 share: how sure an L2 term written by hand is, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from wdlint.checks.base import Check
from wdlint.explain import format_number, preconditioner_symbol
from wdlint.facts import Certainty, Default, Known, Label, Penalty, PenaltyKind, has_unknown, number, positive


class PenaltyCheck(Check):
    """Visits every kind of expression that a term can be; a subclass says what its kind does."""

    kind: ClassVar[PenaltyKind]

    def visit_Call(self, node: cst.Call) -> None:
        self._visit(node)

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:
        self._visit(node)

    def visit_UnaryOperation(self, node: cst.UnaryOperation) -> None:
        self._visit(node)

    def visit_Name(self, node: cst.Name) -> None:
        self._visit(node)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self._visit(node)

    def _visit(self, node: cst.BaseExpression) -> None:
        penalty = self.penalty(node)
        if penalty is not None and penalty.kind == self.kind and _may_act(penalty):
            self.look_at(penalty)

    def look_at(self, penalty: Penalty) -> None:
        raise NotImplementedError

    def certainty(self, penalty: Penalty) -> Certainty:
        """How sure it is that the term is there, that it is not zero, and that this optimizer steps."""
        if penalty.conditional or not penalty.positive or penalty.site.among_many:
            return "possible"
        if isinstance(penalty.coefficient, Known | Default) and not positive(penalty.coefficient):
            return "possible"
        return "certain" if penalty.only and not penalty.site.ambiguous else "likely"

    def tell(self, penalty: Penalty, message: str, label: str) -> None:
        """Report a term, with the optimizer that rescales it and where its number is from."""
        site = penalty.site
        symbol = preconditioner_symbol(site.optimizer)
        self.report(
            message,
            penalty.place,
            self.certainty(penalty),
            label=label,
            related=(
                *_labels(penalty),
                Label(site.callee, f"divides the gradient, this included, by {symbol}"),
            ),
            site=site,
            penalty=penalty,
        )


def coefficient_text(penalty: Penalty) -> str:
    """The coefficient in words: ``1e-4``, ``1e-4 (the default of --l2)``; "" where it is not known."""
    numbers = positive(penalty.coefficient)
    if len(numbers) != 1 or has_unknown(penalty.coefficient):
        return ""
    of = f" (the default of {penalty.coefficient.of})" if isinstance(penalty.coefficient, Default) else ""
    return format_number(numbers[0]) + of


def decay_text(penalty: Penalty) -> str:
    """The ``weight_decay`` it comes to: ``2e-4``, or ``2λ``."""
    numbers = positive(penalty.coefficient)
    if len(numbers) != 1 or has_unknown(penalty.coefficient):
        return "2λ" if penalty.factor == 2 else "λ"
    return format_number(penalty.factor * numbers[0])


def _may_act(penalty: Penalty) -> bool:
    """Whether the coefficient is, or may be made, more than noise."""
    value = penalty.coefficient
    switched_off = isinstance(value, Default) and number(value) == 0
    return bool(positive(value)) or has_unknown(value) or switched_off


def _labels(penalty: Penalty) -> Iterator[Label]:
    place, squared = penalty.place, penalty.squared
    if squared.path != place.path or not place.line <= squared.line <= place.end_line:
        yield Label(squared, "the parameters are squared here")
    where = getattr(penalty.coefficient, "where", None)
    if where is not None and (where.path != place.path or not place.line <= where.line <= place.end_line):
        yield Label(where, "the number comes from here")
