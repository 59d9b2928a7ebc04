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
        elif name in _PER_GROUP and node.args:
            keyword, position = _PER_GROUP[name]
            given = next((k.value for k in node.keywords if k.arg == keyword), None)
            if given is None and len(node.args) > position:
                given = node.args[position]
            if isinstance(given, ast.List | ast.Tuple | ast.ListComp):
                yield self._sighting(
                    "per-group-list", node.args[0], node, f"gives {name}() one {keyword} a group"
                )

    def _sighting(self, kind: HazardKind, holder: ast.expr, node: ast.expr, text: str) -> _Sighting:
        return _Sighting(dotted(holder), Hazard(kind, text, self._source.place(node)))

    def _text(self, node: ast.expr) -> str:
        return " ".join(self._source.slice(self._source.span(node)).split())


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
