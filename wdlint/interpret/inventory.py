"""The parameters of a module as facts: names with ``*``, kinds, ranks, and what could not be read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wdlint.facts import Gap, Model, Parameter, ParameterKind, Place
from wdlint.interpret.modules import last_name
from wdlint.interpret.torch import _NORMS, children
from wdlint.interpret.values import (
    Alt,
    Class,
    External,
    Instance,
    Param,
    Unknown,
    Value,
    is_module,
    is_subclass,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.modules import Module

_NORM_NAME: Final = re.compile(r"norm|^bn$|^ln$", re.IGNORECASE)
WRAPPERS: Final = frozenset({"DataParallel", "OptimizedModule"})
"""Modules that hold another one, and nothing else."""
_NUMBER: Final = re.compile(r"\d+")
_MOST: Final = 20_000

Locate = Callable[[ast.AST | None, "Module | None"], Place | None]
"""The place of a node of a module."""


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter found in a module: its name with known indices, and everything about it."""

    name: str
    parameter: Param
    kind: ParameterKind
    owner: str
    maybe: bool
    ndim: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of a module, and the parts that could not be read."""

    rows: tuple[Row, ...]
    gaps: tuple[tuple[str, Unknown], ...]


def listing(root: Instance) -> Listing:
    """Walk a module as ``named_parameters()`` does; what only some alternatives hold is *maybe*."""
    walk = _Walk(set())
    walk.module(root, "", maybe=False)
    return Listing(tuple(walk.rows), tuple(walk.gaps))


class _Walk:
    """The rows of a module and of those below it; ``seen`` are the modules and parameters met so far."""

    def __init__(self, seen: set[Value]) -> None:
        self.seen = seen
        self.rows: list[Row] = []
        self.gaps: list[tuple[str, Unknown]] = []

    def module(self, owner: Instance, prefix: str, *, maybe: bool) -> None:
        if owner in self.seen or len(self.rows) > _MOST:
            return
        self.seen.add(owner)
        if owner.assumed:
            why = f"it may be of a class derived from {owner.cls.name}"
            self.gaps.append((prefix, Unknown(why, owner.made, owner.module)))
        self.gaps.extend((f"{prefix}.{name}" if prefix else name, why) for name, why in _set_later(owner))
        for stranger in owner.cls.strangers:
            self.gaps.append((prefix, _stranger(owner.cls, stranger)))
        nested: list[tuple[str, Value]] = []
        for name, value in children(owner):
            full = f"{prefix}.{name}" if prefix else name
            if any(isinstance(each, Param) for each in options(value)):
                self._parameter(owner, name, full, value, maybe)
            if any(_is_part(each) for each in options(value)):
                nested.append((full, value))
            for each in options(value):
                if isinstance(each, Unknown) and _matters(owner, name, each):
                    self.gaps.append((full, each))
        for full, value in nested:
            self._part(full, value, maybe)

    def _parameter(self, owner: Instance, name: str, full: str, value: Value, maybe: bool) -> None:
        found = [each for each in options(value) if isinstance(each, Param)]
        several = value.options if type(value) is Alt else (value,)
        doubtful = maybe or len(found) < len(several) or (len(found) > 1 and not self.seen.isdisjoint(found))
        new = [each for each in found if each not in self.seen]
        self.seen.update(new)
        rows = [
            Row(full, each, kind_of(owner, name, each), owner.cls.name, doubtful, each.ndim) for each in new
        ]
        self.rows.extend(_common([[r] for r in rows], maybe=maybe) if len(rows) == len(several) else rows)

    def _part(self, full: str, value: Value, maybe: bool) -> None:
        """A child: the rows that all its alternatives have are sure."""
        found = [each for each in options(value) if _is_part(each)]
        several = value.options if type(value) is Alt else (value,)
        if len(found) == 1:
            self.module(found[0], full, maybe=maybe or len(several) > 1)
            return
        walks = [_Walk(set(self.seen)) for _ in found]
        for walk, each in zip(walks, found, strict=True):
            walk.module(each, full, maybe=maybe or len(found) < len(several))
        for walk in walks:
            self.seen |= walk.seen
            self.gaps.extend(walk.gaps)
        self.rows.extend(_common([walk.rows for walk in walks], maybe=maybe))


def _common(alternatives: list[list[Row]], *, maybe: bool) -> list[Row]:
    """The rows of all alternatives; a pattern and kind that not all have is *maybe*."""
    having: dict[tuple[str, ParameterKind], set[int]] = {}
    ranks: dict[tuple[str, ParameterKind], set[int | None]] = {}
    for i, rows in enumerate(alternatives):
        for row in rows:
            key = (pattern_of(row.name), row.kind)
            ranks.setdefault(key, set()).add(row.ndim)
            if not row.maybe:
                having.setdefault(key, set()).add(i)
    merged = []
    for row in (row for rows in alternatives for row in rows):
        key = (pattern_of(row.name), row.kind)
        sure = not maybe and len(having.get(key, ())) == len(alternatives)
        ndim = None if sure and len(ranks[key]) > 1 else row.ndim
        merged.append(replace(row, maybe=not sure, ndim=ndim))
    return merged


def _is_part(value: Value) -> bool:
    return is_module(value) or (
        isinstance(value, Instance) and bool(value.cls.strangers) and _may_be_module(value.cls)
    )


def _stranger(cls: Class, base: Value) -> Unknown:
    if isinstance(base, Unknown):
        return base
    name = base.name if isinstance(base, External) else "a base class"
    return Unknown(f"{cls.name} derives from {name}, which is not read", cls.node, cls.module)


def _may_be_module(cls: Class) -> bool:
    return any(isinstance(s, External | Unknown) for s in cls.strangers)


_PLAIN_ATTRIBUTE: Final = re.compile(
    r"^(args|opts?|cfg|config|conf|hparams?|params|device|dtype|name|logger|\w*loss\w*|criterion|\w*(size|dim|dims|num"
    r"|rate|prob|eps|scale|mode|type|path|file|lr|shape|len|length|weight|steps?|idx|index|ids?|key|keys|seed|flag"
    r"|channels|features|heads|depth|mask|metric\w*|transform\w*|dataset|tokenizer|vocab|act|activation\w*|act_fn"
    r"|nonlinearity|sampler|scheduler))$",
    re.IGNORECASE,
)


def _matters(owner: Instance, name: str, value: Unknown) -> bool:
    """Whether something unknown in a module may be a module: it is called, or it stands in a container."""
    if is_subclass(owner.cls, "torch.nn.Sequential") or is_subclass(owner.cls, "torch.nn.ModuleList"):
        return owner.payload is not None
    if name.startswith("__") or _PLAIN_ATTRIBUTE.match(name):
        return False
    if owner.cls.name in WRAPPERS:
        return True
    if _makes_modules(value.source):
        return True
    return any(name in _called(cls.node) for cls in owner.cls.mro if cls.node is not None)


def _makes_modules(source: str) -> bool:
    """Whether something of a package that is not read may make modules; Python's own makes none."""
    root = source.partition(".")[0]
    return bool(root) and root not in sys.stdlib_module_names and root not in _NO_MODULES


