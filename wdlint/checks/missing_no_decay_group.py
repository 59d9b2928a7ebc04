"""WD201: one decay for everything, normalisation gains and biases included."""

from __future__ import annotations

from typing import Final

import libcst as cst

from wdlint.accounts import Account, Verdict, account_of, topic_of
from wdlint.checks.base import Check, edited_later, origin_labels, value_text
from wdlint.checks.ignored_group_key import is_ignored
from wdlint.checks.inherited_decay import inherits_against_intent
from wdlint.checks.membership import (
    counted_rows,
    decay_text,
    distinct,
    examples_text,
    handed_over,
    judged,
    kinds_text,
    made_here,
    note,
    place_of,
)
from wdlint.facts import (
    NOISE,
    Certainty,
    Label,
    Model,
    OneOf,
    OptimizerSite,
    Parameter,
    ParamGroup,
    Value,
    positive,
    scalars,
    surely_positive,
)

_DECOUPLED: Final = frozenset({"decoupled", "decoupled_prox", "decoupled_absolute"})


class MissingNoDecayGroup(Check):
    code = "WD201"
    name = "missing-no-decay-group"
    severity = "warning"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or (certainty := decays_everything(site)) is None:
            return
        if (verdict := _followed(site)) is not None:
            self._by_name(site, verdict, certainty)
            return
        seen = _exempt(site)
        if seen:
            shown = dict.fromkeys(m.name for m in _models(site) if any(map(_sure, m.parameters)))
            subject = f"every parameter of {' and '.join(shown)}, {_kinds(seen)} included"
        else:
            subject = "every parameter, norms and biases included if the model has them"
        numbers = next(g.decay.value for g in site.groups if positive(g.decay.value))
        implicit = site.decay.origin == "default" and not any(g.decay.origin == "group" for g in site.groups)
        written = f", {site.optimizer.short_name}'s default" if implicit else ""
        self.report(
            f"{site.optimizer.short_name} decays {subject}, by {value_text(numbers)}{written}",
            site.callee,
            certainty,
            label=f"decays by {value_text(numbers)} though no number is written" if implicit else "",
            related=(*_labels(site, seen), *origin_labels(site.decay, "applies to all of them")),
            site=site,
        )

    def _by_name(self, site: OptimizerSite, verdict: Verdict, certainty: Certainty) -> None:
        """The finding where it is known which parameters they are."""
        account, members = verdict.account, verdict.members
        model, decay = account.grouping.model, decay_text(account, members)
        written = f", {site.optimizer.short_name}'s default" if _is_implicit(account) else ""
        topics = {topic_of(m.parameter) for m in members}
        kinds = kinds_text(topics)
        are = f"is {kinds_text(topics, one=True)}" if len(members) == 1 else f"are {kinds}"
        seen = "" if model.complete else " that can be seen"
        share = f"{len(members)} of its {counted_rows(model.parameters)}{seen}"
        left = any(not m.groups and not m.maybe for m in account.grouping.members)
        subject = f"every parameter of {model.name}{' that it is given' if left else ''}"
        names = examples_text(members)
        self.report(
            f"{site.optimizer.short_name} decays {subject} by {decay}{written}; {share} {are}, {names}",
            site.callee,
            certainty,
            label=f"decays by {decay} though no number is written" if written else "",
            related=distinct(
                note(place_of(account.group_of(members[0])), f"{kinds} are among these"),
                made_here(members),
                *origin_labels(site.decay, "applies to all of them"),
                handed_over(account),
            ),
            site=site,
        )


def decays_everything(site: OptimizerSite) -> Certainty | None:
    """How sure it is that whole models, norms and biases included, are decayed; None: they are not."""
    if not all(c in _DECOUPLED for c in site.couplings):
        return None
    if any(is_ignored(key, g, site) for g in site.groups for key in g.keys):  # WD204 says why
        return None
    if any(inherits_against_intent(g, site) for g in site.groups):  # WD203 does
        return None
    if any(g.basis != "probes" for g in site.groupings):
        return _by_membership(site)
    return _by_extent(site)


def _by_membership(site: OptimizerSite) -> Certainty | None:
    """The answer where the parameters were followed into their groups."""
    accounts = [account_of(g) for g in site.groupings if g.basis != "probes"]
    if all(_harmless(account.grouping.model) for account in accounts):
        return None
    if not any(a.wronged or a.still or (a.grouping.model.complete and not _open(a)) for a in accounts):
        return _by_extent(site)  # what could be followed tells nothing
    found = judged(site, _one_decay)
    if found is None or any(g.parameters.extent in ("adapters", "embeddings") for g in site.groups):
        return None
    return "possible" if edited_later(site) else found[1]


