"""WD201: one decay for everything, normalisation gains and biases included."""

from __future__ import annotations

from typing import Final

import libcst as cst

from wdlint.checks.base import Check, edited_later, origin_labels, positive, surely_positive, value_text
from wdlint.checks.ignored_group_key import is_ignored
from wdlint.facts import Certainty, Label, Model, OptimizerSite, Parameter, ParamGroup

_DECOUPLED: Final = frozenset({"decoupled", "decoupled_prox", "decoupled_absolute"})


class MissingNoDecayGroup(Check):
    code = "WD201"
    name = "missing-no-decay-group"
    severity = "warning"

    def visit_Call(self, node: cst.Call) -> None:
        site = self.site(node)
        if site is None or (certainty := decays_everything(site)) is None:
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


def decays_everything(site: OptimizerSite) -> Certainty | None:
    """How sure it is that whole models, norms and biases included, are decayed; None: they are not."""
    if not site.groups or not all(c in _DECOUPLED for c in site.couplings):
        return None
    if not all(positive(g.decay.value) for g in site.groups) or not _holds_everything(site.groups):
        return None
    if any(is_ignored(key, g, site) for g in site.groups for key in g.keys):  # WD204 says why
        return None
    models = [m for g in site.groups for m in g.parameters.models]
    if models and all(m is not None and _harmless(m) for m in models):
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


def _harmless(model: Model) -> bool:
    """Known to the last parameter, and nothing in it that convention exempts."""
    return model.complete and not model.of_kind("norm", "bias")


def _models(site: OptimizerSite) -> list[Model]:
    return [m for g in site.groups for m in g.parameters.models if m is not None]


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
