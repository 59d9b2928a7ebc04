"""What happens to an optimizer after it is built that a fix may break.

One pass over the calls, subscripts and loops of a module; a hazard belongs to a site when it names
the variable the optimizer was assigned to, or when nobody can tell which optimizer it means.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from wdlint.facts import Hazard, HazardKind
from wdlint.reason.scopes import ModuleIndex, dotted, last_name
from wdlint.sources.text import Source

_OPTIMIZER_LIKE: Final = re.compile(r"opt", re.I)
_LOADER: Final = re.compile(r"(^|_)(load|resume|restore)(_|$)", re.I)
_OPTIMIZER_NAME: Final = re.compile(r"optim|(^|_)opt(_|$)", re.I)
_SHARDED: Final = re.compile(
    r"^(FSDP|FullyShardedDataParallel|fully_shard|ZeroRedundancyOptimizer|OSS|ShardedDataParallel|initialize_deepspeed)$"
)
_PER_GROUP: Final = {
    "LambdaLR": ("lr_lambda", 1),
    "MultiplicativeLR": ("lr_lambda", 1),
    "OneCycleLR": ("max_lr", 1),
    "CyclicLR": ("base_lr", 1),
    "ReduceLROnPlateau": ("min_lr", 8),
}


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A hazard and the optimizer it names; "" when it names none."""

    holder: str
    hazard: Hazard


class HazardMap:
    """Every hazard of a module, to be asked for one optimizer at a time."""

    def __init__(self, index: ModuleIndex, source: Source) -> None:
        self._source = source
        self._sightings = sorted(self._find(index), key=lambda s: s.hazard.place.span)

    def of(self, target: str, targets: Collection[str]) -> tuple[Hazard, ...]:
        """The hazards of the optimizer assigned to ``target`` ("" when it is assigned nowhere).

        ``targets`` are the names optimizers are assigned to in this file: what happens to a name
        that is none of them, such as a function's parameter, may happen to any optimizer.
        """
        last = target.rpartition(".")[2]

        def concerns(holder: str) -> bool:
            name = holder.rpartition(".")[2]
            return not name or not last or name == last or name not in targets

        return tuple(s.hazard for s in self._sightings if concerns(s.holder))

    def _find(self, index: ModuleIndex) -> Iterator[_Sighting]:
        for node in index.subscripts:
            match node:
                case ast.Subscript(
                    value=ast.Subscript(value=ast.Attribute(value=holder, attr="param_groups")),
                    slice=ast.Constant(value="weight_decay"),
                    ctx=ast.Store(),
                ):
                    yield self._sighting("edits-decay", holder, node, f"sets {self._text(node)}")
        reads = {id(s.value) for s in index.subscripts if _only_reads_lr(s)}
        for node in index.subscripts:
            match node:
                case ast.Subscript(value=ast.Attribute(value=holder, attr="param_groups"), slice=key):
                    if isinstance(key, ast.Constant | ast.UnaryOp) and id(node) not in reads:
                        yield self._sighting("indexed-groups", holder, node, f"indexes {self._text(node)}")
        for loop in index.loops:
            match loop:
                case ast.For(
                    target=ast.Name(id=group), iter=ast.Attribute(value=holder, attr="param_groups")
                ):
                    if (written := _writes_decay(loop, group)) is not None:
                        yield self._sighting(
                            "edits-decay", holder, written, f"sets {self._text(written)} in a loop"
                        )
        for call, _ in index.calls:
            yield from self._call(call)
        yield from self._whole_lists(index)

    def _whole_lists(self, index: ModuleIndex) -> Iterator[_Sighting]:
        """``zip(opt.param_groups, lrs)``, ``(group,) = opt.param_groups``, ``len(opt.param_groups)``."""
        values = [(a, f"hands {{}} to {last_name(c.func)}()") for c, _ in index.calls for a in c.args]
        values += [(b.value, "assigns {}") for b in index.all_bindings() if b.kind == "assign" and b.value]
        for value, text in values:
            match value:
                case ast.Attribute(value=holder, attr="param_groups"):
                    yield self._sighting("indexed-groups", holder, value, text.format(self._text(value)))

    def _call(self, node: ast.Call) -> Iterator[_Sighting]:
        name = last_name(node.func)
        match node.func:
            case ast.Attribute(value=holder, attr="load_state_dict") if _OPTIMIZER_LIKE.search(
                self._text(holder)
            ):
                yield self._sighting("loads-state", holder, node, f"loads a state into {self._text(holder)}")
            case ast.Attribute(attr="load_state"):  # accelerate: models, optimizers and all
                yield _Sighting(
                    "", Hazard("loads-state", f"loads a state with {name}()", self._source.place(node))
                )
            case ast.Attribute(value=holder, attr="add_param_group"):
                yield self._sighting("adds-group", holder, node, f"adds a group to {self._text(holder)}")
        if _LOADER.search(name):
            for argument in (*node.args, *(k.value for k in node.keywords)):
                if _OPTIMIZER_NAME.search(last_name(argument)):
                    yield self._sighting(
                        "loads-state", argument, node, f"hands {dotted(argument)} to {name}()"
                    )
        if _SHARDED.match(name) or dotted(node.func) == "deepspeed.initialize":
            yield _Sighting(
                "", Hazard("sharded", f"shards the parameters with {name}()", self._source.place(node))
            )
        elif name in _PER_GROUP and (node.args or node.keywords):
            given = _argument(node, *_PER_GROUP[name])
            optimizer = _argument(node, "optimizer", 0)
            if optimizer is not None and _may_be_list(given):
                text = f"gives {name}() one {_PER_GROUP[name][0]} a group"
                yield self._sighting("per-group-list", optimizer, node, text)

    def _sighting(self, kind: HazardKind, holder: ast.expr, node: ast.expr, text: str) -> _Sighting:
        return _Sighting(dotted(holder), Hazard(kind, text, self._source.place(node)))

    def _text(self, node: ast.expr) -> str:
        return " ".join(self._source.slice(self._source.span(node)).split())


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    given = next((k.value for k in call.keywords if k.arg == name), None)
    return call.args[position] if given is None and position < len(call.args) else given


def _may_be_list(node: ast.expr | None) -> bool:
    """A list, or a variable whose name is a plural."""
    if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
        return True
    return node is not None and last_name(node).endswith("s")


def _only_reads_lr(node: ast.Subscript) -> bool:
    """``optimizer.param_groups[0]["lr"]`` in a log line: every group has a learning rate."""
    is_lr = isinstance(node.slice, ast.Constant) and node.slice.value == "lr"
    return is_lr and isinstance(node.ctx, ast.Load)


def _writes_decay(loop: ast.For, group: str) -> ast.expr | None:
    for node in ast.walk(loop):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)) as to]
            ):
                if name == group and "decay" in key and "lr" not in key:
                    return to
    return None
