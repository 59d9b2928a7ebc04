"""What one module does to optimizers that a change of their groups or class may break.

Syntax only: one pass over the calls, subscripts and loops of a module. Whose optimizer it is that
something happens to, :mod:`~wdlint.reason.hazards` finds out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wdlint.facts import Hazard, HazardKind
from wdlint.reason.arguments import written_argument
from wdlint.reason.scopes import Binding, ModuleIndex, Scope, dotted, last_name
from wdlint.sources.text import Source

LOADER: Final = re.compile(r"(^|_)(load|resume|restore)(_|$)", re.I)
"""Names of functions that read a checkpoint into what they are given."""
_OPTIMIZER_LIKE: Final = re.compile(r"opt", re.I)
_OPTIMIZER_NAME: Final = re.compile(r"optim|(^|_)opt(_|$)", re.I)
_IS_FILE: Final = re.compile(r"(path|file|filename|name|dir|state|dict|ckpt|checkpoint)s?$", re.I)
"""Names of what is read itself, rather than of what it is read into."""
_SHARDED: Final = re.compile(
    r"^(FSDP|FullyShardedDataParallel|ZeroRedundancyOptimizer|OSS|ShardedDataParallel"
    r"|initialize_deepspeed|FSDPStrategy|DeepSpeedStrategy|DeepSpeedPlugin|FullyShardedDataParallelPlugin)$"
)
_SHARDING_STRATEGY: Final = re.compile(r"deepspeed|fsdp", re.I)
_PER_GROUP: Final = {
    "LambdaLR": ("lr_lambda", 1),
    "MultiplicativeLR": ("lr_lambda", 1),
    "OneCycleLR": ("max_lr", 1),
    "CyclicLR": ("base_lr", 1),
    "ReduceLROnPlateau": ("min_lr", 8),
}
_SAME_IN_EVERY_GROUP: Final = frozenset({"lr", "initial_lr", "betas", "momentum", "eps"})
"""Keys that a group split off has like the group it comes from."""
_SHOWING: Final = frozenset({"print", "pprint", "str", "repr", "debug", "info", "warning", "log"})


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A hazard, the optimizer it names ("" when it names none), and the scope it stands in.

    ``looks_it`` is False where nothing but the flow of the program can tell that the name holds an
    optimizer. ``classes`` are the optimizer classes it depends on; none: it breaks with any.
    """

    holder: str
    scope: Scope
    hazard: Hazard
    looks_it: bool = True
    classes: frozenset[str] = frozenset()


def sightings(index: ModuleIndex, source: Source) -> tuple[Sighting, ...]:
    """Everything of the kind in a module, in source order."""
    found = _Finder(index, source).find()
    return tuple(sorted(found, key=lambda s: (s.hazard.place.span, s.hazard.text)))


