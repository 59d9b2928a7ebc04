"""``wdlint params``: the parameters of optimizers and classes."""

from __future__ import annotations

import os
import sys

import click

from wdlint.cli.exits import CLEAN, FAILED
from wdlint.cli.flags import colour, lookup, one_of
from wdlint.cli.settings import load
from wdlint.cli.streams import say, width, write, write_document


@click.command(short_help="List parameters: their groups, their decay and why.")
@click.argument("targets", nargs=-1, required=True, metavar="FILE[:CLASS]...")
@click.option(
    "--format",
    "output_format",
    default="table",
    metavar="FORMAT",
    callback=one_of("table", "json", "markdown"),
    help="How they are printed: table, json, markdown.",
)
@lookup
@colour
def params(
    targets: tuple[str, ...],
    output_format: str,
    python: str | None,
    roots: tuple[str, ...],
    config: str | None,
    isolated: bool,
    color: str,
) -> int:
    """List the parameters of every optimizer in a file, or those of a class in it.

    Each parameter is shown with the group that holds it, its weight decay, how certain that is,
    and why. Nothing is run or imported.
    """
    from wdlint.engine.parameters import TargetError, parameters_of
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.parameters import render
    from wdlint.settings import Flags

    files = [target.rpartition(":")[0] or target for target in targets]
    settings = load(files, Flags(python=python, roots=roots), config, isolated=isolated)
    reports = []
    failed = False
    for target in targets:
        try:
            reports.append(parameters_of(target, settings))
        except TargetError as error:
            say(f"error: {error}")
            failed = True
    if reports:
        look = Look(width(), Palette(wants_colour(color, sys.stdout, os.environ)))
        put = write if output_format == "table" else write_document
        put(render(output_format, reports, look))
    return FAILED if failed else CLEAN
