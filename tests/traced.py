"""Facts about group membership, got by running a program in PyTorch: what the interpreter must find.

Names that ``named_parameters`` yields write down what they are compared with; the optimizer's
constructor is stopped before it can refuse anything. For the examples on the cards only: they are
ours, and small.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from wdlint.facts import (
    BuiltGroup,
    Decay,
    FileFacts,
    Grouping,
    Known,
    Membership,
    Model,
    NameTest,
    OptimizerSite,
    Parameter,
    ParameterKind,
    Place,
)
from wdlint.sources.text import Source

Examine = Callable[..., FileFacts]


def with_groupings(examine: Examine) -> Examine:
    """The reasoner, with the groupings of a file's only optimizer traced where it has none."""

    def examined(source: Source, tree: ast.Module, *rest: Any) -> FileFacts:
        facts = examine(source, tree, *rest)
        if len(facts.sites) != 1 or facts.sites[0].groupings:
            return facts
        return replace(
            facts, sites=(replace(facts.sites[0], groupings=(traced(source, tree, facts.sites[0]),)),)
        )

    return examined


def traced(source: Source, tree: ast.Module, site: OptimizerSite) -> Grouping:
    """Run a program up to its first optimizer."""
    run = _Run()
    with run.recorded(), contextlib.suppress(_Built):
        exec(compile(tree, source.path, "exec", dont_inherit=True), {"__name__": "program"})
    rows = [_row(run.model, name, parameter, source, tree) for name, parameter in run.named()]
    members = tuple(
        Membership(row, tuple(i for i, g in enumerate(run.groups) if any(p is q for q in g["params"])))
        for row, (_, p) in zip(rows, run.named(), strict=True)
    )
    model = Model(type(run.model).__name__, tuple(rows), complete=True)
    return Grouping(
        model=model,
        groups=tuple(_groups(run, source, tree, site)),
        members=members,
        tests=tuple(_tests(run, source, tree, rows)),
        splits_whole=True,
    )


class _Built(Exception):
    """The optimizer has its groups."""


class _Name(str):
    """A parameter's name that writes down what it is compared with."""

    seen: dict[str, set[str]]

    def _note(self, words: Any, answer: Callable[[str], bool]) -> bool:
        for word in words if isinstance(words, tuple) else (words,):
            matched = self.seen.setdefault(word, set())
            if answer(word):
                matched.add(str(self))
        return any(map(answer, words if isinstance(words, tuple) else (words,)))

    def __contains__(self, word: Any) -> bool:
        return self._note(word, lambda each: str(self).find(each) >= 0)

    def endswith(self, words: Any, *rest: Any) -> bool:
        return self._note(words, str(self).endswith)

    def startswith(self, words: Any, *rest: Any) -> bool:
        return self._note(words, str(self).startswith)


class _Run:
    def __init__(self) -> None:
        self.torch: Any = pytest.importorskip("torch", reason="the facts are not there yet, nor is PyTorch")
        self.model: Any = None
        self.groups: list[dict[str, Any]] = []
        self.defaults: dict[str, Any] = {}
        self.seen: dict[str, set[str]] = {}
        self.original = self.torch.nn.Module.named_parameters

    def named(self) -> list[tuple[str, Any]]:
        return list(self.original(self.model))

    @contextlib.contextmanager
    def recorded(self) -> Iterator[None]:
        run = self

        def named(module: Any, *arguments: Any, **keywords: Any) -> Iterator[tuple[str, Any]]:
            for name, parameter in run.original(module, *arguments, **keywords):
                traced_name = _Name(name)
                traced_name.seen = run.seen
                yield traced_name, parameter

        def built(_: Any, params: Any, defaults: dict[str, Any]) -> None:
            groups = list(params)
            run.groups = [
                {**g, "params": list(g["params"])} if isinstance(g, dict) else {"params": [g]} for g in groups
            ]
            run.defaults = defaults
            raise _Built

        original_init = self.torch.nn.Module.__init__
        begun: list[Any] = []

        def begins(module: Any, *arguments: Any, **keywords: Any) -> None:
            original_init(module, *arguments, **keywords)
            begun.append(module)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.torch.nn.Module, "named_parameters", named)
            patch.setattr(self.torch.nn.Module, "__init__", begins)
            patch.setattr(self.torch.optim.Optimizer, "__init__", built)
            try:
                yield
            finally:
                self.model = begun[0]


def _row(model: Any, name: str, parameter: Any, source: Source, tree: ast.Module) -> Parameter:
    owner = model.get_submodule(name.rpartition(".")[0])
    return Parameter(
        _pattern(model, name),
        _kind(owner, name),
        parameter.ndim,
        _assigned(source, tree, name, type(owner).__name__),
        trainable=parameter.requires_grad,
        owner=type(owner).__name__,
        example=name,
    )


def _pattern(model: Any, name: str) -> str:
    parts = name.split(".")
    for i, part in enumerate(parts):
        holder = type(model.get_submodule(".".join(name.split(".")[:i]))).__name__ if i < len(parts) else ""
        if part.isdigit() and holder == "ModuleList":
            parts[i] = "*"
    return ".".join(parts)


def _kind(owner: Any, name: str) -> ParameterKind:
    kind = type(owner).__name__
    if "Norm" in kind:
        return "norm"
    if "bias" in name.rpartition(".")[2]:
        return "bias"
    if kind == "Embedding":
        return "embedding"
    return "weight" if name.endswith("weight") else "other"


def _assigned(source: Source, tree: ast.Module, name: str, owner: str) -> Place | None:
    """The statement that makes the layer: ``self.<its name> = ...``."""
    for part in reversed(name.split(".")):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                if node.targets[0].attr == part:
                    return source.place(node.value)
    return None


def _groups(run: _Run, source: Source, tree: ast.Module, site: OptimizerSite) -> Iterator[BuiltGroup]:
    dicts = [node for node in ast.walk(tree) if isinstance(node, ast.Dict) and node.keys]
    dicts.sort(key=lambda node: (node.lineno, node.col_offset))
    for i, group in enumerate(run.groups):
        place = source.place(dicts[i]) if len(dicts) == len(run.groups) else None
        if "weight_decay" in group:
            yield BuiltGroup(Decay(Known(group["weight_decay"]), "group", place), place)
        else:
            yield BuiltGroup(replace(site.decay, value=Known(run.defaults["weight_decay"])), place)


def _tests(run: _Run, source: Source, tree: ast.Module, rows: list[Parameter]) -> Iterator[NameTest]:
    patterns = {row.example: row.name for row in rows}
    for word, matched in run.seen.items():
        node = next(n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == word)
        place = source.place(node)
        yield NameTest(word, place, place, tuple(dict.fromkeys(patterns[name] for name in sorted(matched))))
