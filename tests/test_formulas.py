"""Every formula that is printed against a run of the real optimizer in PyTorch, within 1 %.

Each test is one formula; its parameters are the range in which the formula is promised.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from wdlint.explain.formulas import (
    coefficient_of_penalty,
    coupled_preconditioner,
    coupled_rate,
    coupled_ratio,
    equilibrium_rms,
    equilibrium_rotation,
    half_life,
    momentum_shrink,
    per_step_shrink,
    remaining,
    remaining_scheduled,
    time_scale,
    undriven_step,
)
from wdlint.explain.schedules import Schedule, as_attached, lr_sum
from wdlint.facts import Known, LrSchedule

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

PER_CENT = 0.01


@contextmanager
def double_precision() -> Iterator[None]:
    """So that a decay of 1e-7 per step is not lost in rounding."""
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    with double_precision():
        yield


def run(
    optimizer: Any,
    weight: float,
    steps: int,
    gradient: Callable[[int], float] = lambda _: 0.0,
    scheduler: Callable[[Any], Any] | None = None,
    **options: Any,
) -> float:
    """The weight after some steps with gradients of the loss that are given."""
    parameter = torch.nn.Parameter(torch.tensor([weight]))
    opt = optimizer([parameter], **options)
    schedule = scheduler(opt) if scheduler else None
    for t in range(steps):
        parameter.grad = torch.tensor([gradient(t)])
        opt.step()
        if schedule is not None:
            schedule.step()
    return float(parameter.item())


def alternating(rms: float) -> Callable[[int], float]:
    """Gradients of one size and alternating sign: they move a weight nowhere on average."""
    return lambda t: rms if t % 2 else -rms


# ----------------------------------------------------------- decay outside the gradient


@pytest.mark.parametrize("optimizer", [torch.optim.AdamW, torch.optim.SGD])
@pytest.mark.parametrize(("lr", "wd"), [(1e-3, 0.1), (1e-2, 0.05), (0.1, 1e-3)])
def test_a_weight_loses_the_same_fraction_in_each_step(optimizer: Any, lr: float, wd: float) -> None:
    steps = 1000
    left = run(optimizer, 0.3, steps, lr=lr, weight_decay=wd) / 0.3
    assert 1 - left == pytest.approx(1 - remaining(per_step_shrink(lr, wd), steps), rel=PER_CENT)


def test_after_one_time_scale_one_part_in_e_is_left() -> None:
    steps = round(time_scale(per_step_shrink(1e-2, 0.1)))
    assert run(torch.optim.AdamW, 1.0, steps, lr=1e-2, weight_decay=0.1) == pytest.approx(
        1 / math.e, rel=PER_CENT
    )


def test_after_a_half_life_one_half_is_left() -> None:
    steps = round(half_life(per_step_shrink(1e-2, 0.1)))
    assert run(torch.optim.AdamW, 1.0, steps, lr=1e-2, weight_decay=0.1) == pytest.approx(0.5, rel=PER_CENT)


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_momentum_hands_the_decay_out_more_than_once(momentum: float) -> None:
    lr, wd, start, end = 1e-2, 1e-3, 200, 1200
    options = {"lr": lr, "weight_decay": wd, "momentum": momentum}
    early, late = (run(torch.optim.SGD, 1.0, steps, **options) for steps in (start, end))
    lost = -math.log(late / early) / (end - start)
    assert lost == pytest.approx(momentum_shrink(lr, wd, momentum), rel=PER_CENT)


# ---------------------------------------------------------- decay inside the gradient


@pytest.mark.parametrize("rms", [1e-2, 1e-1, 1.0, 10.0])
def test_adam_decays_by_the_size_of_the_gradient(rms: float) -> None:
    """For gradients a hundred times wd*|θ| and more, once the moments have settled."""
    lr, wd, weight, start, end = 1e-4, 1e-4, 0.5, 1000, 3000

    def moved(steps: int) -> float:
        with_decay = run(torch.optim.Adam, weight, steps, alternating(rms), lr=lr, weight_decay=wd)
        return with_decay - run(torch.optim.Adam, weight, steps, alternating(rms), lr=lr)

    lost = (moved(start) - moved(end)) / weight / (end - start)
    assert lost == pytest.approx(coupled_rate(lr, wd, rms), rel=PER_CENT)


@pytest.mark.parametrize("rms", [0.0, 1e-4, 3e-3, 1e-2, 3e-2, 1.0])
def test_one_formula_spans_large_gradients_and_none(rms: float) -> None:
    """wd*|θ| is 0.005: from no gradient at all to 200 times that, while the weight hardly moves."""
    lr, wd, weight, start, end = 1e-6, 1e-2, 0.5, 1000, 3000
    options: dict[str, Any] = {"gradient": alternating(rms), "lr": lr, "weight_decay": wd}
    early, late = (run(torch.optim.Adam, weight, steps, **options) for steps in (start, end))
    lost = (early - late) / weight / (end - start)
    predicted = coupled_rate(lr, wd, coupled_preconditioner(rms, wd, weight))
    assert lost == pytest.approx(predicted, rel=PER_CENT)


def test_a_hundredfold_gradient_is_decayed_a_hundredth_as_fast() -> None:
    lr, wd, steps = 1e-4, 1e-4, 2000

    def lost(rms: float) -> float:
        options = {"lr": lr, "gradient": alternating(rms), "steps": steps, "weight": 0.5}
        return run(torch.optim.Adam, **options) - run(torch.optim.Adam, weight_decay=wd, **options)

    assert lost(1e-2) / lost(1.0) == pytest.approx(coupled_ratio(1e-2, 1.0), rel=PER_CENT)


@pytest.mark.parametrize("wd", [1e-1, 1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9])
def test_without_gradient_the_first_step_is_lr_until_eps_is_reached(wd: float) -> None:
    moved = 0.1 - run(torch.optim.Adam, 0.1, 1, lr=1e-3, weight_decay=wd)
    assert moved == pytest.approx(undriven_step(1e-3, wd, 0.1), rel=1e-6)


@pytest.mark.parametrize("wd", [1e-1, 1e-3, 1e-5])
def test_the_step_stays_lr_while_the_weight_has_hardly_moved(wd: float) -> None:
    """Within 1 % over 20 steps that take 2 % of the weight; then the moments begin to lag."""
    moved = 1.0 - run(torch.optim.Adam, 1.0, 20, lr=1e-3, weight_decay=wd)
    assert moved == pytest.approx(20 * undriven_step(1e-3, wd, 1.0), rel=PER_CENT)


@pytest.mark.parametrize("wd", [1e-1, 1e-3, 1e-5])
def test_without_gradient_fifty_steps_leave_the_same_for_any_coefficient(wd: float) -> None:
    assert run(torch.optim.Adam, 0.1, 50, lr=1e-3, weight_decay=wd) == pytest.approx(0.054, rel=PER_CENT)
    assert run(torch.optim.AdamW, 0.1, 50, lr=1e-3, weight_decay=wd) == pytest.approx(0.1, rel=PER_CENT)


@pytest.mark.parametrize("penalty", [1e-4, 0.5])
def test_a_penalty_is_twice_the_weight_decay_that_torch_writes(penalty: float) -> None:
    weight = torch.tensor([0.3, -2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(penalty * weight.square().sum(), weight)
    by_hand = weight.detach() - 0.1 * gradient
    parameter = torch.nn.Parameter(weight.detach().clone())
    parameter.grad = torch.zeros_like(parameter)
    torch.optim.SGD([parameter], lr=0.1, weight_decay=coefficient_of_penalty(penalty)).step()
    assert torch.allclose(parameter, by_hand, rtol=1e-12)


# --------------------------------------------------------------- scale-invariant weights


@pytest.mark.parametrize(
    ("lr", "wd", "betas"), [(1e-2, 0.1, (0.9, 0.999)), (3e-3, 0.3, (0.0, 0.999)), (1e-3, 1.0, (0.9, 0.999))]
)
def test_a_scale_invariant_weight_ends_where_growth_and_decay_balance(
    lr: float, wd: float, betas: tuple[float, float]
) -> None:
    """Noise gradients, 512 coordinates, lr*wd up to 1e-3, β2 = 0.999, over eight time scales."""
    torch.manual_seed(0)
    steps = round(8 * time_scale(lr * wd))
    weight = torch.nn.Parameter(torch.randn(512) * equilibrium_rms(lr, wd))
    optimizer = torch.optim.AdamW([weight], lr=lr, weight_decay=wd, betas=betas)
    squares, angles = [], []
    for step in range(steps):
        before = weight.detach().clone()
        weight.grad = scale_invariant_gradient(before)
        optimizer.step()
        if step > steps // 3:
            squares.append(weight.detach().square().mean())
            angles.append(angle(before, weight.detach()) ** 2)
    rms, rotation = (math.sqrt(sum(each) / len(each)) for each in (squares, angles))
    assert rms == pytest.approx(equilibrium_rms(lr, wd), rel=PER_CENT)
    assert rotation == pytest.approx(equilibrium_rotation(lr, wd, betas[0]), rel=PER_CENT)


def scale_invariant_gradient(weight: Any) -> Any:
    """Noise without its part along the weight, falling as the weight grows."""
    noise, norm = torch.randn_like(weight), weight.norm()
    return (noise - (noise @ weight) * weight / norm**2) / norm


def angle(a: Any, b: Any) -> float:
    return math.acos(min(1.0, float(a @ b / (a.norm() * b.norm()))))


# ----------------------------------------------------------------------------- schedules

STEPS = 2000
lr_scheduler = torch.optim.lr_scheduler


def warmed_up(opt: Any, then: Any) -> Any:
    first = lr_scheduler.LinearLR(opt, start_factor=1e-3, total_iters=STEPS // 10)
    return lr_scheduler.SequentialLR(opt, [first, then], milestones=[STEPS // 10])


SCHEDULES: dict[str, tuple[Callable[[Any], Any], Schedule]] = {
    "constant": (lambda o: lr_scheduler.ConstantLR(o, factor=1.0), Schedule()),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS), Schedule("cosine")),
    "cosine with a floor": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=1e-3),
        Schedule("cosine", floor=0.1),
    ),
    "linear": (
        lambda o: lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=STEPS),
        Schedule("linear", floor=0.1),
    ),
    "polynomial": (
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=STEPS, power=2.0),
        Schedule("polynomial", power=2.0),
    ),
    "exponential": (
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.01 ** (1 / STEPS)),
        Schedule("exponential", floor=0.01),
    ),
    "step": (lambda o: lr_scheduler.StepLR(o, STEPS // 4, gamma=0.1), Schedule("step", floor=0.1, drops=4)),
    "warm-up and cosine": (
        lambda o: warmed_up(o, lr_scheduler.CosineAnnealingLR(o, STEPS - STEPS // 10)),
        Schedule("cosine", warmup=0.1),
    ),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_scheduled_decay_is_the_sum_of_the_learning_rates(name: str) -> None:
    """lr = 1e-2, wd = 0.1, 2,000 steps: the mean of the schedule, against the loop."""
    scheduler, schedule = SCHEDULES[name]
    left = run(torch.optim.AdamW, 1.0, STEPS, scheduler=scheduler, lr=1e-2, weight_decay=0.1)
    predicted = remaining_scheduled(lr_sum(1e-2, STEPS, schedule), 0.1)
    assert math.log(left) == pytest.approx(math.log(predicted), rel=PER_CENT)


def attached(name: str, **arguments: float) -> Schedule:
    found = as_attached(LrSchedule(name, tuple((k, Known(v)) for k, v in arguments.items())), 1e-2)
    assert found is not None
    return found


ATTACHED: dict[str, tuple[Callable[[Any], Any], Schedule]] = {
    "CosineAnnealingLR": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=2e-3),
        attached("CosineAnnealingLR", T_max=STEPS, eta_min=2e-3),
    ),
    "CosineAnnealingLR, up and down": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS // 4),
        attached("CosineAnnealingLR", T_max=STEPS // 4),
    ),
    "PolynomialLR": (
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=STEPS, power=3),
        attached("PolynomialLR", total_iters=STEPS, power=3),
    ),
}


@pytest.mark.parametrize("name", ATTACHED)
def test_an_attached_scheduler_has_the_mean_that_torch_gives_it(name: str) -> None:
    scheduler, schedule = ATTACHED[name]
    left = run(torch.optim.AdamW, 1.0, STEPS, scheduler=scheduler, lr=1e-2, weight_decay=0.1)
    predicted = remaining_scheduled(lr_sum(1e-2, STEPS, schedule), 0.1)
    assert math.log(left) == pytest.approx(math.log(predicted), rel=PER_CENT)


@pytest.mark.parametrize("name", ["get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup"])
@pytest.mark.parametrize("warmup", [0, STEPS // 10, STEPS // 2])
def test_a_warm_up_does_not_change_the_mean_of_transformers_schedules(name: str, warmup: int) -> None:
    transformers = pytest.importorskip("transformers")

    def scheduler(opt: Any) -> Any:
        return getattr(transformers, name)(opt, warmup, STEPS)

    left = run(torch.optim.AdamW, 1.0, STEPS, scheduler=scheduler, lr=1e-2, weight_decay=0.1)
    predicted = remaining_scheduled(lr_sum(1e-2, STEPS, attached(name)), 0.1)
    assert math.log(left) == pytest.approx(math.log(predicted), rel=PER_CENT)