def _open(account: Account) -> bool:
    """Whether it is not known where the norms or biases of a model ended."""
    return any(m.maybe and m.parameter.kind in ("norm", "bias") for m in account.grouping.members)


def _followed(site: OptimizerSite) -> Verdict | None:
    found = judged(site, _one_decay)
    return None if found is None else found[0]


def _one_decay(account: Account) -> Verdict | None:
    """The norms and biases of a model that is decayed as a whole, and by one number.

    Groups of several decays of their own were thought about; and where only norms and biases are
    trained, there is nothing to set them apart from.
    """
    groups = account.grouping.groups
    if account.grouping.basis == "probes" or len(account.decaying) < len(groups) or account.latent:
        return None
    own = {positive(g.decay.value) for g in groups if g.decay.origin == "group"}
    if len(own) > 1 or (own and any(g.decay.origin != "group" for g in groups)):
        return None
    if len(account.wronged) == len(account.decayed):
        return None
    return Verdict(account, account.wronged) if account.wronged else None


def _is_implicit(account: Account) -> bool:
    return all(group.decay.origin == "default" for group in account.grouping.groups)


def _by_extent(site: OptimizerSite) -> Certainty | None:
    """The answer from the expressions that pick the parameters, where those were not followed."""
    if not site.groups:
        return None
    if not all(positive(g.decay.value) for g in site.groups) or not _holds_everything(site.groups):
        return None
    models = [m for g in site.groups for m in g.parameters.models]
    if models and all(map(_harmless, models)):
        return None
    if site.in_test or edited_later(site):  # nobody's training depends on it, or not on this number
        return "possible"
    if not all(surely_positive(g.decay.value) for g in site.groups):
        return "likely"
    whole = all(g.parameters.extent == "whole" for g in site.groups)
    return "certain" if _exempt(site) and whole and not site.ambiguous else "likely"


def _holds_everything(groups: tuple[ParamGroup, ...]) -> bool:
    """Whether the groups hold what convention exempts: whole models, or splits made for another purpose.

    A single part of a model may be chosen to have none of it, and where a group writes a decay of
    its own the author has thought about decay; a split that only sets learning rates has not.
    """
    sets = [g.parameters for g in groups]
    if any(g.decay.origin == "group" and _may_be_zero(g.decay.value) for g in groups):
        return False  # one group for each parameter, and some get 0
    if len(groups) == 1:
        return sets[0].extent == "whole" and not sets[0].exempts
    if any(g.decay.origin == "group" or g.parameters.says_no_decay for g in groups):
        return False
    extents = {s.extent for s in sets}
    if not extents <= {"whole", "part", "tensors", "embeddings"}:
        return False
    if any(s.exempts for s in sets):  # the gains and biases have a group, and it decays
        return True
    if any(s.exempts is False for s in sets):
        return False
    return "whole" in extents or extents == {"part"}


def _may_be_zero(value: Value) -> bool:
    """Whether 0 is one of several values."""
    numbers = [s for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool)]
    return isinstance(value, OneOf) and any(abs(n) <= NOISE for n in numbers)


def _harmless(model: Model) -> bool:
    """Known to the last parameter, and nothing in it that convention exempts."""
    return model.complete and not model.of_kind("norm", "bias")


def _models(site: OptimizerSite) -> list[Model]:
    return [m for g in site.groups for m in g.parameters.models]


def _sure(parameter: Parameter) -> bool:
    return parameter.kind in ("norm", "bias") and not parameter.maybe


def _exempt(site: OptimizerSite) -> list[Parameter]:
    """The norm and bias parameters that are certainly there."""
    return [p for m in _models(site) for p in m.parameters if _sure(p)]


def _kinds(parameters: list[Parameter]) -> str:
    found = {p.kind for p in parameters}
    return " and ".join(word for kind, word in (("norm", "norms"), ("bias", "biases")) if kind in found)


def _labels(site: OptimizerSite, seen: list[Parameter]) -> tuple[Label, ...]:
    """Where the parameters come from: the argument, and one norm or bias as a witness."""
    first = site.groups[0].parameters.place
    labels = [Label(first, f"{_kinds(seen)} are among these")] if seen else []
    witness = next((p for p in seen if p.kind == "norm" and p.where), None) or next(
        (p for p in seen if p.where), None
    )
    if witness is not None and witness.where is not None:
        kind = "a norm" if witness.kind == "norm" else "a bias"
        labels.append(Label(witness.where, f"{kind}: {witness.name} is pulled towards 0"))
    return tuple(labels)
