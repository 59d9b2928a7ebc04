"""What a setting can be, worst or usual first: read by the command line, the settings and the reports.

Plain data and no imports of ours, since every start of the program reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wdlint.facts import Certainty, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""From the worst down."""

CERTAINTIES: Final[tuple[Certainty, ...]] = ("certain", "likely", "possible")
"""From the surest down."""

STYLES: Final = ("expression", "loop", "helper")
"""How parameters are split into groups: in place, by a loop before the call, by a function of the file."""

NO_DECAY: Final = ("bias", "norm", "embedding", "position", "scale")
"""The kinds of parameters that can be asked to be exempt."""

PATTERN: Final = "re:"
"""What stands before a regular expression that exempts parameters by their names."""

__all__ = ["CERTAINTIES", "NO_DECAY", "PATTERN", "SEVERITIES", "STYLES"]
