"""The printed mathematics: formulas against simulated optimizers, wording against every kind of value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from wdlint.explain import (
    coupled_rate,
    format_count,
    format_number,
    format_steps,
    half_life,
    mathematics,
    per_step_shrink,
    remaining,
    render_card,
    time_scale,
)
from wdlint.facts import (
    Argument,
    Coupling,
    Decay,
    Default,
    Finding,
    GroupKey,
    Known,
    LrSchedule,
    OneOf,
    Optimizer,
    OptimizerSite,
    ParameterSet,
    ParamGroup,
    Place,
    Replacement,
    Scalar,
    Span,
    Unknown,
    Value,
)
from wdlint.knowledge import Card, card

# ------------------------------------------------------------ reference optimizers


def adam(
    weight: float,
    gradients: Sequence[float],
    *,
    lr: float,
    wd: float,
    decoupled: bool,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> float:
    """Adam with an L2 term, or AdamW, on one weight: arXiv:1412.6980 and arXiv:1711.05101."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        if decoupled:
            weight -= lr * wd * weight
        else:
            g += wd * weight
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        weight -= lr * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
    return weight


def alternating(rms: float, steps: int) -> list[float]:
    """Gradients of one size and alternating sign: they move a weight nowhere on average."""
    return [rms if t % 2 else -rms for t in range(steps)]


@pytest.mark.parametrize(
    ("wd", "after"), [(1e-1, 0.0537), (1e-3, 0.0537), (1e-5, 0.0542), (1e-7, 0.0765), (1e-9, 0.0995)]
)
def test_coupled_decay_without_gradient_hardly_depends_on_the_coefficient(wd: float, after: float) -> None:
    assert adam(0.1, [0.0] * 50, lr=1e-3, wd=wd, decoupled=False) == pytest.approx(after, abs=5e-5)


def test_the_table_on_the_card_is_what_the_simulation_gives() -> None:
    found = card("WD101")
    assert found is not None
    for row in ("1e-1", "1e-3", "1e-5", "1e-7", "1e-9"):
        columns = [
            f"{adam(0.1, [0.0] * 50, lr=1e-3, wd=float(row), decoupled=decoupled):.4f}"
            for decoupled in (False, True)
        ]
        assert [row, *columns] in [line.split() for line in found.why.splitlines()]


@pytest.mark.parametrize("rms", [1e-2, 1e-1, 1.0])
def test_coupled_rate_is_what_adam_takes_from_a_weight_per_step(rms: float) -> None:
    lr, wd, steps = 1e-3, 1e-3, 4000
    gradients = alternating(rms, steps)
    plain = adam(0.5, gradients, lr=lr, wd=0.0, decoupled=False)
    decayed = adam(0.5, gradients, lr=lr, wd=wd, decoupled=False)
    lost = -math.log1p((decayed - plain) / 0.5) / steps
    assert lost == pytest.approx(coupled_rate(lr, wd, rms), rel=0.03)


@pytest.mark.parametrize("rms", [1e-2, 1.0])
def test_adamw_takes_the_same_fraction_whatever_the_gradient(rms: float) -> None:
    lr, wd, steps = 1e-3, 0.05, 4000
    gradients = alternating(rms, steps)
    plain = adam(0.5, gradients, lr=lr, wd=0.0, decoupled=True)
    decayed = adam(0.5, gradients, lr=lr, wd=wd, decoupled=True)
    assert decayed / plain == pytest.approx(remaining(per_step_shrink(lr, wd), steps), rel=1e-3)


def test_one_time_scale_leaves_one_part_in_e() -> None:
    shrink = per_step_shrink(1e-3, 0.01)
    weight = adam(1.0, [0.0] * round(time_scale(shrink)), lr=1e-3, wd=0.01, decoupled=True)
    assert time_scale(shrink) == pytest.approx(100_000)
    assert weight == pytest.approx(math.exp(-1), rel=1e-4)


@pytest.mark.parametrize("shrink", [1e-6, 1e-3, 0.5])
def test_a_half_life_leaves_half(shrink: float) -> None:
    assert remaining(shrink, half_life(shrink)) == pytest.approx(0.5)


