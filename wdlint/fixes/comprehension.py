"""Expressions of parameters taken apart, so that they can be written again with one more condition.

``list(x)``, ``filter(lambda p: ..., x)`` and plain comprehensions come apart; anything else is
iterated as it is written.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass, replace

from wdlint.fixes.locate import names_in
from wdlint.fixes.names import Names
from wdlint.sources.text import Source

_VARIABLES = ("p", "q", "param", "parameter", "tensor")


@dataclass(frozen=True, slots=True)
class Comprehension:
    """``[element outer for target in iterable if conditions]``.

    ``variable`` is the name of the parameter in it, and ``name`` that of its name, "" where the
    iterable gives no names. ``outer`` are the clauses before the last one.
    """

    element: str
    variable: str
    target: str
    iterable: str
    conditions: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    name: str = ""

    @property
    def clauses(self) -> str:
        return " ".join((*self.outer, f"for {self.target} in {self.iterable}"))

    def where(self, condition: str) -> str:
        """The list with one more condition."""
        return f"[{self.element} {self.clauses} if {self._tests(condition)}]"

    def where_in_lines(self, condition: str, outer: str, inner: str) -> str:
        """The same with a line for each part; ``outer`` and ``inner`` are line breaks with indentation."""
        parts = (self.element, self.clauses, f"if {self._tests(condition)}")
        return f"[{''.join(inner + part for part in parts)}{outer}]"

    def _tests(self, condition: str) -> str:
        loose = bool(self.conditions) and _is_disjunction(condition)
        return " and ".join((*self.conditions, f"({condition})" if loose else condition))


def comprehension(source: Source, names: Names, expression: ast.expr) -> Comprehension:
    """An expression of parameters as a list comprehension that takes one more condition."""
    match expression:
        case ast.Call(func=ast.Name(id="list" | "tuple" as name), args=[inner], keywords=[]):
            if not names.bound(name) and not isinstance(inner, ast.Starred):
                return comprehension(source, names, inner)
        case ast.Call(
            func=ast.Name(id="filter"), args=[ast.Lambda(args=arguments, body=body), over], keywords=[]
        ):
            variable = _only_argument(arguments)
            free = variable is not None and variable not in names_in(over) and not _binds(body)
            if variable is not None and free and not names.bound("filter") and not gives_pairs(names, over):
                over = _unlisted(names, over)
                condition = operand(source, body)
                return Comprehension(variable, variable, variable, operand(source, over), (condition,))
        case (
            ast.ListComp(elt=element, generators=generators)
            | ast.GeneratorExp(elt=element, generators=generators)
        ):
            taken_apart = _taken_apart(source, element, generators)
            if taken_apart is not None:
                return taken_apart
    return as_written(source, names, expression)


def as_written(source: Source, names: Names, expression: ast.expr) -> Comprehension:
    """The expression iterated as it stands."""
    used = names_in(expression)
    variable = next((v for v in _VARIABLES if v not in used), "each_parameter")
    written = operand(source, expression)
    if not gives_pairs(names, expression):
        return Comprehension(variable, variable, variable, written)
    name = "n" if "n" not in used else "name"
    return Comprehension(f"({name}, {variable})", variable, f"{name}, {variable}", written, name=name)


def with_names(source: Source, names: Names, expression: ast.expr) -> Comprehension | None:
    """The same parameters, each with its name; None where the expression cannot give names."""
    modules = _modules(names, expression)
    if modules is not None and len(modules) > 1:
        return _of_several(source, modules)
    shape = comprehension(source, names, expression)
    if shape.name:
        return shape
    if (
        shape.outer
        or not re.search(r"\.parameters\(\s*\)\Z", shape.iterable)
        or shape.target != shape.variable
    ):
        return None
    name = next(
        (n for n in ("n", "name") if n not in names_in(expression) and n != shape.variable), "each_name"
    )
    iterable = re.sub(r"\.parameters\(\s*\)\Z", ".named_parameters()", shape.iterable)
    return replace(shape, target=f"{name}, {shape.variable}", iterable=iterable, name=name)


def _of_several(source: Source, modules: list[ast.expr]) -> Comprehension | None:
    used = frozenset[str]().union(*map(names_in, modules))
    if used & {"n", "p", "m"}:
        return None
    listed = ", ".join(operand(source, module) for module in modules)
    return Comprehension("p", "p", "n, p", "m.named_parameters()", outer=(f"for m in ({listed})",), name="n")


def _modules(names: Names, expression: ast.expr) -> list[ast.expr] | None:
    """The modules of ``list(a.parameters()) + list(b.parameters())`` or ``chain(...)``; None for others."""
    match expression:
        case ast.Call(func=ast.Attribute(value=module, attr="parameters"), args=[], keywords=[]):
            return [module]
        case ast.Call(func=ast.Name(id="list" | "tuple" as name), args=[inner], keywords=[]):
            return None if names.bound(name) else _modules(names, inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _all(_modules(names, left), _modules(names, right))
        case ast.Call(func=func, args=arguments, keywords=[]) if names.dotted(func) == "itertools.chain":
            return _all(*(_modules(names, argument) for argument in arguments))
        case ast.List(elts=elements) if all(isinstance(e, ast.Starred) for e in elements):
            return _all(*(_modules(names, e.value) for e in elements if isinstance(e, ast.Starred)))
    return None


def _all(*parts: list[ast.expr] | None) -> list[ast.expr] | None:
    return None if None in parts else [module for part in parts for module in part or ()]


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
    outer = []
    for generator in generators[:-1]:
        outer.append(f"for {one_line(source, generator.target)} in {operand(source, generator.iter)}")
        outer.extend(f"if {operand(source, test)}" for test in generator.ifs)
    last = generators[-1]
    return Comprehension(
        operand(source, element),
        variable,
        one_line(source, last.target),
        operand(source, last.iter),
        tuple(operand(source, test) for test in last.ifs),
        tuple(outer),
        _name_beside(last, variable),
    )


def _name_beside(generator: ast.comprehension, variable: str) -> str:
    match generator.target, generator.iter:
        case (
            ast.Tuple(elts=[ast.Name(id=name), ast.Name(id=second)]),
            ast.Call(func=ast.Attribute(attr="named_parameters")),
        ) if second == variable and name != variable:
            return name
    return ""


def gives_pairs(names: Names, expression: ast.expr) -> bool:
    """Whether an expression gives (name, parameter) pairs, which torch takes since 2.6."""
    match expression:
        case ast.Call(func=ast.Attribute(attr="named_parameters")):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter"), args=[inner]):
            return gives_pairs(names, inner)
        case ast.Call(func=ast.Name(id="filter"), args=[_, inner]):
            return gives_pairs(names, inner)
        case ast.ListComp(elt=ast.Tuple()) | ast.GeneratorExp(elt=ast.Tuple()):
            return True
        case ast.Name(id=name):
            values = (
                v for v in names.assigned.get(name, ()) if v is not None and not isinstance(v, ast.Name)
            )
            return any(gives_pairs(names, v) for v in values)
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


def _is_disjunction(condition: str) -> bool:
    body = ast.parse(condition, mode="eval").body
    return isinstance(body, ast.BoolOp) and isinstance(body.op, ast.Or)


# ------------------------------------------------------------------------------- text


def operand(source: Source, node: ast.expr) -> str:
    """An expression as operand of ``and`` or iterable of a ``for``, in parentheses if it needs them."""
    written = one_line(source, node)
    loose = isinstance(node, ast.IfExp | ast.Lambda | ast.NamedExpr)
    loose = loose or (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or))
    loose = loose or (isinstance(node, ast.Tuple) and not written.startswith("("))
    return f"({written})" if loose else written


def one_line(source: Source, node: ast.expr) -> str:
    """The text of an expression with its line breaks closed up, unless a string holds one."""
    written = source.slice(source.span(node))
    if not re.search(r"[\r\n]", written) or re.search(r"\"\"\"|'''|\\|#", written):
        return written
    written = re.sub(r"[ \t\f]*(?:\r\n|\r|\n)\s*", " ", written)
    return re.sub(r",? ([)\]}])", r"\1", re.sub(r"([(\[{]) ", r"\1", written))


def has_comment(written: str) -> bool:
    """Whether a comment stands in the text of an expression."""
    if "#" not in written:
        return False
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({written}\n)", newline="").readline))
    except (tokenize.TokenError, SyntaxError):
        return True
    return any(token.type == tokenize.COMMENT for token in tokens)
