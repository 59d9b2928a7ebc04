"""``--interactive``: questions at a terminal, on the standard error; the report goes out as ever."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from wdlint.cli.streams import width, write

if TYPE_CHECKING:
    from wdlint.facts import FileReport
    from wdlint.fixes.rounds import Offer
    from wdlint.fixing import Answer
    from wdlint.reports import Look
    from wdlint.settings import Settings

_HELP: Final = """\
y  make this fix
n  leave it
a  make this fix and all later ones{only}
q  leave this and all later ones; what was fixed stays
e  explain: the finding in full, with its mathematics
"""
_SAFE_ONLY: Final = ", but ask before those that are unsafe"


def check_terminal() -> None:
    """Questions need somebody who can read and answer them.

    Raises:
        click.UsageError: nobody can.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("--interactive asks at a terminal, and this is none; use --diff, then --fix")


@dataclass(slots=True)
class Prompt:
    """Asks about one fix after the other."""

    settings: Settings
    color: str
    asked: bool = False
    all_later: bool = False

    def __call__(self, offer: Offer, report: FileReport) -> Answer:
        unsafe = offer.fix.applicability == "unsafe" and not self.settings.unsafe_fixes
        if self.all_later and not unsafe:
            return "accept"
        from wdlint.reports import offer as shown

        look = self._look()
        gap = "\n" if self.asked else ""
        self.asked = True
        write(gap + shown.render(offer.finding, offer.fix, offer.before, offer.after, look), sys.stderr)
        while True:
            match self._answer(unsafe, look):
                case "y" | "yes":
                    return "accept"
                case "n" | "no":
                    return "decline"
                case "a" | "all":
                    self.all_later = True
                    return "accept"
                case "q" | "quit":
                    return "quit"
                case "e" | "explain":
                    self._explain(offer, report, look)
                case _:
                    only = "" if self.settings.unsafe_fixes else _SAFE_ONLY
                    write(_HELP.format(only=only), sys.stderr)

    def close(self) -> None:
        """A blank line between the last answer and the report."""
        if self.asked:
            write("\n", sys.stderr)

    def _answer(self, unsafe: bool, look: Look) -> str:
        """What was typed; *quit* where the input ends or is interrupted."""
        kind = "unsafe fix" if unsafe else "fix"
        try:
            write(look.palette.paint(f"Make this {kind}? [y,n,a,q,e,?]", "bold") + " ", sys.stderr)
            typed = sys.stdin.readline()
        except KeyboardInterrupt:
            typed = ""
        except UnicodeDecodeError:
            return "?"
        if not typed:
            write("\n", sys.stderr)
            return "quit"
        return typed.strip().lower() or "?"

    def _explain(self, offer: Offer, report: FileReport, look: Look) -> None:
        from wdlint.reports.full import finding

        write("\n" + finding(offer.finding, report, look) + "\n", sys.stderr)

    def _look(self) -> Look:
        from wdlint.reports import Look
        from wdlint.reports.palette import Palette, wants_colour

        return Look(width(), Palette(wants_colour(self.color, sys.stderr, os.environ)))


__all__ = ["Prompt", "check_terminal"]
