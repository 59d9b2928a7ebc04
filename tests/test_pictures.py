"""Pictures: what they show is what the formulas say, and any reader can open them."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import islice

import pytest

from wdlint.explain import coupled_rate
from wdlint.pictures import (
    Picture,
    Share,
    decay_by_gradient,
    element,
    escaped,
    gain_over_steps,
    norms_over_steps,
    shares_by_kind,
)
from wdlint.pictures.adam import Recurrence, alternating
from wdlint.pictures.plot import Plot
from wdlint.pictures.scales import Linear, Log, nice_step

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture | None) -> ET.Element:
    assert picture is not None
    return ET.fromstring(picture.svg())


def texts(picture: Picture | None) -> list[str]:
    return [text.text or "" for text in drawn(picture).iter(f"{SVG}text")]


def every_picture() -> list[Picture | None]:
    return [
        decay_by_gradient(1e-3, 1e-4),
        norms_over_steps(1e-3, 1e-4, 1e-4),
        gain_over_steps(1e-4),
        shares_by_kind([Share("weight", 4), Share("norm", 6)], [Share("weight", 4), Share("norm", 0, 6)]),
    ]


# ------------------------------------------------------------------------------- markup


def test_text_and_attributes_are_escaped() -> None:
    assert escaped("<script>'&\"") == "&lt;script&gt;'&amp;\""
    assert element("a", escaped("<b>"), href='"><b>') == '<a href="&quot;&gt;&lt;b&gt;">&lt;b&gt;</a>'
    assert element("a", title="'") == '<a title="&#x27;"></a>'


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800", "\ufffe"])
def test_what_no_xml_document_may_hold_is_replaced(character: str) -> None:
    assert escaped(f"a{character}b") == "a\ufffdb"


def test_attributes_that_are_none_are_left_out_and_underscores_become_hyphens() -> None:
    assert element("path", class_="c", stroke_width=1.50, d=None) == '<path class="c" stroke-width="1.5"/>'


# ------------------------------------------------------------------------------- scales


def test_a_log_axis_is_labelled_at_powers_of_ten() -> None:
    assert Log(1e-3, 20).ticks(7) == (1e-3, 1e-2, 1e-1, 1, 10)


def test_a_long_log_axis_is_labelled_at_every_second_one() -> None:
    assert Log(1e-8, 10).ticks(6) == (1e-8, 1e-6, 1e-4, 1e-2, 1)


@pytest.mark.parametrize(("high", "expected"), [(1, (0, 0.2, 0.4, 0.6, 0.8, 1)), (70, (0, 20, 40, 60))])
def test_a_linear_axis_is_labelled_at_round_numbers(high: float, expected: tuple[float, ...]) -> None:
    assert Linear(0, high).ticks(5) == expected


@pytest.mark.parametrize(("rough", "nice"), [(0.11, 0.2), (1, 1), (2.1, 5), (60, 100)])
def test_steps_of_an_axis_are_1_2_or_5_times_a_power_of_ten(rough: float, nice: float) -> None:
    assert nice_step(rough) == pytest.approx(nice)


def test_equal_ratios_are_equal_distances_on_a_log_axis() -> None:
    scale = Log(1e-4, 1e4)
    assert [scale.fraction(x) for x in (1e-9, 1e-4, 1e-2, 1, 1e4, 1e9)] == pytest.approx(
        [0, 0, 0.25, 0.5, 1, 1]
    )


def test_larger_quantities_lie_further_right_and_higher() -> None:
    plot = Plot(Linear(0, 1), Linear(0, 1))
    (left, foot), (right, top) = plot.at(0, 0), plot.at(1, 1)
    assert left < right
    assert foot > top


# ------------------------------------------------------------------------------- any picture


@pytest.mark.parametrize("picture", every_picture())
def test_a_picture_says_what_it_shows_to_those_who_do_not_see_it(picture: Picture) -> None:
    svg = drawn(picture)
    assert svg.get("role") == "img"
    assert svg.get("viewBox") == f"0 0 {picture.width} {picture.height}"
    assert [child.tag for child in svg][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert svg.findtext(f"{SVG}title") == picture.title
    assert len(svg.findtext(f"{SVG}desc") or "") > 40


@pytest.mark.parametrize("picture", every_picture())
def test_colours_are_left_to_the_page(picture: Picture) -> None:
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', picture.svg()))
    assert all(colour in ("none", "currentColor") or colour.startswith("var(--wdlint-") for colour in colours)


@pytest.mark.parametrize("picture", every_picture())
def test_nothing_is_drawn_outside_of_the_picture(picture: Picture) -> None:
    for text in drawn(picture).iter(f"{SVG}text"):
        x, y = float(text.get("x", "nan")), float(text.get("y", "nan"))
        wide = 6.2 * len(text.text or "")
        start = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor", ""), 0.0)
        turned = text.get("transform") is not None
        assert 0 < y < picture.height
        assert turned or (start > -1 and start + wide < picture.width + 8), text.text


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert every_picture() == every_picture()


def test_names_are_text_not_markup() -> None:
    assert "<script>: lr·wd/(√v̂+ε)" in texts(decay_by_gradient(1e-3, 1e-4, optimizer="<script>"))


# ----------------------------------------------------------------------- decay by gradient


def test_both_optimizers_decay_alike_where_the_gradients_have_rms_1() -> None:
    picture = decay_by_gradient(1e-3, 0.01)
    assert "equal at RMS 1" in texts(picture)
    assert "AdamW: lr·wd = 1e-5" in texts(picture)
    assert coupled_rate(1e-3, 0.01, 1.0) == pytest.approx(1e-5)


def test_the_point_where_the_decay_divides_itself_away_is_marked() -> None:
    picture = decay_by_gradient(1e-3, 0.01)
    assert {"wd cancels:", "the step is ±lr", "RMS = wd·|θ|"} <= set(texts(picture))
    assert "Below RMS 5e-4" in picture.description


def test_no_such_point_is_claimed_where_eps_is_reached_first() -> None:
    assert "wd cancels:" not in texts(decay_by_gradient(1e-3, 1e-8))


@pytest.mark.parametrize("lr", [1e-7, 1e-3, 1.0])
@pytest.mark.parametrize("decay", [1e-9, 1e-3, 10.0])
def test_unusual_numbers_give_a_picture_too(lr: float, decay: float) -> None:
    assert "AdamW" in " ".join(texts(decay_by_gradient(lr, decay)))


# ------------------------------------------------------------------------------ over steps


def leaves(recurrence: Recurrence, rms: float, steps: int) -> float:
    *_, last = recurrence.weights(1.0, alternating(rms, steps))
    return last


def test_a_weight_starts_where_it_is_told_and_has_a_value_for_each_step() -> None:
    assert len(list(Recurrence(1e-3, 0.1, True).weights(0.5, [1.0, -1.0]))) == 3
    assert next(Recurrence(1e-3, 0.1, True).weights(0.5, [])) == 0.5


def test_the_first_step_of_adam_is_lr_whatever_the_gradient() -> None:
    for rms in (1e-3, 1.0, 1e3):
        _, first = Recurrence(1e-3, 0.0, False).weights(0.5, [rms])
        assert first == pytest.approx(0.5 - 1e-3, abs=1e-8)


def test_adamw_decays_the_same_for_every_size_of_gradient_and_adam_does_not() -> None:
    decoupled, coupled = (Recurrence(1e-3, 0.1, flag) for flag in (True, False))
    assert leaves(decoupled, 1.0, 2000) == pytest.approx(leaves(decoupled, 1e-3, 2000), rel=1e-4)
    assert leaves(coupled, 1.0, 2000) > 1.3 * leaves(coupled, 0.1, 2000)


def test_gradients_alternate() -> None:
    assert list(islice(alternating(2.0, 3), 9)) == [2.0, -2.0, 2.0]


def test_a_run_in_which_nothing_would_be_seen_to_move_gets_no_picture() -> None:
    assert norms_over_steps(1e-6, 1e-6, 1e-4) is None
    assert gain_over_steps(1e-9) is None


def test_the_picture_of_a_run_names_its_curves() -> None:
    assert {"Adam, RMS 1e-4", "Adam, RMS 1e-3", "Adam, RMS 1", "AdamW, any RMS"} <= set(
        texts(norms_over_steps(1e-3, 1e-4, 1e-4))
    )


def test_a_gain_is_described_by_what_is_left_of_it() -> None:
    picture = gain_over_steps(1e-4)
    assert picture is not None
    assert "0.37 after 10,000 steps" in picture.description
    assert math.exp(-1) == pytest.approx(0.37, abs=0.01)


@pytest.mark.oracle
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("rms", [1e-4, 1.0])
def test_the_recurrence_is_what_torch_computes(decoupled: bool, rms: float) -> None:
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.tensor(0.05, dtype=torch.float64))
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    optimizer = kind([weight], lr=1e-3, betas=(0.85, 0.99), eps=1e-7, weight_decay=0.03)
    measured = [weight.item()]
    for gradient in alternating(rms, 500):
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        measured.append(weight.item())
    ours = list(Recurrence(1e-3, 0.03, decoupled, (0.85, 0.99), 1e-7).weights(0.05, alternating(rms, 500)))
    assert ours == pytest.approx(measured, rel=1e-9)


# ------------------------------------------------------------------------------------ shares


def test_each_kind_has_a_bar_before_and_one_after() -> None:
    picture = shares_by_kind([Share("norm", 6)], [Share("norm", 0, 6)])
    assert {"norm", "6 decayed before", "6 not after"} <= set(texts(picture))
    assert "Before: parameters by kind: norm 6 decayed. After: parameters by kind: norm 6 not." in (
        picture.description
    )


def test_without_an_after_there_is_one_bar_and_no_talk_of_a_fix() -> None:
    picture = shares_by_kind([Share("norm", 6, 0, 1)])
    assert "6 decayed, 1 not known" in texts(picture)
    assert "fix" not in picture.title


def test_bars_are_as_long_as_their_counts() -> None:
    bars = [
        float(rect.get("width", 0))
        for rect in drawn(shares_by_kind([Share("weight", 20), Share("norm", 10)])).iter(f"{SVG}rect")
    ]
    assert bars[-1] + 2 == pytest.approx((bars[-2] + 2) / 2)


def test_kinds_without_parameters_have_no_row() -> None:
    assert "bias" not in texts(shares_by_kind([Share("weight", 1), Share("bias")]))
