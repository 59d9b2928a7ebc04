"""Groups that are written out as dicts: each is split where it stands, and keeps its other keys."""

from __future__ import annotations

import ast

from wdlint.facts import Edit, ParamGroup, Span
from wdlint.fixes.comprehension import Comprehension, has_comment, one_line
from wdlint.fixes.listing import append_entry, quote_of
from wdlint.fixes.locate import expression_at, indent_at, parent_of, starts_its_line
from wdlint.fixes.predicate import Predicate
from wdlint.fixes.split import LINE_LENGTH, shape_of
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source

_PURE_CALLS = frozenset({"float", "int", "min", "max", "abs", "round", "pow", "len"})


def split_literal(
    source: Source, tree: ast.Module, group: ParamGroup, decay: str | None, predicate: Predicate
) -> tuple[Edit, ...]:
    """Split one group's dict in two, both with its other keys.

    The dict keeps its place and takes the decayed half; a copy for the exempt half follows it.
    """
    literal, display = literal_of(source, tree, group)
    entries = _entries(literal)
    params = entries.get("params")
    if params is None:
        raise Withheld(f"the group in line {group.place.line} is not written out key by key")
    span = source.span(params)
    if has_comment(source.slice(span)):
        raise Withheld(f"a comment stands inside the params in line {group.place.line}, which are replaced")
    for name, value in entries.items():
        if name != "params" and not _repeatable(value):
            raise Withheld(f"`{name}` in line {value.lineno} calls something that may not be called twice")
    shape = shape_of(source, tree, params, predicate)
    quote = quote_of(source, [k for k in literal.keys if k] if isinstance(literal, ast.Dict) else [tree])
    exempt, decayed = (
        _laid_out(source, span, shape, condition)
        for condition in (predicate.exempt(shape, quote), predicate.decayed(shape, quote))
    )
    copy = _exempt_copy(source, literal, entries, exempt, quote)
    edits = [Edit(span, decayed), _beside(source, literal, display, copy)]
    if decay is not None and "weight_decay" not in entries:
        edits.insert(1, append_entry(source, literal, "weight_decay", decay, quote))
    return tuple(edits)


def _laid_out(source: Source, span: Span, shape: Comprehension, condition: str) -> str:
    """The list on one line; in lines of its own where it stood in several and is too long for one."""
    written = shape.where(condition)
    indent = indent_at(source, span.start)
    if "\n" not in source.slice(span) or len(indent) + len(written) <= LINE_LENGTH:
        return written
    outer = source.newline + indent
    return shape.where_in_lines(condition, outer, outer + source.indent_unit)


def exempt_literal(source: Source, tree: ast.Module, group: ParamGroup) -> tuple[Edit, ...]:
    """Switch the decay off in a group that holds nothing but what is exempt."""
    literal, _ = literal_of(source, tree, group)
    quote = quote_of(source, [k for k in literal.keys if k] if isinstance(literal, ast.Dict) else [tree])
    return (append_entry(source, literal, "weight_decay", "0.0", quote),)


def literal_of(
    source: Source, tree: ast.Module, group: ParamGroup
) -> tuple[ast.Dict | ast.Call, ast.List | ast.Tuple]:
    """The dict of a group and the list display it is an element of.

    Raises:
        Withheld: the group is not written out so.
    """
    node = expression_at(tree, source, group.place, ast.Dict) or expression_at(
        tree, source, group.place, ast.Call
    )
    if isinstance(node, ast.Call) and not (
        isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
    ):
        node = None
    if node is None:
        raise Withheld(f"the group in line {group.place.line} is not written out as a dict")
    display = parent_of(tree, node)
    if not isinstance(display, ast.List | ast.Tuple):
        raise Withheld(f"the group in line {group.place.line} stands in no list that could take a second one")
    return node, display


def _entries(literal: ast.Dict | ast.Call) -> dict[str, ast.expr]:
    """The entries by key; empty when a ``**`` or a computed key hides some."""
    found: dict[str, ast.expr] = {}
    if isinstance(literal, ast.Call):
        pairs: list[tuple[str | None, ast.expr]] = [(k.arg, k.value) for k in literal.keywords]
    else:
        pairs = [(_string(k), v) for k, v in zip(literal.keys, literal.values, strict=True)]
    for name, value in pairs:
        if name is None:
            return {}
        found[name] = value
    return found


def _string(key: ast.expr | None) -> str | None:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _repeatable(value: ast.expr) -> bool:
    for node in ast.walk(value):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _PURE_CALLS:
                pass
            case ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr():
                return False
    return True


def _exempt_copy(
    source: Source,
    literal: ast.Dict | ast.Call,
    entries: dict[str, ast.expr],
    exempt: str,
    quote: str,
) -> str:
    """The exempt half: the dict laid out as it is, or on one line where its comments would double."""
    own = source.span(literal)
    if has_comment(source.slice(own)):
        written = {name: one_line(source, value) for name, value in entries.items()}
        written |= {"params": exempt, "weight_decay": "0.0"}
        if isinstance(literal, ast.Call):
            return f"dict({', '.join(f'{name}={value}' for name, value in written.items())})"
        return f"{{{', '.join(f'{quote}{name}{quote}: {value}' for name, value in written.items())}}}"
    edits = [Edit(source.span(entries["params"]), exempt)]
    if "weight_decay" in entries:
        edits.append(Edit(source.span(entries["weight_decay"]), "0.0"))
    else:
        edits.append(append_entry(source, literal, "weight_decay", "0.0", quote))
    text, start = "", own.start
    for edit in sorted(edits):
        text += source.text[start : edit.span.start] + edit.text
        start = edit.span.end
    return text + source.text[start : own.end]


def _beside(
    source: Source, literal: ast.Dict | ast.Call, display: ast.List | ast.Tuple, written: str
) -> Edit:
    """Insert a second element after one of a list, on a line of its own where the others have one."""
    span = source.span(literal)
    lines = [at for each in display.elts if starts_its_line(source, at := source.span(each).start)]
    own = span.start if span.start in lines else next((at for at in lines if at > span.start), None)
    separator = ", " if own is None else f",{source.newline}{indent_at(source, own)}"
    return Edit(Span(span.end, span.end), separator + written)
