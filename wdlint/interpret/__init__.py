"""Follows a program on abstract values, without running it: which parameters has this model?

A concrete-first partial evaluator over ``ast``. The machine (:mod:`~wdlint.interpret.machine`)
follows statements, :mod:`~wdlint.interpret.expressions` and :mod:`~wdlint.interpret.objects` say
what expressions, attributes, calls and classes do, :mod:`~wdlint.interpret.torch` what PyTorch
does, :mod:`~wdlint.interpret.modules` finds source, and :mod:`~wdlint.interpret.inventory` reads
the parameters off the module that was built. Nothing is imported or executed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from wdlint.facts import Gap, Model, Place
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.inventory import model_of
from wdlint.interpret.machine import Exhausted, Frame, Machine
from wdlint.interpret.modules import Library, Module
from wdlint.interpret.values import Class, Instance, Unknown, Value, is_module, options


class Sources:
    """Places of nodes in whatever file they stand; a file's text is read when it is first asked for."""

    def __init__(self, shown: dict[str, str] | None = None) -> None:
        self._shown = shown or {}
        self._sources: dict[str, object] = {}

    def place(self, node: ast.AST | None, module: Module | None) -> Place | None:
        if node is None or module is None or not hasattr(node, "lineno"):
            return None
        from wdlint.sources.text import Source, SourceError

        source = self._sources.get(module.path)
        if source is None:
            try:
                with open(module.path, "rb") as file:
                    source = Source.decode(file.read(), self._shown.get(module.path, module.path))
            except (OSError, SourceError):
                source = False
            self._sources[module.path] = source
        if not isinstance(source, Source):
            return None
        try:
            return source.place(node)  # type: ignore[arg-type]
        except (IndexError, AssertionError):
            return None


def inventory_of_expression(
    source: str, expression: str, *, path: str, unknown_arguments: bool, roots: Sequence[str]
) -> Model:
    """The parameters of the module an expression gives after a program text has run.

    With ``unknown_arguments`` every argument of the last constructor call is unknown.
    """
    tree = ast.parse(source)
    if unknown_arguments:
        _forget_arguments(tree)
    machine = Machine(Library(roots))
    module = machine.library.main(path, tree)
    value: Value
    with machine.running():
        env = machine.importer.env(module)
        machine.frames.append(Frame(env))
        try:
            value = machine.evaluate(ast.parse(expression, mode="eval").body, env)
        except ProgramRaise as error:
            value = Unknown(f"the program raises {error.kind}")
        except Exhausted:
            value = Unknown("the search for it ran out of budget")
    return _model(value, Sources())


def _model(value: Value, sources: Sources) -> Model:
    for each in options(value):
        if isinstance(each, Instance) and (is_module(each) or each.cls.strangers):
            return model_of(each, sources.place)
    why = value.why if isinstance(value, Unknown) else "it is not a module"
    return Model("", gaps=(Gap("", why),))


def _forget_arguments(tree: ast.Module) -> None:
    """Make every argument of the last call of a module unknown."""
    last = tree.body[-1]
    assert isinstance(last, ast.Assign) and isinstance(last.value, ast.Call)
    unknown = ast.Name("__an_argument__", ast.Load())
    last.value.args = [ast.copy_location(unknown, a) for a in last.value.args]
    for keyword in last.value.keywords:
        keyword.value = ast.copy_location(unknown, keyword.value)


__all__ = ["Class", "inventory_of_expression"]
