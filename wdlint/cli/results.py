"""What is printed of a finished run, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from wdlint import __version__
from wdlint.cli.exits import CLEAN, FAILED, FINDINGS
from wdlint.cli.flags import CheckFlags
from wdlint.cli.patches import print_patch
from wdlint.cli.streams import report_errors, say, width, write, write_file

if TYPE_CHECKING:
    from wdlint.engine import FixedFile, Run
    from wdlint.reports import Look
    from wdlint.settings import Settings


def finish(run: Run, settings: Settings, options: CheckFlags, *, aside: bool = False) -> int:
    """Print what a run has to say; the exit code. ``aside``: the standard output is taken."""
    if options.diff:
        print_patch(run.fixed, options.output_file, options.color)
        _account(run, settings, options)
    else:
        _print_report(run, settings, options, sys.stderr if aside else sys.stdout)
    report_errors(run.all_errors, options.color)
    return _exit_code(run, options)


def _print_report(run: Run, settings: Settings, options: CheckFlags, stream: TextIO) -> None:
    from wdlint import reports
    from wdlint.reports.summary import statistics

    look = _look(settings, options, stream)
    format_name = _format(settings, options)
    text = statistics(run, look) if options.statistics else reports.render(format_name, run, look)
    if options.show_fixes:
        from wdlint.reports import fixed

        for_people = format_name in ("full", "concise")
        write(fixed.render(run, look), stream if for_people and not options.output_file else sys.stderr)
    if options.output_file:
        write_file(options.output_file, text)
    else:
        write(text, stream)
    if not options.quiet:
        _note_uncommitted(run.fixed)


def _format(settings: Settings, options: CheckFlags) -> str:
    """After questions, a line for each finding that is left: most have just been seen in full."""
    asked = options.interactive and options.output_format is None
    return "concise" if asked and settings.output_format == "full" else settings.output_format


def _account(run: Run, settings: Settings, options: CheckFlags) -> None:
    """Beside a patch: what it would fix, and what it would not."""
    from wdlint.reports import fixed
    from wdlint.reports.summary import summary

    look = _look(settings, options, sys.stderr)
    if options.show_fixes:
        write(fixed.render(run, look), sys.stderr)
    if look.summary:
        write(summary(run, look), sys.stderr)


def _note_uncommitted(fixed: Sequence[FixedFile]) -> None:
    paths = [file.path for file in fixed if file.uncommitted]
    if len(paths) == 1:
        say(f"note: {paths[0]} has other changes that are not committed")
    elif paths:
        say(f"note: {len(paths)} of the fixed files have other changes that are not committed")


def _exit_code(run: Run, options: CheckFlags) -> int:
    """See :mod:`wdlint.cli.exits`. A patch counts as what it would fix, and not as what it would leave."""
    fixed = any(file.applied for file in run.fixed)
    if run.all_errors:
        return FAILED
    if fixed and options.exit_non_zero_on_fix:
        return FINDINGS
    reported = fixed if options.diff else bool(run.findings)
    return FINDINGS if reported and not options.exit_zero else CLEAN


def _look(settings: Settings, options: CheckFlags, stream: TextIO) -> Look:
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour

    to_file = options.output_file is not None
    choice = "never" if to_file and options.color == "auto" else options.color
    return Look(
        110 if to_file else width(),
        Palette(wants_colour(choice, stream, os.environ)),
        summary=not options.quiet,
        verbose=options.verbose,
        unsafe_fixes=settings.unsafe_fixes,
        fixes="shown" if options.diff else "made" if options.fix else "",
        version=__version__,
    )
