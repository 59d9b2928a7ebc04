"""Edits on comma-separated lists as they are written: call arguments, dict entries, import names.

Only text is inserted or a whole item cut; what stands between the items, comments included, stays
where it is.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from wdlint.facts import Edit, Span
from wdlint.fixes.locate import indent_at, starts_its_line
from wdlint.fixes.names import Names
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source


def append_argument(source: Source, call: ast.Call, written: str) -> Edit:
    """Insert an argument after the last one of a call."""
    items = _items(source, call)
    end = source.span(call).end
    if not items:
        return Edit(Span(end - 1, end - 1), written)
    if len(call.args) == 1 and not call.keywords and items[0].end == end:
        raise Withheld("a bare generator is the only argument, and no second one can stand beside it")
    return _append(source, items[-1], end, written)


def append_entry(source: Source, group: ast.Dict | ast.Call, name: str, value: str, quote: str) -> Edit:
    """Add an entry to a dict display or to a ``dict(...)`` call, after its last one."""
    if isinstance(group, ast.Call):
        return append_argument(source, group, f"{name}={value}")
    key, last = group.keys[-1], source.span(group.values[-1])
    start = source.span(key).start if key is not None else source.text.rindex("**", 0, last.start)
    return _append(source, Span(start, last.end), source.span(group).end, f"{quote}{name}{quote}: {value}")


def cut_argument(source: Source, call: ast.Call, argument: ast.keyword) -> Edit:
    """Remove a keyword argument and the comma before it."""
    items = _items(source, call)
    own = source.span(argument)
    before = [item for item in items if item.end <= own.start]
    if not before:
        raise Withheld(f"`{argument.arg}` is the first argument")
    start, end = (
        closed_end(source, before[-1].end, own.start),
        closed_end(source, own.end, source.span(call).end - 1),
    )
    if "#" in source.text[start : own.start]:
        raise Withheld(f"a comment stands before `{argument.arg}`, which has to go")
    return Edit(Span(start, end), "")


def in_list(span: Span, names: Names) -> tuple[Edit, Edit]:
    """Wrap an expression in ``list(...)``, however the file uses that name."""
    before, after = list_around(names)
    return Edit(Span(span.start, span.start), before), Edit(Span(span.end, span.end), after)


def list_around(names: Names) -> tuple[str, str]:
    """What makes a list of an iterable that stands in between."""
    return ("[*", "]") if names.bound("list") else ("list(", ")")


def closed_end(source: Source, end: int, limit: int) -> int:
    """Where an item ends once the parentheses around it are closed, which ``ast`` leaves out."""
    closed = end
    at = end
    while at < limit:
        character = source.text[at]
        if character == "#":
            while at < limit and source.text[at] not in "\r\n":
                at += 1
            continue
        if character == ",":
            break
        at += 1
        if character == ")":
            closed = at
    return closed


def quote_of(source: Source, nodes: Sequence[ast.AST]) -> str:
    """The quote character most of these string literals are written with; ``"`` when undecided."""
    marks = []
    for root in nodes:
        for node in ast.walk(root):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                mark = source.text[source.span(node).start : source.span(node).start + 3]
                if mark[:1] in ("'", '"') and mark not in ("'''", '"""'):
                    marks.append(mark[0])
    return "'" if marks.count("'") * 2 > len(marks) else '"'


def _items(source: Source, call: ast.Call) -> list[Span]:
    return sorted([*map(source.span, call.args), *map(source.span, call.keywords)])


def _append(source: Source, last: Span, end: int, written: str) -> Edit:
    """Insert after the last item, on a line of its own where that item has one."""
    at = closed_end(source, last.end, end - 1)
    if starts_its_line(source, last.start):
        separator = f",{source.newline}{indent_at(source, last.start)}"
    else:
        separator = ", "
    return Edit(Span(at, at), separator + written)
