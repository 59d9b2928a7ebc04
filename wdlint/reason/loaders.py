"""Calls that load or convert configurations: ``yaml.safe_load``, ``OmegaConf``, ``hydra.compose``.

Only files that lie in the project and are named by text that is written out are read; what is in
them is the business of :mod:`wdlint.reason.configs`.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from wdlint.reason import configs, members
from wdlint.reason.arguments import written_argument
from wdlint.reason.scopes import FunctionNode, ModuleIndex, last_name
from wdlint.reason.values import (
    Abstract,
    Constant,
    Entries,
    External,
    Frame,
    LocalClass,
    Made,
    Opaque,
    alternatives,
    choice,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_TO_NAMESPACE: Final = re.compile(
    r"^_?(recursive_)?(dict|config|cfg)_?(2|to|_as)_?(namespace|ns|object|obj|attr\w*|namedtuple|easydict)$"
    r"|^(munchify|edict|easydict|to_namespace|recursive_namespace)$",
    re.IGNORECASE,
)


_HYDRA_MAIN: Final = frozenset({"hydra.main", "dora.hydra_main"})


def turns_into_namespace(name: str) -> bool:
    """Whether a helper called so gives an object whose attributes are the keys of its argument."""
    return _TO_NAMESPACE.match(name) is not None


def hydra_argument(evaluator: Evaluator, function: FunctionNode, name: str) -> Abstract | None:
    """The configuration that ``@hydra.main(...)`` passes to a function's first parameter."""
    positional = [*function.args.posonlyargs, *function.args.args]
    if positional and positional[0].arg == name:
        return hydra_configuration(evaluator, function)
    return None


def hydra_configuration(evaluator: Evaluator, function: FunctionNode) -> Abstract | None:
    """What Hydra composes for a function; None if it has no ``@hydra.main(...)``."""
    for decorator in function.decorator_list if evaluator.modules is not None else ():
        if isinstance(decorator, ast.Call) and last_name(decorator.func) in ("main", "hydra_main"):
            frame = Frame(evaluator.index.module, function)
            made = evaluator.evaluate(decorator.func, frame)
            if isinstance(made, External) and made.name in _HYDRA_MAIN:
                return _composed(evaluator, decorator, decorator, frame)
    return None


def _composed(evaluator: Evaluator, named: ast.Call, located: ast.Call, frame: Frame) -> Abstract:
    """The configuration whose name stands in one call, and its folder in another or the same."""
    assert evaluator.modules is not None
    name = _argument(evaluator, named, "config_name", 1 if named is located else 0, frame)
    path = _argument(evaluator, located, "config_path", 0, frame)
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return Opaque("the configuration's name is given when the program runs")
    if path is not None and not isinstance(path, Constant):
        return Opaque("the configuration's folder is given when the program runs")
    beside = os.path.dirname(evaluator.modules.file_of(evaluator))
    folder = os.path.normpath(os.path.join(beside, str((path and path.value) or "")))
    return configs.compose(evaluator.modules.project, folder, name.value)


def _argument(
    evaluator: Evaluator, call: ast.Call, name: str, position: int, frame: Frame
) -> Abstract | None:
    written = written_argument(call, name, position)
    return None if written is None else evaluator.evaluate(written, frame)


# ------------------------------------------------------------------------------- loading


def _load(evaluator: Evaluator, node: ast.Call, frame: Frame, *, floats: bool = False) -> Abstract:
    unknown = Opaque(f"{last_name(node.func)}() reads it from a file that is not known")
    if evaluator.modules is None or not node.args:
        return unknown
    path = _path(evaluator, node.args[0], frame)
    importer = evaluator.modules.file_of(evaluator)
    file = evaluator.modules.project.find(path, importer) if path else None
    return unknown if file is None else configs.load(evaluator.modules.project, file, floats=floats)


def _load_omegaconf(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    return _load(evaluator, node, frame, floats=True)


def _path(evaluator: Evaluator, node: ast.expr, frame: Frame) -> str:
    """The relative path an expression names or opens; unknown folders in front are left out."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return os.path.join(_path(evaluator, left, frame), _path(evaluator, right, frame))
        case ast.Call(func=ast.Attribute(value=inner, attr="read" | "read_text" | "open")):
            return _path(evaluator, inner, frame)
        case ast.Call(func=func, args=arguments) if last_name(func) in ("join", "Path", "open"):
            parts = [
                _path(evaluator, argument, frame)
                for argument in arguments[: 1 if last_name(func) == "open" else None]
            ]
            return os.path.join("", *parts) if parts and parts[-1] else ""
    for value in alternatives(evaluator.evaluate(node, frame)):
        match value:
            case Constant(value=str() as path):
                return path
            case Made(call=call) if call.node is not node:
                return _path(evaluator, call.node, call.frame)
    return ""


# -------------------------------------------------------------------------- conversions


def _merge(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``OmegaConf.merge(base, cli)``: the command line only overrides what is a default anyway."""
    merged: Abstract | None = None
    for argument in node.args:
        value = evaluator.evaluate(argument, frame)
        match value:
            case Made(function=External(name=name)) if name.endswith("from_cli"):
                continue
            case Entries() if isinstance(merged, Entries):
                merged = _joined(evaluator, merged, value)
            case _ if merged is None:
                merged = value
            case _:
                return Opaque("it is merged from configurations that are not all known")
    return merged or Opaque("merge() of nothing")


def _joined(evaluator: Evaluator, below: Entries, above: Entries) -> Entries:
    found = dict(below.entries)
    for name, values in above.entries.items():
        new = evaluator.force(values[-1])
        old = evaluator.force(found[name][-1]) if name in found else None
        both = isinstance(old, Entries) and isinstance(new, Entries)
        found[name] = (_joined(evaluator, old, new) if both else new,)  # type: ignore[arg-type]
    return Entries(found, below.open or above.open, {**below.places, **above.places})


def _structured(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``OmegaConf.structured(Config)``, ``OmegaConf.create({...})``: what they are given."""
    if not node.args:
        return Opaque(f"{last_name(node.func)}() returns it")

    def one(value: Abstract) -> Abstract:
        return members.instance(evaluator, value) if isinstance(value, LocalClass) else value

    return choice(one(each) for each in alternatives(evaluator.evaluate(node.args[0], frame)))


def _hydra_compose(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``with initialize(config_path="conf"): cfg = compose("config")``."""
    located = _initialised(evaluator.index)
    if located is None or evaluator.modules is None:
        return Opaque("compose() returns it")
    return _composed(evaluator, node, located, frame)


def _initialised(index: ModuleIndex) -> ast.Call | None:
    calls = index.calls_named.get("initialize", ())
    return calls[0][0] if len(calls) == 1 else None


LOADERS: Final[Mapping[str, Callable[[Evaluator, ast.Call, Frame], Abstract]]] = {
    **dict.fromkeys(
        ("yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "json.load", "json.loads"),
        _load,
    ),
    "omegaconf.OmegaConf.load": _load_omegaconf,
    "omegaconf.OmegaConf.merge": _merge,
    "omegaconf.OmegaConf.unsafe_merge": _merge,
    "omegaconf.OmegaConf.create": _structured,
    "omegaconf.OmegaConf.structured": _structured,
    "omegaconf.OmegaConf.to_container": _structured,
    "omegaconf.OmegaConf.to_object": _structured,
    "hydra.compose": _hydra_compose,
}