def test_half_life_is_zero_where_one_step_takes_everything() -> None:
    assert half_life(1.0) == half_life(2.0) == 0.0


@pytest.mark.parametrize(
    ("coupling", "kept"),
    [
        ("decoupled", 1 - 0.1 * 0.5),
        ("decoupled_absolute", 1 - 0.5),
        ("decoupled_prox", 1 / (1 + 0.1 * 0.5)),
        ("l2_sgd", 1 - 0.1 * 0.5),
    ],
)
def test_per_step_shrink_is_what_one_step_takes(coupling: Coupling, kept: float) -> None:
    assert 1 - per_step_shrink(0.1, 0.5, coupling) == pytest.approx(kept)


def test_coupled_decay_has_no_per_step_shrink() -> None:
    with pytest.raises(ValueError, match="coupled"):
        per_step_shrink(1e-3, 1e-4, "coupled")


# ------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1e-7, "1e-7"),
        (1e-3 * 1e-4, "1e-7"),
        (2.5e-5, "2.5e-5"),
        (0.001, "1e-3"),
        (0.00999999, "0.01"),
        (0.05, "0.05"),
        (0.1, "0.1"),
        (1.0, "1"),
        (999.9, "1,000"),
        (1234.0, "1,230"),
        (66_666.7, "66,700"),
        (999_999.0, "1,000,000"),
        (1e13, "1e13"),
        (-1e-4, "-1e-4"),
    ],
)
def test_numbers_are_written_as_a_person_writes_them(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (69.3, "69"),
        (20_000, "20,000"),
        (999_999.99, "1 million"),
        (1e7, "10 million"),
        (2.5e9, "2.5 billion"),
    ],
)
def test_large_counts_are_words(count: float, text: str) -> None:
    assert format_count(count) == text


def test_one_step_is_singular() -> None:
    assert (format_steps(1.0), format_steps(2.0)) == ("1 step", "2 steps")


# --------------------------------------------------------------------------- sites


def place(start: int, end: int) -> Place:
    return Place("train.py", Span(start, end), 1, start + 1, 1, end + 1)


CALL = place(0, 90)

ADAM = Optimizer(
    "torch.optim.Adam", "torch", "torch", "coupled", replacement=Replacement("torch.optim.AdamW")
)
ADAMW = Optimizer("torch.optim.AdamW", "torch", "torch", "decoupled", decay_default=0.01)
SGD = Optimizer("torch.optim.SGD", "torch", "torch", "l2_sgd")


def coupled(name: str, **flags: Scalar) -> Optimizer:
    replacement = Replacement(name, flags=flags) if flags else None
    return Optimizer(name, "torch", "torch", "coupled", replacement=replacement)


def site(
    optimizer: Optimizer,
    lr: Value,
    decay: Decay,
    *groups: ParamGroup,
    **arguments: Value,
) -> OptimizerSite:
    return OptimizerSite(
        place=CALL,
        callee=place(0, 10),
        spelled=optimizer.name,
        owner="",
        optimizers=(optimizer,),
        couplings=(optimizer.coupling,),
        arguments=tuple(Argument(n, v, place(60, 70), place(65, 70)) for n, v in arguments.items()),
        decay=decay,
        lr=lr,
        groups=groups,
    )


def group(at: Place, decay: Decay, *keys: GroupKey, exempts: bool | None = None) -> ParamGroup:
    return ParamGroup(ParameterSet(at, "part", exempts=exempts), decay, at, keys, explicit=True)


def argument(value: Value) -> Decay:
    return Decay(value, "argument", place(50, 60))


def lines(code: str, about: OptimizerSite | None, at: Place = CALL) -> tuple[str, ...]:
    return mathematics(Finding(code, "name", "error", "certain", "message", at, site=about))


# --------------------------------------------------------------------------- WD101


