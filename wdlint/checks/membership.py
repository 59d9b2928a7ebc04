"""What became of each parameter: the questions that the checks on group membership share.

A :class:`Account` is one grouping with its parameters sorted by what surely happens to them. Only
parameters that surely exist, are surely trained and are surely in a group of known decay count:
what is in doubt is never part of a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

import libcst as cst

from wdlint.checks.base import NOISE, Check, edited_later, numbers_text, surely_positive
from wdlint.facts import (
    BuiltGroup,
    Certainty,
    Decay,
    Default,
    Grouping,
    Known,
    Label,
    Membership,
    NameTest,
    OptimizerSite,
    Parameter,
    Place,
)

Topic: TypeAlias = Literal["gain", "norm bias", "bias"]
"""What convention exempts: a norm's gain, a norm's bias, the bias of another layer."""

TOPICS: Final[tuple[Topic, ...]] = ("gain", "norm bias", "bias")

_RANKED: Final[tuple[Certainty, ...]] = ("possible", "likely", "certain")
_WITHOUT_EFFECT: Final = frozenset({"none", "no_effect"})
_NORM_WORD: Final = re.compile(r"norm|(?<![a-z])(?:ln|bn|gn)(?![a-z])|gamma|beta", re.I)
_BIAS_WORD: Final = re.compile(r"bias|beta|(?:^|\.)b$", re.I)
_GAIN_WORD: Final = re.compile(r"weight|gamma|scale|(?:^|\.)g$", re.I)
_POSITION_BIAS: Final = re.compile(r"pos|_table$|attention_bias|attn_bias", re.I)


def topic_of(parameter: Parameter) -> Topic | None:
    """What convention exempts the parameter as; None for weights and for what is a matter of policy.

    Layer scales, temperatures and embeddings are policy, and so are tables of relative positions,
    which many models call a bias.
    """
    leaf = parameter.name.rpartition(".")[2]
    match parameter.kind:
        case "norm":
            return "norm bias" if _BIAS_WORD.search(leaf) else "gain"
        case "bias":
            table = parameter.ndim != 1 and _POSITION_BIAS.search(leaf)
            return None if table else "bias"
    return None


def topics_of(pattern: str) -> frozenset[Topic]:
    """What a text that names are compared with speaks of: ``LayerNorm.weight`` of gains."""
    if _NORM_WORD.search(pattern):
        if _BIAS_WORD.search(pattern):
            return frozenset({"norm bias"})
        return frozenset({"gain"} if _GAIN_WORD.search(pattern) else {"gain", "norm bias"})
    return frozenset({"norm bias", "bias"} if _BIAS_WORD.search(pattern) else ())


# --------------------------------------------------------------------------- accounts


@dataclass(frozen=True)
class Account:
    """One grouping, and what surely happens to its parameters.

    ``decayed`` and ``exempt`` hold the parameters in groups that surely decay and that surely do
    not. ``latent``: the groups decay only when someone overrides a default of 0.
    """

    grouping: Grouping
    decayed: tuple[Membership, ...]
    exempt: tuple[Membership, ...]
    decaying: tuple[BuiltGroup, ...]
    still: tuple[BuiltGroup, ...]
    latent: bool = False
    leaning: tuple[Membership, ...] = ()
    """Parameters that are decayed if they are in a group at all."""

    @cached_property
    def wronged(self) -> tuple[Membership, ...]:
        """The norms and biases that are decayed."""
        return tuple(m for m in self.decayed if topic_of(m.parameter) is not None)

    @cached_property
    def tests(self) -> tuple[NameTest, ...]:
        """The texts about norms and biases, once each."""
        found = {(t.pattern, t.place): t for t in self.grouping.tests if topics_of(t.pattern)}
        return tuple(found.values())

    @cached_property
    def meant(self) -> frozenset[Topic]:
        """What the author set out to exempt, by the names in the code or by what is exempt; or nothing.

        A group without decay that holds whole layers, weights and all, says nothing about norms.
        """
        if not self.still:
            return frozenset()
        named = {topic for test in self.tests for topic in topics_of(test.pattern)}
        weights = any(m.parameter.kind == "weight" and (m.parameter.ndim or 2) > 1 for m in self.exempt)
        held = set() if weights else {topic_of(m.parameter) for m in self.exempt}
        topics = {topic for topic in TOPICS if topic in named | held}
        return frozenset(topics | ({"norm bias"} if "gain" in topics else set()))

    @cached_property
    def by_rank(self) -> bool:
        """Whether the groups part the parameters exactly by rank: vectors here, the rest there."""
        exempt = [m.parameter.ndim for m in self.exempt]
        decayed = [m.parameter.ndim for m in self.decayed]
        if None in exempt or None in decayed or not exempt or not decayed:
            return False
        return max(n for n in exempt if n is not None) <= 1 < min(n for n in decayed if n is not None)

    def group_of(self, member: Membership) -> BuiltGroup:
        return self.grouping.groups[(member.groups or member.maybe)[0]]


def account_of(grouping: Grouping) -> Account:
    """Sort a grouping's parameters by the decay of the group they are surely in."""
    states = [_state(group.decay) for group in grouping.groups]
    latent = "decays" not in states and "off" in states and "still" in states
    if latent:
        states = ["decays" if state == "off" else state for state in states]
    elif "off" in states:
        states = ["still" if state == "off" else state for state in states]
    sure = [m for m in grouping.members if m.groups and not m.maybe and surely_trained(m.parameter)]

    def held(state: str) -> tuple[Membership, ...]:
        return tuple(m for m in sure if all(states[i] == state for i in m.groups))

    def built(state: str) -> tuple[BuiltGroup, ...]:
        return tuple(g for g, s in zip(grouping.groups, states, strict=True) if s == state)

    leaning = tuple(
        m
        for m in grouping.members
        if m.maybe
        and not m.groups
        and all(states[i] == "decays" for i in m.maybe)
        and surely_trained(m.parameter)
    )
    return Account(grouping, held("decays"), held("still"), built("decays"), built("still"), latent, leaning)


