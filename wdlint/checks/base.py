"""What every check shares: how it asks for facts and how it words and reports a finding."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from wdlint.checks.metadata import (
    ExhaustedIteratorProvider,
    OptimizerSiteProvider,
    OwnVisitors,
    PenaltyProvider,
)
from wdlint.explain import format_number
from wdlint.facts import (
    Certainty,
    Decay,
    Default,
    ExhaustedIterator,
    FileFacts,
    Finding,
    Label,
    OptimizerSite,
    Penalty,
    Place,
    Severity,
    Value,
    positive,
)
from wdlint.sources.text import Source


class Check(OwnVisitors):
    """Base of the checks; a subclass names its rule and visits the nodes it is about."""

    METADATA_DEPENDENCIES = (OptimizerSiteProvider, ExhaustedIteratorProvider, PenaltyProvider)

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]

    def __init__(self, source: Source, facts: FileFacts) -> None:
        super().__init__()
        self.source = source
        self.facts = facts
        self.findings: list[Finding] = []

    def site(self, node: cst.Call) -> OptimizerSite | None:
        """The optimizer this call builds, if it builds one."""
        found: OptimizerSite | None = self.get_metadata(OptimizerSiteProvider, node, None)
        return found

    def exhausted(self, node: cst.Name) -> ExhaustedIterator | None:
        """The iterator this name consumes for the second time, if it does."""
        found: ExhaustedIterator | None = self.get_metadata(ExhaustedIteratorProvider, node, None)
        return found

    def penalty(self, node: cst.CSTNode) -> Penalty | None:
        """The L2 term this expression is, if it is one."""
        found: Penalty | None = self.get_metadata(PenaltyProvider, node, None)
        return found

    def report(
        self,
        message: str,
        place: Place,
        certainty: Certainty,
        *,
        label: str = "",
        related: tuple[Label, ...] = (),
        site: OptimizerSite | None = None,
        penalty: Penalty | None = None,
    ) -> None:
        """Add a finding; what is wrong in another file is reported at the optimizer it reaches."""
        if site is not None and place.path != self.source.path:
            related = (Label(place, label or "this is where"), *related)
            place, label = site.callee, "this optimizer gets it"
        self.findings.append(
            Finding(
                self.code,
                self.name,
                self.severity,
                certainty,
                message,
                place,
                label,
                related,
                site=site,
                penalty=penalty,
            )
        )


def edited_later(site: OptimizerSite) -> bool:
    """Whether the program sets the decay of the optimizer's groups itself, after it is built."""
    return any(hazard.kind == "edits-decay" for hazard in site.hazards)


# ------------------------------------------------------------------------- wording


def numbers_text(value: Value) -> str:
    """The coefficient alone, for labels: ``1e-4``, ``1e-4 or 0.01``."""
    return " or ".join(map(format_number, positive(value))) or "a value not known here"


def value_text(value: Value) -> str:
    """The coefficient in words: ``1e-4``, ``1e-4 (the default of --wd)``, ``1e-4 or 0.01``."""
    match value:
        case Default(of=of):
            numbers = positive(value)
            return f"{format_number(numbers[0])} (the default of {of})" if numbers else "0"
        case _:
            return numbers_text(value)


def origin_labels(decay: Decay, text: str) -> tuple[Label, ...]:
    """Labels for where a coefficient is written, and where the number itself stands if elsewhere."""
    labels: list[Label] = []
    if decay.place is not None:
        labels.append(Label(decay.place, text))
    where = getattr(decay.value, "where", None)
    if where is not None and (decay.place is None or not _within(where, decay.place)):
        labels.append(Label(where, "the number comes from here"))
    return tuple(labels)


def _within(inner: Place, outer: Place) -> bool:
    same_file = inner.path == outer.path
    return same_file and outer.span.start <= inner.span.start and inner.span.end <= outer.span.end
