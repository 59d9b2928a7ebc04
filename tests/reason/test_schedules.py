"""The learning-rate schedule of an optimizer: found where it is plain, and only there."""

from __future__ import annotations

import pytest

from tests.reason.programs import facts
from wdlint.facts import Known, LrSchedule

OPTIMIZER = "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)\n"


def schedule(after: str) -> LrSchedule | None:
    program = f"import torch\nfrom torch.optim.lr_scheduler import *\nmodel = torch.nn.Linear(2, 2)\n{OPTIMIZER}{after}"
    (site,) = facts(program).sites
    return site.schedule


@pytest.mark.parametrize(
    "call",
    [
        "CosineAnnealingLR(optimizer, 100, eta_min=1e-5)",
        "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=1e-5)",
        "CosineAnnealingLR(T_max=100, optimizer=optimizer, eta_min=1e-5)",
    ],
)
def test_a_scheduler_is_found_with_its_arguments(call: str) -> None:
    found = schedule(f"scheduler = {call}")
    assert found == LrSchedule("CosineAnnealingLR", (("T_max", Known(100)), ("eta_min", Known(1e-5))))


def test_transformers_schedules_are_functions() -> None:
    found = schedule("scheduler = get_linear_schedule_with_warmup(optimizer, 10, 100)")
    assert found is not None
    assert found.argument("num_training_steps") == Known(100)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("", id="there is none"),
        pytest.param("s = CosineAnnealingLR(other, 100)", id="it is another optimizer's"),
        pytest.param("if warm:\n    s = CosineAnnealingLR(optimizer, 100)", id="only under a condition"),
        pytest.param(
            "w = LinearLR(optimizer)\nc = CosineAnnealingLR(optimizer, 90)\ns = SequentialLR(optimizer, [w, c], [10])",
            id="a chain of several",
        ),
        pytest.param("s = StepLR(optimizer, 30)", id="its mean depends on the length of the run"),
        pytest.param("s = MyScheduler(optimizer)", id="nobody knows what it does"),
        pytest.param("def f(optimizer):\n    s = CosineAnnealingLR(optimizer, 9)", id="in another function"),
    ],
)
def test_what_is_not_plain_is_no_schedule(after: str) -> None:
    assert schedule(after) is None
