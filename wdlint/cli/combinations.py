"""Which flags of ``check`` go together: what means nothing is one line, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence

import click

from wdlint.cli.flags import CheckFlags
from wdlint.formats import FORMATS


def check_combination(options: CheckFlags, paths: Sequence[str]) -> None:
    """See that the flags of a command line go together, whatever a configuration says.

    Raises:
        click.UsageError: some do not.
    """
    _check_names(options, paths)
    if "-" in paths:
        _check_standard_input(options, paths)
    elif options.stdin_filename is not None:
        raise click.UsageError("--stdin-filename names what '-' reads: add '-'")
    if options.add_ignores:
        _check_ignores(options)
    elif options.reason is not None:
        raise click.UsageError("--reason is what --add-ignores writes: add it")
    if options.diff:
        _check_diff(options)
    if options.show_fixes and not (options.fix or options.diff or options.interactive):
        raise click.UsageError("--show-fixes lists what --fix or --diff does: add one of them")
    if options.baseline is not None and options.no_baseline:
        raise click.UsageError("--baseline and --no-baseline contradict each other: use one of them")
    if options.show_files and options.show_settings:
        raise click.UsageError("--show-files and --show-settings print different things: use one of them")
    if options.quiet and options.verbose:
        raise click.UsageError("--quiet and --verbose contradict each other: use one of them")


def check_statistics(options: CheckFlags, configured: str) -> None:
    """See that ``--statistics`` can be printed in every format of a run whose settings say ``configured``.

    Raises:
        click.UsageError: it cannot.
    """
    if not options.statistics:
        return
    for name in options.outputs.all(configured):
        if not FORMATS[name].statistics:
            able = ", ".join(known for known, each in FORMATS.items() if each.statistics)
            raise click.UsageError(f"--statistics cannot be printed as {name}; it can as {able}")


def _check_names(options: CheckFlags, paths: Sequence[str]) -> None:
    """An empty name is that of a shell variable that is not set."""
    if "" in paths:
        raise click.UsageError("an empty path names no file")
    if options.baseline == "":
        raise click.UsageError("--baseline: an empty path names no file")


def _check_standard_input(options: CheckFlags, paths: Sequence[str]) -> None:
    if len(paths) > 1:
        raise click.UsageError("'-' cannot be checked together with other paths")
    if options.interactive:
        raise click.UsageError("--interactive cannot ask where '-' reads the standard input")
    if options.add_ignores:
        raise click.UsageError("--add-ignores writes files; it cannot write where '-' comes from")
    if options.show_files:
        raise click.UsageError("--show-files lists files, and '-' is none")


def _check_ignores(options: CheckFlags) -> None:
    for flag in ("fix", "diff", "interactive", "statistics"):
        if getattr(options, flag):
            raise click.UsageError(f"--add-ignores and --{flag} do different things: use one of them")


def _check_diff(options: CheckFlags) -> None:
    if options.interactive:
        raise click.UsageError("--interactive writes what is accepted and --diff nothing: use one of them")
    if options.statistics:
        raise click.UsageError("--statistics counts findings and --diff prints a patch: use one of them")
    if options.outputs.formats:
        raise click.UsageError("--diff prints a patch, whatever the format: leave --output-format out")
