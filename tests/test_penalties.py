"""WD102, WD103 and WD107: which L2 terms made by hand are reported, with which number, and which not."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from tests.reason.programs import facts
from wdlint.engine import check_source
from wdlint.facts import Finding, Penalty, number
from wdlint.settings import default_settings

ONLY = replace(default_settings(), rules=frozenset({"WD102", "WD103", "WD107"}), pedantic=True)

START = """
import argparse
import torch
from torch import nn
from torch.nn import functional as F

model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
"""


def step(loss: str, before: str = "", start: str = START) -> str:
    """A training step on ``data + <loss>``, with lines before and the optimizer of ``start``."""
    lines = textwrap.indent(textwrap.dedent(before), "    ")
    return f"""{start}
for x, y in batches:
    data = F.mse_loss(model(x), y)
{lines}
    loss = data + {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def gradients(change: str, start: str = START) -> str:
    """A training step that changes the gradients between ``backward()`` and ``step()``."""
    return f"""{start}
for x, y in batches:
    F.mse_loss(model(x), y).backward()
{textwrap.indent(textwrap.dedent(change), "    ")}
    optimizer.step()
"""


def found(program: str) -> tuple[Finding, ...]:
    report = check_source(textwrap.dedent(program).encode(), "train.py", ONLY)
    assert not report.errors
    return report.findings


def only(program: str) -> Penalty:
    (penalty,) = facts(program).penalties
    return penalty


def decay(penalty: Penalty) -> float:
    """The torch ``weight_decay`` that a term comes to."""
    coefficient = number(penalty.coefficient)
    assert coefficient is not None
    return penalty.factor * coefficient


# ----------------------------------------------------------------------- what is found

SQUARED = [
    "sum(p.pow(2).sum() for p in model.parameters())",
    "sum([p.pow(2.0).sum() for p in model.parameters()])",
    "sum((p ** 2).sum() for p in model.parameters())",
    "sum((p * p).sum() for p in model.parameters())",
    "sum(p.square().sum() for p in model.parameters())",
    "sum(p.norm(2) ** 2 for p in model.parameters())",
    "sum(p.norm().pow(2) for p in model.parameters() if p.requires_grad)",
    "sum(torch.norm(p) ** 2 for p in model.parameters())",
    "sum(torch.norm(p, p=2) ** 2 for _, p in model.named_parameters())",
    "sum(torch.linalg.vector_norm(p) ** 2 for p in model.parameters())",
    "sum(torch.sum(torch.square(p)) for p in model.parameters())",
    "sum(torch.pow(p, 2).sum() for p in model.parameters())",
    "sum(torch.dot(p.view(-1), p.view(-1)) for p in model.parameters())",
    "torch.stack([p.pow(2).sum() for p in model.parameters()]).sum()",
    "torch.cat([p.flatten() for p in model.parameters()]).norm() ** 2",
    "torch.norm(torch.stack([torch.norm(p) for p in model.parameters()])) ** 2",
    "torch.nn.utils.parameters_to_vector(model.parameters()).pow(2).sum()",
]


@pytest.mark.parametrize("squares", SQUARED)
def test_a_sum_of_squares_counts_twice(squares: str) -> None:
    penalty = only(step(f"1e-3 * {squares}"))
    assert (decay(penalty), penalty.whole, penalty.only) == (2e-3, True, True)


@pytest.mark.parametrize(
    ("coefficient", "expected"),
    [("0.5 * 1e-3 *", 1e-3), ("1e-3 / 2 *", 1e-3), ("1e-3 * 0.5 *", 1e-3), ("2 *", 4.0), ("", 2.0)],
)
def test_every_factor_counts(coefficient: str, expected: float) -> None:
    assert decay(only(step(f"{coefficient} {SQUARED[0]}"))) == pytest.approx(expected)


def test_a_loop_adds_up_one_term() -> None:
    before = """
    l2 = torch.zeros(())
    for p in model.parameters():
        l2 += torch.norm(p) ** 2
    """
    (finding,) = found(step("1e-4 * l2", before))
    assert (finding.code, finding.certainty, finding.label) == (
        "WD102",
        "certain",
        "adds 2e-4·θ to the gradient",
    )


def test_a_loop_may_leave_out_biases() -> None:
    before = """
    l2 = 0.0
    for name, p in model.named_parameters():
        if "bias" not in name:
            l2 = l2 + (p ** 2).sum()
    """
    penalty = only(step("1e-4 * l2", before))
    assert not penalty.whole
    assert not penalty.conditional


def test_terms_may_be_collected_in_a_list() -> None:
    before = """
    terms = []
    for module in model.modules():
        if isinstance(module, nn.Linear):
            terms.append(module.weight.pow(2).sum())
    """
    assert decay(only(step("1e-4 * sum(terms)", before))) == 2e-4


def test_a_function_may_return_the_term() -> None:
    program = """
    import torch

    def penalty(net, weight=1e-5):
        return weight * sum(p.pow(2).sum() for p in net.parameters())

    def train(model, batches):
        optimizer = torch.optim.AdamW(model.parameters())
        for x in batches:
            loss = model(x).mean() + penalty(model)
            loss.backward()
            optimizer.step()
    """
    (finding,) = found(program)
    assert finding.certainty == "certain"
    assert "1e-5 (the default of argument `weight` of penalty())" in finding.message


def test_a_function_may_return_the_loss_among_others() -> None:
    program = """
    import torch

    def forward(net, x, y):
        out = net(x)
        loss = (out - y).abs().mean() + 1e-3 * net.head.weight.pow(2).sum()
        return loss, out

    def train(model, batches):
        optimizer = torch.optim.Adam(model.parameters())
        for x, y in batches:
            loss, out = forward(model, x, y)
            loss.backward()
            optimizer.step()
    """
    assert facts(program).penalties == ()  # `head` may be anything
    assert (
        len(found(program.replace("net.head.weight.pow(2).sum()", SQUARED[0].replace("model", "net")))) == 1
    )


def test_a_trainer_keeps_its_parts_in_attributes() -> None:
    program = """
    import torch

    class Trainer:
        def __init__(self, model, strength=1e-2):
            self.model, self.strength = model, strength
            self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=1e-3)

        def l2(self):
            return sum(p.pow(2).sum() for p in self.model.parameters())

        def fit(self, batches):
            for x in batches:
                loss = self.model(x) + self.strength * self.l2()
                loss.backward()
                self.optimizer.step()
    """
    (finding,) = found(program)
    assert finding.message.startswith("RMSprop rescales this L2 term for every weight: with coefficient 0.01")


def test_lightning_returns_its_loss() -> None:
    program = """
    import torch
    from lightning import LightningModule

    class Regression(LightningModule):
        def __init__(self, strength: float = 0.1):
            super().__init__()
            self.linear = torch.nn.Linear(4, 1)
            self.strength = strength

        def training_step(self, batch, index):
            loss = self.linear(batch).mean()
            if self.strength > 0:
                loss += self.strength * self.linear.weight.pow(2).sum()
            return {"loss": loss}

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)
    """
    (finding,) = found(program)
    assert (finding.certainty, finding.label) == ("certain", "adds 0.2·θ to the gradient")


@pytest.mark.parametrize(
    "backward",
    ["scaler.scale(loss).backward()", "accelerator.backward(loss)", "loss.mean().backward()"],
)
def test_a_loss_may_be_scaled_or_handed_over(backward: str) -> None:
    program = step(f"1e-3 * {SQUARED[0]}").replace("loss.backward()", backward)
    assert decay(only(program)) == 2e-3


def test_a_loss_that_is_divided_has_no_number_of_its_own() -> None:
    (finding,) = found(step(f"1e-3 * {SQUARED[0]}").replace("loss.backward()", "(loss / 4).backward()"))
    assert (finding.certainty, finding.label) == ("certain", "adds 2λ·θ to the gradient")


def test_the_coefficient_may_be_an_option() -> None:
    start = (
        START + 'parser = argparse.ArgumentParser()\nparser.add_argument("--l2", type=float, default=3e-4)\n'
    )
    start += "args = parser.parse_args()\n"
    (finding,) = found(step(f"args.l2 * {SQUARED[0]}", start=start))
    assert "3e-4 (the default of --l2)" in finding.message
    (off,) = found(step(f"args.l2 * {SQUARED[0]}", start=start.replace("3e-4", "0.0")))
    assert off.certainty == "possible"


# --------------------------------------------------------------------- what is not said


@pytest.mark.parametrize(
    "term",
    [
        "1e-3 * sum(p.norm(2) for p in model.parameters())",
        "1e-3 * sum(p.abs().sum() for p in model.parameters())",
        "1e-3 * sum(p.norm(1) ** 2 for p in model.parameters())",
        "1e-3 * sum(p.pow(2).mean() for p in model.parameters())",
        "1e-3 * sum(p.pow(3).sum() for p in model.parameters())",
        "1e-3 * sum(p.grad.norm(2) ** 2 for p in model.parameters())",
        "1e-3 * sum(((p - q) ** 2).sum() for p, q in zip(model.parameters(), old))",
        "1e-3 * sum(((p - old[n]) ** 2).sum() for n, p in model.named_parameters())",
        "1e-3 * sum((fisher[n] * p ** 2).sum() for n, p in model.named_parameters())",
        "1e-3 * sum(torch.linalg.norm(p, 2) ** 2 for p in model.parameters())",
        "1e-3 * torch.sqrt(sum(p.pow(2).sum() for p in model.parameters()))",
        "1e-3 * model(x).pow(2).sum()",
        "1e-3 * embedding(x).norm(2).pow(2)",
        "1e-3 * sum(v.pow(2).sum() for v in model.state_dict().values())",
        "0.0 * sum(p.pow(2).sum() for p in model.parameters())",
        "(-1e-3) * sum(p.pow(2).sum() for p in model.parameters())",
    ],
)
def test_what_is_no_squared_norm_of_parameters_is_left_alone(term: str) -> None:
    assert found(step(term)) == ()


def test_sgd_is_left_alone() -> None:
    start = START.replace("optim.Adam(", "optim.SGD(")
    assert found(step(f"1e-3 * {SQUARED[0]}", start=start)) == ()
    assert found(gradients("for p in model.parameters():\n    p.grad.add_(p, alpha=1e-3)", start)) == ()


def test_another_networks_adam_is_no_reason() -> None:
    start = START.replace("optim.Adam(", "optim.SGD(")
    start += "critic = nn.Linear(1, 1)\nother = torch.optim.Adam(critic.parameters())\n"
    program = step(f"1e-3 * {SQUARED[0]}", start=start)
    assert found(program) == ()
    assert found(program.replace("optimizer.step()", "optimizer.step()\n    other.step()")) == ()


def test_a_term_that_is_added_after_the_step_does_nothing() -> None:
    program = step("0") + f"    loss += 1e-3 * {SQUARED[0]}\n    print(loss.item())\n"
    assert found(program) == ()


def test_an_optimizer_that_may_be_sgd_makes_it_possible() -> None:
    choice = """
    if fast:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    """
    start = START.replace(
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n", textwrap.dedent(choice)
    )
    (finding,) = found(step(f"1e-3 * {SQUARED[0]}", start=start))
    assert finding.certainty == "possible"


def test_a_term_under_an_unknown_condition_is_possible() -> None:
    before = f"reg = 0.0\nif regularise:\n    reg = 1e-3 * {SQUARED[0]}\n"
    (finding,) = found(step("reg", before))
    assert finding.certainty == "possible"
    assert found(step("reg", before.replace("regularise", "False"))) == ()


# --------------------------------------------------------------------------- gradients


@pytest.mark.parametrize(
    "change",
    [
        "p.grad.add_(p, alpha=1e-3)",
        "p.grad.add_(p.data, alpha=1e-3)",
        "p.grad.data.add_(p.data, alpha=1e-3)",
        "p.grad.data.add_(1e-3, p.data)",
        "p.grad.add_(1e-3 * p)",
        "p.grad += 1e-3 * p",
        "p.grad.data += p.data * 1e-3",
        "p.grad = p.grad + 1e-3 * p",
        "p.grad = 1e-3 * p.data + p.grad",
        "p.grad = p.grad.add(p, alpha=1e-3)",
    ],
)
@pytest.mark.parametrize(
    "loop",
    [
        "for p in model.parameters():\n    {}",
        "for _, p in model.named_parameters():\n    if p.grad is not None:\n        {}",
        'for group in optimizer.param_groups:\n    for p in group["params"]:\n        {}',
    ],
)
def test_decay_added_to_a_gradient_counts_once(change: str, loop: str) -> None:
    program = gradients(loop.format(change))
    penalty = only(program)
    assert (penalty.kind, decay(penalty), penalty.whole) == ("gradient", 1e-3, True)
    assert [(f.code, f.certainty) for f in found(program)] == [("WD103", "certain")]


@pytest.mark.parametrize(
    "change",
    [
        "p.grad.add_(p, alpha=-1e-3)",
        "p.grad.add_(1e-3)",
        "p.grad.add_(torch.randn_like(p), alpha=1e-3)",
        "p.grad.add_(p.sign(), alpha=1e-3)",
        "p.data.add_(p.data, alpha=-1e-3)",
        "p.data.mul_(1 - 1e-3)",
        "p.grad.mul_(0.5)",
    ],
)
def test_other_changes_of_gradients_and_weights_are_left_alone(change: str) -> None:
    assert found(gradients(f"for p in model.parameters():\n    {change}")) == ()


def test_another_parameter_is_no_decay() -> None:
    loop = "for p, q in zip(model.parameters(), anchor.parameters()):\n    p.grad.data.add_(-1.0, q.data)"
    assert found(gradients(loop)) == ()


def test_an_optimizer_of_the_project_does_what_it_likes() -> None:
    program = """
    import torch

    class Whirl(torch.optim.Optimizer):
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    p.grad.add_(p, alpha=group["weight_decay"])

    reference = torch.optim.Adam(model.parameters())
    """
    assert found(program) == ()


# ------------------------------------------------------------------- without a gradient

NO_GRADIENT = [
    "sum(p.data.pow(2).sum() for p in model.parameters())",
    "sum(p.data.norm(2) ** 2 for p in model.parameters())",
    "sum(p.detach().pow(2).sum() for p in model.parameters())",
    "sum(p.pow(2).sum().item() for p in model.parameters())",
    "torch.tensor(sum(p.pow(2).sum() for p in model.parameters()))",
    "float(sum(p.pow(2).sum() for p in model.parameters()))",
    "sum(p.pow(2).sum() for p in model.parameters()).detach()",
]


@pytest.mark.parametrize("squares", NO_GRADIENT)
@pytest.mark.parametrize("name", ["Adam", "SGD"])
def test_squares_that_are_cut_off_have_no_effect_whatever_the_optimizer(squares: str, name: str) -> None:
    start = START.replace("optim.Adam(", f"optim.{name}(")
    (finding,) = found(step(f"1e-3 * {squares}", start=start))
    assert (finding.code, finding.certainty) == ("WD107", "certain")


def test_a_term_made_under_no_grad_has_no_effect() -> None:
    before = f"with torch.no_grad():\n    l2 = {SQUARED[0]}\n"
    (finding,) = found(step("1e-3 * l2", before))
    assert (finding.code, finding.related[0].text) == ("WD107", "cut off from the graph here")


def test_a_function_without_gradients_returns_a_term_without_effect() -> None:
    start = START + f"\n@torch.no_grad()\ndef l2(model):\n    return {SQUARED[0]}\n"
    (finding,) = found(step("1e-3 * l2(model)", start=start))
    assert finding.code == "WD107"


def test_a_number_for_the_log_is_left_alone() -> None:
    program = step("0.0") + f"    total = loss.item() + 1e-3 * {NO_GRADIENT[0]}\n    print(total)\n"
    assert found(program) == ()


def test_a_whole_loss_that_is_detached_is_no_term() -> None:
    program = step(f"1e-3 * {SQUARED[0]}").replace("loss.backward()", "(loss / loss.detach()).backward()")
    assert [f.code for f in found(program)] == ["WD102"]


# ----------------------------------------------------------------------- what is said


def test_the_mathematics_has_the_factor_of_two() -> None:
    (finding,) = found(step(f"1e-3 * {SQUARED[0]}"))
    assert "With λ = 1e-3 that is what Adam(weight_decay=2e-3) adds." in finding.math[0]
    (added,) = found(gradients("for p in model.parameters():\n    p.grad.add_(p, alpha=1e-3)"))
    assert "With λ = 1e-3 that is what Adam(weight_decay=1e-3) adds." in added.math[0]


def test_the_fix_is_shown_and_not_made() -> None:
    (finding,) = found(step(f"1e-3 * {SQUARED[0]}"))
    assert finding.fix is not None
    assert (finding.fix.applicability, finding.fix.edits) == ("display", ())
    assert "AdamW(..., weight_decay=2e-3)" in finding.fix.message