def test_adam_with_a_small_coefficient_reads_as_in_the_design() -> None:
    assert lines("WD101", site(ADAM, Known(1e-3), argument(Known(1e-4)))) == (
        "With lr = 1e-3 and wd = 1e-4 a weight loses lr·wd/(√v̂+ε) = 1e-7/√v̂ of itself per step: "
        "1e-3 where its gradients have RMS 1e-4; 1e-7 where they have RMS 1, 10,000 times less. "
        "That is not one weight decay.",
        "Where |g| is far below wd·|θ| (rare embedding rows, dead units), wd cancels: "
        "the step is lr·sign(θ) = ±1e-3 for any wd.",
        "AdamW would shrink every weight by lr·wd = 1e-7 per step (time scale 10 million steps): "
        "next to nothing. Choose a value for it; 0.01 to 0.1 is usual.",
    )


def test_a_number_that_adamw_can_use_must_still_be_tuned_again() -> None:
    rate, _, twin = lines("WD101", site(ADAM, Known(3e-4), argument(Known(0.05))))
    assert "RMS 0.01; 1.5e-5 where they have RMS 1, 100 times less" in rate  # at 1e-4 wd·θ outweighs g
    assert twin == (
        "AdamW would shrink every weight by lr·wd = 1.5e-5 per step (time scale 66,700 steps, half-life "
        "46,200): another regulariser, so the number must be tuned again."
    )


def test_the_edge_of_next_to_nothing_is_a_million_steps() -> None:
    assert "tuned again" in lines("WD101", site(ADAM, Known(1e-3), argument(Known(1e-3))))[-1]
    assert "next to nothing" in lines("WD101", site(ADAM, Known(1e-3), argument(Known(9e-4))))[-1]


def test_a_learning_rate_below_zero_is_none_of_the_choices() -> None:
    """lr * batch_size / world_size, where a world_size of -1 stands for one that is found out later."""
    about = site(ADAM, OneOf((Known(-9.6), Known(9.6))), argument(Known(1e-5)))
    assert lines("WD101", about)[0].startswith("With lr = 9.6 and wd = 1e-5 a weight loses")


def test_defaults_say_whose_they_are() -> None:
    about = site(ADAM, Default(1e-3, "--lr"), argument(Default(1e-5, "--wd")))
    assert lines("WD101", about)[0].startswith(
        "With lr = 1e-3 (the default of --lr) and wd = 1e-5 (the default of --wd) a weight loses"
    )


def test_an_unknown_learning_rate_is_an_example_and_says_why() -> None:
    rate, _, twin = lines("WD101", site(ADAM, Unknown("it is computed"), argument(Known(5e-4))))
    assert rate.startswith("With lr = 1e-3 (an example: it is computed) and wd = 5e-4 a weight loses")
    assert "per step at that lr (time scale 2 million steps)" in twin


def test_nothing_is_said_about_the_size_of_an_unknown_coefficient() -> None:
    rate, _, twin = lines("WD101", site(ADAM, Known(0.01), argument(Unknown("it is computed"))))
    assert "wd = 1e-4 (an example: it is computed)" in rate
    assert twin == (
        "AdamW would shrink every weight by lr·wd per step. Choose a value for it; 0.01 to 0.1 is usual."
    )


def test_alternatives_are_listed_and_the_largest_is_worked() -> None:
    choice = OneOf((Known(0.0), Known(1e-4), Default(1e-3, "--wd")))
    rate = lines("WD101", site(ADAM, Known(0.01), argument(choice)))[0]
    assert rate.startswith("With lr = 0.01 and wd = 1e-3 (it may be 0, 1e-4 or 1e-3) a weight loses")


def test_an_alternative_that_is_unknown_is_not_hidden() -> None:
    choice = OneOf((Known(1e-4), Unknown("it is computed")))
    assert (
        "wd = 1e-4 (it may be 1e-4 or a value not known here)"
        in lines("WD101", site(ADAM, Known(0.01), argument(choice)))[0]
    )


def test_a_learning_rate_of_zero_is_not_divided_by() -> None:
    assert (
        "lr = 1e-3 (an example: it is 0 in this call)"
        in lines("WD101", site(ADAM, Known(0.0), argument(Known(1e-4))))[0]
    )


def test_a_large_eps_stands_in_the_denominator_and_spoils_the_limit() -> None:
    rate, twin = lines("WD101", site(ADAM, Known(0.01), argument(Known(1e-4)), eps=Known(1e-3)))
    assert "= 1e-6/(√v̂+1e-3) of itself per step: 9.09e-4 where" in rate
    assert twin.startswith("AdamW")


