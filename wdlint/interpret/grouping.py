"""What an optimizer holds: the groups its construction was followed to, parameter by parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from wdlint.facts import (
    BuiltGroup,
    Decay,
    Default,
    Grouping,
    Known,
    Membership,
    Model,
    NameTest,
    OneOf,
    Parameter,
    Place,
    Value,
)
from wdlint.facts import Unknown as UnknownFact
from wdlint.interpret.families import PREFIX
from wdlint.interpret.inventory import WRAPPERS, Row, listing, model_of, pattern_of
from wdlint.interpret.torch import children, walk
from wdlint.interpret.values import ABSENT, Alt, Dict, Instance, List, Param, Star, Unknown, options
from wdlint.interpret.values import Value as Abstract

if TYPE_CHECKING:
    from wdlint.interpret import Sources
    from wdlint.interpret.machine import Machine

_MOST_TESTS: Final = 400


def grouping_of(
    machine: Machine,
    optimizer: Instance,
    in_sight: Iterable[Instance],
    decay_key: str,
    sources: Sources,
    *,
    may_grow: bool = False,
) -> Grouping | None:
    """The groups of an optimizer and where each parameter of its models ended; None without a model.

    Where groups may be added later (``may_grow``) nothing is said of parameters that are in none yet.
    """
    groups = _groups(optimizer)
    if groups is None:
        return None
    held = _held(groups)
    roots = _roots(machine, held, in_sight)
    if not roots:
        return None
    built = tuple(_built(g, decay_key, sources) for g, _ in groups)
    members: list[Membership] = []
    models: list[Model] = []
    for root in roots:
        models.append(model_of(root, sources.place))
        members.extend(
            m for m in _members(root, groups, held, sources) if m.groups or m.maybe or not may_grow
        )
    model = models[0] if len(models) == 1 else _together(models)
    known = _families(roots)
    return Grouping(
        model,
        built,
        tuple(members),
        _tests(machine, sources),
        basis="family" if known else "inventory",
        family=" and ".join(known),
        splits_whole=any(r in machine.walked for r in roots) and machine.shares_out and not may_grow,
    )


def _families(roots: Iterable[Instance]) -> list[str]:
    """The families whose tables gave parts of the models."""
    classes = (cls for root in roots for _, part in walk(root) for cls in part.cls.mro)
    return list(dict.fromkeys(c.qualname[len(PREFIX) :] for c in classes if c.qualname.startswith(PREFIX)))


def _together(models: Sequence[Model]) -> Model:
    parameters = dict.fromkeys(p for m in models for p in m.parameters)
    gaps = dict.fromkeys(g for m in models for g in m.gaps)
    name = " and ".join(dict.fromkeys(m.name for m in models))
    return Model(name, tuple(parameters), all(m.complete for m in models), models[0].where, tuple(gaps))


_Group = tuple[Dict, bool]
"""A group's dict, and whether it is certainly there."""


def _groups(optimizer: Instance) -> list[_Group] | None:
    """The group dicts; None where one of them is not known."""
    found: list[_Group] = []
    lists = [g for g in options(optimizer.data.get("param_groups", ABSENT)) if isinstance(g, List)]
    if len(lists) != 1:
        return None
    for each in lists[0].data:
        if type(each) is Star:
            return None  # nobody knows how many there are
        for group in options(each):
            if not isinstance(group, Dict):
                return None
            found.append((group, type(each) is not Alt))
    return found


class _Held(dict[Param, tuple[list[int], list[int]]]):
    """Each parameter's groups: those that surely hold it, and those that may."""

    open: frozenset[int] = frozenset()
    """Groups that may hold others as well."""
    loose: bool = False
    """Whether a group holds something else than parameters: tensors of no module."""


def _held(groups: Sequence[_Group]) -> _Held:
    held = _Held()
    unsure: set[int] = set()
    for i, (group, certain) in enumerate(groups):
        params = group.data.get("params")
        if not isinstance(params, List):
            unsure.add(i)
            continue
        for each in params.data:
            inner = each.value if type(each) is Star else each
            several = list(options(inner))
            sure = certain and len(several) == 1 and not (type(inner) is Alt and ABSENT in inner.options)
            for parameter in several:
                if isinstance(parameter, tuple) and len(parameter) == 2:
                    parameter = parameter[1]
                if isinstance(parameter, Param):
                    lists = held.setdefault(parameter, ([], []))
                    lists[0 if sure else 1].append(i)
                elif isinstance(parameter, Unknown):
                    unsure.add(i)
                else:
                    held.loose = True
    held.open = frozenset(unsure)
    return held


def _roots(machine: Machine, held: _Held, in_sight: Iterable[Instance]) -> list[Instance]:
    """The outermost modules the groups' parameters belong to, in the order the program asked for them.

    Where it asked for parts, or for attributes, the module that holds them all is the one.
    """
    # a wrapper only changes the names, and may not be there on every machine
    others = [each for each in in_sight if each.cls.name not in WRAPPERS]
    candidates = list(dict.fromkeys([*machine.walked, *others]))
    own = _Holdings()
    left = set(held)
    roots: list[Instance] = []
    for each in sorted(_outermost(candidates), key=lambda c: -len(own[c] & left)):
        if own[each] & left or (not held and not held.loose and each in machine.walked):
            roots.append(each)
            left -= own[each]
    if held and (left or len(roots) > 1):
        wholes = [m for m in dict.fromkeys(machine.modules) if held.keys() <= own[m]]
        if wholes:
            return [min(wholes, key=lambda m: len(own[m]))]
    return roots or _outermost([m for m in machine.modules if own[m] & left])


