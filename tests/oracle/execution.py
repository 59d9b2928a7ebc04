"""Executes a training program up to its first step and keeps what torch made of it.

A parameter is known by the order in which modules register their parameters, which is the same in
a program and in its fixed version, whatever the variables are called.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="the oracle is PyTorch, which is not installed")

NORMS = (
    torch.nn.modules.batchnorm._NormBase,
    torch.nn.LayerNorm,
    torch.nn.GroupNorm,
    torch.nn.RMSNorm,
)
DECAY_OPTIONS = {"weight_decay", "decoupled_weight_decay"}


@dataclass(frozen=True, slots=True)
class Role:
    """Which parameter of which layer, and whether convention exempts it from decay."""

    number: int
    layer: str
    name: str
    exempt: bool

    def __str__(self) -> str:
        return f"{self.layer}.{self.name} ({self.number})"


@dataclass(slots=True)
class Execution:
    """The optimizers and the modules a program has built, in the order in which it built them."""

    optimizers: list[Any] = field(default_factory=list)
    modules: dict[Any, None] = field(default_factory=dict)
    roles: dict[Any, Role] = field(default_factory=dict)
    """Tensors hash by identity, so they can be keys."""

    def built(self, module: Any, _name: str, _child: Any) -> None:
        self.modules.setdefault(module)

    def registered(self, module: Any, name: str, parameter: Any) -> None:
        self.modules.setdefault(module)
        exempt = isinstance(module, NORMS) or "bias" in name
        self.roles.setdefault(parameter, Role(len(self.roles), type(module).__name__, name, exempt))

    def module(self, class_name: str) -> Any:
        """The first module of a class, whose name may be dotted."""
        return next(m for m in self.modules if type(m).__name__ == class_name.rpartition(".")[2])

    def groups(self) -> Iterator[dict[str, Any]]:
        for optimizer in self.optimizers:
            yield from optimizer.param_groups

    def members(self) -> Iterator[tuple[Role, Any, dict[str, Any]]]:
        """Every parameter of every optimizer with the group it is in."""
        for group in self.groups():
            for parameter in group["params"]:
                yield self.roles[parameter], parameter, group

    def trained(self) -> list[Role]:
        return sorted((role for role, _, _ in self.members()), key=lambda role: role.number)

    def decays(self) -> dict[Role, float]:
        return {role: group["weight_decay"] for role, _, group in self.members()}

    def other_options(self) -> dict[Role, dict[str, Any]]:
        """What the optimizer reads for each parameter, decay excepted."""
        found: dict[Role, dict[str, Any]] = {}
        for optimizer in self.optimizers:
            wanted = optimizer.defaults.keys() - DECAY_OPTIONS
            for group in optimizer.param_groups:
                options = {name: group[name] for name in wanted}
                found.update((self.roles[parameter], options) for parameter in group["params"])
        return found

    def weights(self) -> dict[Role, Any]:
        return {role: parameter.detach().clone() for role, parameter, _ in self.members()}

    def step(self, gradient: Callable[[Role, Any], Any]) -> None:
        """One step of every optimizer; frozen parameters get no gradient, as in a backward pass."""
        for role, parameter, _ in self.members():
            parameter.grad = gradient(role, parameter) if parameter.requires_grad else None
        for optimizer in self.optimizers:
            optimizer.step()


class _FirstStep(Exception):
    """Everything is built: the program is about to take its first step."""


def execute(program: str, *, to_the_end: bool = False) -> Execution:
    """Run a program, and its ``main`` if it has one, until it steps an optimizer or ends.

    Random numbers start from the same seed each time.
    """
    execution = Execution()
    code = compile(program, "program.py", "exec", dont_inherit=True)
    with _recorded(execution), _stopped(not to_the_end), contextlib.suppress(_FirstStep):
        torch.manual_seed(0)
        namespace: dict[str, Any] = {"__name__": "program"}
        exec(code, namespace)
        if "main" in namespace:
            namespace["main"]()
    return execution


@contextlib.contextmanager
def _recorded(execution: Execution) -> Iterator[None]:
    original = torch.optim.Optimizer.__init__

    def recording(optimizer: Any, *arguments: Any, **keywords: Any) -> None:
        original(optimizer, *arguments, **keywords)
        execution.optimizers.append(optimizer)

    hooks = torch.nn.modules.module
    handles = (
        hooks.register_module_parameter_registration_hook(execution.registered),
        hooks.register_module_module_registration_hook(execution.built),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Optimizer, "__init__", recording)
        patch.setattr(sys, "argv", ["program.py"])
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


@contextlib.contextmanager
def _stopped(at_the_first_step: bool) -> Iterator[None]:
    if not at_the_first_step:
        yield
        return

    def stop(*_: Any) -> None:
        raise _FirstStep

    hooks = import_module("torch.optim.optimizer")  # torch.optim deletes its attribute of that name
    handle = hooks.register_optimizer_step_pre_hook(stop)
    try:
        yield
    finally:
        handle.remove()
