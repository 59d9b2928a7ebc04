"""Verdicts on what became of each parameter, over all models of a site, and the words for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import libcst as cst

from wdlint.accounts import TOPICS, Account, Topic, Verdict, account_of, topic_of
from wdlint.checks.base import Check, edited_later, numbers_text
from wdlint.facts import (
    BuiltGroup,
    Certainty,
    Label,
    Membership,
    OptimizerSite,
    Parameter,
    Place,
)
from wdlint.wording import listed

_RANKED: Final[tuple[Certainty, ...]] = ("possible", "likely", "certain")
_WITHOUT_EFFECT: Final = frozenset({"none", "no_effect"})


# --------------------------------------------------------------------------- verdicts


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


def is_without_decay(site: OptimizerSite) -> bool:
    """Whether the optimizer has no weight decay that could go to a wrong parameter."""
    return all(coupling in _WITHOUT_EFFECT for coupling in site.couplings)


# ---------------------------------------------------------------------------- wording


def shown(name: str) -> str:
    return f"`{name}`"


def parameters_text(members: Sequence[Membership]) -> str:
    """``12 parameters, e.g. `blocks.*.norm1.weight`, `head.bias```; all of them where they are few."""
    named = examples_text(members)
    return f"{counted(members)}, {named}," if named.startswith("e.g. ") else named


def examples_text(members: Sequence[Membership]) -> str:
    """``e.g. `blocks.*.norm1.weight`, `head.bias```; all names where there are two or one."""
    names = list(dict.fromkeys(m.parameter.name for m in members))
    if len(names) <= 2:
        return listed([shown(name) for name in names])
    kinds = {topic_of(m.parameter): m.parameter.name for m in reversed(members)}
    examples = [*dict.fromkeys(kinds[t] for t in (*TOPICS, None) if t in kinds), *names][:2]
    if examples[0] == examples[1]:
        examples = names[:2]
    return f"e.g. {', '.join(map(shown, examples))}"


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


def kinds_text(topics: Iterable[Topic | None], *, one: bool = False) -> str:
    """``norms``, ``biases``, ``norms and biases``; ``a norm`` or ``a bias`` for one of them."""
    found = set(topics)
    norms, biases = ("a norm", "a bias") if one else ("norms", "biases")
    words = [word for word, of in ((norms, {"gain", "norm bias"}), (biases, {"bias"})) if found & of]
    if found == {"norm bias"} or found == {"norm bias", "bias"}:
        words = [biases]
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
