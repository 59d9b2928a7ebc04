"""The learning-rate schedule of an optimizer, where the file that builds it attaches exactly one.

A scheduler counts if it is built in the optimizer's own scope, under no condition that the optimizer
is not under, from the name the optimizer is assigned to. Two of them, or one that is handed on to
another, are no schedule that could be told here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from wdlint.facts import LrSchedule
from wdlint.reason.arguments import written_argument
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import dotted, last_name
from wdlint.reason.values import to_fact

_SCHEDULER: Final = re.compile(r"(LR|Scheduler|Restarts|Plateau)$|^get_\w*schedule")

_ARGUMENTS: Final = {
    "CosineAnnealingLR": ("optimizer", "T_max", "eta_min"),
    "PolynomialLR": ("optimizer", "total_iters", "power"),
    "get_linear_schedule_with_warmup": ("optimizer", "num_warmup_steps", "num_training_steps"),
    "get_cosine_schedule_with_warmup": (
        *("optimizer", "num_warmup_steps", "num_training_steps"),
        "num_cycles",
    ),
}
"""The positional arguments of the schedulers whose whole run is known from their arguments."""


def schedule_of(evaluator: Evaluator, target: str, statement: ast.stmt) -> LrSchedule | None:
    """The schedule of the optimizer that a statement assigns to ``target``; None where there is none."""
    index = evaluator.index
    scope = index.scope(statement)
    found = [
        pair for pair in _schedulers(evaluator, target) if "." in target or index.scope(pair[1]) is scope
    ]
    if len(found) != 1:
        return None
    call, where = found[0]
    names = _ARGUMENTS.get(last_name(call.func))
    if names is None or index.scope(where) is not scope:
        return None
    if not set(index.enclosing(where)) <= set(index.enclosing(statement)):
        return None
    frame = evaluator.frame(where)
    written = (
        (name, written_argument(call, name, position)) for position, name in enumerate(names) if position
    )
    values = ((name, evaluator.evaluate(node, frame)) for name, node in written if node is not None)
    arguments = tuple((name, to_fact(value)) for name, value in values)
    return LrSchedule(last_name(call.func), arguments, evaluator.place(call))


def _schedulers(evaluator: Evaluator, target: str) -> Iterator[tuple[ast.Call, ast.stmt]]:
    """The calls that make a scheduler of what is held by a name, known schedulers or not."""
    for name, calls in evaluator.index.calls_named.items():
        if target and _SCHEDULER.search(name):
            for call, statement in calls:
                optimizer = written_argument(call, "optimizer", 0)
                if optimizer is not None and dotted(optimizer) == target:
                    yield call, statement
