"""Numbers to play with: tables for a learning rate and a weight decay, without code."""

from __future__ import annotations

import math

import pytest

from wdlint.explain import text
from wdlint.explain.worked import Numbers, numbers_page


def shown(numbers: Numbers) -> list[str]:
    """The lines with one space between words."""
    return [" ".join(line.split()) for line in text.render(numbers_page(numbers), 100).splitlines()]


def test_the_tables_hold_the_numbers_worked_out() -> None:
    rows = shown(Numbers(3e-4, 0.1, beta1=0.9, beta2=0.95, steps=5000))
    assert "time scale 1/(lr·wd) = 33,300 steps" in rows
    assert "left after 5,000 steps 0.86 at constant lr, where no gradient holds it" in rows
    assert "0.93 where lr falls to 0 by a cosine or a straight line" in rows
    assert "1 3e-5 1" in rows
    assert "0 6e-3 200" in rows


def test_times_are_given_in_epochs_where_their_length_is_known() -> None:
    rows = shown(Numbers(1e-3, 0.1, steps_per_epoch=500))
    assert "time scale 1/(lr·wd) = 10,000 steps = 20 epochs" in rows


def test_an_l2_coefficient_is_next_to_no_decay() -> None:
    assert "next to no decay" in numbers_page(Numbers(1e-3, 1e-5)).summary


def test_a_coefficient_near_eps_takes_less_than_lr() -> None:
    words = " ".join(text.render(numbers_page(Numbers(1e-3, 1e-7)), 100).split())
    assert "Without gradient the step is 3.33e-4, less than lr = 1e-3." in words
    assert "wd cancels" not in words


def test_a_decay_of_everything_has_no_time_scale() -> None:
    page = numbers_page(Numbers(10, 1))
    assert "in one step" in page.summary
    assert "time scale" not in text.render(page, 100)


def test_a_program_gets_the_numbers_themselves() -> None:
    results = numbers_page(Numbers(1e-2, 0.1)).data["results"]
    assert results["time_scale"] == pytest.approx(1000)
    assert results["equilibrium_rms"] == pytest.approx(math.sqrt(0.05))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lr": 0.0}, "lr: must be a number above 0"),
        ({"lr": math.nan}, "lr: must be a number above 0"),
        ({"weight_decay": math.inf}, "weight_decay: must be a number above 0"),
        ({"beta1": 1.0}, "betas: must be two numbers from 0 to below 1"),
        ({"eps": -1.0}, "eps: must be a number, 0 or more"),
        ({"steps": 0}, "steps: must be 1 or more"),
    ],
)
def test_a_number_out_of_range_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Numbers(**{"lr": 1e-3, "weight_decay": 0.1, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("lr", [1e-30, 1e-7, 1.0, 1e30])
@pytest.mark.parametrize("weight_decay", [1e-30, 1e-3, 1e30])
@pytest.mark.parametrize("eps", [0.0, 1e-8, 1e30])
def test_numbers_at_the_ends_are_printed_all_the_same(lr: float, weight_decay: float, eps: float) -> None:
    assert text.render(numbers_page(Numbers(lr, weight_decay, eps=eps)), 80)