def test_the_group_with_decay_is_the_one_that_is_worked() -> None:
    decayed = group(place(20, 30), Decay(Known(5e-4), "group"), GroupKey("lr", Known(0.02), place(25, 28)))
    plain = group(place(30, 40), Decay(Known(0.0), "group"))
    about = site(ADAM, Known(0.01), Decay(Known(0.0), "default"), plain, decayed)
    assert lines("WD101", about)[0].startswith("With lr = 0.02 and wd = 5e-4 a weight loses")


def test_an_ambiguous_class_is_explained_as_the_coupled_one() -> None:
    about = site(ADAM, Known(1e-3), argument(Known(1e-4)))
    both = replace(about, optimizers=(ADAMW, ADAM), couplings=("decoupled", "coupled"))
    assert lines("WD101", both) == lines("WD101", about)


@pytest.mark.parametrize(
    ("name", "says", "does_not_say"),
    [
        (
            "torch.optim.Adamax",
            "lr·wd/u = 1e-6/u of itself per step: 0.01 where u, the largest recent |g|,",
            "√v̂",
        ),
        ("torch.optim.Adagrad", "lr·wd/(√s+ε) = 1e-6/√s of itself per step: 1e-4 after 10,000 steps", "√v̂"),
        ("torch.optim.RMSprop", "lr·wd/(√v+ε) = 1e-6/√v of itself per step: 0.01 where its gradients", "√v̂"),
        ("torch.optim.Adadelta", "lr·wd·√(Δ+ε)/√(v+ε) = 1e-6·√(Δ+ε)/√(v+ε) of itself per step", "cancels"),
        ("torch_optimizer.Shampoo", "Shampoo adds wd·θ to the gradient before it rescales", "√"),
    ],
)
def test_each_preconditioner_has_its_own_formula(name: str, says: str, does_not_say: str) -> None:
    text = "\n".join(lines("WD101", site(coupled(name), Known(0.01), argument(Known(1e-4)))))
    assert says in text
    assert does_not_say not in text
    assert "Decay outside the gradient would shrink every weight by lr·wd = 1e-6 per step" in text


def test_adagrad_s_limit_falls_with_the_root_of_the_step() -> None:
    text = lines("WD101", site(coupled("torch.optim.Adagrad"), Known(0.01), argument(Known(1e-4))))[1]
    assert "step t is lr·sign(θ)/√t = ±0.01/√t for any wd" in text


def test_rmsprop_s_momentum_multiplies_the_decay() -> None:
    about = site(coupled("torch.optim.RMSprop"), Known(0.01), argument(Known(1e-4)), momentum=Known(0.9))
    assert lines("WD101", about)[1].endswith("Momentum 0.9 multiplies both, in the long run, by 10.")


def test_amsgrad_divides_by_the_peak() -> None:
    text = lines("WD101", site(ADAM, Known(1e-3), argument(Known(1e-4)), amsgrad=Known(True)))[0]
    assert "= 1e-7/√v̂max of itself per step: 1e-3 where √v̂ has peaked at 1e-4" in text


@pytest.mark.parametrize("name", ["torch.optim.NAdam", "torch.optim.RAdam"])
def test_a_class_with_a_flag_is_its_own_twin(name: str) -> None:
    about = site(coupled(name, decoupled_weight_decay=True), Known(1e-3), argument(Known(1e-4)))
    assert lines("WD101", about)[-1] == (
        "With decoupled_weight_decay=True it would shrink every weight by lr·wd = 1e-7 per step (time scale "
        "10 million steps): next to nothing. Choose a value for it: an L2 coefficient does not carry over."
    )


# --------------------------------------------------------------------- other rules


def test_a_missing_group_says_what_becomes_of_a_gain() -> None:
    assert lines("WD201", site(ADAMW, Known(1e-3), argument(Known(0.05)))) == (
        "With lr = 1e-3 and wd = 0.05 every parameter, norms and biases included, loses lr·wd = "
        "5e-5 of itself per step (time scale 20,000 steps, half-life 13,900).",
        "After 10,000 steps, at constant lr, a norm's gain of 1 that no gradient holds is 0.61: "
        "it goes towards 0, not towards 1.",
    )


