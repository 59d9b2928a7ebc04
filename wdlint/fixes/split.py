"""Splits the parameters an optimizer is given by rank: weights here, norms and biases there.

``ndim > 1`` separates matrices and convolution kernels from gains and biases; where the inventory
of the model shows that it does not, the split is withheld.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from wdlint.facts import Edit, Model, OptimizerSite, Parameter, ParameterSet, ParamGroup, Span
from wdlint.fixes.hazards import check_hazards
from wdlint.fixes.listing import append_entry, quote_of
from wdlint.fixes.locate import expression_at, indent_at, names_in, parent_of, starts_its_line
from wdlint.fixes.names import Names, names_of
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source

DECAYED, EXEMPT = "{}.ndim > 1", "{}.ndim <= 1"
LINE_LENGTH = 120
"""Longer lines are broken at the clauses of the comprehension."""

_VARIABLES = ("p", "q", "param", "parameter", "tensor")
_LAZY = re.compile(r"\bLazy(?:Linear|(?:Conv(?:Transpose)?|BatchNorm|InstanceNorm)[123]d)\b")
_PURE_CALLS = frozenset({"float", "int", "min", "max", "abs", "round", "pow", "len"})


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``[element for ... if conditions]``; ``variable`` is the name of the parameter in it."""

    element: str
    variable: str
    clauses: str
    conditions: tuple[str, ...] = ()

    def where(self, condition: str) -> str:
        """The list with one more condition, whose ``{}`` is the parameter."""
        return f"[{self.element} {self.clauses} if {self._tests(condition)}]"

    def where_in_lines(self, condition: str, outer: str, inner: str) -> str:
        """The same with a line for each part; ``outer`` and ``inner`` are line breaks with indentation."""
        parts = (self.element, self.clauses, f"if {self._tests(condition)}")
        return f"[{''.join(inner + part for part in parts)}{outer}]"

    def _tests(self, condition: str) -> str:
        return " and ".join((*self.conditions, condition.format(self.variable)))


def split_argument(source: Source, tree: ast.Module, params: ast.expr, span: Span, decay: str | None) -> Edit:
    """Replace the params argument by a decayed and an exempt group.

    ``span`` is the argument as written; ``decay`` the coefficient to write into the decayed group,
    None where it inherits the constructor's.
    """
    if _has_comment(source.slice(span)):
        raise Withheld("a comment stands inside the params argument, which is replaced")
    shape = comprehension(source, names_of(tree), params)
    quote = quote_of(source, [tree])
    outer = source.newline + indent_at(source, span.start)
    start = outer + source.indent_unit
    halves = ((DECAYED, decay), (EXEMPT, "0.0"))
    groups = [_group_on_a_line(quote, shape, condition, value) for condition, value in halves]
    if max(map(len, groups)) + len(start.lstrip("\r\n")) > LINE_LENGTH:
        groups = [_group_in_lines(quote, shape, *half, start, source.indent_unit) for half in halves]
    return Edit(span, f"[{''.join(start + group for group in groups)}{outer}]")


def _group_on_a_line(quote: str, shape: Comprehension, condition: str, decay: str | None) -> str:
    rest = f", {quote}weight_decay{quote}: {decay}" if decay is not None else ""
    return f"{{{quote}params{quote}: {shape.where(condition)}{rest}}},"


def _group_in_lines(
    quote: str, shape: Comprehension, condition: str, decay: str | None, start: str, unit: str
) -> str:
    inner = start + unit
    rest = f"{inner}{quote}weight_decay{quote}: {decay}," if decay is not None else ""
    params = shape.where_in_lines(condition, inner, inner + unit)
    return f"{{{inner}{quote}params{quote}: {params},{rest}{start}}},"


def split_literal(source: Source, tree: ast.Module, group: ParamGroup, decay: str | None) -> tuple[Edit, ...]:
    """Split one group's dict in two, both with its other keys.

    The dict keeps its place and takes the decayed half; a copy for the exempt half follows it.
    """
    literal, display = _literal(source, tree, group)
    entries = _entries(literal)
    params = entries.get("params")
    if params is None:
        raise Withheld(f"the group in line {group.place.line} is not written out key by key")
    span = source.span(params)
    if _has_comment(source.slice(span)):
        raise Withheld(f"a comment stands inside the params in line {group.place.line}, which are replaced")
    for name, value in entries.items():
        if name != "params" and not _repeatable(value):
            raise Withheld(f"`{name}` in line {value.lineno} calls something that may not be called twice")
    shape = comprehension(source, names_of(tree), params)
    quote = quote_of(source, [k for k in literal.keys if k] if isinstance(literal, ast.Dict) else [tree])
    copy = _exempt_copy(source, literal, entries, shape, quote)
    edits = [Edit(span, shape.where(DECAYED)), _beside(source, literal, display, copy)]
    if decay is not None and "weight_decay" not in entries:
        edits.insert(1, append_entry(source, literal, "weight_decay", decay, quote))
    return tuple(edits)


