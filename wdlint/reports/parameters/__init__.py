"""What ``wdlint params`` prints: every parameter of a model, with its group, its decay and why.

:func:`sheets_of` turns facts into rows, the same for each format; ``table``, ``json`` and
``markdown`` have a function ``render`` each. Nothing is decided in here, only put into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, NamedTuple, Protocol

from wdlint.explain import format_number
from wdlint.facts import (
    BuiltGroup,
    Certainty,
    Decay,
    Default,
    Grouping,
    Membership,
    Model,
    OneOf,
    OptimizerSite,
    Parameter,
    Place,
    Unknown,
    Value,
    number,
    scalars,
)
from wdlint.reports import Look

FORMATS: Final = ("table", "json", "markdown")


class ParameterReport(Protocol):
    """What a report reads of a target; see ``wdlint.engine.parameters.ParameterReport``."""

    @property
    def path(self) -> str: ...
    @property
    def sites(self) -> tuple[OptimizerSite, ...]: ...
    @property
    def model(self) -> Model | None: ...


def render(format_name: str, reports: Sequence[ParameterReport], look: Look) -> str:
    """Reports on targets in one of the ``FORMATS``."""
    text: str = import_module(f"wdlint.reports.parameters.{format_name}").render(reports, look)
    return text


class Row(NamedTuple):
    """One parameter, or ``times`` of one name that fared alike.

    ``groups`` and ``maybe`` are where it surely is and where it may be; ``decay`` is what its group
    gives it, None where there is no group, or not exactly one.
    """

    parameter: Parameter
    groups: tuple[int, ...]
    maybe: tuple[int, ...]
    decay: Decay | None
    certainty: Certainty
    why: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A model with what became of its parameters: for one optimizer, or on its own."""

    model: Model
    rows: tuple[Row, ...]
    groups: tuple[BuiltGroup, ...] = ()
    basis: str = ""
    caller: Place | None = None

    @property
    def decayed(self) -> int:
        """Parameters that surely get a decay that is known and not 0."""
        return sum(row.times for row in self.rows if row.decay and (number(row.decay.value) or 0.0) > 0)

    @property
    def undecided(self) -> int:
        """Parameters of which it is not known whether they are decayed."""
        return sum(
            row.times for row in self.rows if row.maybe or (row.decay and number(row.decay.value) is None)
        )

    @property
    def total(self) -> int:
        return sum(row.times for row in self.rows)


def sheets_of(path: str, site: OptimizerSite) -> Iterator[Sheet]:
    """A sheet for each model that reaches an optimizer."""
    for grouping in site.groupings:
        yield sheet_of_grouping(path, grouping)


def sheet_of_grouping(path: str, grouping: Grouping) -> Sheet:
    """A model with what became of its parameters."""
    rows = [_row(path, member, grouping) for member in grouping.members]
    return Sheet(grouping.model, _merged(rows), grouping.groups, _basis(grouping), grouping.caller)


def sheet_of(path: str, model: Model) -> Sheet:
    """The inventory of a class, which no optimizer has yet."""
    rows = [
        Row(parameter, (), (), None, "possible" if parameter.maybe else "certain", _whence(path, parameter))
        for parameter in model.parameters
    ]
    return Sheet(model, _merged(rows))


def _row(path: str, member: Membership, grouping: Grouping) -> Row:
    decay = grouping.groups[member.groups[0]].decay if len(member.groups) == 1 and not member.maybe else None
    made = "" if grouping.basis == "probes" else _whence(path, member.parameter)  # names nobody wrote
    why = [made, _membership(member)]
    if decay is not None and isinstance(decay.value, Unknown):
        why.append(f"decay: {decay.value.why}")
    sure: dict[str, Certainty] = {"inventory": "certain", "family": "likely", "probes": "possible"}
    doubtful = member.parameter.maybe or bool(member.maybe)
    return Row(
        member.parameter,
        member.groups,
        member.maybe,
        decay,
        "possible" if doubtful else sure[grouping.basis],
        "; ".join(filter(None, why)),
    )


