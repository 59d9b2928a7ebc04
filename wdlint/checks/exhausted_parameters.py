"""WD208: a one-shot iterator over parameters is consumed twice, so the second use gets nothing."""

from __future__ import annotations

import libcst as cst

from wdlint.checks.base import Check
from wdlint.facts import Label


class ExhaustedParameters(Check):
    code = "WD208"
    name = "exhausted-parameters"
    severity = "error"

    def visit_Name(self, node: cst.Name) -> None:
        iterator = self.exhausted(node)
        if iterator is None:
            return
        self.report(
            f"`{iterator.name}` is an iterator and already used up: nothing is left for this use",
            iterator.second_use,
            "certain",
            label="empty here",
            related=(
                Label(iterator.made, f"{iterator.kind} returns an iterator"),
                Label(iterator.first_use, "runs through it to its end"),
            ),
        )