def exempt_literal(source: Source, tree: ast.Module, group: ParamGroup) -> tuple[Edit, ...]:
    """Switch the decay off in a group that holds nothing but what is exempt."""
    literal, _ = _literal(source, tree, group)
    quote = quote_of(source, [k for k in literal.keys if k] if isinstance(literal, ast.Dict) else [tree])
    return (append_entry(source, literal, "weight_decay", "0.0", quote),)


def check_rank_separates(parameters: Iterable[ParameterSet]) -> None:
    """Hold the split against what is known of the models.

    Raises:
        Withheld: a norm or bias of more than one dimension would be decayed, or a weight of one
            dimension or less exempted.
    """
    for model in (m for each in parameters for m in each.models):
        for parameter in model.parameters:
            if (why := _misjudged(parameter)) is not None:
                raise Withheld(
                    f"ndim does not separate the parameters of {model.name}: `{parameter.name}` {why}"
                )


def nothing_to_exempt(parameters: ParameterSet) -> bool:
    """Whether every model is known in full and none has a parameter of one dimension."""
    return bool(parameters.models) and all(map(_only_matrices, parameters.models))


def check_groups_may_split(source: Source, site: OptimizerSite) -> None:
    """Refuse where a second group certainly does not do what it says."""
    if lazy := _LAZY.search(source.text):
        raise Withheld(f"a parameter of {lazy[0]} has one dimension until its first batch, whatever it holds")
    check_hazards(site)


def comprehension(source: Source, names: Names, expression: ast.expr) -> Comprehension:
    """An expression of parameters as a list comprehension that takes one more condition.

    ``list(x)``, ``filter(lambda p: ..., x)`` and plain comprehensions are taken apart; anything
    else is iterated as it is written.
    """
    match expression:
        case ast.Call(func=ast.Name(id="list" | "tuple" as name), args=[inner], keywords=[]):
            if not names.bound(name) and not isinstance(inner, ast.Starred):
                return comprehension(source, names, inner)
        case ast.Call(
            func=ast.Name(id="filter"), args=[ast.Lambda(args=arguments, body=body), over], keywords=[]
        ):
            variable = _only_argument(arguments)
            free = variable is not None and variable not in names_in(over) and not _binds(body)
            if variable is not None and free and not names.bound("filter") and not _gives_pairs(names, over):
                over = _unlisted(names, over)
                return Comprehension(
                    variable,
                    variable,
                    f"for {variable} in {_operand(source, over)}",
                    (_operand(source, body),),
                )
        case (
            ast.ListComp(elt=element, generators=generators)
            | ast.GeneratorExp(elt=element, generators=generators)
        ):
            taken_apart = _taken_apart(source, element, generators)
            if taken_apart is not None:
                return taken_apart
    return _as_written(source, names, expression)


def _taken_apart(
    source: Source, element: ast.expr, generators: list[ast.comprehension]
) -> Comprehension | None:
    match element:
        case ast.Name(id=variable) | ast.Tuple(elts=[ast.Name(), ast.Name(id=variable)]):
            pass
        case _:
            return None
    bound = frozenset[str]().union(*(names_in(g.target) for g in generators))
    if variable not in bound or any(g.is_async for g in generators):
        return None
    clauses = []
    for generator in generators[:-1]:
        clauses.append(_clause(source, generator))
        clauses.extend(f"if {_operand(source, test)}" for test in generator.ifs)
    clauses.append(_clause(source, generators[-1]))
    conditions = tuple(_operand(source, test) for test in generators[-1].ifs)
    return Comprehension(_operand(source, element), variable, " ".join(clauses), conditions)


def _clause(source: Source, generator: ast.comprehension) -> str:
    return f"for {_one_line(source, generator.target)} in {_operand(source, generator.iter)}"


