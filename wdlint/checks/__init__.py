"""The checks: one LibCST visitor a rule, from facts to findings.

A check is an ordinary ``BatchableCSTVisitor``. It never works anything out about values, names or
models: it asks for the facts that :mod:`wdlint.checks.metadata` attached to the node it visits,
and says in one sentence what is wrong with them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Final

from wdlint.checks.base import Check
from wdlint.checks.coupled_weight_decay import CoupledWeightDecay
from wdlint.checks.dead_no_decay_pattern import DeadNoDecayPattern
from wdlint.checks.decay_added_to_gradient import DecayAddedToGradient
from wdlint.checks.decayed_norm_or_bias import DecayedNormOrBias
from wdlint.checks.exhausted_parameters import ExhaustedParameters
from wdlint.checks.ignored_group_key import IgnoredGroupKey
from wdlint.checks.implicit_decay import ImplicitDecay
from wdlint.checks.inherited_decay import InheritedDecay
from wdlint.checks.l2_penalty_in_loss import L2PenaltyInLoss
from wdlint.checks.metadata import CheckFailure, visit
from wdlint.checks.missing_no_decay_group import MissingNoDecayGroup
from wdlint.checks.orphaned_parameter import OrphanedParameter
from wdlint.checks.overlapping_groups import OverlappingGroups
from wdlint.checks.penalty_without_gradient import PenaltyWithoutGradient
from wdlint.facts import FileFacts, Finding
from wdlint.sources.text import Source

CHECKS: Final[tuple[type[Check], ...]] = (
    CoupledWeightDecay,
    L2PenaltyInLoss,
    DecayAddedToGradient,
    PenaltyWithoutGradient,
    MissingNoDecayGroup,
    DecayedNormOrBias,
    InheritedDecay,
    IgnoredGroupKey,
    DeadNoDecayPattern,
    OrphanedParameter,
    OverlappingGroups,
    ExhaustedParameters,
    ImplicitDecay,
)


def run(
    source: Source,
    tree: ast.Module,
    facts: FileFacts,
    rules: Collection[str],
    visited: FileFacts | None = None,
) -> list[Finding]:
    """The findings of every check that is switched on, in source order.

    ``visited`` are those of the facts that something could be wrong with, by default all; the
    others still say what the rest of the file does.

    Raises:
        CheckFailure: LibCST cannot parse the code; the message says where.
    """
    checks = [check(source, facts) for check in CHECKS if check.code in rules]
    if checks:
        visit(source, tree, facts if visited is None else visited, checks)
    findings = [finding for check in checks for finding in check.findings]
    return sorted(findings, key=lambda f: (f.place.span, f.code))


__all__ = ["CHECKS", "Check", "CheckFailure", "run"]
