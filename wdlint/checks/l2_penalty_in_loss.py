"""WD102: an L2 term in a loss, whose gradient an adaptive optimizer rescales."""

from __future__ import annotations

from wdlint.checks.penalties import PenaltyCheck, coefficient_text, decay_text
from wdlint.facts import Penalty


class L2PenaltyInLoss(PenaltyCheck):
    code = "WD102"
    name = "l2-penalty-in-loss"
    severity = "error"
    kind = "loss"

    def look_at(self, penalty: Penalty) -> None:
        decay, coefficient = decay_text(penalty), coefficient_text(penalty)
        name = penalty.site.optimizer.short_name
        coupled = name if penalty.site.coupled else "Adam"
        term = f"with coefficient {coefficient} it" if coefficient else "it"
        self.tell(
            penalty,
            f"{name} rescales this L2 term for every weight: {term} acts like {coupled}'s "
            f"weight_decay={decay}, not like AdamW's",
            f"adds {decay}·θ to the gradient",
        )