def _state(decay: Decay) -> Literal["decays", "still", "off", "unknown"]:
    """``off``: 0 unless someone overrides a default."""
    if surely_positive(decay.value):
        return "decays"
    match decay.value:
        case Known(value=int() | float() as number) if abs(number) <= NOISE:
            return "still"
        case Default(value=int() | float() as number) if abs(number) <= NOISE:
            return "off"
    return "unknown"


def surely_trained(parameter: Parameter) -> bool:
    """Whether the parameter surely exists and is surely not frozen."""
    return not parameter.maybe and parameter.trainable is True


# --------------------------------------------------------------------------- verdicts


class Verdict(NamedTuple):
    """Parameters something is wrong with, in one account. ``sure`` is as sure as the code lets it be."""

    account: Account
    members: tuple[Membership, ...]
    sure: Certainty = "certain"
    tests: tuple[NameTest, ...] = ()


def judged(
    site: OptimizerSite, judge: Callable[[Account], Verdict | None]
) -> tuple[Verdict, Certainty] | None:
    """The first of the surest verdicts over all models that reach a site, and how sure it is.

    One that does not hold for every caller is at most likely.
    """
    found = [judge(account_of(grouping)) for grouping in site.groupings]
    guilty = [verdict for verdict in found if verdict is not None]
    if not guilty:
        return None
    first = max(guilty, key=lambda verdict: _RANKED.index(_of_basis(verdict)))
    limits = [_of_basis(first)]
    if len(guilty) < len(found) or edited_later(site) or site.ambiguous:
        limits.append("likely")
    if site.in_test:
        limits.append("possible")
    return first, weakest(*limits)


def judged_by_decay(
    site: OptimizerSite, judge: Callable[[Account], Verdict | None]
) -> tuple[Verdict, Certainty] | None:
    """The same for verdicts on the decay itself: under SGD, of whose decay nothing is said, only possible."""
    found = judged(site, judge)
    if found is not None and all(coupling == "l2_sgd" for coupling in site.couplings):
        return found[0], weakest(found[1], "possible")
    return found


def _of_basis(verdict: Verdict) -> Certainty:
    limits: dict[str, Certainty] = {"inventory": "certain", "family": "likely", "probes": "possible"}
    latent: Certainty = "possible" if verdict.account.latent else "certain"
    return weakest(verdict.sure, limits[verdict.account.grouping.basis], latent)


def weakest(*certainties: Certainty) -> Certainty:
    return min(certainties, key=_RANKED.index)


def dead_for(account: Account) -> Verdict | None:
    """The names that match no parameter although norms or biases are decayed for it; WD205."""
    if not account.meant:
        return None
    alive = {topic for test in account.tests if test.matches for topic in topics_of(test.pattern)}
    wronged: list[Membership] = []
    tests: list[NameTest] = []
    for test in account.tests:
        topics = topics_of(test.pattern) - alive
        missed = [m for m in (*account.wronged, *account.leaning) if topic_of(m.parameter) in topics]
        if test.matches or not missed:
            continue
        tests.append(test)
        wronged += [m for m in missed if m not in wronged]
    if not tests:
        return None
    sure: Certainty = "certain" if account.grouping.model.complete else "likely"
    if not any(m.groups for m in wronged):
        sure = "likely"
    return Verdict(account, tuple(wronged), sure, tuple(tests))


