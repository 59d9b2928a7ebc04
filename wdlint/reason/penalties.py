"""L2 terms written by hand under an adaptive optimizer: in a loss, or added to the gradients.

Found from where the gradients are made, ``backward()`` and Lightning's ``training_step``, and only
said where the optimizer that takes these parameters is seen and divides their gradients.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wdlint.facts import Optimizer, OptimizerSite, Penalty, PenaltyKind, Place, Unknown, Value
from wdlint.reason.conditions import conditions, holds, selects
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.owners import Owners
from wdlint.reason.scopes import Binding, dotted, last_name
from wdlint.reason.squares import Squares
from wdlint.reason.terms import Term
from wdlint.reason.values import (
    Code,
    Constant,
    Frame,
    alternatives,
    numeric,
    to_fact,
)
from wdlint.reason.weights import Weights

_SQUARES: Final = re.compile(r"norm\(|square\(|pow\(|\*\*|\bdot\(|mul(?:tiply)?\(|\b(\w{1,99}) ?\* ?\1\b")
"""What a file with a squared norm says somewhere; bounded, since a line may be one word of megabytes."""
_GRADIENTS: Final = re.compile(r"\.grad\b[^\n]{0,200}?(?:add|\+)")


def penalties(
    evaluator: Evaluator,
    sites: Sequence[OptimizerSite],
    calls: Mapping[Place, tuple[ast.Call, ast.expr | None]],
) -> tuple[Penalty, ...]:
    """The L2 terms of a module over parameters that one of its adaptive optimizers takes."""
    if not sites:
        return ()
    finder = _PenaltyFinder(evaluator, sites, calls)
    found: list[Penalty] = []
    if evaluator.mentions(_SQUARES):
        found.extend(finder.in_losses())
    if evaluator.mentions(_GRADIENTS):
        found.extend(finder.in_gradients())
    return tuple(sorted({p.place: p for p in reversed(found)}.values(), key=lambda p: p.place))


def is_adaptive(optimizer: Optimizer) -> bool:
    """Whether an optimizer divides the gradient, element by element, by a measure of its size."""
    switch = optimizer.switch
    if optimizer.coupling == "coupled" or (
        switch is not None and "coupled" in (switch.when_true, switch.when_false)
    ):
        return True
    return "adam" in optimizer.short_name.lower() and "muon" not in optimizer.short_name.lower()


def is_undecided(found: Iterable[Penalty]) -> bool:
    """Whether other files of the project may know more about a coefficient."""
    return any(not p.positive for p in found)


class _PenaltyFinder:
    def __init__(
        self,
        evaluator: Evaluator,
        sites: Sequence[OptimizerSite],
        calls: Mapping[Place, tuple[ast.Call, ast.expr | None]],
    ) -> None:
        self.evaluator = evaluator
        self.index = evaluator.index
        self.squares = Squares(evaluator)
        self.owners = Owners(evaluator, sites, calls)

    # ------------------------------------------------------------------------ losses

    def in_losses(self) -> Iterator[Penalty]:
        for loss, statement in self._losses():
            for term in self.squares.terms(loss, self.evaluator.frame(statement)):
                yield from self._penalty("loss", term, statement)

    def _losses(self) -> Iterator[tuple[ast.expr, ast.stmt]]:
        """The expressions that gradients are taken of."""
        for name in ("backward", "manual_backward"):
            for call, statement in self.index.calls_named.get(name, ()):
                for given in call.args[:1]:  # accelerator.backward(loss)
                    yield given, statement
                match call.func:
                    case ast.Attribute(value=ast.Call(func=func, args=[loss])) if last_name(func) == "scale":
                        yield loss, statement
                    case ast.Attribute(value=loss):
                        yield loss, statement
        for function in self.index.functions.get("training_step", ()):
            for statement in self.index.returns(function) or ():
                match statement.value:
                    case ast.Dict(keys=keys, values=values):
                        named = zip(keys, values, strict=True)
                        yield from (
                            (v, statement)
                            for k, v in named
                            if isinstance(k, ast.Constant) and k.value == "loss"
                        )
                    case ast.expr() as loss:
                        yield loss, statement

    # --------------------------------------------------------------------- gradients

    def in_gradients(self) -> Iterator[Penalty]:
        for tensor, added, factor, statement, node in self._additions():
            frame = self.evaluator.frame(statement)
            holder = self._param_groups(tensor, frame)
            bound = {tensor.id: Weights(())} if isinstance(tensor, ast.Name) and holder is not None else {}
            terms = self.squares.read(added, frame, bound)
            if len(terms) != 1 or terms[0].form != "weights":
                continue
            if ast.dump(terms[0].squared.node) != ast.dump(tensor):
                continue
            (term,) = self.squares.scaled(terms, factor, frame) if factor is not None else terms
            guards = conditions(self.index, statement, self._step_after(statement), frame)
            whole = term.weights.whole and not selects(self.index, statement)
            term = replace(
                term,
                node=Code(node, frame),
                guards=guards,
                weights=replace(term.weights, whole=whole),
            )
            stepping = self.owners.made(holder) if holder is not None else None
            yield from self._penalty("gradient", term, statement, stepping)

    def _additions(self) -> Iterator[tuple[ast.expr, ast.expr, ast.expr | None, ast.stmt, ast.expr]]:
        """What is added to the gradient of a tensor: tensor, addend, factor, statement, expression."""
        for call, statement in self.index.calls_named.get("add_", ()):
            tensor = _owner_of_gradient(call.func.value) if isinstance(call.func, ast.Attribute) else None
            if tensor is not None and (parts := _added(call)) is not None:
                yield tensor, *parts, statement, call
        for binding in self.index.all_bindings():
            if not binding.name.endswith((".grad", ".grad.data")):
                continue
            match binding.statement:
                case ast.AugAssign(target=target, op=ast.Add(), value=value) as statement:
                    if (tensor := _owner_of_gradient(target)) is not None:
                        yield tensor, value, None, statement, value
                case ast.Assign(targets=[target], value=value) as statement:
                    tensor = _owner_of_gradient(target)
                    if tensor is not None and (parts := _sum_with(target, value)) is not None:
                        yield tensor, *parts, statement, value

    def _param_groups(self, tensor: ast.expr, frame: Frame) -> Code | None:
        """The optimizer in ``for group in optimizer.param_groups: for p in group["params"]``."""
        if not isinstance(tensor, ast.Name):
            return None
        match self._loop_over(tensor.id, frame):
            case ast.Subscript(value=ast.Name(id=group), slice=ast.Constant(value="params")), inner:
                match self._loop_over(group, inner):
                    case ast.Attribute(value=optimizer, attr="param_groups"), outer:
                        return Code(optimizer, outer)
        return None

    def _loop_over(self, name: str, frame: Frame) -> tuple[ast.expr, Frame] | None:
        found, _ = self.index.reaching(name, frame.statement, frame.scope)
        match found:
            case [Binding(kind="loop", value=ast.expr() as value, statement=ast.stmt() as loop, path=())]:
                return value, frame.at(loop)
        return None

    def _step_after(self, statement: ast.stmt) -> ast.stmt | None:
        return next((s for _, s in self.owners.steps(self.index.scope(statement))), None)

    # ----------------------------------------------------------------------- one term

    def _penalty(
        self,
        kind: PenaltyKind,
        term: Term,
        statement: ast.stmt,
        stepping: Sequence[OptimizerSite] | None = None,
    ) -> Iterator[Penalty]:
        """The fact, where an adaptive optimizer takes these parameters, or a gradient is cut off."""
        truths = [holds(self.evaluator, guard) for guard in term.guards]
        if "no" in truths:
            return
        if stepping is None:
            stepping = self.owners.stepping(statement)
            taking = self.owners.taking(term.weights, stepping or self.owners.configured(statement))
            known = bool(stepping) or isinstance(statement, ast.Return)
        else:
            taking, known = list(stepping), True
        cut = term.cut if kind == "loss" else None
        adaptive = [s for s in taking if cut is not None or any(map(is_adaptive, s.optimizers))]
        if not adaptive:
            return
        mixed = len(adaptive) < len(taking) or not all(is_adaptive(o) for s in adaptive for o in s.optimizers)
        mixed = mixed and cut is None
        coefficient, positive = _coefficient(term)
        yield Penalty(
            kind if cut is None else "constant",
            self.evaluator.place_of(term.node),
            self.evaluator.place_of(term.squared),
            coefficient,
            positive,
            term.weights.whole,
            mixed or any(t != "yes" for t in truths),
            adaptive[0],
            known,
            None if cut is None else self.evaluator.place_of(cut),
        )


def _coefficient(term: Term) -> tuple[Value, bool]:
    """The coefficient as a fact, and whether it is above zero for certain."""
    numbers = [numeric(v.value) if isinstance(v, Constant) else None for v in alternatives(term.factor)]
    positive = all(n is not None and n > 0 for n in numbers)
    if term.divided:
        return Unknown("the loss is divided by a number that is not known here"), positive
    return to_fact(term.factor), positive


# -------------------------------------------------------------------------- gradients


def _owner_of_gradient(node: ast.expr) -> ast.expr | None:
    """``p`` of ``p.grad`` and ``p.grad.data``."""
    match node:
        case ast.Attribute(value=ast.Attribute(value=tensor, attr="grad"), attr="data"):
            return tensor
        case ast.Attribute(value=tensor, attr="grad"):
            return tensor
    return None


def _added(call: ast.Call) -> tuple[ast.expr, ast.expr | None] | None:
    """Addend and factor of ``add(p, alpha=wd)``, ``add(wd * p)`` and the old ``add(wd, p)``."""
    alpha = next((k.value for k in call.keywords if k.arg == "alpha"), None)
    match call.args, len(call.keywords):
        case [added], 0 | 1 if len(call.keywords) == (alpha is not None):
            return added, alpha
        case [factor, added], 0:
            return added, factor
    return None


def _sum_with(target: ast.expr, value: ast.expr) -> tuple[ast.expr, ast.expr | None] | None:
    """What is added in ``p.grad = p.grad + wd * p`` and ``p.grad = p.grad.add(p, alpha=wd)``."""
    gradient = dotted(target).removesuffix(".data")

    def is_gradient(node: ast.expr) -> bool:
        return bool(gradient) and dotted(node).removesuffix(".data") == gradient

    match value:
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            if is_gradient(left) or is_gradient(right):
                return (right if is_gradient(left) else left), None
        case ast.Call(func=ast.Attribute(value=holder, attr="add")) if is_gradient(holder):
            return _added(value)
    return None
