"""Finds the places that build an optimizer and says all that is known about each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Final

from wdlint.facts import (
    Argument,
    Coupling,
    Decay,
    Default,
    Known,
    Naming,
    OneOf,
    Optimizer,
    OptimizerSite,
    ParamGroup,
    Place,
    Unknown,
    Value,
)
from wdlint.reason import factories
from wdlint.reason.arguments import is_of_argument
from wdlint.reason.constructor import ConstructorArguments
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.hazards import HazardMap, class_names
from wdlint.reason.naming import Namer
from wdlint.reason.parameters import decay_of_any, group_of, groups_of
from wdlint.reason.schedules import schedule_of
from wdlint.reason.scopes import branches, dotted, last_name
from wdlint.reason.values import (
    Abstract,
    Code,
    Constant,
    Entries,
    External,
    Frame,
    Item,
    Opaque,
    Partial,
    alternatives,
)
from wdlint.sources.project import is_test

_BUILDER_NAME: Final = re.compile(r"opt|^cls$|^klass$|_class$|_cls$", re.I)
_CLASS_NAME: Final = re.compile(
    r"^(cls|klass)$|(_|^)(class|cls|klass)$|^opt(im|imizer)?_?(fn|func|type|ctor|constructor|factory)$", re.I
)
"""Names of variables that hold an optimizer class, not an optimizer."""
_INSTANTIATE: Final = ("hydra.utils.instantiate", "hydra.utils.call")
_PARAMETERS: Final = re.compile(r"param|group|weights$", re.I)
_DECAYING: Final = frozenset({"coupled", "decoupled", "unknown", "wrapper", "in_update_trust_ratio"})
"""The couplings of which some rule has something to say."""
_CLASS_ARGUMENTS: Final = ("optimizer_class", "optim")
"""The arguments of wrappers such as ZeroRedundancyOptimizer and OSS that hold the real class."""
_MANY: Final = 5
"""Optimizers in one chain of conditions that make it a library's list rather than a program's choice."""


class SiteFinder:
    """Finds the optimizer sites of one module.

    Each is first read with nothing but the module at hand; only what that leaves open is worth
    opening other files of the project for.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.index = evaluator.index
        self.catalogue = evaluator.catalogue
        self.calls: dict[Place, tuple[ast.Call, ast.expr | None]] = {}
        """The call of each site found, and the expression of its parameters."""
        self._chains: dict[ast.If, set[str]] = {}
        self.in_test = is_test(evaluator.source.path)

    @cached_property
    def namer(self) -> Namer:
        return Namer(self.evaluator)

    @cached_property
    def _targets(self) -> frozenset[str]:
        """The last names of what optimizers are assigned to in this file."""
        targets = (_target(call, statement) for call, statement in self.index.calls if self._plausible(call))
        return frozenset(target.rpartition(".")[2] for target in targets if target)

    @cached_property
    def hazards(self) -> HazardMap:
        return HazardMap(self.index, self.evaluator.source)

    @cached_property
    def _other_names(self) -> frozenset[str]:
        """The names this file gives to optimizer classes: ``import Adam as A``, ``A = optim.Adam``."""
        found = set()
        for binding in self.index.all_bindings():
            original = binding.target if binding.kind == "import" else binding.value
            last = (
                original.rpartition(".")[2] if isinstance(original, str) else original and last_name(original)
            )
            if last in self.catalogue.short_names:
                found.add(binding.name.rpartition(".")[2])
        return frozenset(found)

    def sites(self) -> Iterator[OptimizerSite]:
        """Every site, in source order."""
        for call, statement in sorted(self.index.calls, key=lambda c: (c[0].lineno, c[0].col_offset)):
            if self._plausible(call) and (site := self._read(call, statement)) is not None:
                yield replace(site, among_many=True) if self._is_among_many(statement) else site

    def _is_among_many(self, statement: ast.stmt) -> bool:
        """Whether a statement is in an arm of a chain that builds one of many optimizers, by name.

        The arm that a known default picks is as good as any code.
        """
        way = [statement, *self.index.enclosing(statement)]
        chains = [s for s in way if isinstance(s, ast.If)]
        arms = [s for s in chains if any(inner in s.body for inner in way)]
        return any(len(self._offered(s)) >= _MANY for s in chains) and not any(map(self._is_picked, arms))

    def _is_picked(self, arm: ast.If) -> bool:
        """Whether a condition compares a setting with what it is by default."""
        match arm.test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=str(name))]):
                if isinstance(left, ast.Call) and isinstance(left.func, ast.Attribute) and not left.args:
                    left = left.func.value  # args.opt.lower()
                evaluator = self.evaluator
                if evaluator.project is not None and not self.in_test:
                    evaluator = self._beyond.evaluator
                value = evaluator.evaluate(left, evaluator.frame(arm))
                texts = [str(v.value).lower() for v in alternatives(value) if isinstance(v, Constant)]
                return name.lower() in texts
        return False

    def _offered(self, chain: ast.If) -> set[str]:
        """The optimizers a chain of comparisons with names builds, one in each arm."""
        if not any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(chain.test)):
            return set()
        if chain in self._chains:
            return self._chains[chain]
        arms, otherwise = branches(chain)
        names = self.evaluator.catalogue.short_names
        built: set[str] = set()
        for arm in (*arms, otherwise):
            calls = (n for each in arm for n in ast.walk(each) if isinstance(n, ast.Call))
            built.update(islice((name for c in calls if (name := last_name(c.func)) in names), 1))
        self._chains[chain] = built
        return built

    def _read(self, call: ast.Call, statement: ast.stmt) -> OptimizerSite | None:
        site = self._site(call, statement)
        if self.evaluator.project is None or self.in_test:
            return site
        if not (is_open(site) if site is not None else self._may_be_class(call, statement)):
            return site
        try:
            found = self._beyond._site(call, statement)
        except RecursionError:  # what the module says itself still stands
            return site
        if site is None and found is not None:
            return replace(found, naming=_named_elsewhere(found))
        return found or site

    @cached_property
    def _beyond(self) -> SiteFinder:
        """The same for the same module, with the rest of the project in view."""
        return SiteFinder(self.evaluator.across_files())

    def _may_be_class(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether a callee that is not known here may be an optimizer class that comes from elsewhere."""
        if not _is_given_parameters(call):
            return False
        name = last_name(call.func)
        computed = isinstance(call.func, ast.Call | ast.Subscript) or bool(_CLASS_NAME.search(name))
        frame = self.evaluator.frame(statement, self.index.hidden.get(call, frozenset()))
        for each in alternatives(self.evaluator.evaluate(call.func, frame)):
            match each:
                case External(name=full) if full in _INSTANTIATE:
                    return True
                case External(name=full) if not full.startswith(("torch.", "builtins.")):
                    if (
                        computed
                        or name[:1].isupper()
                        or full.rpartition(".")[2] in self.catalogue.short_names
                    ):
                        return True
                case Opaque() if computed:
                    return True
        return False

    # ------------------------------------------------------------------- which calls

    def _plausible(self, call: ast.Call) -> bool:
        """A cheap look before anything is evaluated: could this call build an optimizer?"""
        name = last_name(call.func)
        if name in self.catalogue.short_names or name in self._other_names or name == "partial":
            return True
        if name in self.catalogue.factories or factories.takes_class(call, self.catalogue):
            return True
        if any(k.arg in ("weight_decay", "lr", "params", None) for k in call.keywords):
            return bool(call.args) or not name or bool(_BUILDER_NAME.search(name))
        if isinstance(call.func, ast.Call | ast.Subscript) or _BUILDER_NAME.search(name):
            return bool(call.args)
        match call.args:
            case [ast.Call(func=ast.Attribute(attr="parameters")), *_]:
                return True
        return False

    def _site(self, call: ast.Call, statement: ast.stmt) -> OptimizerSite | None:
        frame = self.evaluator.frame(statement, self.index.hidden.get(call, frozenset()))
        function = self.evaluator.evaluate(call.func, frame)
        if isinstance(function, External) and function.name == "functools.partial":
            return self._partial(call, frame, statement)
        if isinstance(function, External) and function.name in _INSTANTIATE:
            return self._instantiated(call, frame, statement)
        candidates = list(self.candidates(function))
        if not candidates:
            return factories.site_of(self, function, call, frame, statement)
        preset_names: set[str] = set()
        preset = next((a.call for a in alternatives(function) if isinstance(a, Partial)), None)
        reader = ConstructorArguments(self.evaluator, candidates[0])
        arguments = reader.read(call.args, call.keywords, frame)
        if preset is not None:
            assert isinstance(preset.node, ast.Call)
            given = {a.name for a in arguments}
            held = reader.read((), preset.node.keywords, preset.frame, how="spread")
            arguments.extend(a for a in held if a.name not in given)
            preset_names = {a.name for a in held} - given
        inner = self._wrapped_class(candidates[0], call)
        wrapped = list(self.candidates(self.evaluator.evaluate(inner, frame))) if inner is not None else []
        naming = self.namer.naming(inner if inner is not None and wrapped else call.func, frame)
        self.calls[self.evaluator.place(call)] = call, reader.params.node if reader.params else None
        candidates = wrapped or candidates
        site = self.build(call, call.func, frame, statement, candidates, arguments, reader, naming)
        return replace(
            site,
            decay_from_partial=candidates[0].decay_argument in preset_names,
            other_classes=any(not self._is_known(each) for each in alternatives(function)),
        )

    def _partial(self, call: ast.Call, frame: Frame, statement: ast.stmt) -> OptimizerSite | None:
        """``functools.partial(torch.optim.Adam, weight_decay=1e-4)``: an optimizer without parameters yet."""
        if not call.args:
            return None
        candidates = list(self.candidates(self.evaluator.evaluate(call.args[0], frame)))
        if not candidates:
            return None
        reader = ConstructorArguments(self.evaluator, candidates[0])
        arguments = reader.read(call.args[1:], call.keywords, frame)
        naming = self.namer.naming(call.args[0], frame)
        return self.build(call, call.args[0], frame, statement, candidates, arguments, reader, naming)

    def _instantiated(self, call: ast.Call, frame: Frame, statement: ast.stmt) -> OptimizerSite | None:
        """``hydra.utils.instantiate(cfg.optimizer, params=...)``: ``_target_`` names the class."""
        config = self.evaluator.evaluate(call.args[0], frame) if call.args else None
        if not isinstance(config, Entries) or "_target_" not in config.entries:
            return None
        target = self.evaluator.force(config.entries["_target_"][-1])
        if not isinstance(target, Constant) or not isinstance(target.value, str):
            return None
        candidates = list(self.candidates(External(target.value)))
        if not candidates:
            return None
        reader = ConstructorArguments(self.evaluator, candidates[0])
        arguments = reader.read(call.args[1:], call.keywords, frame)
        given = {a.name for a in arguments} | {"_target_", "_partial_", "_convert_", "_recursive_"}
        arguments.extend(a for a in reader.spread(call.args[0], frame) if a.name not in given)
        naming = Naming(None, "a configuration names the class, as its `_target_`")
        return self.build(call, call.func, frame, statement, candidates, arguments, reader, naming)

    def _is_known(self, function: Abstract) -> bool:
        return next(self.candidates(function), None) is not None

    def candidates(self, function: Abstract) -> Iterator[Optimizer]:
        """The catalogue entries a callee may be; alternatives that are something else are left out."""
        seen: set[str] = set()
        for each in alternatives(function):
            while isinstance(each, Partial):
                each = each.function
            if isinstance(each, External) and (optimizer := self.catalogue.get(each.name)) is not None:
                if optimizer.framework in ("torch", "pyro") and optimizer.name not in seen:
                    seen.add(optimizer.name)
                    yield optimizer

    def _wrapped_class(self, optimizer: Optimizer, call: ast.Call) -> ast.expr | None:
        """The argument that gives a wrapper the class it builds."""
        if optimizer.coupling != "wrapper":
            return None
        return next((k.value for k in call.keywords if k.arg in _CLASS_ARGUMENTS), None)

    # --------------------------------------------------------------------- one site

    def build(
        self,
        call: ast.Call,
        callee: ast.expr,
        frame: Frame,
        statement: ast.stmt,
        optimizers: Sequence[Optimizer],
        arguments: list[Argument],
        reader: ConstructorArguments,
        naming: Naming,
    ) -> OptimizerSite:
        named = {a.name: a for a in arguments}
        decay = self._decay(optimizers, named, reader)
        lr = named["lr"].value if "lr" in named else Unknown("no learning rate is written here")
        site_groups, why = self._groups(call, callee, decay, optimizers[0], reader)
        if not site_groups and reader.params is not None:
            key = optimizers[0].decay_argument or "weight_decay"
            decay = decay_of_any(self.evaluator, reader.params, decay, key) or decay
        target = _target(call, statement)
        added = self._added(target, statement, decay, optimizers[0]) if target else ()
        site = OptimizerSite(
            place=self.evaluator.place(call),
            callee=self.evaluator.place(callee),
            spelled=self.evaluator.source.slice(self.evaluator.source.span(callee)),
            owner=frame.scope.qualname,
            optimizers=tuple(optimizers),
            couplings=tuple(_coupling(o, named) for o in optimizers),
            arguments=tuple(arguments),
            decay=decay,
            lr=lr,
            groups=(*site_groups, *added),
            groups_unknown=why,
            in_test=self.in_test,
            naming=naming,
            more_arguments=reader.open,
            schedule=schedule_of(self.evaluator, target, statement),
            number_at=self._number_at(reader.named.get(optimizers[0].decay_argument or "")),
        )
        return replace(site, hazards=self.hazards.of(target, self._targets, class_names(site)))

    def _number_at(self, code: Code | None) -> Place | None:
        """Where a variable that only this call reads gets its number."""
        if code is None or not isinstance(code.node, ast.Name) or code.frame.scope.index is not self.index:
            return None
        return self.namer.naming(code.node, code.frame).place

    def _decay(
        self, optimizers: Sequence[Optimizer], named: dict[str, Argument], reader: ConstructorArguments
    ) -> Decay:
        """The constructor's decay: written, or the default of the library."""
        argument = named.get(optimizers[0].decay_argument or "")
        if argument is not None:
            return Decay(argument.value, "argument", argument.place)
        if reader.open:
            return Decay(Unknown("it may arrive in a ** mapping that is not known"), "argument")
        defaults: dict[float, Value] = {
            o.decay_default or 0.0: Known(o.decay_default or 0.0) for o in optimizers
        }
        values = tuple(defaults.values())
        return Decay(values[0] if len(values) == 1 else OneOf(values), "default")

    def _groups(
        self,
        call: ast.Call,
        callee: ast.expr,
        decay: Decay,
        optimizer: Optimizer,
        reader: ConstructorArguments,
    ) -> tuple[tuple[ParamGroup, ...], str]:
        if callee is not call.func:
            return (), "a partial has no parameters yet"
        if optimizer.framework != "torch":
            return (), "this optimizer finds its parameters itself"
        code = reader.params
        if code is None:
            return (), "no parameters are written here"
        return groups_of(self.evaluator, code, decay, optimizer.decay_argument or "weight_decay")

    def _added(
        self, target: str, statement: ast.stmt, decay: Decay, optimizer: Optimizer
    ) -> tuple[ParamGroup, ...]:
        """Groups that ``optimizer.add_param_group({...})`` adds in the same function."""
        found: list[ParamGroup] = []
        scope = self.index.scope(statement)
        for call, where in self.index.calls_named.get("add_param_group", ()):
            holder = call.func.value if isinstance(call.func, ast.Attribute) else None
            if (
                holder is None
                or dotted(holder) != target
                or self.index.scope(where) is not scope
                or not call.args
            ):
                continue
            item = Item(Code(call.args[0], self.evaluator.frame(where)))
            group = group_of(self.evaluator, item, decay, optimizer.decay_argument or "weight_decay")
            if group is not None:
                found.append(group)
        return tuple(found)


def _named_elsewhere(site: OptimizerSite) -> Naming:
    """What there is to say of a class that other files had to be read for."""
    return Naming(None, site.naming.why or f"the class comes from another file (`{site.spelled}`)")


def _is_given_parameters(call: ast.Call) -> bool:
    """Whether a call's arguments look like those of an optimizer's constructor."""
    if any(k.arg in ("lr", "weight_decay", "params") for k in call.keywords):
        return True
    match call.args:
        case [ast.Call(func=ast.Attribute(attr="parameters" | "named_parameters")), *_]:
            return True
        case [first, *_]:
            return bool(_PARAMETERS.search(last_name(first)))
    return False


def is_open(site: OptimizerSite) -> bool:
    """Whether a site's decay, coupling or groups depend on something its module does not show."""
    if not _DECAYING.intersection(site.couplings):
        return False
    if "unknown" in site.couplings or site.groups_unknown:
        return True
    return any(_undecided(d.value) for d in (site.decay, *(group.decay for group in site.groups)))


def _undecided(value: Value) -> bool:
    match value:
        case Default(of=of):
            return is_of_argument(of)
        case OneOf(values=values):
            return any(map(_undecided, values))
    return isinstance(value, Unknown)


def _coupling(optimizer: Optimizer, named: dict[str, Argument]) -> Coupling:
    """The coupling after the optimizer's switch is applied; a switch nobody can read is unknown."""
    switch = optimizer.switch
    if switch is None or switch.flag not in named:
        return optimizer.coupling
    match named[switch.flag].value:
        case Known(value=flag):
            return switch.when_true if flag else switch.when_false
    return "unknown"


def _target(call: ast.Call, statement: ast.stmt) -> str:
    """The variable or attribute a call is assigned to; "" when it goes elsewhere."""
    match statement:
        case ast.Assign(targets=[target, *_], value=value) | ast.AnnAssign(target=target, value=value):
            return dotted(target) if value is call else ""
    return ""
