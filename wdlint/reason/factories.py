"""Optimizers that another API builds: one it knows by name, or one whose class it is handed.

Such an API finds the parameters itself, and groups them or does not; what it is given says which class
it builds, and with which decay.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from wdlint.facts import Factory, OptimizerSite
from wdlint.knowledge import Catalogue
from wdlint.reason.arguments import written_argument
from wdlint.reason.constructor import ConstructorArguments
from wdlint.reason.scopes import dotted
from wdlint.reason.values import Abstract, Constant, Entries, External, Frame

if TYPE_CHECKING:
    from wdlint.reason.sites import SiteFinder

_POLICY = "policy_kwargs"
"""Where stable-baselines3 takes the class and its keywords, in a mapping."""


def site_of(
    finder: SiteFinder, function: Abstract, call: ast.Call, frame: Frame, statement: ast.stmt
) -> OptimizerSite | None:
    """The optimizer that an API of another package is asked for; None if it is asked for none."""
    if not isinstance(function, External):
        return None
    factory = finder.catalogue.factory(function.name)
    if factory is not None:
        return _picked(finder, factory, call, frame, statement)
    if _is_ours(finder, function.name):  # what it does with the class is read there
        return None
    if function.name == "builtins.dict" and not _is_policy(call, statement):
        return None
    return _handed_over(finder, call, frame, statement)


def takes_class(call: ast.Call, catalogue: Catalogue) -> bool:
    """Whether a call has an argument for an optimizer class and one for its keywords."""
    given = {keyword.arg for keyword in call.keywords}
    return any(
        name in given and not given.isdisjoint(held) for name, held in catalogue.class_arguments.items()
    )


def _picked(
    finder: SiteFinder, factory: Factory, call: ast.Call, frame: Frame, statement: ast.stmt
) -> OptimizerSite | None:
    """``create_optimizer_v2(model, opt="adam")``: a word picks the class."""
    positions = {name: position for position, name in enumerate(factory.arguments)}
    word = written_argument(call, factory.picks_by, positions.get(factory.picks_by, len(call.args)))
    value = finder.evaluator.evaluate(word, frame) if word is not None else None
    if word is None or not isinstance(value, Constant) or not isinstance(value.value, str):
        return None
    choice = factory.choices.get(value.value.lower().rpartition("_")[2])
    known = finder.catalogue.get(choice.optimizer) if choice is not None else None
    if known is None:
        return None
    optimizer = replace(
        known,
        arguments=factory.arguments,
        decay_position=None,
        decay_default=0.0,
        coupling="coupled",
        switch=None,
    )
    reader = ConstructorArguments(finder.evaluator, optimizer)
    arguments = reader.read(call.args, call.keywords, frame)
    reader.params = None
    naming = finder.namer.naming(word, frame)
    site = finder.build(call, call.func, frame, statement, [optimizer], arguments, reader, naming)
    why = f"{factory.short_name}() makes them"
    return replace(site, choice=choice, other_classes=bool(value.default_of), groups_unknown=why)


def _handed_over(
    finder: SiteFinder, call: ast.Call, frame: Frame, statement: ast.stmt
) -> OptimizerSite | None:
    """``Model(optimizer_cls=torch.optim.Adam, optimizer_kwargs={"weight_decay": 1e-4})``."""
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    for name, mappings in finder.catalogue.class_arguments.items():
        if name not in given:
            continue
        function = finder.evaluator.evaluate(given[name], frame)
        candidates = list(finder.candidates(function)) if isinstance(function, External) else []
        for mapping in (given[m] for m in mappings if m in given and candidates):
            if isinstance(finder.evaluator.evaluate(mapping, frame), Entries):
                reader = ConstructorArguments(finder.evaluator, candidates[0])
                arguments = list(reader.spread(mapping, frame))
                naming = finder.namer.naming(given[name], frame)
                return finder.build(
                    call, given[name], frame, statement, candidates, arguments, reader, naming
                )
    return None


def _is_ours(finder: SiteFinder, name: str) -> bool:
    """Whether a dotted name leads into the project itself."""
    project = finder.evaluator.project
    return name.startswith(".") or (project is not None and project.locate(name, project.file) is not None)


def _is_policy(call: ast.Call, statement: ast.stmt) -> bool:
    """Whether a mapping is the one that a policy takes the class of its optimizer from."""
    match statement:
        case ast.Assign(targets=[target]) if statement.value is call:
            return dotted(target).endswith(_POLICY)
    return any(
        keyword.arg == _POLICY and keyword.value is call
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    )
