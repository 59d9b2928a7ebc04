"""What wdlint promises against what PyTorch does: every fix executed, every claim about Adam measured.

A program and its fixed version are run up to their first step, and the parameter groups, the
weights and the options of the two are compared, parameter by parameter.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.execution import Execution, Role, execute, torch
from tests.oracle.programs import PROGRAMS
from tests.reason.programs import facts
from wdlint.engine import fix_source
from wdlint.explain import coupled_rate, per_step_shrink, remaining
from wdlint.facts import Model, OptimizerSite, ParamGroup, number
from wdlint.knowledge import cards
from wdlint.settings import default_settings

pytestmark = pytest.mark.oracle

UNSAFE = replace(default_settings(), unsafe_fixes=True)
EXAMPLES = Path(__file__).parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class Case:
    """A program, its fixed version, and what is to be expected of it.

    decay
        The decay of the weights once fixed; None: what they had before.
    splits
        Norms and biases end without decay; otherwise the fix leaves the groups as they are.
    widens
        Parameters are trained that were lost before.
    """

    before: str
    after: str
    decay: float | None = None
    splits: bool = True
    widens: bool = False


def fixed(program: str) -> str:
    return fix_source(program.encode(), "train.py", UNSAFE).data.decode()


def example(name: str, **expected: Any) -> Case:
    before = (EXAMPLES / name).read_text()
    return Case(before, fixed(before), **expected)


def card_cases() -> dict[str, Case]:
    """The examples of the cards that have a fix. WD901 only takes comments out."""
    found: dict[str, Case] = {}
    for card in cards():
        for each in card.examples:
            if each.applicability in ("safe", "unsafe"):
                chosen = each.options.get("weight-decay")
                decay = float(chosen) if isinstance(chosen, int | float) else None
                splits, widens = card.code != "WD901", card.code == "WD208"
                case = Case(each.bad, each.fixed, decay, splits, widens)
                found[f"card {card.code}: {each.title}"] = case
    return found


SCRIPTS = {
    "adam_l2_classifier.py": example("adam_l2_classifier.py", decay=1e-4),
    "bert_no_decay.py": example("bert_no_decay.py", decay=0.05, widens=True),
    "clean_vit.py": example("clean_vit.py"),
    "gcn_two_groups.py": example("gcn_two_groups.py", splits=False),
    "mini_gpt.py": example("mini_gpt.py", decay=0.1),
}
SPELLINGS = {
    name: Case(program.text, fixed(program.text), program.decay) for name, program in PROGRAMS.items()
}
CASES = {**card_cases(), **SCRIPTS, **SPELLINGS}
DECOUPLED = {name: case for name, case in CASES.items() if "torch.optim.SGD" not in case.before}
SPLITTING = {name: case for name, case in CASES.items() if case.splits and case.before != case.after}


def each(cases: dict[str, Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


each_case, each_decoupled_case, each_splitting_case = each(CASES), each(DECOUPLED), each(SPLITTING)


# ------------------------------------------------------------------- what the fix changes


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gets_exactly_the_fixes_it_should(name: str) -> None:
    result = fix_source(PROGRAMS[name].text.encode(), "train.py", UNSAFE)
    assert sorted(f.code for f in result.applied) == PROGRAMS[name].codes.split()
    assert not result.problems and not result.report.findings


@each_case
def test_every_parameter_is_in_one_group(case: Case) -> None:
    after = execute(case.after)
    counted = Counter(role for role, _, _ in after.members())
    assert counted and set(counted.values()) == {1}


@each_case
def test_the_same_parameters_are_trained(case: Case) -> None:
    before, after = execute(case.before), execute(case.after)
    assert len(before.optimizers) == len(after.optimizers) > 0
    if case.widens:
        lost = set(after.trained()) - set(before.trained())
        assert set(before.trained()) < set(after.trained())
        assert lost == {role for role in after.trained() if role.exempt}
    else:
        assert before.trained() == after.trained()


@each_case
def test_every_other_option_stays(case: Case) -> None:
    before, after = execute(case.before).other_options(), execute(case.after).other_options()
    assert {role: after[role] for role in before} == before


@each_case
def test_weights_are_decayed_as_expected_and_norms_and_biases_are_not(case: Case) -> None:
    before, after = execute(case.before).decays(), execute(case.after).decays()
    expected = {
        role: case.decay if case.decay is not None else before[role] for role in after if role in before
    }
    if case.splits:
        expected |= {role: 0.0 for role in after if role.exempt}
        assert any(role.exempt for role in after) and any(expected.values())
    assert after == expected


@each_splitting_case
def test_before_the_fix_a_norm_or_bias_was_decayed_or_lost(case: Case) -> None:
    before, after = execute(case.before), execute(case.after)
    exempt = {role for role in after.trained() if role.exempt}
    decayed = {role for role, decay in before.decays().items() if decay}
    assert exempt & decayed or exempt - set(before.trained())


# ------------------------------------------------------------------ what wdlint predicts


def sites(program: str) -> list[OptimizerSite]:
    """The sites that are given parameters, in the order of the text: a ``partial`` is given none yet."""
    return sorted((site for site in facts(program).sites if site.groups), key=lambda site: site.place.span)


def predicted_lr(site: OptimizerSite, group: ParamGroup) -> float | None:
    own = group.key("lr")
    return number(own.value if own else site.lr)


@each_case
@pytest.mark.parametrize("version", ["before", "after"])
def test_the_predicted_groups_are_the_ones_torch_makes(case: Case, version: str) -> None:
    program: str = getattr(case, version)
    found, execution = sites(program), execute(program)
    assert len(found) == len(execution.optimizers)
    for site, optimizer in zip(found, execution.optimizers, strict=True):
        decays = [number(group.decay.value) for group in site.groups]
        assert decays == [group["weight_decay"] for group in optimizer.param_groups]
        rates = [predicted_lr(site, group) for group in site.groups]
        actual = [group["lr"] for group in optimizer.param_groups]
        assert all(rate in (None, lr) for rate, lr in zip(rates, actual, strict=True))


@each_decoupled_case
@pytest.mark.parametrize("version", ["before", "after"])
def test_the_predicted_coupling_is_the_one_torch_has(case: Case, version: str) -> None:
    program: str = getattr(case, version)
    for site, optimizer in zip(sites(program), execute(program).optimizers, strict=True):
        assert len(site.couplings) == 1
        assert optimizer.defaults["decoupled_weight_decay"] == (site.couplings[0] == "decoupled")


def unmatched(model: Model, actual: dict[str, int]) -> tuple[set[str], set[str]]:
    """Parameters no pattern foresees at their rank, and sure patterns without a parameter."""
    patterns = {p.name: re.compile(re.escape(p.name).replace(r"\*", r"[^.]+")) for p in model.parameters}
    unforeseen = {
        name
        for name, ndim in actual.items()
        if not any(patterns[p.name].fullmatch(name) and p.ndim in (None, ndim) for p in model.parameters)
    }
    missing = {
        p.name for p in model.parameters if not p.maybe and not any(map(patterns[p.name].fullmatch, actual))
    }
    return unforeseen, missing


def models(case: Case) -> list[Model]:
    """The models that are known to the last parameter, each by itself."""
    found = [g.model for s in sites(case.after) for g in s.groupings if g.basis == "inventory"]
    return [m for m in found if m.complete and " and " not in m.name]


INVENTORIED = {name: case for name, case in CASES.items() if models(case)}


@each(INVENTORIED)
def test_the_predicted_parameters_are_the_ones_the_model_has(case: Case) -> None:
    execution = execute(case.after)
    for model in models(case):
        module = execution.module(model.name)
        actual = {name: parameter.ndim for name, parameter in module.named_parameters()}
        assert unmatched(model, actual) == (set(), set())


# ------------------------------------------------------------------- what one step does


def no_gradient(_role: Role, parameter: Any) -> Any:
    return torch.zeros_like(parameter)


def random_gradient(role: Role, parameter: Any) -> Any:
    generator = torch.Generator().manual_seed(role.number)
    return torch.randn(parameter.shape, generator=generator)


def randomise(execution: Execution) -> None:
    """Known weights, none of them 0, which no decay would change."""
    for role, parameter, _ in execution.members():
        generator = torch.Generator().manual_seed(1000 + role.number)
        parameter.data = 0.5 + torch.rand(parameter.shape, generator=generator)


@each_decoupled_case
def test_a_step_without_gradient_shrinks_what_is_decayed_and_nothing_else(case: Case) -> None:
    after = execute(case.after)
    randomise(after)
    old = after.weights()
    after.step(no_gradient)
    for role, parameter, group in after.members():
        exempt = group["weight_decay"] == 0 or not parameter.requires_grad
        shrink = per_step_shrink(group["lr"], group["weight_decay"])
        expected = old[role] if exempt else old[role] * (1 - shrink)
        assert torch.equal(parameter.detach(), expected), str(role)
        assert exempt == torch.equal(parameter.detach(), old[role]), str(role)
        if case.splits and role.exempt:
            assert exempt, str(role)


@each_case
def test_without_decay_the_fixed_program_trains_as_before(case: Case) -> None:
    before, after = execute(case.before), execute(case.after)
    start = after.weights()
    for execution in (before, after):
        for group in execution.groups():
            group["weight_decay"] = 0.0
        for _ in range(3):
            execution.step(random_gradient)
    ours, theirs = after.weights(), before.weights()
    for role, weight in theirs.items():
        assert torch.equal(ours[role], weight), str(role)
    assert any(not torch.equal(start[role], ours[role]) for role in theirs)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_fixed_example_runs_to_its_end(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    execution = execute(SCRIPTS[name].after, to_the_end=True)
    assert all(weight.isfinite().all() for weight in execution.weights().values())
    printed = capsys.readouterr().out
    losses = [float(loss) for loss in re.findall(r"loss (\S+)", printed)]
    accuracies = [float(accuracy) for accuracy in re.findall(r"accuracy (\S+)", printed)]
    assert losses or accuracies
    assert all(losses[-1] < 0.9 * first for first in losses[:1])
    assert all(accuracy > 0.9 for accuracy in accuracies)


def test_a_group_that_is_added_later_inherits_what_it_did_before() -> None:
    model = "model = torch.nn.Linear(4, 4)\nextra = torch.nn.Linear(4, 4)\n"
    built = "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)\n"
    program = f"import torch\n{model}{built}optimizer.add_param_group({{'params': extra.parameters()}})\n"
    before, after = execute(program), execute(fixed(program))
    assert [group["weight_decay"] for group in before.groups()] == [0.05, 0.05]
    assert [group["weight_decay"] for group in after.groups()] == [0.05, 0.0, 0.05]


# ------------------------------------------------------------------- what WD101 claims


def without_gradient(optimizer: Any, start: float, steps: int, *, lr: float, weight_decay: float) -> float:
    """What is left of one weight whose gradient is always zero."""
    weight = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))
    stepper = optimizer([weight], lr=lr, weight_decay=weight_decay)
    for _ in range(steps):
        weight.grad = torch.zeros_like(weight)
        stepper.step()
    return float(weight.detach())


@pytest.mark.parametrize(
    ("weight_decay", "adam", "adamw"),
    [
        (1e-1, 0.0537, 0.0995),
        (1e-3, 0.0537, 0.1000),
        (1e-5, 0.0542, 0.1000),
        (1e-7, 0.0765, 0.1000),
        (1e-9, 0.0995, 0.1000),
    ],
)
def test_without_gradient_the_coefficient_of_adam_cancels(
    weight_decay: float, adam: float, adamw: float
) -> None:
    options = {"lr": 1e-3, "weight_decay": weight_decay}
    assert without_gradient(torch.optim.Adam, 0.1, 50, **options) == pytest.approx(adam, abs=5e-5)
    assert without_gradient(torch.optim.AdamW, 0.1, 50, **options) == pytest.approx(adamw, abs=5e-5)


def test_an_embedding_row_that_is_never_used() -> None:
    options = {"lr": 1e-3, "weight_decay": 1e-4}
    assert without_gradient(torch.optim.Adam, 1.0, 500, **options) == pytest.approx(0.56, abs=5e-3)
    assert without_gradient(torch.optim.AdamW, 1.0, 500, **options) == pytest.approx(0.99995, abs=5e-6)


def held_steps(optimizer: Any, gradients: Any, weight: float, **options: float) -> Any:
    """The steps an optimizer takes on weights that are put back to ``weight`` after each."""
    weights = torch.nn.Parameter(torch.full(gradients.shape[1:], weight, dtype=torch.float64))
    stepper = optimizer([weights], **options)
    steps = torch.empty_like(gradients)
    for step, gradient in zip(steps, gradients, strict=True):
        weights.grad = gradient.clone()
        stepper.step()
        step.copy_(weights.detach() - weight)
        weights.data.fill_(weight)
    return steps


@pytest.mark.parametrize("rms", [1.0, 1e-2, 1e-4])
def test_the_rate_of_coupled_decay_is_the_one_explained(rms: float) -> None:
    """Gradients of random sign: the decay's share is the difference it makes, averaged over weights."""
    lr, weight_decay, weight = 1e-3, 1e-4, 0.02
    generator = torch.Generator().manual_seed(0)
    signs = torch.randint(2, (400, 4096), generator=generator, dtype=torch.float64)
    gradients = rms * (2 * signs - 1)
    coupled = held_steps(torch.optim.Adam, gradients, weight, lr=lr, weight_decay=weight_decay)
    free = held_steps(torch.optim.Adam, gradients, weight, lr=lr, weight_decay=0.0)
    lost = float((free - coupled)[100:].mean()) / weight
    assert lost == pytest.approx(coupled_rate(lr, weight_decay, rms), rel=0.01)


def test_coupled_decay_is_about_a_hundred_times_weaker_where_gradients_are_a_hundred_times_larger() -> None:
    rates = [coupled_rate(1e-3, 1e-4, rms) for rms in (1e-2, 1.0)]
    assert math.isclose(rates[0] / rates[1], 100, rel_tol=1e-5)


def test_a_gain_that_no_gradient_holds_goes_where_the_mathematics_says() -> None:
    left = without_gradient(torch.optim.AdamW, 1.0, 2000, lr=1e-3, weight_decay=0.05)
    assert left == pytest.approx(remaining(per_step_shrink(1e-3, 0.05), 2000), rel=1e-12)
