"""Splits the parameters an optimizer is given: weights here, norms and biases there, in one expression.

It stands wherever the argument stood, binds no name and is the default; :mod:`~wdlint.fixes.loop`
and :mod:`~wdlint.fixes.helper` are the other two styles.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from wdlint.facts import Edit, OptimizerSite, Span
from wdlint.fixes.comprehension import Comprehension, comprehension, has_comment, with_names
from wdlint.fixes.hazards import check_hazards
from wdlint.fixes.listing import quote_of
from wdlint.fixes.locate import indent_at
from wdlint.fixes.names import Names, names_of
from wdlint.fixes.predicate import Predicate
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source
from wdlint.wording import quoted

LINE_LENGTH = 120
"""Longer lines are broken at the clauses of the comprehension."""

_LAZY = re.compile(r"\bLazy(?:Linear|(?:Conv(?:Transpose)?|BatchNorm|InstanceNorm)[123]d)\b")


@dataclass(frozen=True, slots=True)
class OneGroup:
    """The argument of a call that hands all parameters over in one group.

    ``span`` is the argument as written, without parentheses of its own; ``decay`` the coefficient
    to write for the decayed group, None where it inherits the constructor's.
    """

    source: Source
    tree: ast.Module
    call: ast.Call
    params: ast.expr
    span: Span
    decay: str | None

    @property
    def names(self) -> Names:
        return names_of(self.tree)

    @property
    def quote(self) -> str:
        return quote_of(self.source, [self.tree])

    def laid_out(self, groups: Sequence[str]) -> str:
        """A list of groups with a line for each, indented from the line the argument starts on."""
        outer = self.source.newline + indent_at(self.source, self.span.start)
        return f"[{''.join(f'{outer}{self.source.indent_unit}{group},' for group in groups)}{outer}]"

    def check_no_comment(self) -> None:
        """Refuse to replace an argument that would take a comment with it."""
        if has_comment(self.source.slice(self.span)):
            raise Withheld("a comment stands inside the params argument, which is replaced")


def group_literal(quote: str, params: str, decay: str | None) -> str:
    """The dict of a group, on one line."""
    rest = f", {quote}weight_decay{quote}: {decay}" if decay is not None else ""
    return f"{{{quote}params{quote}: {params}{rest}}}"


def split_argument(whole: OneGroup, predicate: Predicate) -> tuple[Edit, ...]:
    """Replace the argument by a decayed and an exempt group.

    Raises:
        Withheld: a comment would be lost, or the parameters have no names and need them.
    """
    whole.check_no_comment()
    source, quote = whole.source, whole.quote
    shape = shape_of(source, whole.tree, whole.params, predicate)
    start = source.newline + indent_at(source, whole.span.start) + source.indent_unit
    groups = both_halves(shape, predicate, whole.decay, quote, start, source.indent_unit)
    return (Edit(whole.span, whole.laid_out(groups)),)


def both_halves(
    shape: Comprehension, predicate: Predicate, decay: str | None, quote: str, start: str, unit: str
) -> list[str]:
    """The decayed and the exempt group, each on one line if there is room for both.

    ``start`` is the line break they stand behind, with its indentation, and ``unit`` one level more.
    """
    halves = ((predicate.decayed(shape, quote), decay), (predicate.exempt(shape, quote), "0.0"))
    groups = [group_literal(quote, shape.where(condition), own) for condition, own in halves]
    if max(map(len, groups)) + len(start.lstrip("\r\n")) + 1 > LINE_LENGTH:
        return [_group_in_lines(quote, shape, *half, start, unit) for half in halves]
    return groups


def shape_of(source: Source, tree: ast.Module, params: ast.expr, predicate: Predicate) -> Comprehension:
    """The parameters as a comprehension on which the predicate can be written.

    Raises:
        Withheld: it needs names, and the expression cannot give them.
    """
    names = names_of(tree)
    shape = with_names(source, names, params) if predicate.texts else comprehension(source, names, params)
    if shape is None:
        telling = quoted(predicate.texts)
        raise Withheld(f"the parameters have no names here; those with {telling} in them are exempt")
    return shape


def _group_in_lines(
    quote: str, shape: Comprehension, condition: str, decay: str | None, start: str, unit: str
) -> str:
    inner = start + unit
    rest = f"{inner}{quote}weight_decay{quote}: {decay}," if decay is not None else ""
    params = shape.where_in_lines(condition, inner, inner + unit)
    return f"{{{inner}{quote}params{quote}: {params},{rest}{start}}}"


def check_groups_may_split(source: Source, site: OptimizerSite) -> None:
    """Refuse where a second group certainly does not do what it says."""
    if lazy := _LAZY.search(source.text):
        raise Withheld(f"a parameter of {lazy[0]} has one dimension until its first batch, whatever it holds")
    check_hazards(site)
