"""Runs programs under torch and writes down the parameter groups of every optimizer they build.

``python -m tests.oracle.torch_groups PROGRAM...`` prints one JSON object: for each program, as it
was named, the optimizers in the order they were built. Parameters are numbers here; what a
parameter is called depends on the module one asks, so every module that holds one of an
optimizer's parameters is written down with the names it has for all of its own.

Groups are taken as the program hands them over, before torch looks at them: overlapping groups,
which torch refuses, are an answer too.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import io
import json
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

REFUSALS = ("some parameters appear in more than one parameter group", "empty parameter list")
"""What torch raises for groups that a program may hand over all the same."""


class Group(TypedDict):
    weight_decay: float
    parameters: list[int]


class Built(TypedDict):
    """One optimizer: the user's line that built it, and what it was given.

    ``modules`` has, for each module that owns one of these parameters, its names for all its own.
    """

    file: str
    line: int
    optimizer: str
    groups: list[Group]
    modules: list[dict[str, int]]


class Truth(TypedDict):
    """What became of one program. ``error`` is the exception that ended it, "" for none."""

    built: list[Built]
    error: str


STAND_INS = Path(__file__).parent / "stand_ins"


def main(programs: list[str]) -> None:
    print(json.dumps({program: observe(Path(program)) for program in programs}))


def observe(program: Path) -> Truth:
    """Run a program to its end. One that is a folder starts with its ``train.py``."""
    script = program / "train.py" if program.is_dir() else program
    recorder = _Recorder(script.parent.resolve())
    error = ""
    with recorder.watching(), _at_home(script):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except Exception as raised:
            if not any(refusal in str(raised) for refusal in REFUSALS):
                error = f"{type(raised).__name__}: {raised}"
    return {"built": recorder.built, "error": error}


class _Recorder:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.built: list[Built] = []
        self._of: dict[Any, Built] = {}
        self._parameters: dict[Any, int] = {}
        """Keeps them alive, so that no two share an identity; tensors hash by it."""
        self._alive: dict[Any, None] = {}
        """The modules, kept as well: a program may drop its model and go on with the groups."""
        self._adopted: set[Any] = set()
        """Those that were once put into another: out of it again, they are no model any more."""

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        import torch

        optimizer = torch.optim.Optimizer
        init, add = optimizer.__init__, optimizer.add_param_group

        def recording_init(this: Any, params: Any, defaults: dict[str, Any]) -> None:
            given = params if isinstance(params, torch.Tensor) else _listed(params)
            self._start(this, given, defaults)
            init(this, given, defaults)

        def recording_add(this: Any, param_group: dict[str, Any]) -> None:
            if hasattr(this, "defaults") and len(this.param_groups) >= len(self._of[this]["groups"]):
                param_group = _listed([param_group])[0]
                self._of[this]["groups"].append(self._group(param_group, this.defaults))
                self._of[this]["modules"] = self._modules(_held(self._of[this]["groups"]))
            add(this, param_group)

        gc.freeze()  # what torch and earlier programs made is not looked through again
        new_module = torch.nn.Module.__init__

        def keeping_init(this: Any, *arguments: Any, **keywords: Any) -> None:
            new_module(this, *arguments, **keywords)
            self._alive.setdefault(this)

        optimizer.__init__, optimizer.add_param_group = recording_init, recording_add
        torch.nn.Module.__init__ = keeping_init
        hooks = torch.nn.modules.module
        handle = hooks.register_module_module_registration_hook(self._adopt)
        try:
            yield
        finally:
            handle.remove()
            optimizer.__init__, optimizer.add_param_group = init, add
            torch.nn.Module.__init__ = new_module

    def _adopt(self, _parent: Any, _name: str, child: Any) -> None:
        if child is not None:
            self._adopted.add(child)

    def _start(self, optimizer: Any, given: Any, defaults: dict[str, Any]) -> None:
        caller = inspect.currentframe()
        while caller is not None and self.home not in Path(caller.f_code.co_filename).resolve().parents:
            caller = caller.f_back
        assert caller is not None
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        listed = [self._group(group, defaults) for group in groups]
        self._of[optimizer] = {
            "file": Path(caller.f_code.co_filename).resolve().relative_to(self.home).as_posix(),
            "line": caller.f_lineno,
            "optimizer": type(optimizer).__name__,
            "groups": listed,
            "modules": self._modules(_held(listed)),
        }
        self.built.append(self._of[optimizer])

    def _group(self, group: dict[str, Any], defaults: dict[str, Any]) -> Group:
        params = group["params"]
        members = [each[1] if isinstance(each, tuple) else each for each in params]
        return {
            "weight_decay": float(group.get("weight_decay", defaults.get("weight_decay", 0.0))),
            "parameters": [self._number(parameter) for parameter in members],
        }

    def _number(self, parameter: Any) -> int:
        return self._parameters.setdefault(parameter, len(self._parameters))

    def _modules(self, held: set[int]) -> list[dict[str, int]]:
        """The names in every module that owns one of the held parameters, those of roots first."""
        import torch

        for each in gc.get_objects():  # copies never ran __init__
            if issubclass(type(each), torch.nn.Module) and "_modules" in each.__dict__:
                self._alive.setdefault(each)
        inner = {child for module in self._alive for child in module.children()}
        found: list[dict[str, int]] = []
        for module in sorted(self._alive, key=lambda module: module in inner):
            if module in self._adopted and module not in inner:
                continue
            named = {
                name: self._number(parameter)
                for name, parameter in module.named_parameters(remove_duplicate=False)
            }
            if not held.isdisjoint(named.values()) and named not in found:
                found.append(named)
        return found


def _held(groups: list[Group]) -> set[int]:
    return {number for group in groups for number in group["parameters"]}


def _listed(params: Any) -> list[Any]:
    """The groups with every iterator in them read, once, as torch would read it."""
    given = list(params)
    if not given or not isinstance(given[0], dict):
        return given
    return [{**group, "params": _members(group["params"])} for group in given]


def _members(params: Any) -> list[Any]:
    import torch

    return [params] if isinstance(params, torch.Tensor) else list(params)


@contextlib.contextmanager
def _at_home(script: Path) -> Iterator[None]:
    """The script's own folder first on the path, and nothing of it left in memory afterwards."""
    home = script.parent.resolve()
    path, argv, before = list(sys.path), list(sys.argv), set(sys.modules)
    sys.path[:0] = [str(home), str(STAND_INS)]
    sys.argv[:] = [str(script)]
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.path[:], sys.argv[:] = path, argv
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and home in Path(file).resolve().parents:
                del sys.modules[name]


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(sys.argv[1:])
