"""WD107: an L2 term that is cut off from the graph changes the printed loss and nothing else."""

from __future__ import annotations

from wdlint.checks.penalties import PenaltyCheck
from wdlint.facts import Label, Penalty


class PenaltyWithoutGradient(PenaltyCheck):
    code = "WD107"
    name = "penalty-without-gradient"
    severity = "error"
    kind = "constant"

    def look_at(self, penalty: Penalty) -> None:
        cut = penalty.cut
        if cut is None:
            return
        inside = cut.path == penalty.place.path and penalty.place.line <= cut.line <= penalty.place.end_line
        self.report(
            "this L2 term has no gradient: it changes the number that is printed and no weight",
            penalty.place,
            self.certainty(penalty),
            label="a constant for backward()",
            related=() if inside else (Label(cut, "cut off from the graph here"),),
            site=penalty.site,
            penalty=penalty,
        )