_NO_MODULES: Final = frozenset(
    {"numpy", "torch", "scipy", "PIL", "pandas", "builtins", "tqdm", "wandb", "omegaconf"}
)


def _set_later(owner: Instance) -> Iterator[tuple[str, Unknown]]:
    """The attributes the object's methods call that only a method nobody was seen to call would set."""
    for cls in owner.cls.mro:
        if cls.node is None:
            continue
        for name, node in _setters(cls.node).items():
            if name not in owner.data and name in _called(cls.node) and not _PLAIN_ATTRIBUTE.match(name):
                yield name, Unknown("it is set in a method that nobody is seen to call", node, cls.module)


@lru_cache(maxsize=1024)
def _setters(node: ast.ClassDef) -> dict[str, ast.AST]:
    """The attributes for which methods other than the constructor make an object, and where."""
    found: dict[str, ast.AST] = {}
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name != "__init__":
            for inner in ast.walk(method):
                match inner:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                        value=ast.Call(func=function),
                    ) if last_name(function)[:1].isupper():
                        found.setdefault(name, inner)
    return found


@lru_cache(maxsize=1024)
def _called(node: ast.ClassDef) -> frozenset[str]:
    """The attributes the methods of a class call, or ask for parameters: ``self.x(...)``."""
    return frozenset(_calls_on_self(node))