def held_name(node: ast.expr) -> str:
    """The name an expression takes an object from: ``self.optimizers`` of ``self.optimizers()[0]``."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return dotted(node)


class _Finder:
    def __init__(self, index: ModuleIndex, source: Source) -> None:
        self._index = index
        self._source = source

    def find(self) -> Iterator[Sighting]:
        yield from self._subscripts()
        for loop in self._index.loops:
            yield from self._loop(loop)
        for call, statement in self._index.calls:
            scope = self._index.scope(statement)
            yield from self._call(call, scope)
            yield from self._class_check(call, scope)
            yield from self._copied(call, scope)
        for comparison, statement in self._index.comparisons:
            yield from self._compared_class(comparison, self._index.scope(statement))
        yield from self._whole_lists()
        yield from self._unpacked_rates()
        for binding in self._index.all_bindings():
            if binding.statement is not None and _names_checkpoint(binding):
                text = "names a checkpoint to resume from"
                place = self._source.place(binding.statement)
                yield Sighting("", self._index.scope(binding.statement), Hazard("loads-state", text, place))

    # ------------------------------------------------------------------ param_groups

    def _subscripts(self) -> Iterator[Sighting]:
        harmless = {id(s.value) for s, _ in self._index.subscripts if _reads_what_all_groups_have(s)}
        for node, statement in self._index.subscripts:
            scope = self._index.scope(statement)
            match node:
                case ast.Subscript(
                    value=ast.Subscript(value=ast.Attribute(value=holder, attr="param_groups")),
                    slice=ast.Constant(value="weight_decay"),
                    ctx=ast.Store(),
                ):
                    yield self._sighting("edits-decay", holder, node, f"sets {self._text(node)}", scope)
                case ast.Subscript(value=groups, slice=ast.Constant() | ast.UnaryOp()):
                    owner = _owner_of_groups(groups)
                    if owner is not None and id(node) not in harmless:
                        text = f"indexes {self._text(node)}"
                        yield self._sighting("indexed-groups", owner, node, text, scope)

    def _loop(self, loop: ast.For) -> Iterator[Sighting]:
        holder = _looped_over(loop.iter)
        if holder is not None and (written := _writes_decay(loop)) is not None:
            does = "calls" if isinstance(written, ast.Call) else "sets"
            text = f"{does} {self._text(written)} in a loop"
            yield self._sighting("edits-decay", holder, written, text, self._index.scope(loop))

    def _whole_lists(self) -> Iterator[Sighting]:
        """``zip(opt.param_groups, lrs)``, ``(group,) = opt.param_groups``, ``len(opt.param_groups)``."""
        harmless = {loop.iter for loop in self._index.loops if _counts_for_nothing(loop)}
        values: list[tuple[ast.expr, ast.stmt, str]] = []
        for call, statement in self._index.calls:
            name = last_name(call.func)
            if call not in harmless and name not in _SHOWING:
                text = "counts {}" if name == "len" else f"hands {{}} to {name}()"
                values += [(each, statement, text) for each in call.args]
        for binding in self._index.all_bindings():
            if binding.kind == "assign" and binding.value is not None and binding.statement is not None:
                values.append((binding.value, binding.statement, "assigns {}"))
        for value, statement, text in values:
            owner = _owner_of_groups(value)
            if owner is not None:
                told = text.format(self._text(value))
                yield self._sighting("indexed-groups", owner, value, told, self._index.scope(statement))

    def _unpacked_rates(self) -> Iterator[Sighting]:
        """``[lr] = scheduler.get_last_lr()``: one rate a group."""
        for name in ("get_last_lr", "get_lr"):
            for call, statement in self._index.calls_named.get(name, ()):
                match statement:
                    case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value) if value is call:
                        text = f"unpacks {self._text(call)}, which has one rate a group"
                        yield self._of_any("indexed-groups", call, text, self._index.scope(statement))

    # ------------------------------------------------------------------------- calls

    def _call(self, node: ast.Call, scope: Scope) -> Iterator[Sighting]:
        name = last_name(node.func)
        match node.func:
            case ast.Attribute(value=holder, attr="load_state_dict"):
                held = self._text(holder)
                looks_it = _OPTIMIZER_LIKE.search(held) is not None
                yield self._sighting(
                    "loads-state", holder, node, f"loads a state into {held}", scope, looks_it
                )
            case ast.Attribute(attr="load_state"):  # accelerate: models, optimizers and all
                yield self._of_any("loads-state", node, f"loads a state with {name}()", scope)
            case ast.Attribute(value=holder, attr="add_param_group"):
                text = f"adds a group to {self._text(holder)}"
                yield self._sighting("adds-group", holder, node, text, scope)
        if LOADER.search(name):
            for given in (*node.args, *(k.value for k in node.keywords)):
                if _OPTIMIZER_NAME.search(last_name(given)) and not _IS_FILE.search(last_name(given)):
                    text = f"hands {dotted(given)} to {name}()"
                    yield self._sighting("loads-state", given, node, text, scope)
        if _resumes(node):
            yield self._of_any("loads-state", node, f"resumes from a checkpoint with {name}()", scope)
        if _SHARDED.match(name) or dotted(node.func) == "deepspeed.initialize" or _shards(node):
            yield self._of_any("sharded", node, f"shards the parameters with {name}()", scope)
        elif name in _PER_GROUP and (node.args or node.keywords):
            given_list = written_argument(node, *_PER_GROUP[name])
            optimizer = written_argument(node, "optimizer", 0)
            if optimizer is not None and _may_be_list(given_list):
                text = f"gives {name}() one {_PER_GROUP[name][0]} a group"
                yield self._sighting("per-group-list", optimizer, node, text, scope)

    def _class_check(self, node: ast.Call, scope: Scope) -> Iterator[Sighting]:
        """``isinstance(optimizer, Adam)``."""
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[tested, classes]):
                named = frozenset(map(last_name, _elements(classes)))
                yield from self._tested(tested, named, node, scope)

    def _compared_class(self, node: ast.Compare, scope: Scope) -> Iterator[Sighting]:
        """``type(optimizer) is Adam``, ``optimizer.__class__.__name__ == "Adam"``."""
        tested = _whose_class(node.left)
        if tested is not None and len(node.comparators) == 1:
            named = frozenset(map(_named_class, _elements(node.comparators[0])))
            yield from self._tested(tested, named, node, scope)

    def _tested(
        self, tested: ast.expr, named: frozenset[str], node: ast.expr, scope: Scope
    ) -> Iterator[Sighting]:
        hazard = Hazard("checks-class", f"tests the class of {self._text(tested)}", self._source.place(node))
        if named and (holder := held_name(tested)):
            yield Sighting(holder, scope, hazard, classes=named)

    def _copied(self, node: ast.Call, scope: Scope) -> Iterator[Sighting]:
        """``type(optimizer)(params, **optimizer.defaults)``: another one of its class, or its options."""
        made = _whose_class(node.func)
        if made is not None:
            text = f"builds another one of the class of {self._text(made)}"
            looks_it = _OPTIMIZER_LIKE.search(held_name(made)) is not None
            yield self._sighting("checks-class", made, node, text, scope, looks_it)
        for given in (*node.args, *(k.value for k in node.keywords)):
            match given:
                case ast.Attribute(value=holder, attr="defaults"):
                    text = f"hands on {self._text(given)}"
                    looks_it = _OPTIMIZER_LIKE.search(held_name(holder)) is not None
                    yield self._sighting("checks-class", holder, given, text, scope, looks_it)

    def _sighting(
        self,
        kind: HazardKind,
        holder: ast.expr,
        node: ast.expr,
        text: str,
        scope: Scope,
        looks_it: bool = True,
    ) -> Sighting:
        return Sighting(held_name(holder), scope, Hazard(kind, text, self._source.place(node)), looks_it)

    def _of_any(self, kind: HazardKind, node: ast.expr, text: str, scope: Scope) -> Sighting:
        return Sighting("", scope, Hazard(kind, text, self._source.place(node)))

    def _text(self, node: ast.expr) -> str:
        return " ".join(self._source.slice(self._source.span(node)).split())


def _may_be_list(node: ast.expr | None) -> bool:
    """A list, or a variable whose name is a plural."""
    if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
        return True
    return node is not None and last_name(node).endswith("s")


def _elements(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def _whose_class(node: ast.expr) -> ast.expr | None:
    """The ``x`` of ``type(x)`` and ``x.__class__``, or of the ``__name__`` of that."""
    match node:
        case ast.Attribute(value=inner, attr="__name__" | "__qualname__"):
            return _whose_class(inner)
        case (
            ast.Call(func=ast.Name(id="type"), args=[tested]) | ast.Attribute(value=tested, attr="__class__")
        ):
            return tested
    return None


def _named_class(node: ast.expr) -> str:
    """The class that a comparison names, as it is or in a string."""
    return str(node.value) if isinstance(node, ast.Constant) else last_name(node)


def _resumes(call: ast.Call) -> bool:
    """``trainer.fit(model, ckpt_path=path)``, ``trainer.train(resume_from_checkpoint=path)``."""
    keys = {"resume_from_checkpoint"} | ({"ckpt_path"} if last_name(call.func) == "fit" else set())
    return any(
        k.arg in keys and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
    )


def _names_checkpoint(binding: Binding) -> bool:
    """``options.resume_from_checkpoint = path``, to be handed to a trainer later."""
    empty = isinstance(binding.value, ast.Constant) and not binding.value.value
    return binding.kind == "assign" and binding.name.endswith(".resume_from_checkpoint") and not empty


def _shards(call: ast.Call) -> bool:
    """``Trainer(strategy="fsdp")``."""
    return any(
        k.arg == "strategy"
        and isinstance(k.value, ast.Constant)
        and _SHARDING_STRATEGY.search(str(k.value.value))
        for k in call.keywords
    )


def _reads_what_all_groups_have(node: ast.Subscript) -> bool:
    """``optimizer.param_groups[0]["lr"]`` in a log line; the first group also keeps its decay."""
    match node:
        case ast.Subscript(
            value=ast.Subscript(slice=index), slice=ast.Constant(value=str() as key), ctx=ast.Load()
        ):
            first = isinstance(index, ast.Constant) and index.value == 0
            return key in _SAME_IN_EVERY_GROUP or (first and key == "weight_decay")
    return False


def _owner_of_groups(node: ast.expr) -> ast.expr | None:
    """The optimizer, or its state, in ``opt.param_groups`` and ``opt.state_dict()["param_groups"]``."""
    match node:
        case ast.Attribute(value=owner, attr="param_groups"):
            return owner
        case ast.Subscript(value=state, slice=ast.Constant(value="param_groups")):
            match state:
                case ast.Call(func=ast.Attribute(value=owner, attr="state_dict")):
                    return owner
            return state
    return None


def _looped_over(iterable: ast.expr) -> ast.expr | None:
    """The optimizer whose groups a loop runs over: ``opt.param_groups``, ``enumerate(opt.param_groups)``."""
    match iterable:
        case ast.Attribute(value=holder, attr="param_groups"):
            return holder
        case ast.Call(func=ast.Name(), args=arguments):
            return next((h for a in arguments if (h := _looped_over(a)) is not None), None)
    return None


def _counts_for_nothing(loop: ast.For) -> bool:
    """``for i, group in enumerate(opt.param_groups)`` whose body never looks at ``i``."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=count), _]), iter=ast.Call(func=ast.Name(id="enumerate"))
        ):
            used = (n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name))
            return count not in used
    return False


def _writes_decay(loop: ast.For) -> ast.expr | None:
    """Where the body sets the decay of the group, or groups, the loop is at, key by key or by ``update``."""
    groups = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    for node in (n for statement in loop.body for n in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update")) if name in groups:
                if any("decay" in key for key in _keys_given(node)):
                    return node
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AugAssign) else targets
        for target in targets:
            match target:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
                    if name in groups and "decay" in key and "lr" not in key:
                        return target
    return None


def _keys_given(call: ast.Call) -> Iterator[str]:
    """The keys of ``update(weight_decay=0.1)`` and ``update({"weight_decay": 0.1})``."""
    yield from (keyword.arg for keyword in call.keywords if keyword.arg is not None)
    for given in call.args:
        for node in given.keys if isinstance(given, ast.Dict) else ():
            if isinstance(node, ast.Constant):
                yield str(node.value)
