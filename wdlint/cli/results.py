"""What is printed of a finished run, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

from wdlint import __version__
from wdlint.cli.exits import CLEAN, FAILED, FINDINGS
from wdlint.cli.flags import CheckFlags
from wdlint.cli.patches import print_patch
from wdlint.cli.streams import report_errors, say, width, write, write_document, write_file
from wdlint.formats import FORMATS

if TYPE_CHECKING:
    from wdlint.engine import FixedFile, Run
    from wdlint.reports import Look
    from wdlint.settings import Settings


def finish(run: Run, settings: Settings, options: CheckFlags, *, aside: bool = False) -> int:
    """Print what a run has to say; the exit code. ``aside``: the standard output is taken."""
    if options.diff:
        print_patch(run.fixed, [output.file for output in options.outputs.files], options.color)
        _account(run, settings, options)
    else:
        _print_reports(run, settings, options, sys.stderr if aside else sys.stdout)
    if run.left_over and not options.quiet:
        _note_left_over(run.left_over, settings)
    report_errors(run.all_errors, options.color)
    return _exit_code(run, settings, options)


def _print_reports(run: Run, settings: Settings, options: CheckFlags, stream: TextIO) -> None:
    render = _renderer(options)
    for output in options.outputs.files:
        look = _look(settings, options, sys.stdout, to_file=True)
        write_file(output.file, render(output.format or settings.output_format, run, look))
    printed = _printed(settings, options)
    look = _look(settings, options, stream)
    if options.show_fixes:
        from wdlint.reports import fixed

        beside = printed is not None and FORMATS[printed].for_people
        write(fixed.render(run, look), stream if beside else sys.stderr)
    if printed is not None:
        put = write if FORMATS[printed].for_people else write_document
        put(render(printed, run, look), stream)
    if not options.quiet:
        _note_uncommitted(run.fixed)


def _printed(settings: Settings, options: CheckFlags) -> str | None:
    """The format of the terminal. After questions, a line a finding: most have been seen in full."""
    printed = options.outputs.printed(settings.output_format)
    asked = options.interactive and options.outputs.terminal is None
    return "concise" if asked and printed == "full" else printed


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


def _note_left_over(number: int, settings: Settings) -> None:
    from wdlint.baseline import shown
    from wdlint.reports.summary import count

    verb = "is" if number == 1 else "are"
    file = shown(settings.baseline)
    named = f" --output {file}" if dict(settings.origins).get("baseline") == "--baseline" else ""
    shrink = f"'wdlint baseline --update{named}' takes {'it' if number == 1 else 'them'} out"
    say(f"note: {count(number, 'finding')} of {file} {verb} no longer there; {shrink}")


def _renderer(options: CheckFlags) -> Callable[[str, Run, Look], str]:
    """What makes a text of a run: the report, or with ``--statistics`` the counts."""
    from wdlint import reports

    return reports.statistics if options.statistics else reports.render


def _exit_code(run: Run, settings: Settings, options: CheckFlags) -> int:
    """See :mod:`wdlint.cli.exits`. A patch counts as what it would fix, and not as what it would leave."""
    fixed = any(file.applied for file in run.fixed)
    if run.all_errors:
        return FAILED
    if fixed and options.exit_non_zero_on_fix:
        return FINDINGS
    reported = fixed if options.diff else any(map(settings.fails, run.findings))
    return FINDINGS if reported and not options.exit_zero else CLEAN


def _look(settings: Settings, options: CheckFlags, stream: TextIO, *, to_file: bool = False) -> Look:
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour

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
