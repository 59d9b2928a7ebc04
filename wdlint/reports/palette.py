"""Colour: which escape sequences a style is, and whether a stream should get any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from wdlint.facts import Severity

Style: TypeAlias = Literal["", "bold", "dim", "red", "green", "yellow", "blue", "cyan"]

_CODES: Final[Mapping[str, str]] = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "1;32",
    "yellow": "1;33",
    "blue": "1;34",
    "cyan": "1;36",
}

SEVERITY_STYLE: Final[Mapping[Severity, Style]] = {"error": "red", "warning": "yellow", "info": "cyan"}


class Terminal(Protocol):
    def isatty(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints text, or leaves it alone."""

    colour: bool = False

    def paint(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.colour and style and text else text


PLAIN: Final = Palette()


def wants_colour(choice: str, stream: Terminal, environment: Mapping[str, str]) -> bool:
    """Whether to colour: ``--color``, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal.

    The variables count when they are not empty (https://no-color.org, https://force-color.org).
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"
