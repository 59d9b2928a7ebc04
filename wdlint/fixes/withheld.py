"""Why a fix is not offered. Raised deep inside a codemod, turned into ``Fix.withheld`` at its rim."""

from __future__ import annotations

from wdlint.facts import Fix


class Withheld(Exception):
    """``reason`` stands on its own as a sentence without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def fix(self, message: str) -> Fix:
        """The fix that shows the reason instead of edits."""
        return Fix(message, "display", withheld=self.reason)
