"""Which optimizer takes the parameters of a term, and which one steps after a backward pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from wdlint.facts import OptimizerSite, Place
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import Scope
from wdlint.reason.values import (
    Abstract,
    Code,
    Element,
    Entries,
    Frame,
    Instance,
    Items,
    Made,
    Parameters,
    alternatives,
)
from wdlint.reason.weights import Weights


class Owners:
    """The optimizers of a module, by what they take and where they step.

    ``calls`` is the call that builds each site, and the expression of its parameters.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        sites: Sequence[OptimizerSite],
        calls: Mapping[Place, tuple[ast.Call, ast.expr | None]],
    ) -> None:
        self.evaluator = evaluator
        self.index = evaluator.index
        self._sites = [s for s in sites if s.place in calls]
        self._by_call = {calls[s.place][0]: s for s in self._sites}
        statements = dict(self.index.calls)
        self._params = {
            place: Code(params, evaluator.frame(statements[call]))
            for place, (call, params) in calls.items()
            if params is not None
        }

    # -------------------------------------------------------------------- who steps

    def steps(self, scope: Scope) -> Iterator[tuple[ast.expr, ast.stmt]]:
        """What ``step()`` is called on, or is given as in ``scaler.step(optimizer)``, in a scope."""
        for call, statement in self.index.calls_named.get("step", ()):
            if self.index.scope(statement) is scope and isinstance(call.func, ast.Attribute):
                yield call.func.value, statement
                yield from ((given, statement) for given in call.args[:1])

    def stepping(self, statement: ast.stmt) -> list[OptimizerSite]:
        """The optimizers of this module that step in the function a statement is in, or around it."""
        scope: Scope | None = self.index.scope(statement)
        while scope is not None:
            found = {
                site.place: site
                for holder, where in self.steps(scope)
                for site in self.made(Code(holder, self.evaluator.frame(where)))
            }
            if found:
                return list(found.values())
            scope = scope.parent  # optimizer.step(closure)
        return []

    def made(self, code: Code) -> list[OptimizerSite]:
        """The optimizers an expression may be."""
        values = alternatives(self.evaluator.force(code))
        calls = [v.call.node for v in values if isinstance(v, Made) and isinstance(v.call.node, ast.Call)]
        return [self._by_call[call] for call in calls if call in self._by_call]

    def configured(self, statement: ast.stmt) -> list[OptimizerSite]:
        """The optimizers that may step after a statement: for ``training_step`` those of its class."""
        owner = self.index.scope(statement).qualname
        cls, _, function = owner.rpartition(".")
        if function == "training_step":
            return [s for s in self._sites if s.owner == f"{cls}.configure_optimizers"]
        return self._sites

    # --------------------------------------------------------------------- who takes

    def taking(self, weights: Weights, sites: Sequence[OptimizerSite]) -> list[OptimizerSite]:
        """Those of the optimizers that certainly take parameters of the term."""
        return [s for s in sites if s.place in self._params and self._takes(s, weights)]

    def _takes(self, site: OptimizerSite, weights: Weights) -> bool:
        taken = self.evaluator.force(self._params[site.place])
        held = {key for module in self._held(taken) for key in self._keys(module)}
        return any(not held.isdisjoint(self._keys(module)) for homes in weights.homes for module in homes)

    def _held(self, value: Abstract) -> Iterator[Code]:
        """The modules whose parameters a value holds."""
        for each in alternatives(value):
            match each:
                case Parameters(picked=picked) | Element(of=Parameters(picked=picked)):
                    yield from (p.receiver for p in picked)
                case Items(items=items):
                    for item in items:
                        yield from self._held(self.evaluator.force(item.value))
                case Entries(entries={"params": [*_, params]}):
                    yield from self._held(self.evaluator.force(params))

    def _keys(self, code: Code) -> set[object]:
        """What tells one module from another: the object it is, and the name it goes by in its scope."""
        node, frame = code.node, code.frame
        found: set[object] = {
            id(each) for each in alternatives(self.evaluator.force(code)) if isinstance(each, Instance | Made)
        }
        match node:
            case ast.Attribute(value=holder, attr="module"):  # DistributedDataParallel
                found |= self._keys(Code(holder, frame))
            case ast.Attribute(value=holder, attr=name):
                found |= {(key, name) for key in self._keys(Code(holder, frame))}
            case ast.Name(id=name):
                found |= self._named(name, frame)
        return found

    def _named(self, name: str, frame: Frame) -> set[object]:
        passed = frame.arguments.get(name) if frame.arguments is not None else None
        if isinstance(passed, Code):
            return self._keys(passed)
        scope: Scope | None = frame.scope
        while scope is not None and (name not in scope.names or name in scope.globals):
            scope = scope.parent
        return {(scope.node, name)} if scope is not None else set()
