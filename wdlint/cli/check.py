"""``wdlint check``: which files, with which settings, checked or fixed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from wdlint.cli import flags
from wdlint.cli.combinations import check_combination, check_statistics
from wdlint.cli.exits import CLEAN, FAILED
from wdlint.cli.flags import CheckFlags
from wdlint.cli.outputs import InOrder, paired
from wdlint.cli.results import finish
from wdlint.cli.settings import load
from wdlint.cli.streams import report_errors, say, write, write_bytes
from wdlint.formats import FORMATS

if TYPE_CHECKING:
    from wdlint.engine import Run
    from wdlint.settings import Settings


@click.command(cls=InOrder, short_help="Check files and folders; '-' is the standard input.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@flags.fixing
@flags.choosing
@flags.known
@flags.reporting
@flags.running
@flags.lookup
@flags.showing
@flags.colour
@flags.loudness
def check(paths: tuple[str, ...], **given: Any) -> int:
    """Check files and the Python files in folders; '-' reads the standard input."""
    outputs = paired(given.pop("output_format"), given.pop("output_file"))
    options = CheckFlags(outputs=outputs, **given)
    check_combination(options, paths)
    if options.interactive:
        from wdlint.cli.interactive import check_terminal

        check_terminal()
        options = options._replace(fix=True)
    settings = _settings(paths, options)
    if options.show_settings:
        return _show_settings(settings)
    if options.show_files:
        return _show_files(paths or (".",), settings)
    check_statistics(options, settings.output_format)
    if "-" in paths:
        return _check_stdin(settings, options)
    if options.verbose:
        say(_said(settings))
    return _check_paths(paths or (".",), settings, options)


def _settings(paths: Sequence[str], options: CheckFlags) -> Settings:
    from dataclasses import replace

    from wdlint.settings import Flags

    start = [options.stdin_filename or "."] if "-" in paths else paths
    asked = Flags(
        select=options.select,
        ignore=options.ignore,
        extend_select=options.extend_select,
        pedantic=options.pedantic,
        weight_decay=options.weight_decay,
        unsafe_fixes=options.unsafe_fixes,
        fix_style=options.fix_style,
        force_exclude=options.force_exclude,
        output_format=options.outputs.terminal,
        baseline="" if options.no_baseline else options.baseline,
        fail_on=options.fail_on,
        python=options.python,
        roots=options.roots,
    )
    settings = load(start, asked, options.config, isolated=options.isolated)
    formats = options.outputs.all(settings.output_format)
    return replace(settings, figures=any(FORMATS[name].figures for name in formats))


def _show_settings(settings: Settings) -> int:
    from wdlint.settings.described import describe

    write(describe(settings))
    return CLEAN


def _show_files(paths: Sequence[str], settings: Settings) -> int:
    from pathlib import Path

    from wdlint.sources.walk import python_files

    walk = python_files(paths, settings, Path.cwd())
    write("".join(f"{path}\n" for path in walk.files))
    report_errors(walk.errors, "never")
    return FAILED if walk.errors else CLEAN


def _check_paths(paths: Sequence[str], settings: Settings, options: CheckFlags) -> int:
    bar: ProgressBar | None = None
    fixing = (options.fix or options.diff) and not options.interactive
    try:
        from wdlint import engine
        from wdlint.fixing import fix_chosen, fix_paths
        from wdlint.reports.progress import ProgressBar

        if sys.stderr.isatty() and not options.quiet:
            bar = ProgressBar(sys.stderr)
        if fixing:
            run = fix_paths(paths, settings, jobs=options.jobs, progress=bar, diff=options.diff)
        else:
            run = engine.check_paths(paths, settings, jobs=options.jobs, progress=bar)
    except KeyboardInterrupt as interrupted:
        if bar is not None:
            bar.clear()
        if fixing and not options.diff:
            say(f"interrupted; {_written(interrupted)} written")
        raise
    finally:
        if bar is not None:
            bar.clear()
    if options.interactive:
        from wdlint.cli.interactive import Prompt

        prompt = Prompt(settings, options.color)
        run = fix_chosen(run, settings, prompt)
        prompt.close()
    if options.add_ignores:
        run = _ignore(run, settings, options)
    if not run.checked and not run.all_errors:
        say(f"no Python files under {', '.join(paths)}")
        return _nothing_checked(settings, options)
    return finish(run, settings, options)


def _written(interrupted: KeyboardInterrupt) -> str:
    """How many files a run that was interrupted has written."""
    from wdlint.fixing import Interrupted
    from wdlint.reports.summary import count

    if isinstance(interrupted, Interrupted) and interrupted.written:
        return f"{interrupted.written} of {count(interrupted.wanted, 'file')}"
    return "no file"


def _ignore(run: Run, settings: Settings, options: CheckFlags) -> Run:
    from wdlint.ignoring import ignore_findings
    from wdlint.reports.summary import count

    ignored = ignore_findings(run, settings, " ".join((options.reason or "").split()))
    if not options.quiet and ignored.files:
        say(f"ignored {count(ignored.findings, 'finding')} with comments in {count(ignored.files, 'file')}")
    elif not options.quiet:
        say("no comments were written")
    return ignored.run


def _check_stdin(settings: Settings, options: CheckFlags) -> int:
    """Check, or with ``--fix`` rewrite, what comes in; then the text goes out and findings aside.

    Under the name of a file it is checked as that file is, with what the files around it say.
    """
    from wdlint import engine
    from wdlint.sources.walk import is_excluded

    data = sys.stdin.buffer.read()
    name = options.stdin_filename or "-"
    project = engine.project_of(name, settings) if options.stdin_filename else None
    rewriting = options.fix and not options.diff
    if settings.force_exclude and is_excluded(name, settings):
        if rewriting:
            write_bytes(data)
        return _nothing_checked(settings, options, aside=rewriting)
    if options.fix or options.diff:
        fixed = engine.fix_source(data, name, settings, project)
        run = engine.run_on(fixed.report, fixed)
        if rewriting:
            write_bytes(fixed.data)
    else:
        run = engine.run_on(engine.check_source(data, name, settings, project))
    return finish(run, settings, options, aside=rewriting)


def _nothing_checked(settings: Settings, options: CheckFlags, *, aside: bool = False) -> int:
    """The end of a run that looked at no file: a program gets its empty report."""
    from wdlint.engine import Run

    used = options.outputs.all(settings.output_format)
    if all(FORMATS[name].for_people for name in used):
        return CLEAN
    return finish(Run(), settings, options, aside=aside)


def _said(settings: Settings) -> str:
    origins = ", ".join(f"{key} from {where}" for key, where in settings.origins)
    return f"settings: {origins or 'defaults only'}; patterns are relative to {settings.root}"
