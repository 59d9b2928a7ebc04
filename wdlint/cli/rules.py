"""``wdlint rules``: all of them in a table."""

from __future__ import annotations

import os
import sys

import click

from wdlint.cli.exits import CLEAN
from wdlint.cli.streams import width, write


@click.command()
def rules() -> int:
    """List the rules."""
    from wdlint import knowledge
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.rules import render

    palette = Palette(wants_colour("auto", sys.stdout, os.environ))
    write(render(knowledge.cards(), Look(width(), palette)))
    return CLEAN
