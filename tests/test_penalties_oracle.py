"""What WD102, WD103 and WD107 claim, measured: decay by hand is the weight_decay they name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.oracle.execution import torch

pytestmark = pytest.mark.oracle

STEPS = 200
LAMBDA = 1e-3


def trained(
    optimizer: Callable[..., Any],
    weight_decay: float = 0.0,
    in_loss: float = 0.0,
    in_gradient: float = 0.0,
    constant: float = 0.0,
) -> Any:
    """The weights of a small network after some steps, in double precision, from one start."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)).double()
    inputs = torch.randn(64, 8).double()
    targets = inputs[:, :1].sin()
    model = copy.deepcopy(model)
    built = optimizer(model.parameters(), lr=1e-3, weight_decay=weight_decay)
    for _ in range(STEPS):
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        if in_loss:
            loss = loss + in_loss * sum(p.pow(2).sum() for p in model.parameters())
        if constant:
            loss = loss + constant * sum(p.data.pow(2).sum() for p in model.parameters())
        built.zero_grad()
        loss.backward()
        if in_gradient:
            for p in model.parameters():
                p.grad.add_(p.detach(), alpha=in_gradient)
        built.step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def distance(a: Any, b: Any) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("name", ["Adam", "NAdam", "RAdam", "RMSprop", "Adagrad"])
def test_a_term_in_the_loss_is_a_weight_decay_of_twice_its_coefficient(name: str) -> None:
    optimizer = getattr(torch.optim, name)
    by_hand = trained(optimizer, in_loss=LAMBDA)
    assert distance(by_hand, trained(optimizer, weight_decay=2 * LAMBDA)) < 1e-12
    assert distance(by_hand, trained(optimizer, weight_decay=LAMBDA)) > 1e-6


@pytest.mark.parametrize("name", ["Adam", "RMSprop"])
def test_decay_added_to_the_gradient_is_a_weight_decay_to_the_last_bit(name: str) -> None:
    optimizer = getattr(torch.optim, name)
    by_hand = trained(optimizer, in_gradient=LAMBDA)
    assert distance(by_hand, trained(optimizer, weight_decay=LAMBDA)) == 0.0


def test_adamw_does_not_take_a_term_out_of_the_loss() -> None:
    by_hand = trained(torch.optim.AdamW, in_loss=LAMBDA)
    assert distance(by_hand, trained(torch.optim.Adam, weight_decay=2 * LAMBDA)) < 1e-12
    assert distance(by_hand, trained(torch.optim.AdamW, weight_decay=2 * LAMBDA)) > 1e-3


@pytest.mark.parametrize("name", ["Adam", "SGD"])
@pytest.mark.parametrize("coefficient", [1e-3, 1e3])
def test_a_term_of_data_changes_no_weight(name: str, coefficient: float) -> None:
    optimizer = getattr(torch.optim, name)
    assert distance(trained(optimizer, constant=coefficient), trained(optimizer)) == 0.0