class _Holdings(dict[Instance, frozenset[Param]]):
    """The parameters a module holds, its parts' included; found when they are asked for."""

    def __missing__(self, root: Instance) -> frozenset[Param]:
        self[root] = frozenset()  # a module within itself
        parts = [o for _, value in children(root) for o in options(value)]
        own = frozenset(o for o in parts if isinstance(o, Param))
        self[root] = own.union(*(self[o] for o in parts if isinstance(o, Instance)))
        return self[root]


def _outermost(candidates: Sequence[Instance]) -> list[Instance]:
    inside: dict[Instance, set[Instance]] = {c: {m for _, m in walk(c)} for c in candidates}
    return [
        c for c in inside if not any(c in inside[o] and c is not o and o not in inside[c] for o in inside)
    ]


def _built(group: Dict, decay_key: str, sources: Sources) -> BuiltGroup:
    written = {key for keys in options(group.data.get("__written__", frozenset())) for key in keys}
    value = to_fact(group.data.get(decay_key))
    place = sources.place(group.node, group.module)
    decay = Decay(value, "group" if decay_key in written else "argument", place)
    return BuiltGroup(decay, place, frozenset(written) - {"params", decay_key})


def to_fact(value: Abstract) -> Value:
    """The plain fact a value is worth outside this room."""
    if type(value) is Alt:
        return OneOf(tuple(to_fact(o) for o in options(value)))
    if hasattr(value, "of") and isinstance(value, int | float | str):
        base = (
            float(value) if isinstance(value, float) else int(value) if isinstance(value, int) else str(value)
        )
        return Default(base, value.of, value.place)  # type: ignore[union-attr]
    if value is None or isinstance(value, bool | int | float | str):
        return Known(value)
    if isinstance(value, Unknown):
        return UnknownFact(value.why)
    return UnknownFact("it is not a number")


# -------------------------------------------------------------------------- membership


def _members(root: Instance, groups: Sequence[_Group], held: _Held, sources: Sources) -> list[Membership]:
    """One entry a pattern, or one a parameter where those of a pattern fare differently."""
    by_pattern: dict[str, list[Row]] = {}
    by_name: dict[str, list[Row]] = {}
    for row in listing(root).rows:
        by_pattern.setdefault(pattern_of(row.name), []).append(row)
        by_name.setdefault(row.name, []).append(row)
    fates = {row: _fate(row, by_name[row.name], held) for rows in by_name.values() for row in rows}
    found: list[Membership] = []
    for pattern, rows in by_pattern.items():
        alike = len({fates[row] for row in rows}) == 1
        named: dict[tuple[str, str, int | None, str], list[Row]] = {}
        for row in rows:
            named.setdefault(
                (pattern if alike else row.name, row.kind, row.parameter.ndim, row.owner), []
            ).append(row)
        for (name, *_), same in named.items():
            maybe = all(row.maybe for row in same)
            found.append(Membership(_parameter(name, same[0], sources, maybe=maybe), *fates[same[0]]))
    return found


def _fate(row: Row, namesakes: Sequence[Row], held: _Held) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The groups that surely hold a parameter, and those that may.

    Its namesakes are what the program has in its place on other ways, so one dict of names keeps
    only the last of them: the others fare like that one, if they are of its kind.
    """
    sure, maybe = held.get(row.parameter, ([], []))
    if not sure and not maybe:
        for other in namesakes:
            theirs, perhaps = held.get(other.parameter, ([], []))
            alike = (other.kind, other.ndim) == (row.kind, row.ndim)
            sure, maybe = (
                (sure or theirs, [*maybe, *perhaps]) if alike else (sure, [*maybe, *theirs, *perhaps])
            )
    possible = [*maybe, *(i for i in sorted(held.open) if i not in sure)] if not sure else maybe
    return tuple(dict.fromkeys(sure)), tuple(dict.fromkeys(possible))


def _parameter(name: str, row: Row, sources: Sources, *, maybe: bool) -> Parameter:
    trainable = row.parameter.data.get("requires_grad", True)
    return Parameter(
        name,
        row.kind,
        row.parameter.ndim,
        sources.place(row.parameter.made, row.parameter.module),
        maybe,
        trainable if isinstance(trainable, bool) else None,
        row.owner,
        row.name.replace("*", "0"),
    )


def _tests(machine: Machine, sources: Sources) -> tuple[NameTest, ...]:
    """The texts that names were compared with, each once, with what it matched."""
    matched: dict[tuple[str, Place], tuple[Place, dict[str, None]]] = {}
    for text, node, module, name, hit in machine.tests[: _MOST_TESTS * 100]:
        place = sources.place(text.node, text.module)
        test = sources.place(node, module)
        if place is None or test is None:
            continue
        _, names = matched.setdefault((str(text), place), (test, {}))
        if hit:
            names[name] = None
    return tuple(
        NameTest(text, place, test, tuple(names))
        for (text, place), (test, names) in list(matched.items())[:_MOST_TESTS]
    )