def _calls_on_self(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield name
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="self"), attr=name),
                    attr="parameters" | "named_parameters" | "forward" | "encode" | "decode" | "modules",
                )
            ):
                yield name
            case ast.For(iter=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield name


def kind_of(owner: Instance, name: str, parameter: Param) -> ParameterKind:
    """The kind of a parameter: torch's class through the bases, then names."""
    if any(c.qualname in _NORMS for c in owner.cls.mro):
        return "norm"
    if is_subclass(owner.cls, "torch.nn.Embedding") and name == "weight":
        return "embedding"
    own = _kind_in_layer(owner, name) or parameter.kind
    if own:
        return own  # type: ignore[return-value]
    if _NORM_NAME.search(owner.cls.name) and not _has_children(owner):
        return "norm"
    if "bias" in name and "table" not in name:
        return "bias"
    if "pos" in name and ("emb" in name or name.startswith("pos")):
        return "position"
    if parameter.ndim is not None and parameter.ndim <= 1:
        return "scale"
    return "weight" if name.startswith("weight") else "other"


def _kind_in_layer(owner: Instance, name: str) -> str:
    """The kind a layer of torch gives a parameter of this name: a tied weight is what its owner makes it."""
    for cls in owner.cls.mro:
        if cls.layer is not None:
            return next((p.kind for p in cls.layer.parameters if p.name == name), "")
    return ""


def _has_children(owner: Instance) -> bool:
    """Whether a module holds modules that hold parameters: then it is no normalisation itself."""
    for _, value in children(owner):
        for each in options(value):
            if is_module(each) and listing(each).rows:
                return True
    return False


def pattern_of(name: str) -> str:
    """A name with its indices written ``*``."""
    return ".".join("*" if part.isdigit() else part for part in name.split("."))


def model_of(root: Instance, locate: Locate, name: str = "") -> Model:
    """The inventory of a module, rows of one pattern put together."""
    found = listing(root)
    merged: dict[tuple[str, str, int | None], Parameter] = {}
    for row in found.rows:
        pattern = pattern_of(row.name)
        key = (pattern, row.kind, row.ndim)
        trainable = _trainable(row.parameter)
        known = merged.get(key)
        if known is None:
            merged[key] = Parameter(
                pattern,
                row.kind,
                row.ndim,
                locate(row.parameter.made, row.parameter.module),
                row.maybe,
                trainable,
                row.owner,
                row.name.replace("*", "0"),
            )
        elif known.maybe and not row.maybe:
            merged[key] = Parameter(
                pattern, known.kind, known.ndim, known.where, False, trainable, known.owner, known.example
            )
    gaps = tuple(Gap(pattern_of(path), why.why, locate(why.node, why.module)) for path, why in found.gaps)
    core = _unwrapped(root)
    where = locate(core.cls.node, core.cls.module) or locate(core.made, core.module)
    return Model(name or core.cls.name, tuple(merged.values()), not gaps, where, tuple(dict.fromkeys(gaps)))


def _unwrapped(root: Instance) -> Instance:
    """The model itself, for its name."""
    while root.cls.name in WRAPPERS:
        inner = next((o for value in root.data.values() for o in options(value) if is_module(o)), None)
        if not isinstance(inner, Instance):
            break
        root = inner
    return root


def _trainable(parameter: Param) -> bool | None:
    value = parameter.data.get("requires_grad", True)
    return value if isinstance(value, bool) else None
