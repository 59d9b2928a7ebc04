"""WD103: weight decay that is added to the gradients before an adaptive optimizer rescales them."""

from __future__ import annotations

from wdlint.checks.penalties import PenaltyCheck, coefficient_text, decay_text
from wdlint.facts import Penalty


class DecayAddedToGradient(PenaltyCheck):
    code = "WD103"
    name = "decay-added-to-gradient"
    severity = "error"
    kind = "gradient"

    def look_at(self, penalty: Penalty) -> None:
        coefficient = coefficient_text(penalty)
        decay = f"weight decay {coefficient}" if coefficient else "the weight decay"
        self.tell(
            penalty,
            f"{penalty.site.optimizer.short_name} rescales {decay} for every weight, since it is added to "
            "the gradients",
            f"adds {decay_text(penalty)}·θ to the gradient",
        )
