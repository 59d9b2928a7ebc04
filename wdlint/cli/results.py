"""What is printed of a finished run, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wdlint import __version__
from wdlint.cli.exits import CLEAN, FAILED, FINDINGS
from wdlint.cli.flags import CheckFlags
from wdlint.cli.streams import report_errors, say, width, write, write_bytes, write_file

if TYPE_CHECKING:
    from wdlint.engine import FixedFile, Run
    from wdlint.facts import FileError
    from wdlint.reports import Look
    from wdlint.settings import Settings


def finish(run: Run, settings: Settings, options: CheckFlags, *, aside: bool = False) -> int:
    if options.diff:
        return _print_patch(run.fixed, run.all_errors, options)
    from wdlint import reports
    from wdlint.reports.summary import statistics

    stream = sys.stderr if aside else sys.stdout
    look = _look(settings, options, stream)
    text = statistics(run, look) if options.statistics else reports.render(settings.output_format, run, look)
    if options.output_file:
        write_file(options.output_file, text)
    else:
        write(text, stream)
    report_errors(run.all_errors, options.color)
    return _exit_code(run, options)


def _exit_code(run: Run, options: CheckFlags) -> int:
    if run.all_errors:
        return FAILED
    if options.exit_non_zero_on_fix and any(fixed.applied for fixed in run.fixed):
        return FINDINGS
    return FINDINGS if run.findings and not options.exit_zero else CLEAN


def _print_patch(fixed: Sequence[FixedFile], errors: Sequence[FileError], options: CheckFlags) -> int:
    from wdlint.reports import patch
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.summary import count

    data = patch.render(fixed)
    if options.output_file:
        write_file(options.output_file, data)
    elif sys.stdout.isatty():
        write(patch.show(data, Palette(wants_colour(options.color, sys.stdout, os.environ))))
    else:
        write_bytes(data)
    changed = sum(file.data != file.before for file in fixed)
    if not options.quiet:
        say(f"{count(changed, 'file')} would change")
    report_errors(errors, options.color)
    if errors:
        return FAILED
    return FINDINGS if changed and not options.exit_zero else CLEAN


def _look(settings: Settings, options: CheckFlags, stream: Any) -> Look:
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
        version=__version__,
    )