def test_a_schedule_that_is_attached_counts_with_its_mean() -> None:
    scheduled = replace(
        site(ADAMW, Known(1e-3), argument(Known(0.1))), schedule=LrSchedule("CosineAnnealingLR")
    )
    assert lines("WD201", scheduled)[-1] == (
        "After 10,000 steps under its CosineAnnealingLR, which makes lr 5e-4 on average, a norm's gain "
        "of 1 that no gradient holds is 0.61: it goes towards 0, not towards 1."
    )


@pytest.mark.parametrize("floor", [Known(0.5), Unknown("it is read from a file")])
def test_a_schedule_with_a_floor_that_is_odd_or_unknown_does_not_count(floor: Value) -> None:
    odd = LrSchedule("CosineAnnealingLR", (("eta_min", floor),))
    about = replace(site(ADAMW, Known(1e-3), argument(Known(0.1))), schedule=odd)
    assert "at constant lr" in lines("WD201", about)[-1]


def test_a_small_effect_is_called_small() -> None:
    about = site(ADAMW, Known(1e-5), Decay(Known(0.01), "default"))
    assert lines("WD201", about) == (
        "With lr = 1e-5 and wd = 0.01 (the default of AdamW) every parameter, norms and biases "
        "included, loses lr·wd = 1e-7 of itself per step (time scale 10 million steps, half-life "
        "6.93 million).",
        "In 10,000 steps that is at most 0.1 % of a norm's gain: little, at this lr and wd.",
    )


def test_absolute_decay_does_not_ask_for_the_learning_rate() -> None:
    optimizer = Optimizer(
        "composer.optim.DecoupledAdamW", "torch", "composer", "decoupled_absolute", lr_scaled=False
    )
    assert lines("WD201", site(optimizer, Unknown("it is computed"), argument(Known(0.01)))) == (
        "With wd = 0.01 every parameter, norms and biases included, loses 0.01 of itself per step, "
        "not multiplied by lr (time scale 100 steps, half-life 69).",
        "After 100 steps, a norm's gain of 1 that no gradient holds is 0.37: it goes towards 0, "
        "not towards 1.",
    )


def test_proximal_decay_has_its_own_fraction() -> None:
    optimizer = Optimizer("timm.optim.Adan", "torch", "timm", "decoupled_prox")
    assert (
        "loses lr·wd/(1+lr·wd) = 0.0909 of itself"
        in lines("WD201", site(optimizer, Known(0.1), argument(Known(1.0))))[0]
    )


def test_an_inherited_decay_is_the_constructor_s() -> None:
    own = group(place(20, 30), Decay(Known(0.1), "group"), exempts=False)
    inheriting = group(place(31, 40), argument(Default(0.05, "--wd")), exempts=True)
    about = site(ADAMW, Known(1e-3), argument(Default(0.05, "--wd")), own, inheriting)
    assert lines("WD203", about, inheriting.place)[0] == (
        "With lr = 1e-3 and wd = 0.05 (the constructor's, the default of --wd) each parameter of "
        "this group loses lr·wd = 5e-5 of itself per step (time scale 20,000 steps, half-life 13,900)."
    )


def test_an_inherited_decay_may_be_the_library_s() -> None:
    inheriting = group(place(31, 40), Decay(Known(0.01), "default"), exempts=True)
    about = site(ADAMW, Known(1e-3), Decay(Known(0.01), "default"), inheriting)
    assert (
        "wd = 0.01 (the default of AdamW) each parameter of this group"
        in lines("WD203", about, inheriting.place)[0]
    )


def test_an_inherited_coupled_decay_enters_the_gradient() -> None:
    inheriting = group(place(31, 40), argument(Known(0.05)), exempts=True)
    about = site(ADAM, Known(1e-3), argument(Known(0.05)), inheriting)
    assert lines("WD203", about, inheriting.place) == (
        "Adam adds wd·θ to the gradients of this group's parameters, with wd = 0.05 (the constructor's).",
    )