def _as_written(source: Source, names: Names, expression: ast.expr) -> Comprehension:
    used = names_in(expression)
    variable = next((v for v in _VARIABLES if v not in used), "each_parameter")
    written = _operand(source, expression)
    if not _gives_pairs(names, expression):
        return Comprehension(variable, variable, f"for {variable} in {written}")
    name = "n" if "n" not in used else "name"
    return Comprehension(f"({name}, {variable})", variable, f"for {name}, {variable} in {written}")


def _gives_pairs(names: Names, expression: ast.expr) -> bool:
    """Whether an expression gives (name, parameter) pairs, which torch takes since 2.6."""
    match expression:
        case ast.Call(func=ast.Attribute(attr="named_parameters")):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter"), args=[inner]):
            return _gives_pairs(names, inner)
        case ast.Call(func=ast.Name(id="filter"), args=[_, inner]):
            return _gives_pairs(names, inner)
        case ast.ListComp(elt=ast.Tuple()) | ast.GeneratorExp(elt=ast.Tuple()):
            return True
        case ast.Name(id=name):
            values = (
                v for v in names.assigned.get(name, ()) if v is not None and not isinstance(v, ast.Name)
            )
            return any(_gives_pairs(names, v) for v in values)
    return False


def _unlisted(names: Names, expression: ast.expr) -> ast.expr:
    match expression:
        case ast.Call(func=ast.Name(id="list" | "tuple" as name), args=[inner], keywords=[]):
            if not names.bound(name) and not isinstance(inner, ast.Starred):
                return _unlisted(names, inner)
    return expression


def _only_argument(arguments: ast.arguments) -> str | None:
    match arguments:
        case ast.arguments(
            posonlyargs=[], args=[ast.arg(arg=name)], vararg=None, kwonlyargs=[], kwarg=None, defaults=[]
        ):
            return name
    return None


def _binds(node: ast.expr) -> bool:
    return any(isinstance(n, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for n in ast.walk(node))


def _operand(source: Source, node: ast.expr) -> str:
    """An expression as operand of ``and`` or iterable of a ``for``, in parentheses if it needs them."""
    written = _one_line(source, node)
    loose = isinstance(node, ast.IfExp | ast.Lambda | ast.NamedExpr)
    loose = loose or (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or))
    loose = loose or (isinstance(node, ast.Tuple) and not written.startswith("("))
    return f"({written})" if loose else written


def _one_line(source: Source, node: ast.expr) -> str:
    """The text of an expression with its line breaks closed up, unless a string holds one."""
    written = source.slice(source.span(node))
    if not re.search(r"[\r\n]", written) or re.search(r"\"\"\"|'''|\\|#", written):
        return written
    written = re.sub(r"[ \t\f]*(?:\r\n|\r|\n)\s*", " ", written)
    return re.sub(r",? ([)\]}])", r"\1", re.sub(r"([(\[{]) ", r"\1", written))


def _has_comment(written: str) -> bool:
    if "#" not in written:
        return False
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({written}\n)", newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return True
    return any(token.type == tokenize.COMMENT for token in tokens)


def _misjudged(parameter: Parameter) -> str | None:
    if parameter.ndim is None:
        return None
    if parameter.kind in ("norm", "bias") and parameter.ndim > 1:
        what = "bias" if parameter.kind == "bias" else "norm parameter"
        return f"is a {what} with {parameter.ndim} dimensions"
    if parameter.kind in ("weight", "embedding") and parameter.ndim <= 1:
        return f"is a weight with {parameter.ndim} dimension{'s' if parameter.ndim == 0 else ''}"
    return None


def _only_matrices(model: Model) -> bool:
    return model.complete and all(p.ndim is not None and p.ndim > 1 for p in model.parameters)


# --------------------------------------------------------------------- group literals


def _literal(
    source: Source, tree: ast.Module, group: ParamGroup
) -> tuple[ast.Dict | ast.Call, ast.List | ast.Tuple]:
    """The dict of a group and the list display it is an element of."""
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
    shape: Comprehension,
    quote: str,
) -> str:
    """The exempt half: the dict laid out as it is, or on one line where its comments would double."""
    own = source.span(literal)
    if _has_comment(source.slice(own)):
        written = {name: _one_line(source, value) for name, value in entries.items()}
        written |= {"params": shape.where(EXEMPT), "weight_decay": "0.0"}
        if isinstance(literal, ast.Call):
            return f"dict({', '.join(f'{name}={value}' for name, value in written.items())})"
        return f"{{{', '.join(f'{quote}{name}{quote}: {value}' for name, value in written.items())}}}"
    edits = [Edit(source.span(entries["params"]), shape.where(EXEMPT))]
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
