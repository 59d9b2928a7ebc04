"""Every parameter of a hundred programs is in the group, and under the decay, that PyTorch says.

``python -m tests.oracle.membership`` prints the same comparison, parameter by parameter.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

from tests.oracle import torch_groups
from tests.oracle.membership import GROUPINGS, PROGRAMS, Verdict, compare, judge, truths
from tests.oracle.torch_groups import Built, Truth
from wdlint.facts import BuiltGroup, Decay, Grouping, Known, Membership, Model, Parameter

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the oracle is PyTorch"),
]

UNSURE_AT_MOST = 0.05
"""Of all parameters of all programs: those that wdlint calls maybe, or says nothing about."""

LOST = {
    "56_parameter_lost.py": {"embed.weight", "gate"},
    "58_generator_exhausted.py": {"LayerNorm.bias", "LayerNorm.weight", "fc.bias"},
    "73_layer_added_too_late.py": {"fc.bias", "fc.weight"},
}
"""Programs that forget parameters, by mistake."""

each_program = pytest.mark.parametrize("program", PROGRAMS, ids=[path.name for path in PROGRAMS])


@pytest.fixture(scope="module")
def truth_of(request: pytest.FixtureRequest) -> dict[str, Truth]:
    """What torch makes of the programs, by name; kept in pytest's cache until one of them changes."""
    stand_ins = torch_groups.STAND_INS.rglob("*.py")
    files = sorted([*GROUPINGS.rglob("*.py"), *stand_ins, Path(torch_groups.__file__)])
    contents = b"\0".join(str(f.relative_to(GROUPINGS.parent)).encode() + f.read_bytes() for f in files)
    key = f"{hashlib.sha256(contents).hexdigest()}-{importlib.metadata.version('torch')}"
    cache = getattr(request.config, "cache", None)
    kept = cache.get("wdlint/groupings", None) if cache is not None else None
    if kept is None or kept["key"] != key:
        found = truths(PROGRAMS)
        kept = {"key": key, "truths": {path.name: found[str(path)] for path in PROGRAMS}}
        if cache is not None:
            cache.set("wdlint/groupings", kept)
    truth: dict[str, Truth] = kept["truths"]
    return truth


# ------------------------------------------------------------------------------- the truth


@each_program
def test_a_program_runs_to_its_end_and_builds_optimizers(program: Path, truth_of: dict[str, Truth]) -> None:
    truth = truth_of[program.name]
    assert not truth["error"]
    assert truth["built"]
    assert any(group["parameters"] for built in truth["built"] for group in built["groups"])


def held(built: Built) -> list[int]:
    return [number for group in built["groups"] for number in group["parameters"]]


def test_only_the_program_made_to_overlap_overlaps(truth_of: dict[str, Truth]) -> None:
    overlapping = {
        name
        for name, truth in truth_of.items()
        for built in truth["built"]
        if len(held(built)) > len(set(held(built)))
    }
    assert overlapping == {"57_groups_overlap.py"}


@pytest.mark.parametrize("name", LOST)
def test_what_a_wrong_program_forgets_is_in_no_group(name: str, truth_of: dict[str, Truth]) -> None:
    (built,) = truth_of[name]["built"]
    root = built["modules"][0]
    assert {parameter for parameter, number in root.items() if number not in held(built)} == LOST[name]


# ------------------------------------------------------------------- wdlint beside the truth


@each_program
def test_no_parameter_is_said_to_be_where_it_is_not(program: Path, truth_of: dict[str, Truth]) -> None:
    wrong = [f"{v.line}: {each}" for v in compare(program, truth_of[program.name]) for each in v.wrong]
    assert not wrong, "\n".join(wrong)


def test_few_parameters_are_left_open(truth_of: dict[str, Truth]) -> None:
    verdicts = [v for program in PROGRAMS for v in compare(program, truth_of[program.name])]
    if not any(v.right for v in verdicts):
        pytest.skip("no groupings are read from source yet")
    total = sum(v.total for v in verdicts)
    unsure, missing = sum(len(v.unsure) for v in verdicts), sum(len(v.missing) for v in verdicts)
    assert unsure + missing <= UNSURE_AT_MOST * total, (
        f"{unsure} unsure and {missing} missing of {total}; python -m tests.oracle.membership names them"
    )


# --------------------------------------------------------------------- the comparison itself

BUILT: Built = {
    "file": "train.py",
    "line": 1,
    "optimizer": "AdamW",
    "groups": [{"weight_decay": 0.1, "parameters": [0, 1]}, {"weight_decay": 0.0, "parameters": [2]}],
    "modules": [{"blocks.0.weight": 0, "blocks.1.weight": 1, "norm.weight": 2, "gate": 3}],
}
BLOCKS, NORM, GATE = (Parameter(name, "weight") for name in ("blocks.*.weight", "norm.weight", "gate"))
RIGHT = (Membership(BLOCKS, (0,)), Membership(NORM, (1,)), Membership(GATE))


def told_by(built: Built) -> Grouping:
    """What a wdlint that knows everything would say."""
    names: dict[int, str] = {}
    for module in built["modules"]:
        names = {number: name for name, number in reversed(module.items())} | names
    groups = tuple(BuiltGroup(Decay(Known(group["weight_decay"]), "group")) for group in built["groups"])
    members = tuple(
        Membership(
            Parameter(name, "weight"),
            tuple(i for i, group in enumerate(built["groups"]) if number in group["parameters"]),
        )
        for number, name in names.items()
    )
    return Grouping(Model("Net"), groups, members)


@each_program
def test_the_truth_is_judged_right(program: Path, truth_of: dict[str, Truth]) -> None:
    for built in truth_of[program.name]["built"]:
        verdict = judge(built, [told_by(built)])
        assert len(verdict.right) == verdict.total


def judged(*members: Membership, decays: tuple[float, ...] = (0.1, 0.0)) -> Verdict:
    groups = tuple(BuiltGroup(Decay(Known(decay), "group")) for decay in decays)
    return judge(BUILT, [Grouping(Model("Net"), groups, members)])


def test_a_pattern_speaks_for_every_parameter_it_matches() -> None:
    verdict = judged(*RIGHT)
    assert verdict.right == ["blocks.0.weight", "blocks.1.weight", "norm.weight", "gate"]
    assert verdict.total == 4


@pytest.mark.parametrize(
    "claim",
    [
        Membership(NORM, (0,)),
        Membership(NORM),
        Membership(NORM, (), maybe=(0,)),
        Membership(NORM, (0, 1)),
        Membership(NORM, (7,)),
        Membership(Parameter("norm.bias", "bias"), (1,)),
    ],
    ids=["another group", "none", "maybe another", "two groups", "a group there is not", "no such parameter"],
)
def test_a_false_claim_is_wrong(claim: Membership) -> None:
    assert len(judged(RIGHT[0], claim, RIGHT[2]).wrong) == 1


def test_another_decay_is_wrong() -> None:
    assert len(judged(*RIGHT, decays=(0.2, 0.0)).wrong) == 2


def test_maybe_is_unsure_and_silence_is_missing() -> None:
    verdict = judged(RIGHT[0], Membership(NORM, (), maybe=(0, 1)))
    assert (verdict.unsure, verdict.missing, verdict.wrong) == (["norm.weight"], ["gate"], [])


def test_a_site_without_groupings_leaves_everything_missing(tmp_path: Path) -> None:
    program = tmp_path / "train.py"
    program.write_text("")
    (verdict,) = compare(program, {"built": [BUILT], "error": ""})
    assert len(verdict.missing) == verdict.total == 4