def is_without_decay(site: OptimizerSite) -> bool:
    """Whether the optimizer has no weight decay that could go to a wrong parameter."""
    return all(coupling in _WITHOUT_EFFECT for coupling in site.couplings)


# ---------------------------------------------------------------------------- wording


def shown(name: str) -> str:
    return f"`{name}`"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def parameters_text(members: Sequence[Membership]) -> str:
    """``12 parameters, e.g. `blocks.*.norm1.weight`, `head.bias```; all of them where they are few."""
    names = list(dict.fromkeys(m.parameter.name for m in members))
    if len(names) <= 2:
        return listed([shown(name) for name in names])
    kinds = {topic_of(m.parameter): m.parameter.name for m in reversed(members)}
    examples = [*dict.fromkeys(kinds[t] for t in (*TOPICS, None) if t in kinds), *names][:2]
    if examples[0] == examples[1]:
        examples = names[:2]
    return f"{counted(members)}, e.g. {', '.join(map(shown, examples))},"


def counted(members: Iterable[Membership]) -> str:
    """``26 parameters``; ``26 parameter names`` where some stand for several."""
    rows = [m.parameter for m in members]
    return counted_rows(rows)


def counted_rows(rows: Sequence[Parameter]) -> str:
    names = {p.name for p in rows}
    several = len(names) == len(rows) and any("*" in name for name in names)
    noun = "parameter name" if several else "parameter"
    return f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}"


def short_names(members: Iterable[Membership], most: int = 3) -> str:
    """The ends of names that tell layers apart: ```ln_1.weight`, `ln_2.weight`, `ln_f.weight```."""
    ends: dict[str, None] = {}
    for member in members:
        parts = member.parameter.name.split(".")
        length = 2
        while length < len(parts) and (parts[-length] == "*" or parts[-length].isdigit()):
            length += 1
        ends.setdefault(".".join(parts[-length:]))
    names = [shown(end) for end in ends]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def kinds_text(topics: Iterable[Topic | None]) -> str:
    """``norms``, ``biases``, ``norms and biases``."""
    found = set(topics)
    words = [word for word, of in (("norms", {"gain", "norm bias"}), ("biases", {"bias"})) if found & of]
    if found == {"norm bias"} or found == {"norm bias", "bias"}:
        words = ["biases"]
    return listed(words)


def decay_text(account: Account, members: Iterable[Membership]) -> str:
    """The coefficient the members get, or each of them where they differ."""
    numbers = dict.fromkeys(numbers_text(account.group_of(m).decay.value) for m in members)
    return " or ".join(numbers)


# ----------------------------------------------------------------------------- checks


class MembershipCheck(Check):
    """Base of the checks that look at groupings: one finding a site, and one a place."""

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is not None and site.groupings and site.optimizer.framework == "torch":
            self.look_at(site)

    def look_at(self, site: OptimizerSite) -> None:
        raise NotImplementedError

    def place(self, site: OptimizerSite, *wanted: Place | None) -> Place:
        """The first of the places that is in this file, else the call's class."""
        return next((p for p in wanted if p is not None and p.path == self.source.path), site.callee)

    def tell(
        self,
        site: OptimizerSite,
        message: str,
        place: Place,
        certainty: Certainty,
        label: str = "",
        related: Iterable[Label | None] = (),
    ) -> None:
        """Report, unless two sites share the code that is wrong and this was said already."""
        if any(finding.place == place for finding in self.findings):
            return
        labels = tuple(each for each in distinct(*related) if each.place != place)
        self.report(message, place, certainty, label=label, related=labels, site=site)


def made_here(members: Sequence[Membership]) -> Label | None:
    """Where the layer of the first member stands that stands somewhere."""
    found = next((m.parameter for m in members if m.parameter.where is not None), None)
    if found is None or found.where is None:
        return None
    return Label(found.where, f"{shown(found.name)} is made here")


def handed_over(account: Account) -> Label | None:
    """The call that brings the model, where it comes through an argument."""
    caller = account.grouping.caller
    return None if caller is None else Label(caller, f"{account.grouping.model.name} comes from here")


def place_of(group: BuiltGroup) -> Place | None:
    return group.place or group.decay.place


def note(place: Place | None, text: str) -> Label | None:
    return None if place is None else Label(place, text)


def distinct(*labels: Label | None) -> tuple[Label, ...]:
    """The labels that there are, the first one of each place."""
    found: dict[Place, Label] = {}
    for label in labels:
        if label is not None:
            found.setdefault(label.place, label)
    return tuple(found.values())


Item = TypeVar("Item")


def first(items: Iterable[Item]) -> Item | None:
    return next(iter(items), None)
