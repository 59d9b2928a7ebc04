"""What surely becomes of each parameter, and which of them are decayed against the author's intent.

An :class:`Account` is one grouping with its parameters sorted by what surely happens to them. Only
parameters that surely exist, are surely trained and are surely in a group of known decay count:
what is in doubt is never part of a :class:`Verdict`. The checks report verdicts; the fixes ask
whether a corrected program still deserves one. Facts only: nothing in here reads code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias

from wdlint.facts import (
    NOISE,
    BuiltGroup,
    Certainty,
    Decay,
    Default,
    Grouping,
    Known,
    Membership,
    NameTest,
    Parameter,
    surely_positive,
)

Topic: TypeAlias = Literal["gain", "norm bias", "bias"]
"""What convention exempts: a norm's gain, a norm's bias, the bias of another layer."""

TOPICS: Final[tuple[Topic, ...]] = ("gain", "norm bias", "bias")

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


def decayed_against_intent(account: Account) -> Verdict | None:
    """The decayed norms and biases of a model whose other norms and biases are exempt.

    Where only norms are exempt and the code never speaks of biases, or the other way round, what
    is decayed may be meant to be: then it is only possible.
    """
    wronged = account.wronged
    if _suits_some_model(account):
        wronged = tuple(m for m in wronged if topic_of(m.parameter) == "bias")
    if not account.meant or not wronged:
        return None
    ranked = account.by_rank
    contradicted = [m for m in wronged if topic_of(m.parameter) in account.meant or ranked]
    members = tuple(contradicted or wronged)
    sure: Certainty = "certain" if contradicted else "possible"
    return Verdict(account, members, sure, _passed_by(account, members[0]))


def _suits_some_model(account: Account) -> bool:
    """Whether the names of norms in the code are those of one kind of model, and the model is not known."""
    gains = any(topic_of(m.parameter) == "gain" for m in account.exempt)
    return gains and account.grouping.basis == "probes"


def _passed_by(account: Account, member: Membership) -> tuple[NameTest, ...]:
    """The names in the code that are about such a parameter, and do not match it."""
    parameter = member.parameter
    about = [t for t in account.tests if topic_of(parameter) in topics_of(t.pattern) and t.matches]
    return tuple(t for t in about if not {parameter.name, parameter.example} & set(t.matches))
