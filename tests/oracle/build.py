"""Builds models in PyTorch and says what parameters they have. Run as a script, by any Python:

    python build.py < jobs.json > truths.jsonl

A job is ``{"name", "source", "roots", "stand_ins"}``; the source's last line binds ``model``. An
answer, one line each, is ``{"name", "parameters": [[name, ndim, kind, owner], ...]}``, the parameters
being those of ``named_parameters()``, or ``{"name", "error"}``. Only torch and the standard library are
imported here, and what the sources import. No source may start a process or open a connection.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import re
import signal
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

LIMIT = 120
"""Seconds a model may take."""

REFUSED = {
    *("subprocess.Popen", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.forkpty"),
    *("pty.spawn", "socket.connect", "socket.getaddrinfo"),
}


def refuse(event: str, _arguments: Any) -> None:
    if event in REFUSED:
        raise PermissionError(f"a model's code may not do this: {event}")


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Empty packages: whatever is imported from them is a class whose instances do nothing."""

    def __init__(self) -> None:
        self.packages: set[str] = set()

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        if name.partition(".")[0] in self.packages:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        module = types.ModuleType(spec.name)
        module.__path__ = []

        def absent(name: str) -> Any:
            if name.startswith("__") and name != "__version__":
                raise AttributeError(name)
            return "0.0.0" if name == "__version__" else _absent_class(name)

        module.__getattr__ = absent  # type: ignore[method-assign]
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class Absent(type):
    """A class that has every attribute."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent_class(name)


def _absent_class(name: str) -> type:
    def does_nothing(self: Any, *_: Any, **__: Any) -> Any:
        return None

    return Absent(name, (), {"__init__": does_nothing, "__call__": does_nothing})


STAND_INS = StandIns()


def import_torchvision() -> None:
    """Its operators may be built for another torch; constructors use none, but the import asks for two."""
    import torch

    if importlib.util.find_spec("torchvision") is None:
        return
    try:
        importlib.import_module("torchvision")
    except Exception:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            with contextlib.suppress(RuntimeError):
                torch.library.define(
                    f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                )
        importlib.import_module("torchvision")


# --------------------------------------------------------------------------- what is asked


def parameters(model: Any) -> Iterator[tuple[str, int | None, str, str]]:
    """Each parameter's name, rank (None: lazy), kind and the class of the module that has it."""
    from torch.nn.parameter import is_lazy

    for name, parameter in model.named_parameters():
        path, _, leaf = name.rpartition(".")
        owner = model.get_submodule(path)
        yield name, None if is_lazy(parameter) else parameter.dim(), kind(owner, leaf), type(owner).__name__


def kind(owner: Any, leaf: str) -> str:
    """norm: of a normalisation layer; bias: by its own name; embedding: of a table; else weight."""
    from torch import nn

    if is_norm(owner):
        return "norm"
    if "bias" in leaf:
        return "bias"
    return "embedding" if isinstance(owner, nn.Embedding | nn.EmbeddingBag) else "weight"


def is_norm(module: Any) -> bool:
    """A norm of torch or a class derived from one, else one called so.

    A class derived from another layer of torch is that layer, whatever it is called, and one that holds
    modules with parameters is a block: NVIDIA's ``LinearNorm`` and ``ConvNorm`` are no norms.
    """
    from torch import nn

    norms = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
    if isinstance(module, norms):
        return True
    if any(
        base.__module__.startswith("torch.nn.") and base is not nn.Module for base in type(module).__mro__
    ):
        return False
    holds = any(True for child in module.children() for _ in child.parameters())
    return bool(re.search(r"norm|^bn$|^ln$", type(module).__name__, re.I)) and not holds


# ------------------------------------------------------------------------------ building


def build(source: str) -> Any:
    """The model, its parameters without storage where its constructor bears that."""
    import torch

    def run(device: str) -> Any:
        torch.manual_seed(0)
        namespace: dict[str, Any] = {"__name__": "snippet"}
        with torch.device(device):
            exec(compile(source, "snippet.py", "exec", dont_inherit=True), namespace)
        return namespace["model"]

    try:
        return run("meta")
    except Timeout:
        raise
    except Exception:
        return run("cpu")


class Timeout(Exception):
    pass


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Timeout(f"not built after {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextlib.contextmanager
def importing_from(roots: Sequence[str]) -> Iterator[None]:
    """What is imported from these roots, or stood in for, is forgotten afterwards.

    Two repositories may both have ``models``, and what one does without another may have.
    """
    new = [root for root in roots if root not in sys.path]
    before = set(sys.modules)
    sys.path[:0] = new
    try:
        yield
    finally:
        stale = [  # all of them first: a namespace package asks its parent for its path
            name
            for name in set(sys.modules) - before
            if name.partition(".")[0] in STAND_INS.packages or comes_from(sys.modules[name], new)
        ]
        for name in stale:
            del sys.modules[name]
        for root in new:
            sys.path.remove(root)


def comes_from(module: types.ModuleType, roots: Sequence[str]) -> bool:
    has = vars(module).get  # no getattr: it wakes lazy modules
    places = [has("__file__") or "", *has("__path__", ())]  # a namespace package has no file
    return any(place.startswith(root) for place in places for root in roots)


def answer(job: dict[str, Any]) -> dict[str, Any]:
    STAND_INS.packages = set(job["stand_ins"])
    try:
        with limited(LIMIT), importing_from(job["roots"]):
            return {"name": job["name"], "parameters": list(parameters(build(job["source"])))}
    except (Exception, SystemExit) as error:
        return {"name": job["name"], "error": f"{type(error).__name__}: {str(error)[:300]}"}


def main() -> None:
    jobs = json.load(sys.stdin)
    del sys.path[0]  # this folder: a repository's imports must not find our modules
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    import_torchvision()
    sys.meta_path.insert(0, STAND_INS)
    sys.addaudithook(refuse)
    for job in jobs:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            found = answer(job)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
