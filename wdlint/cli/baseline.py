"""``wdlint baseline``: the findings of today in a file, so that only new ones are reported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from wdlint.cli import flags
from wdlint.cli.exits import CLEAN, FAILED
from wdlint.cli.settings import load
from wdlint.cli.streams import report_errors, say
from wdlint.failures import reason

if TYPE_CHECKING:
    from wdlint.baseline import Checked, Entries
    from wdlint.engine import Run
    from wdlint.settings import Settings


class BaselineFlags(NamedTuple):
    """The flags of ``baseline``, by click's names for them."""

    output: str | None
    update: bool
    allow_growth: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    pedantic: bool
    jobs: int | None
    python: str | None
    roots: tuple[str, ...]
    config: str | None
    isolated: bool


@click.command(short_help="Write down what is there, so that only new findings are reported.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="The baseline; else the one of the configuration, else wdlint-baseline.json beside it.",
)
@click.option("--update", is_flag=True, help="Take out of a baseline what is no longer found.")
@click.option("--allow-growth", is_flag=True, help="With --update: put in what is new, too.")
@flags.choosing
@flags.jobs
@flags.lookup
def baseline(paths: tuple[str, ...], **given: object) -> int:
    """Write the findings of today into a file. `check` then reports only what is not in it.

    Name the file in the configuration, `baseline = "wdlint-baseline.json"`, or with `--baseline`.
    Check the same files as always: what is not checked stays as it is.
    """
    options = BaselineFlags(**given)  # type: ignore[arg-type]
    if options.allow_growth and not options.update:
        raise click.UsageError("--allow-growth says what --update may do: add it")
    settings = _settings(paths, options)
    file = _file(settings, options)
    if options.update:
        return _update(file, paths or (".",), settings, options)
    if os.path.lexists(file):
        raise click.UsageError(
            f"{_shown(file)} is there already; --update takes out what is no longer found, "
            "and to start anew, delete it first"
        )
    return _create(file, paths or (".",), settings, options)


def _settings(paths: Sequence[str], options: BaselineFlags) -> Settings:
    from wdlint.settings import Flags

    asked = Flags(
        select=options.select,
        ignore=options.ignore,
        extend_select=options.extend_select,
        pedantic=options.pedantic,
        python=options.python,
        roots=options.roots,
    )
    return load(paths, asked, options.config, isolated=options.isolated)


def _file(settings: Settings, options: BaselineFlags) -> str:
    """The absolute path of the baseline."""
    from wdlint.baseline import DEFAULT_NAME

    if options.output:
        return os.path.abspath(os.path.expanduser(options.output))
    return settings.baseline or os.path.join(settings.root, DEFAULT_NAME)


def _create(file: str, paths: Sequence[str], settings: Settings, options: BaselineFlags) -> int:
    from wdlint.reports.summary import count

    run, checked = _check(file, paths, settings, options)
    _write(file, checked.found)
    say(f"wrote {count(len(run.findings), 'finding')} to {_shown(file)}")
    if settings.baseline != file:
        name = os.path.relpath(file, settings.root).replace(os.sep, "/")
        say(f'to use it, say baseline = "{name}" in the configuration, or --baseline {_shown(file)}')
    return _outcome(run)


def _update(file: str, paths: Sequence[str], settings: Settings, options: BaselineFlags) -> int:
    from wdlint.baseline import load, size, updated
    from wdlint.reports.summary import count

    old = load(file)
    run, checked = _check(file, paths, settings, options)
    new = updated(old, checked, file, grow=options.allow_growth)
    if new != old:
        _write(file, new)
        say(f"{_shown(file)}: {count(size(old), 'finding')} before, {size(new)} now")
    else:
        say(f"{_shown(file)}: {count(size(old), 'finding')}, as before")
    if new_ones := _not_in(new, checked):
        verb = "is" if new_ones == 1 else "are"
        say(f"{count(new_ones, 'finding')} {verb} new and not in it; --allow-growth puts them in")
    return _outcome(run)


def _not_in(known: Entries, checked: Checked) -> int:
    from wdlint.baseline import Entry

    found = checked.found.items()
    return sum(max(0, entry.count - known.get(same, Entry(0)).count) for same, entry in found)


def _check(
    file: str, paths: Sequence[str], settings: Settings, options: BaselineFlags
) -> tuple[Run, Checked]:
    """Everything that is found, whatever a baseline says of it."""
    from dataclasses import replace
    from pathlib import Path

    from wdlint import engine
    from wdlint.baseline import Checked
    from wdlint.sources.walk import python_files

    every = replace(settings, baseline="")
    run = engine.check_paths(paths, every, jobs=options.jobs)
    files = python_files(paths, every, Path.cwd()).files
    return run, Checked.of(files, run.reports, file, every)


def _write(file: str, known: Entries) -> None:
    from wdlint.baseline import written
    from wdlint.fixes.write import replace_file

    data = written(known).encode()
    try:
        if os.path.lexists(file):
            replace_file(file, data)
        else:
            with open(file, "wb") as stream:
                stream.write(data)
    except OSError as error:
        raise click.UsageError(f"{_shown(file)}: cannot be written: {reason(error)}") from None


def _outcome(run: Run) -> int:
    report_errors(run.all_errors, "never")
    return FAILED if run.all_errors else CLEAN


def _shown(file: str) -> str:
    from wdlint.baseline import shown

    return shown(file)
