"""What the codemods of an optimizer's call share: the call itself, and one fix made of its edits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.facts import Edit, Fix, OptimizerSite, Span
from wdlint.fixes.locate import expression_at
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source


def ambiguity(site: OptimizerSite) -> str:
    names = [o.name for o in site.optimizers] + ["another class"] * site.other_classes
    return f"`{site.spelled}` may be {' or '.join(names)}"


def written_call(source: Source, tree: ast.Module, site: OptimizerSite) -> ast.Call:
    call = expression_at(tree, source, site.place, ast.Call)
    if call is None or source.slice(site.callee.span) != site.spelled:
        raise Withheld("the call is not written out in this file")
    if any(isinstance(n, ast.JoinedStr) and call in ast.walk(n) for n in ast.walk(tree)):
        raise Withheld("the call stands in an f-string")
    return call


def fix_of(message: str, edits: list[Edit], cautions: Iterator[str] | tuple[str, ...]) -> Fix:
    told = tuple(cautions)
    return Fix(message, "unsafe" if told else "safe", _joined(edits), told)


def _joined(edits: list[Edit]) -> tuple[Edit, ...]:
    """The edits in order, what is inserted at one and the same point as one insertion."""
    texts: dict[Span, str] = {}
    for edit in edits:
        texts[edit.span] = texts.get(edit.span, "") + edit.text
    return tuple(sorted(Edit(span, text) for span, text in texts.items()))
