"""Optimizers as programs see them: the groups they make of what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wdlint.interpret import expressions
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Bound,
    Builtin,
    Class,
    Dict,
    Instance,
    Keywords,
    List,
    Node,
    Param,
    Star,
    Unknown,
    Value,
    options,
    unbound,
)
from wdlint.knowledge import catalogue

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


def build(m: Machine, owner: Instance, cls: Class, args: Args, keywords: Keywords) -> None:
    """``Optimizer.__init__``: the groups it makes of what it is given."""
    known = catalogue().get(cls.qualname)
    names = known.arguments if known is not None else ("params", "defaults")
    given = dict(zip(names or ("params",), args, strict=False)) | keywords
    params = given.pop("params", args[0] if args else None)
    defaults = Dict({k: v for k, v in given.items() if k not in ("defaults", "**")})
    if isinstance(given.get("defaults"), Dict):
        defaults.data.update(given["defaults"].data)
    if known is not None and known.decay_argument and known.decay_argument not in defaults.data:
        defaults.data[known.decay_argument] = (
            m.unknown("it may be in a mapping that is not known")
            if "**" in given
            else known.decay_default or 0.0
        )
    m.heap.touch(owner)
    owner.data["defaults"] = defaults
    groups = List()
    owner.data["param_groups"] = groups
    owner.data["state"] = Dict()
    found = expressions.elements(m, params, consume=True) if not isinstance(params, Param) else None
    inner = [f.value if type(f) is Star else f for f in found or ()]
    if found is not None and any(isinstance(o, Dict) for f in inner for o in options(f)):
        groups.data = [_completed_as_given(m, defaults, each) for each in found]
    else:
        whole = Dict({"params": List(found) if found is not None else params})
        add_group(m, owner, whole)
    m.optimizers.append(owner)


def _completed_as_given(m: Machine, defaults: Dict, each: Value) -> Value:
    """An element of a list of groups: one, any number, or one of several that are decided by the run."""
    if type(each) is Star:
        return Star(_completed_as_given(m, defaults, each.value))
    if type(each) is Alt:
        return Alt(
            tuple(o if o is ABSENT else _completed_as_given(m, defaults, o) for o in each.options), each.node
        )
    return _completed(m, defaults, each) if isinstance(each, Dict) else m.unknown("a group is not known")


def _completed(m: Machine, defaults: Dict, group: Dict) -> Dict:
    """A group with its parameters made a list, and what it does not say inherited."""
    params = group.data.get("params")
    m.heap.touch(group)
    if isinstance(params, Param):
        group.data["params"] = List([params])
    elif (
        not isinstance(params, Unknown)
        and (found := expressions.elements(m, params, consume=True)) is not None
    ):
        group.data["params"] = List(v[1] if isinstance(v, tuple) and len(v) == 2 else v for v in found)
    group.data["__written__"] = frozenset(k for k in group.data if isinstance(k, str))
    for key, value in defaults.data.items():
        group.data.setdefault(key, value)
    return group


def add_group(m: Machine, owner: Instance, group: Dict) -> None:
    """One group more."""
    groups = owner.data["param_groups"]
    m.heap.touch(groups)
    groups.data.append(_completed(m, owner.data["defaults"], group))


def _add_param_group(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    group = args[0] if args else kw.get("param_group")
    if node is not None:
        m.grown.add(node)
    for each in options(group):
        if isinstance(each, Dict):
            add_group(m, owner, each)
    return None


def attribute(m: Machine, owner: Instance, name: str) -> Value:
    if name == "add_param_group":
        return Bound(Builtin(name, unbound(_add_param_group)), owner)
    if name in ("step", "zero_grad", "state_dict", "load_state_dict"):
        return Builtin(name, lambda m, a, k, n: None)
    return ABSENT
