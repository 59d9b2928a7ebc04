"""What the checks make of parameters whose groups are known: facts by hand, findings from them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

import pytest

from wdlint import explain
from wdlint.accounts import topic_of, topics_of
from wdlint.checks import run
from wdlint.engine import check_source
from wdlint.facts import (
    BuiltGroup,
    Decay,
    Default,
    ExhaustedIterator,
    FileFacts,
    Finding,
    Gap,
    Grouping,
    Known,
    Membership,
    Model,
    NameTest,
    Parameter,
    ParameterKind,
    Place,
    Span,
    Unknown,
    Value,
)
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.settings import default_settings
from wdlint.sources.text import Source

PROGRAM = """\
import torch
from models import GPT

no_decay = ["bias", "LayerNorm.weight"]
model = GPT()


def build(groups):
    return torch.optim.AdamW(groups, lr=1e-3)


first = {"params": [], "weight_decay": 0.1}
second = {"params": [], "weight_decay": 0.0}
"""
SOURCE = Source(PROGRAM, "train.py")

NORM: ParameterKind = "norm"


def at(words: str, path: str = "train.py") -> Place:
    start = PROGRAM.index(words)
    return SOURCE.place(Span(start, start + len(words)))._replace(path=path)


def member(
    name: str, kind: ParameterKind, ndim: int | None, *groups: int, maybe: Sequence[int] = (), **more: object
) -> Membership:
    return Membership(Parameter(name, kind, ndim, **more), groups, tuple(maybe))  # type: ignore[arg-type]


WEIGHT = member("attn.weight", "weight", 2, 0)
BIAS = member("attn.bias", "bias", 1, 1)
GAIN = member("ln_1.weight", NORM, 1, 1)
SHIFT = member("ln_1.bias", NORM, 1, 1)
DECAYED_GAIN = member("ln_1.weight", NORM, 1, 0, where=at("GPT()"))
DECAYED_BIAS = member("attn.in_proj_bias", "bias", 1, 0)


def grouping(
    *members: Membership,
    decays: Sequence[Value] = (Known(0.1), Known(0.0)),
    tests: Sequence[NameTest] = (),
    complete: bool = True,
    **more: object,
) -> Grouping:
    """The members of a GPT in groups of the given decays, by default one that decays and one that does not."""
    places = [at('{"params": [], "weight_decay": 0.1}'), at('{"params": [], "weight_decay": 0.0}')]
    groups = tuple(BuiltGroup(Decay(d, "group"), p) for d, p in zip(decays, [*places, *places], strict=False))
    model = Model("GPT", tuple(m.parameter for m in members), complete=complete)
    return Grouping(model, groups, members, tuple(tests), **more)  # type: ignore[arg-type]


def test_of(pattern: str, *matches: str) -> NameTest:
    where = at(f'"{pattern}"') if f'"{pattern}"' in PROGRAM else at("no_decay")
    return NameTest(pattern, where, at("no_decay"), matches)


test_of.__test__ = False  # type: ignore[attr-defined]

BERTS_LIST = (test_of("bias", "attn.bias", "ln_1.bias"), test_of("LayerNorm.weight"))


def findings(
    *groupings: Grouping, program: str = PROGRAM, path: str = "train.py", **more: object
) -> list[Finding]:
    """What all the checks say, the site of the program having these groupings."""
    source, tree = Source(program, path), ast.parse(program)
    facts = examine(source, tree, catalogue())
    sites = tuple(replace(site, groupings=groupings) for site in facts.sites)
    every = frozenset({"WD201", "WD202", "WD205", "WD206", "WD207"})
    return run(source, tree, replace(facts, sites=sites, **more), every)  # type: ignore[arg-type]


def codes(*groupings: Grouping, **more: object) -> list[tuple[str, str]]:
    return [(f.code, f.certainty) for f in findings(*groupings, **more)]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ topics


@pytest.mark.parametrize(
    ("pattern", "topics"),
    [
        ("bias", {"bias", "norm bias"}),
        (".b", {"bias", "norm bias"}),
        ("LayerNorm.weight", {"gain"}),
        ("LayerNorm.bias", {"norm bias"}),
        ("norm", {"gain", "norm bias"}),
        ("bn", {"gain", "norm bias"}),
        ("ln_", {"gain", "norm bias"}),
        ("gamma", {"gain"}),
        ("beta", {"norm bias"}),
        ("backbone", set()),
        ("abnormal", {"gain", "norm bias"}),
        ("weight", set()),
        ("vln", set()),
    ],
)
def test_what_a_text_in_the_code_speaks_of(pattern: str, topics: set[str]) -> None:
    assert topics_of(pattern) == topics


@pytest.mark.parametrize(
    ("parameter", "topic"),
    [
        (Parameter("norm.weight", "norm", 1), "gain"),
        (Parameter("norm.bias", "norm", 1), "norm bias"),
        (Parameter("fc.bias", "bias", 1), "bias"),
        (Parameter("gamma", "scale", 1), None),
        (Parameter("logit_scale", "scale", 0), None),
        (Parameter("embed.weight", "embedding", 2), None),
        (Parameter("attn.relative_position_bias_table", "bias", 2), None),
        (Parameter("experts.bias", "bias", 2), "bias"),
    ],
)
def test_what_convention_exempts_and_what_is_policy(parameter: Parameter, topic: str | None) -> None:
    assert topic_of(parameter) == topic


# ------------------------------------------------------------------------------- WD202


def test_groups_that_exempt_every_norm_and_bias_are_fine() -> None:
    assert codes(grouping(WEIGHT, BIAS, GAIN, SHIFT)) == []


def test_a_norm_beside_exempt_norms_is_reported_with_its_layer_and_both_groups() -> None:
    other = member("ln_2.weight", NORM, 1, 1)
    (found,) = findings(grouping(WEIGHT, BIAS, DECAYED_GAIN, other))
    assert (found.code, found.certainty) == ("WD202", "certain")
    assert found.message == (
        "AdamW decays `ln_1.weight` by 0.1, although its groups are made to exempt norms and biases"
    )
    assert (found.place.line, found.label) == (12, "decays by 0.1, `ln_1.weight` included")
    assert [(label.place.line, label.text) for label in found.related] == [
        (5, "`ln_1.weight` is made here"),
        (13, "the group without decay"),
    ]


def test_many_parameters_are_counted_and_two_kinds_of_them_named() -> None:
    gains = [member(f"blocks.{i}.norm.weight", NORM, 1, 0) for i in range(3)]
    (found,) = findings(grouping(WEIGHT, BIAS, GAIN, *gains, DECAYED_BIAS))
    assert found.message.startswith(
        "AdamW decays 4 parameters, e.g. `blocks.0.norm.weight`, `attn.in_proj_bias`, by 0.1"
    )


def test_names_that_stand_for_several_parameters_are_counted_as_names() -> None:
    rows = [member(f"blocks.*.norm{i}.weight", NORM, 1, 0) for i in range(3)]
    (found,) = findings(grouping(WEIGHT, BIAS, GAIN, *rows))
    assert (
        "decays 3 parameter names, e.g. `blocks.*.norm0.weight`, `blocks.*.norm1.weight`, by" in found.message
    )


def test_a_split_by_rank_says_what_shape_falls_through() -> None:
    gain = member("norm.gamma", NORM, 4, 0)
    (found,) = findings(grouping(WEIGHT, BIAS, GAIN, gain))
    assert found.certainty == "certain"
    assert found.message == (
        "AdamW decays `norm.gamma` by 0.1: it has four dimensions, and the groups are split by rank"
    )


@pytest.mark.parametrize(
    ("members", "tests", "certainty"),
    [
        pytest.param((GAIN, SHIFT, DECAYED_BIAS), (), "possible", id="only norms are exempt"),
        pytest.param((BIAS, SHIFT, DECAYED_GAIN), (), "possible", id="only biases are exempt"),
        pytest.param((GAIN, DECAYED_BIAS), (test_of("bias", "x.bias"),), "certain", id="biases are named"),
        pytest.param(
            (BIAS, DECAYED_GAIN), (test_of("norm", "norm.weight"),), "certain", id="norms are named"
        ),
    ],
)
def test_an_exemption_of_one_kind_says_little_about_the_other(
    members: tuple[Membership, ...], tests: tuple[NameTest, ...], certainty: str
) -> None:
    assert codes(grouping(WEIGHT, *members, tests=tests)) == [("WD202", certainty)]


SURE = (WEIGHT, BIAS, GAIN, member("ln_2.weight", NORM, 1, 0))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((WEIGHT, BIAS, GAIN, member("n.weight", NORM, 1, 0, maybe=[1])), id="maybe exempt"),
        pytest.param(
            (WEIGHT, BIAS, GAIN, replace(SURE[3], parameter=Parameter("n", NORM, 1, maybe=True))),
            id="maybe there",
        ),
        pytest.param(
            (WEIGHT, BIAS, GAIN, replace(SURE[3], parameter=Parameter("n", NORM, 1, trainable=False))),
            id="frozen",
        ),
        pytest.param(
            (WEIGHT, BIAS, GAIN, replace(SURE[3], parameter=Parameter("n", NORM, 1, trainable=None))),
            id="maybe frozen",
        ),
        pytest.param((WEIGHT, BIAS, GAIN, member("logit_scale", "scale", 0, 0)), id="a temperature"),
        pytest.param((WEIGHT, BIAS, GAIN, member("wte.weight", "embedding", 2, 0)), id="an embedding"),
        pytest.param(
            (WEIGHT, member("conv2.weight", "weight", 2, 1), BIAS, DECAYED_GAIN),
            id="layers, not kinds, are exempt",
        ),
    ],
)
def test_what_is_in_doubt_or_policy_is_not_reported(rows: tuple[Membership, ...]) -> None:
    assert codes(grouping(*rows)) == []


@pytest.mark.parametrize(
    ("decays", "expected"),
    [
        pytest.param((Unknown("args"), Known(0.0)), [], id="the decay is unknown"),
        pytest.param((Known(0.1), Unknown("args")), [], id="the exemption is unknown"),
        pytest.param((Default(0.05, "--wd"), Known(0.0)), [("WD202", "certain")], id="a default decays"),
        pytest.param((Known(0.1), Default(0.0, "--wd")), [("WD202", "certain")], id="a default exempts"),
        pytest.param((Default(0.0, "--wd"), Known(0.0)), [("WD202", "possible")], id="only an option decays"),
        pytest.param((Known(0.0), Known(0.0)), [], id="nothing decays"),
        pytest.param((Known(1e-12), Known(0.0)), [], id="noise"),
    ],
)
def test_only_known_decays_count(decays: tuple[Value, ...], expected: list[tuple[str, str]]) -> None:
    assert codes(grouping(*SURE, decays=decays)) == expected


@pytest.mark.parametrize(
    ("basis", "certainty"), [("inventory", "certain"), ("family", "likely"), ("probes", "possible")]
)
def test_what_the_groups_were_built_from_limits_the_certainty(basis: str, certainty: str) -> None:
    rows = (WEIGHT, BIAS, GAIN, DECAYED_BIAS)
    assert codes(grouping(*rows, basis=basis, family="gpt2")) == [("WD202", certainty)]


def test_in_tests_everything_is_only_possible() -> None:
    assert codes(grouping(*SURE), path="tests/test_train.py") == [("WD202", "possible")]


def test_callers_that_disagree_make_it_likely_and_the_guilty_one_is_named() -> None:
    clean = grouping(WEIGHT, BIAS, GAIN)
    (found,) = findings(clean, grouping(*SURE, caller=at("GPT()")))
    assert (found.code, found.certainty) == ("WD202", "likely")
    assert (5, "GPT comes from here") in [(label.place.line, label.text) for label in found.related]


def test_groups_of_another_file_are_named_beside_the_call() -> None:
    group = BuiltGroup(Decay(Known(0.1), "group"), at("first", "groups.py"))
    wrong = grouping(*SURE)
    (found,) = findings(replace(wrong, groups=(group, wrong.groups[1])))
    assert found.place.path == "train.py"
    assert found.place.line == 9


def test_two_calls_that_share_wrong_groups_are_one_finding() -> None:
    program = PROGRAM.replace("    return torch", "    torch.optim.SGD(groups, lr=0.1)\n    return torch")
    assert len(findings(grouping(*SURE), program=program)) == 1


def test_the_mathematics_is_that_of_the_decayed_group() -> None:
    (found,) = findings(grouping(*SURE))
    lines = explain.mathematics(found)
    assert lines[0].startswith("With lr = 1e-3 and wd = 0.1 each of these parameters loses lr·wd = 1e-4")
    assert "it goes towards 0" in lines[1]


# ------------------------------------------------------------------------------- WD205


def test_a_dead_pattern_is_reported_instead_of_the_norms_it_misses() -> None:
    rows = (WEIGHT, BIAS, SHIFT, DECAYED_GAIN, member("ln_f.weight", NORM, 1, 0))
    (found,) = findings(grouping(*rows, tests=BERTS_LIST))
    assert (found.code, found.certainty) == ("WD205", "certain")
    assert found.message == (
        "`LayerNorm.weight` matches none of the 5 parameters of GPT; "
        "its norms are called `ln_1.weight`, `ln_f.weight`"
    )
    assert (found.place.line, found.label) == (4, "matches nothing")
    assert [label.place.line for label in found.related] == [5, 12]


def test_of_a_family_only_the_name_is_claimed() -> None:
    rows = (WEIGHT, member("layer_norm.weight", NORM, 1, 0))
    (found,) = findings(grouping(*rows, tests=BERTS_LIST, basis="family", family="T5"))
    assert (found.code, found.certainty) == ("WD205", "likely")
    assert found.message.startswith("`LayerNorm.weight` matches no parameter of GPT; its norms are called")


def test_of_a_model_with_gaps_it_is_likely() -> None:
    rows = (WEIGHT, BIAS, DECAYED_GAIN)
    (found,) = findings(grouping(*rows, tests=BERTS_LIST, complete=False))
    assert (found.code, found.certainty) == ("WD205", "likely")
    assert "none of the 3 parameters of GPT that can be seen" in found.message


def test_a_norm_that_is_decayed_if_it_is_trained_makes_it_likely() -> None:
    rows = (WEIGHT, BIAS, member("ln_f.weight", NORM, 1, maybe=[0]))
    assert codes(grouping(*rows, tests=BERTS_LIST)) == [("WD205", "likely")]


def test_a_norm_that_may_be_exempt_says_nothing() -> None:
    rows = (WEIGHT, BIAS, member("ln_f.weight", NORM, 1, maybe=[0, 1]))
    assert codes(grouping(*rows, tests=BERTS_LIST)) == []


def test_a_dead_pattern_that_does_no_harm_is_only_possible() -> None:
    assert codes(grouping(WEIGHT, BIAS, GAIN, SHIFT, tests=BERTS_LIST)) == [("WD205", "possible")]


def test_a_name_that_matches_other_norms_is_no_dead_pattern() -> None:
    tests = (*BERTS_LIST, test_of("ln_f.weight", "ln_f.weight"))
    rows = (WEIGHT, BIAS, DECAYED_GAIN, member("ln_f.weight", NORM, 1, 1))
    assert codes(grouping(*rows, tests=tests)) == [("WD202", "certain")]


def test_a_dead_pattern_about_biases_does_not_explain_a_decayed_gain() -> None:
    tests = (test_of("bias", "attn.bias"), test_of("LayerNorm.bias"))
    found = codes(grouping(WEIGHT, BIAS, SHIFT, DECAYED_GAIN, tests=tests))
    assert found == [("WD202", "possible")]


def test_names_in_names_that_are_hard_to_tell_apart_are_given_longer() -> None:
    rows = (WEIGHT, BIAS, member("layer1.*.downsample.1.weight", NORM, 1, 0))
    (found,) = findings(grouping(*rows, tests=BERTS_LIST))
    assert found.message.endswith("its norms are called `downsample.1.weight`")


# ------------------------------------------------------------------- WD206 and WD207


ORPHAN = member("pos_embed", "position", 3)


def test_a_parameter_that_falls_through_a_split_is_orphaned() -> None:
    (found,) = findings(grouping(WEIGHT, BIAS, GAIN, ORPHAN, splits_whole=True))
    assert (found.code, found.certainty) == ("WD206", "certain")
    assert found.message == "`pos_embed` is in no parameter group, so AdamW never trains it"
    assert found.label == "gets 3 of the 4 parameters of GPT"


@pytest.mark.parametrize(
    "orphan",
    [
        pytest.param(member("p", "other", 1, maybe=[0]), id="maybe in a group"),
        pytest.param(member("p", "other", 1, trainable=False), id="frozen"),
        pytest.param(member("p", "other", 1, trainable=None), id="maybe frozen"),
    ],
)
def test_what_may_be_trained_or_is_frozen_is_no_orphan(orphan: Membership) -> None:
    assert codes(grouping(WEIGHT, BIAS, GAIN, orphan, splits_whole=True)) == []


def test_training_a_part_leaves_no_orphans() -> None:
    assert codes(grouping(WEIGHT, BIAS, GAIN, ORPHAN)) == []


def test_what_another_optimizer_takes_is_no_orphan() -> None:
    program = PROGRAM.replace("    return torch", "    torch.optim.SGD(rest, lr=0.1)\n    return torch")
    source, tree = Source(program, "train.py"), ast.parse(program)
    one, two = examine(source, tree, catalogue()).sites
    whole = grouping(WEIGHT, BIAS, GAIN, ORPHAN, splits_whole=True)
    rest = grouping(replace(ORPHAN, groups=(0,)), decays=(Known(0.0),))
    facts = FileFacts((replace(one, groupings=(rest,)), replace(two, groupings=(whole,))))
    assert run(source, tree, facts, {"WD206"}) == []
    unknown = FileFacts((one, replace(two, groupings=(whole,))))
    assert [f.certainty for f in run(source, tree, unknown, {"WD206"})] == ["likely"]


def test_a_group_left_empty_by_a_used_up_iterator_orphans_nobody() -> None:
    used = ExhaustedIterator("named", "named_parameters()", *[at("no_decay")] * 3)
    rows = (WEIGHT, member("bias", "bias", 1))
    assert codes(grouping(*rows, splits_whole=True), exhausted=(used,)) == []
    assert codes(grouping(*rows, splits_whole=True)) == [("WD206", "certain")]


def test_a_parameter_in_two_groups_is_refused_by_torch() -> None:
    (found,) = findings(grouping(WEIGHT, GAIN, member("ln_1.bias", NORM, 1, 0, 1)))
    assert (found.code, found.certainty) == ("WD207", "certain")
    assert found.message == (
        "`ln_1.bias` is in two parameter groups: torch raises ValueError "
        '"some parameters appear in more than one parameter group"'
    )
    assert [found.place.line, found.related[0].place.line] == [13, 12]


def test_probes_in_two_groups_may_stand_for_two_models() -> None:
    assert codes(grouping(WEIGHT, GAIN, member("ln_1.bias", NORM, 1, 0, 1), basis="probes")) == []


def test_names_that_suit_some_of_the_usual_models_are_no_mistake() -> None:
    assert codes(grouping(WEIGHT, BIAS, GAIN, member("bn1.weight", NORM, 1, 0), basis="probes")) == []


def test_a_parameter_that_may_be_in_a_second_group_is_not_reported() -> None:
    assert codes(grouping(WEIGHT, GAIN, member("ln_1.bias", NORM, 1, 1, maybe=[0]))) == []


# ------------------------------------------------------------------------------- WD201

ONE = (Known(0.1),)
ALL = tuple(replace(m, groups=(0,)) for m in (WEIGHT, BIAS, GAIN, SHIFT))


def test_three_parameters_of_two_names_are_named() -> None:
    program = (
        "import torch\nfrom torch import nn\n\n"
        "model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))\n"
        "torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)\n"
    )
    (finding,) = check_source(program.encode(), "train.py", default_settings()).findings
    assert finding.message == (
        "AdamW decays every parameter of Sequential by 0.1; "
        "3 of its 4 parameters are norms and biases, `*.weight` and `*.bias`"
    )


def test_one_decay_for_everything_counts_and_names_what_is_exempt_by_convention() -> None:
    (found,) = findings(grouping(*ALL, decays=ONE))
    assert (found.code, found.certainty) == ("WD201", "certain")
    assert found.message == (
        "AdamW decays every parameter of GPT by 0.1; "
        "3 of its 4 parameters are norms and biases, e.g. `ln_1.weight`, `ln_1.bias`"
    )


def test_a_model_that_is_trained_in_part_is_not_decayed_as_a_whole() -> None:
    teacher = member("teacher.weight", "weight", 2)
    (found,) = findings(grouping(*ALL, teacher, decays=ONE))
    assert found.message.startswith("AdamW decays every parameter of GPT that it is given by 0.1; ")


def test_of_a_model_with_gaps_only_what_can_be_seen_is_counted() -> None:
    (found,) = findings(grouping(*ALL, decays=ONE, complete=False))
    assert "3 of its 4 parameters that can be seen are norms and biases" in found.message


def test_groups_that_differ_in_their_learning_rate_count_as_one() -> None:
    rows = (WEIGHT, BIAS, GAIN)
    assert codes(grouping(*rows, decays=(Known(0.1), Known(0.1)))) == [("WD201", "certain")]
    assert codes(grouping(*rows, decays=(Known(0.1), Known(0.01)))) == []


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(grouping(ALL[0], decays=ONE), id="no norms and no biases"),
        pytest.param(grouping(*ALL[1:], decays=ONE), id="nothing but norms and biases"),
        pytest.param(grouping(*ALL, decays=(Unknown("args"),)), id="the decay is not known"),
    ],
)
def test_a_model_without_anything_to_part_needs_no_second_group(model: Grouping) -> None:
    assert codes(model) == []


def test_where_nothing_could_be_seen_of_the_model_the_expression_decides() -> None:
    program = "import torch\nopt = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)\n"
    unseen = Grouping(
        Model("GPT", gaps=(Gap("", "it is not installed"),)), (BuiltGroup(Decay(Known(0.1), "argument")),)
    )
    (found,) = findings(unseen, program=program)
    assert (found.code, found.certainty) == ("WD201", "likely")
    probes = grouping(*ALL, decays=ONE, basis="probes")
    assert [f.message for f in findings(probes, program=program)] == [found.message]


def test_wrong_groups_and_one_decay_for_everything_are_never_both_reported() -> None:
    for decays in (ONE * 2, (Known(0.1), Known(0.0))):
        found = codes(grouping(*SURE, decays=decays))
        assert len(found) == 1


def test_an_optimizer_without_decay_is_still_looked_at_for_its_members(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import wdlint.reason

    program = "import torch\nopt = torch.optim.SGD(groups, lr=0.1)\n"
    wrong = grouping(member("head.weight", "weight", 2, 0, 1), decays=(Known(0.0), Known(0.0)))
    wrong = replace(wrong, groups=tuple(replace(g, place=None) for g in wrong.groups))
    original = wdlint.reason.examine

    def examined(*arguments: object, **_: object) -> FileFacts:
        facts = original(*arguments)  # type: ignore[arg-type]
        return replace(facts, sites=tuple(replace(s, groupings=(wrong,)) for s in facts.sites))

    monkeypatch.setattr(wdlint.reason, "examine", examined)
    report = check_source(program.encode(), "train.py", default_settings())
    assert [f.code for f in report.findings] == ["WD207"]
    assert report.findings[0].fix is not None
    assert report.findings[0].fix.applicability == "display"


def test_one_group_for_each_parameter_with_0_for_some_is_no_group_missing() -> None:
    program = """
import torch
def make(model):
    params = []
    for name, p in model.named_parameters():
        decay = 5e-4
        if "bias" in name:
            decay = 0.0
        params += [{"params": [p], "weight_decay": decay}]
    return torch.optim.AdamW(params)
"""
    assert check_source(program.encode(), "train.py", default_settings()).findings == ()