def _merged(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows of one name that fared alike as one, where the first of them stood."""
    found: dict[object, Row] = {}
    for row in rows:
        key = (row.parameter.name, row.parameter.kind, row.parameter.ndim, *row[1:])
        before = found.get(key)
        found[key] = row if before is None else before._replace(times=before.times + row.times)
    return tuple(found.values())


# ------------------------------------------------------------------------------ wording


def _whence(path: str, parameter: Parameter) -> str:
    """``LayerNorm, line 8; only under a condition``."""
    made = ", ".join(filter(None, (parameter.owner, place_text(path, parameter.where))))
    frozen = {True: "", False: "frozen", None: "may be frozen"}[parameter.trainable]
    parts = (made, "only under a condition" if parameter.maybe else "", frozen)
    return "; ".join(filter(None, parts))


def _membership(member: Membership) -> str:
    if len(member.groups) > 1:
        return f"in groups {_numbers(member.groups)}"
    if member.maybe:
        return f"may be in group {_numbers(member.maybe, 'or')}"
    return "" if member.groups else "in no group"


def _numbers(indices: Sequence[int], word: str = "and") -> str:
    texts = [str(index) for index in indices]
    return f" {word} ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _basis(grouping: Grouping) -> str:
    match grouping.basis:
        case "family":
            return f"the names are those of the {grouping.family or 'model'} family"
        case "probes":
            return "the model is not known: these are names that many models have"
    return ""


def place_text(path: str, place: Place | None) -> str:
    """``line 8``, or ``model.py:8`` of another file; empty for None."""
    if place is None:
        return ""
    return f"line {place.line}" if place.path == path else f"{place.path}:{place.line}"


def decay_text(value: Value) -> str:
    """``0.1``, ``0.1 or 0``, ``?``."""
    texts = [
        format_number(float(s))
        for s in scalars(value)
        if isinstance(s, int | float) and not isinstance(s, bool)
    ]
    unknown = ["?"] if isinstance(value, Unknown) or (isinstance(value, OneOf) and _open(value)) else []
    return " or ".join(dict.fromkeys([*texts, *unknown])) or "?"


def _open(value: OneOf) -> bool:
    return any(
        isinstance(each, Unknown) or (isinstance(each, OneOf) and _open(each)) for each in value.values
    )


def group_text(path: str, index: int, decay: Decay, key: str = "weight_decay") -> str:
    """``group 0: weight_decay 0.1 (argument, line 42)``."""
    value = decay_text(decay.value)
    notes: list[str] = ["the library's default" if decay.origin == "default" else decay.origin]
    match decay.value:
        case Unknown(why=why):
            value = f"not known: {why}"
        case Default(of=of):
            notes.insert(0, f"the default of {of}")
    notes.append(place_text(path, decay.place))
    return f"group {index}: {key} {value} ({', '.join(filter(None, notes))})"


def model_text(path: str, sheet: Sheet) -> str:
    """``GPT (model.py:10): 16 parameters, 8 of them decayed, 2 perhaps``."""
    model = sheet.model
    where = place_text(path if sheet.groups else "", model.where)  # a class alone has no other heading
    named = any("*" in row.parameter.name for row in sheet.rows) and sheet.total == len(sheet.rows)
    noun = "parameter name" if named else "parameter"
    count = f"{sheet.total} {noun}{'' if sheet.total == 1 else 's'}"
    perhaps = f", {sheet.undecided} perhaps" if sheet.undecided else ""
    decayed = f", {sheet.decayed} of them decayed{perhaps}" if sheet.groups else ""
    seen = "" if model.complete else ", more may be missing here"
    return f"{model.name}{f' ({where})' if where else ''}: {count}{decayed}{seen}"


def gap_texts(path: str, model: Model) -> list[str]:
    """``not read: head (line 12): timm is not installed``."""
    return [
        f"not read: {gap.name or 'all of it'}"
        + (f" ({place_text(path, gap.place)})" if gap.place else "")
        + f": {gap.why}"
        for gap in model.gaps
    ]


def unknown_text(site: OptimizerSite) -> str:
    """Why no model was followed to an optimizer."""
    return site.groupings_unknown or site.groups_unknown or "its model could not be followed"


def optimizer_text(site: OptimizerSite) -> str:
    return " or ".join(optimizer.short_name for optimizer in site.optimizers)


def key_of(site: OptimizerSite) -> str:
    return site.optimizer.decay_argument or "weight_decay"
