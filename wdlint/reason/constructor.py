"""The arguments of a call, read against an optimizer's signature."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from wdlint.facts import Argument, Optimizer
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.values import Code, Constant, Entries, Frame, alternatives, to_fact


class ConstructorArguments:
    """Reads the arguments of a call against an optimizer's signature.

    ``open`` is set when a ``*`` or ``**`` that cannot be read may hold more of them; ``params`` is
    the code of the first argument, ``named`` that of those the call itself names or places.
    """

    def __init__(self, evaluator: Evaluator, optimizer: Optimizer) -> None:
        self.evaluator = evaluator
        self.optimizer = optimizer
        self.open = False
        self.params: Code | None = None
        self.named: dict[str, Code] = {}

    def read(
        self,
        positional: Sequence[ast.expr],
        keywords: Sequence[ast.keyword],
        frame: Frame,
        how: Literal["keyword", "spread"] = "keyword",
    ) -> list[Argument]:
        found: list[Argument] = []
        for i, node in enumerate(positional):
            if isinstance(node, ast.Starred):
                self.open = True
                break
            if i == 0:
                self.params = Code(node, frame)
                if self._holds_options(self._name_at(0)):
                    found.extend(self.spread(node, frame))
                continue
            if (name := self._name_at(i)) is not None:
                self.named[name] = Code(node, frame)
                place = self.evaluator.place_of(Code(node, frame))
                value = to_fact(self.evaluator.evaluate(node, frame))
                found.append(Argument(name, value, place, place, "positional"))
        for keyword in keywords:
            if keyword.arg is None or self._holds_options(keyword.arg):
                found.extend(self.spread(keyword.value, frame))
                continue
            if keyword.arg == (self.optimizer.arguments or ("params",))[0] or keyword.arg == "params":
                self.params = Code(keyword.value, frame)
            self.named[keyword.arg] = Code(keyword.value, frame)
            value = to_fact(self.evaluator.evaluate(keyword.value, frame))
            home = self.evaluator.of(frame.scope)
            places = home.place(keyword), home.place(keyword.value)
            found.append(Argument(keyword.arg, value, *places, how))
        return found

    def _holds_options(self, name: str | None) -> bool:
        """Pyro's optimizers take their hyper-parameters in a dict, the first argument."""
        return self.optimizer.framework == "pyro" and name == self._name_at(0)

    def _name_at(self, position: int) -> str | None:
        if position < len(self.optimizer.arguments):
            return self.optimizer.arguments[position]
        if position == self.optimizer.decay_position:
            return self.optimizer.decay_argument
        return None

    def spread(self, node: ast.expr, frame: Frame) -> Iterator[Argument]:
        """The arguments in a mapping that is spread into the call."""
        value = self.evaluator.evaluate(node, frame)
        several = [v for v in alternatives(value) if not (isinstance(v, Constant) and v.value is None)]
        if len(several) != 1 or not isinstance(several[0], Entries):
            self.open = True
            return
        entries = several[0]
        self.open = self.open or entries.open
        for name, values in entries.entries.items():
            lazy = values[-1]
            if name == "params" and isinstance(lazy, Code):
                self.params = lazy
            place = self.evaluator.place_of(lazy if isinstance(lazy, Code) else Code(node, frame))
            yield Argument(name, to_fact(self.evaluator.force(lazy)), place, place, "spread")