def test_sgd_s_momentum_multiplies_an_inherited_decay() -> None:
    inheriting = group(place(31, 40), argument(Known(1e-4)), exempts=True)
    about = site(SGD, Known(0.1), argument(Known(1e-4)), inheriting, momentum=Known(0.9))
    assert "loses lr·wd/(1-0.9) = 1e-4 of itself per step" in lines("WD203", about, inheriting.place)[0]


def test_an_ignored_key_is_named_with_the_decay_that_applies_instead() -> None:
    key = GroupKey("weight_decay_rate", Known(0.0), place(33, 38))
    ported = group(place(31, 40), Decay(Known(0.01), "default"), key)
    other = group(
        place(20, 30), Decay(Known(0.1), "group"), GroupKey("weight_decay", Known(0.1), place(22, 24))
    )
    about = site(ADAMW, Known(1e-3), Decay(Known(0.01), "default"), other, ported)
    assert lines("WD204", about, key.place) == (
        '"weight_decay_rate": 0 stands in the group and has no effect.',
        "With lr = 1e-3 and wd = 0.01 (the default of AdamW) each parameter of this group loses "
        "lr·wd = 1e-5 of itself per step (time scale 100,000 steps, half-life 69,300).",
    )


def test_an_ignored_key_where_nothing_decays_leaves_zero() -> None:
    key = GroupKey("wd", Known(0.1), place(33, 38))
    meant = group(place(31, 40), argument(Known(0.0)), key)
    about = site(ADAMW, Known(1e-3), argument(Known(0.0)), meant)
    assert lines("WD204", about, key.place) == (
        '"wd": 0.1 stands in the group and has no effect.',
        "The decay of this group is 0.",
    )


def test_an_implicit_decay_is_the_default_s() -> None:
    assert lines("WD301", site(ADAMW, Known(1e-3), Decay(Known(0.01), "default"))) == (
        "With lr = 1e-3 and wd = 0.01 (the default of AdamW) every decayed weight loses lr·wd = "
        "1e-5 of itself per step (time scale 100,000 steps, half-life 69,300).",
    )


@pytest.mark.parametrize("code", ["WD208", "WD901"])
def test_rules_that_are_not_about_a_number_say_nothing(code: str) -> None:
    assert lines(code, site(ADAMW, Known(1e-3), argument(Known(0.1)))) == ()


def test_without_a_site_there_is_nothing_to_say() -> None:
    assert lines("WD101", None) == ()


# ---------------------------------------------------------------------------- card


def known_card(code: str) -> Card:
    found = card(code)
    assert found is not None
    return found


def test_a_card_has_its_headings_in_order() -> None:
    text = render_card(known_card("WD101"), 80)
    headings = ["What", "Why", "Mathematics", "Example: ", "Fix safety", "Limits", "References"]
    at = [text.index(f"\n{heading}") for heading in headings]
    assert at == sorted(at)


@pytest.mark.parametrize("width", [60, 80, 110])
def test_prose_is_wrapped_and_code_is_not(width: int) -> None:
    found = known_card("WD201")
    text = render_card(found, width)
    code_or_url = [line for line in text.splitlines() if line.startswith("      ") or "https://" in line]
    prose = [line for line in text.splitlines() if line not in code_or_url]
    assert max(map(len, prose)) <= width
    assert all(f"      {line}".rstrip() in text for line in found.examples[0].bad.splitlines())


def test_the_card_shows_which_command_makes_the_fix() -> None:
    text = render_card(known_card("WD101"), 80)
    assert "wdlint --fix --unsafe-fixes makes of it:" in text
    assert "wdlint --fix --weight-decay 0.05 makes of it:" in text
    assert "      -optimizer = torch.optim.Adam(" in text
    assert "      +optimizer = torch.optim.AdamW(" in text


def test_a_rule_without_a_fix_says_so() -> None:
    assert "There is no automatic fix." in render_card(known_card("WD301"), 80)


def test_an_example_that_a_person_mends_does_not_promise_a_fix() -> None:
    found = card("WD102")
    assert found is not None
    text = render_card(found, 100)
    assert "  By hand:\n" in text
    assert "wdlint --fix" not in text
