"""Squared norms of parameters in an expression: which, and what multiplies them.

A loss is read backwards from where ``backward()`` is called on it, as a sum of terms. Only what is
certainly c·||θ||² of a model's own parameters is kept; everything else, activations, looked-up rows,
gradients and plain norms among it, is the rest of the loss and left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wdlint.reason import arithmetic
from wdlint.reason.arguments import bind
from wdlint.reason.callers import DEPTH
from wdlint.reason.conditions import conditions, decorated_off, graph_off, is_trained, loops, selects
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import Binding, dotted, last_name
from wdlint.reason.terms import ONE, Form, Term, cut_off, is_plain, standing, summed
from wdlint.reason.values import (
    Abstract,
    Code,
    Constant,
    External,
    Frame,
    LocalFunction,
    alternatives,
    choice,
    numeric,
)
from wdlint.reason.weights import Bound, collection, iterated, weights_of

_MOST_TERMS: Final = 64
_COPIES: Final = frozenset({"builtins.float", "torch.tensor"})
"""Functions whose result has the value of a tensor and not its gradient."""
_SAME: Final = frozenset(
    {"view", "reshape", "flatten", "ravel", "float", "double", "to", "cuda", "contiguous"}
)
"""Methods of a tensor that keep its elements."""
_FLATTENED: Final = frozenset({"torch.cat", "torch.concat", "torch.concatenate", "torch.hstack"})
_NORMS: Final = frozenset({"torch.norm", "torch.linalg.norm", "torch.linalg.vector_norm"})
_SQUARES: Final = frozenset({"torch.square", "torch.pow", "torch.mul", "torch.multiply", "torch.dot"})


class Squares:
    """Reads expressions of one module as sums of terms."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._under_way: set[tuple[object, ...]] = set()

    def terms(self, node: ast.expr, frame: Frame) -> list[Term]:
        """The squared norms an expression adds up."""
        return [t for t in self.read(node, frame, {}) if t.form == "l2"]

    # ----------------------------------------------------------------- expressions

    def read(self, node: ast.expr, frame: Frame, bound: Bound) -> list[Term]:
        """An expression as a sum of terms; nothing where it is anything else."""
        key = (node, frame.scope, frame.statement, id(frame.arguments))
        if key in self._under_way or len(self._under_way) > 100 or frame.depth > DEPTH:
            return []
        self._under_way.add(key)
        try:
            return self._read(node, frame, bound)[:_MOST_TERMS]
        finally:
            self._under_way.discard(key)

    def _read(self, node: ast.expr, frame: Frame, bound: Bound) -> list[Term]:
        if (weights := weights_of(self.evaluator, node, frame, bound)) is not None:
            code = Code(node, frame)
            return [Term("weights", weights, ONE, code, code)]
        match node:
            case ast.Name(id=name):
                return [] if name in bound else self._named(name, frame)
            case ast.Attribute(attr="data", value=value):
                return cut_off(self.read(value, frame, bound), Code(node, frame))
            case ast.Attribute() if dotted(node) in frame.scope.names:
                return self._named(dotted(node), frame)
            case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left, right=right):
                first, second = self._addend(left, frame, bound), self._addend(right, frame, bound)
                second = list(map(self._negative, second)) if isinstance(op, ast.Sub) else second
                only = not first or not second
                return [replace(t, joined=t.joined or only) for t in (*first, *second)]
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                return self._product(node, left, right, frame, bound)
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                return self._quotient(self.read(left, frame, bound), right, frame)
            case ast.BinOp(op=ast.Pow(), left=base, right=exponent):
                if self._is_two(exponent, frame):
                    return self._squared(node, self.read(base, frame, bound), frame)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return list(map(self._negative, self.read(operand, frame, bound)))
            case ast.GeneratorExp() | ast.ListComp():
                return self._comprehension(node, frame, bound)
            case ast.Call():
                return self._call(node, frame, bound)
        return []

    def _addend(self, node: ast.expr, frame: Frame, bound: Bound) -> list[Term]:
        """One side of a sum. Parameters that something is added to are not those of the model any more."""
        found = self.read(node, frame, bound)
        return [standing(t, node, frame) for t in found if t.form == "l2"]

    def _product(
        self, node: ast.BinOp, left: ast.expr, right: ast.expr, frame: Frame, bound: Bound
    ) -> list[Term]:
        first, second = self.read(left, frame, bound), self.read(right, frame, bound)
        if first and second:
            same = ast.dump(left) == ast.dump(right)
            return self._squared(node, first, frame) if same else []
        terms, other = (first, right) if first else (second, left)
        return self.scaled(terms, other, frame) if terms else []

    def scaled(self, terms: Iterable[Term], by: ast.expr, frame: Frame) -> list[Term]:
        """Multiplied terms. What is not a known number may weigh each element of squares on its own."""
        value = self.evaluator.evaluate(by, frame)
        known = all(isinstance(each, Constant) for each in alternatives(value))
        return [
            replace(t, factor=self._combined(ast.Mult(), value, t.factor))
            for t in terms
            if known or t.form in ("l2", "norm", "weights")
        ]

    def _quotient(self, terms: Iterable[Term], by: ast.expr, frame: Frame) -> list[Term]:
        """Divided terms. What divides the loss as a whole may average over several backward passes."""
        value = self.evaluator.evaluate(by, frame)
        if isinstance(value, Constant) and value.value == 1:
            return list(terms)
        known = all(isinstance(each, Constant) for each in alternatives(value))
        return [
            replace(t, factor=self._combined(ast.Div(), t.factor, value))
            if known and not t.joined
            else replace(t, divided=True)
            for t in terms
        ]

    def _negative(self, term: Term) -> Term:
        return replace(term, factor=choice(map(arithmetic.negative, alternatives(term.factor))))

    def _combined(self, op: ast.operator, left: Abstract, right: Abstract) -> Abstract:
        return choice(
            arithmetic.combine(self.evaluator, op, a, b)
            for a in alternatives(left)
            for b in alternatives(right)
        )

    def _squared(self, node: ast.expr, terms: Sequence[Term], frame: Frame) -> list[Term]:
        """The square of one term; that of a sum is no sum of squares."""
        forms: Mapping[Form, Form] = {"weights": "squares", "norm": "l2", "norms": "l2s"}
        if len(terms) != 1 or terms[0].form not in forms or not is_plain(terms[0]):
            return []
        code = Code(node, frame)
        return [replace(terms[0], form=forms[terms[0].form], node=code, squared=code)]

    def _is_two(self, node: ast.expr, frame: Frame) -> bool:
        value = self.evaluator.evaluate(node, frame)
        return isinstance(value, Constant) and not value.default_of and numeric(value.value) == 2

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp, frame: Frame, bound: Bound) -> list[Term]:
        """``p.pow(2).sum() for p in model.parameters()``: one term for all of its parameters."""
        if len(node.generators) != 1:
            return []
        (generator,) = node.generators
        names = {n.id for n in ast.walk(generator.target) if isinstance(n, ast.Name)}
        over = iterated(self.evaluator, generator.target, generator.iter, frame)
        if over is None:
            return []
        name, weights = over
        if not all(map(is_trained, generator.ifs)):
            weights = replace(weights, whole=False)
        inner = {**{n: w for n, w in bound.items() if n not in names}, name: weights}
        hidden = replace(frame, hidden=frame.hidden | names)
        found = self.read(node.elt, hidden, inner)
        several: Mapping[Form, Form] = {"weights": "weights", "norm": "norms", "l2": "l2s"}
        return [replace(t, form=several[t.form]) for t in found if t.form in several]

    # ------------------------------------------------------------------------ calls

    def _call(self, node: ast.Call, frame: Frame, bound: Bound) -> list[Term]:
        function = self.evaluator.evaluate(node.func, frame)
        if isinstance(function, External) and function.name.startswith(("torch.", "builtins.")):
            return self._of_function(function.name, node, frame, bound)
        if isinstance(function, LocalFunction):
            return self._inlined(function, node, frame, ())
        if isinstance(node.func, ast.Attribute):
            return self._of_method(node, node.func, frame, bound)
        return []

    def _of_function(self, name: str, node: ast.Call, frame: Frame, bound: Bound) -> list[Term]:
        """``sum(...)``, ``torch.norm(p, 2)``, ``torch.square(p)``."""
        if not node.args:
            return []
        terms = self.read(node.args[0], frame, bound)
        if name in _COPIES:
            return cut_off(terms, Code(node, frame))
        if name == "builtins.sum":
            return summed(terms, ("l2s",))
        if name == "torch.sum" and _has_only(node, 1):
            return summed(terms, ("squares", "l2s", "l2"))
        if name == "torch.mean" and _has_only(node, 1):
            return summed(terms, ("l2",))
        if name in _FLATTENED:
            return [t for t in terms if t.form in ("weights", "norms", "l2s")]
        if name == "torch.stack" and _has_only(node, 1):
            return [t for t in terms if t.form in ("norms", "l2s")]
        if name in _NORMS:
            orders = [*node.args[1:], *(k.value for k in node.keywords if k.arg in ("p", "ord"))]
            known = len(node.args) + len(node.keywords) == 1 + len(orders) <= 2
            spectral = name == "torch.linalg.norm" and orders
            return self._norm(terms, orders, frame) if known and not spectral else []
        if name in _SQUARES:
            return self._square_of(node, node.args, terms, name.rpartition(".")[2], frame)
        if name == "torch.nn.utils.parameters_to_vector":
            held = collection(self.evaluator, node.args[0], frame)
            code = Code(node, frame)
            return [] if held is None else [Term("weights", held, ONE, code, code)]
        return []

    def _of_method(self, node: ast.Call, func: ast.Attribute, frame: Frame, bound: Bound) -> list[Term]:
        """``p.norm(2)``, ``p.pow(2)``, ``x.sum()``, ``p.view(-1)``."""
        terms = self.read(func.value, frame, bound)
        if not terms:
            return []
        match func.attr:
            case "sum" if _has_only(node, 0):
                return summed(terms, ("squares", "l2s", "l2"))
            case "mean" if _has_only(node, 0):
                return summed(terms, ("l2",))
            case "norm":
                orders = [*node.args, *(k.value for k in node.keywords if k.arg == "p")]
                known = len(node.args) + len(node.keywords) == len(orders) <= 1
                return self._norm(terms, orders, frame) if known else []
            case "square" | "pow" | "mul" | "multiply" | "dot":
                return self._square_of(node, [func.value, *node.args], terms, func.attr, frame)
            case name if name in _SAME:
                return terms
            case "detach" | "item":
                return cut_off(terms, Code(node, frame))
        return []

    def _norm(self, terms: Sequence[Term], orders: Sequence[ast.expr], frame: Frame) -> list[Term]:
        of_two = all(_is_frobenius(o) or self._is_two(o, frame) for o in orders)
        if len(terms) != 1 or not of_two or not is_plain(terms[0]):
            return []
        return [replace(t, form="norm") for t in terms if t.form in ("weights", "norms")]

    def _square_of(
        self, node: ast.Call, given: Sequence[ast.expr], terms: Sequence[Term], name: str, frame: Frame
    ) -> list[Term]:
        """``square(x)``, ``pow(x, 2)``, ``mul(x, x)``, and ``dot(x, x)``, which adds up as well."""
        if node.keywords or len(given) != (1 if name == "square" else 2):
            return []
        if name == "pow" and not self._is_two(given[1], frame):
            return []
        if name in ("mul", "multiply", "dot") and ast.dump(given[0]) != ast.dump(given[1]):
            return []
        squared = self._squared(node, terms, frame)
        return summed(squared, ("squares", "l2s")) if name == "dot" else squared

    def _inlined(
        self, function: LocalFunction, node: ast.Call, frame: Frame, part: tuple[int, ...]
    ) -> list[Term]:
        """A call of a function of this module: what it returns, for these arguments, or a part of that."""
        target = function.node
        if isinstance(target, ast.Lambda) or function.frame.scope.index is not self.evaluator.index:
            return []
        passed = bind(node, target, frame, self.evaluator)
        returns = self.evaluator.index.returns(target)
        if passed is None or not returns:
            return []
        scope = self.evaluator.index.scope_of[target]
        found: list[Term] = []
        for statement in returns:
            inside = Frame(scope, statement, passed, function.self_value, depth=frame.depth + 1)
            assert statement.value is not None
            tests = conditions(self.evaluator.index, statement, None, inside)
            unread = (None,) if len(returns) > 1 and not tests else ()
            for term in self.read(_part_of(statement.value, part), inside, {}):
                here = term if term.joined else replace(term, node=Code(node, frame))
                found.append(replace(here, guards=(*term.guards, *tests, *unread)))
        off = decorated_off(target)
        return found if off is None else cut_off(found, Code(off, function.frame))

    # ------------------------------------------------------------------------ names

    def _named(self, name: str, frame: Frame) -> list[Term]:
        """What a variable holds: its bindings that reach here, and what was added to it since."""
        index = self.evaluator.index
        scope = frame.scope
        while "." not in name and name not in scope.names and scope.parent is not None:
            scope = scope.parent
        at = frame if scope is frame.scope else frame.outer(scope)
        found, definite = index.reaching(name, at.statement, at.scope)
        terms: list[Term] = []
        if not definite and at.arguments is not None:
            passed = at.arguments.get(name)
            if isinstance(passed, Code):
                terms = self.read(passed.node, passed.frame, {})
        for binding in found:
            terms = self._after(binding, terms, at)
        return terms

    def _after(self, binding: Binding, terms: list[Term], frame: Frame) -> list[Term]:
        """The terms of a variable after one more statement that binds or changes it."""
        statement, value = binding.statement, binding.value
        if statement is None or value is None:
            return terms
        here = frame.at(statement)
        tests = conditions(self.evaluator.index, statement, frame.statement, here)
        match statement:
            case ast.AugAssign(op=ast.Add() | ast.Sub() as op):
                new = self._addend(value, here, {})
                new = list(map(self._negative, new)) if isinstance(op, ast.Sub) else new
            case ast.AugAssign(op=ast.Mult()):
                return self.scaled(terms, value, here)
            case ast.AugAssign(op=ast.Div()):
                return self._quotient(terms, value, here)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[added])):
                several: Mapping[Form, Form] = {"l2": "l2s", "norm": "norms"}
                read = self.read(added, here, {})
                new = [replace(t, form=several[t.form]) for t in read if t.form in several]
            case ast.With():
                new = self._scaled_loss(value, here)
            case ast.Assign(value=ast.Call() as call) if binding.path:
                function = self.evaluator.evaluate(call.func, here)
                new = []
                if isinstance(function, LocalFunction):
                    new = self._inlined(function, call, here, binding.path)
            case ast.Assign() | ast.AnnAssign():
                new = [standing(t, value, here) for t in self.read(_part_of(value, binding.path), here, {})]
            case _:
                return terms
        if (off := graph_off(self.evaluator.index, statement, frame.statement)) is not None:
            new = cut_off(new, Code(off, here))
        if selects(self.evaluator.index, statement):
            new = [replace(t, weights=replace(t.weights, whole=False)) for t in new]
        accumulates = not loops(self.evaluator.index, statement) <= loops(
            self.evaluator.index, frame.statement
        )
        joined = isinstance(statement, ast.AugAssign)
        return [
            *terms,
            *(
                replace(t, joined=not accumulates and (t.joined or joined), guards=(*t.guards, *tests))
                for t in new
            ),
        ]

    def _scaled_loss(self, value: ast.expr, frame: Frame) -> list[Term]:
        """``with amp.scale_loss(loss, optimizer) as scaled_loss``: the scale is taken out again."""
        match value:
            case ast.Call(func=func, args=[loss, *_]) if last_name(func) == "scale_loss":
                return self.read(loss, frame, {})
        return []


# ------------------------------------------------------------------------------ shape


def _part_of(node: ast.expr, path: tuple[int, ...]) -> ast.expr:
    """The element of a tuple display that an unpacked target gets; the rest of what is no display."""
    for position in path:
        if not isinstance(node, ast.Tuple | ast.List) or not -len(node.elts) <= position < len(node.elts):
            return ast.Constant(value=None)
        node = node.elts[position]
    return node


def _has_only(node: ast.Call, positional: int) -> bool:
    """Whether a call has just these many positional arguments: no ``dim``, no ``keepdim``."""
    return len(node.args) == positional and not node.keywords


def _is_frobenius(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in ("fro", None)
