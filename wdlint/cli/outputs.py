"""Which format goes where, by the order in which ``--output-format`` and ``--output-file`` are given.

A file takes the format named before it, or after it if none is free. A format without a file is
printed. Documents for programs that go to files leave the terminal its text, so that a log still
says what was found; text that goes to a file is not printed a second time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import takewhile
from typing import Final, NamedTuple

import click

from wdlint.formats import FORMATS

_FORMAT: Final = "--output-format"
_FILE: Final = "--output-file"
_ORDER: Final = "wdlint.cli.outputs"


class InOrder(click.Command):
    """A command that remembers the order of the two options, which click does not."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        names = (arg.partition("=")[0] for arg in takewhile(lambda arg: arg != "--", args))
        ctx.meta[_ORDER] = [name for name in names if name in (_FORMAT, _FILE)]
        return super().parse_args(ctx, args)


class ToFile(NamedTuple):
    """A format written to a file; the format of the settings where it is None."""

    format: str | None
    file: str


class Outputs(NamedTuple):
    """What is written to files, and the format that was given for the terminal, if one was."""

    files: tuple[ToFile, ...] = ()
    terminal: str | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        """Those that were named, for files and for the terminal."""
        named = (*(output.format for output in self.files), self.terminal)
        return tuple(name for name in named if name is not None)

    def printed(self, configured: str) -> str | None:
        """The format of the terminal when the settings say ``configured``; None for nothing."""
        if self.terminal is not None or not self.files:
            return self.terminal or configured
        if any(FORMATS[output.format or configured].for_people for output in self.files):
            return None
        return configured if FORMATS[configured].for_people else "full"

    def all(self, configured: str) -> list[str]:
        """Every format that is used."""
        printed = self.printed(configured)
        return [output.format or configured for output in self.files] + ([printed] if printed else [])


def paired(formats: Sequence[str], files: Sequence[str]) -> Outputs:
    """The options of this command line, each file with its format.

    Raises:
        click.UsageError: a file without a format, a file named twice or in a folder that is not there, or
            two formats to be printed.
    """
    order: Sequence[str] = click.get_current_context().meta.get(_ORDER, ())
    if order.count(_FORMAT) != len(formats) or order.count(_FILE) != len(files):
        order = [*[_FORMAT] * len(formats), *[_FILE] * len(files)]
    outputs = _pair(order, formats, files)
    twice = {file for i, file in enumerate(files) if file in files[:i]}
    if twice:
        raise click.UsageError(f"{_FILE} {min(twice)}: given twice; the second would replace the first")
    for file in files:
        _check_place(file)
    return outputs


def _check_place(file: str) -> None:
    """What can be said before the files are checked, which may take minutes."""
    if not file:
        raise click.UsageError(f"{_FILE}: an empty path names no file")
    if os.path.isdir(file):
        raise click.UsageError(f"{_FILE} {file}: is a folder")
    if not os.path.isdir(os.path.dirname(file) or "."):
        raise click.UsageError(f"{_FILE} {file}: no such file or directory")


def _pair(order: Sequence[str], formats: Sequence[str], files: Sequence[str]) -> Outputs:
    next_format, next_file = iter(formats), iter(files)
    found: list[ToFile] = []
    unwritten: list[str] = []
    waiting: str | None = None
    free: str | None = None
    for option in order:
        if option == _FORMAT and waiting is None:
            unwritten += [free] if free else []
            free = next(next_format)
        elif option == _FORMAT:
            found.append(ToFile(next(next_format), waiting or ""))
            waiting = None
        elif free is not None:
            found.append(ToFile(free, next(next_file)))
            free = None
        elif waiting is None:
            waiting = next(next_file)
        else:
            raise _no_format(waiting)
    unwritten += [free] if free else []
    if waiting is not None:
        if formats:
            raise _no_format(waiting)
        found.append(ToFile(None, waiting))
    if len(unwritten) > 1:
        both = " and ".join(f"{_FORMAT} {name}" for name in unwritten[:2])
        raise click.UsageError(f"{both} cannot both be printed; name an {_FILE} after one of them")
    return Outputs(tuple(found), unwritten[0] if unwritten else None)


def _no_format(file: str) -> click.UsageError:
    return click.UsageError(f"{_FILE} {file}: no format is left for it; name one before it with {_FORMAT}")
