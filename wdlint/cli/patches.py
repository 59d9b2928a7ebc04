"""``--diff``: the patch, and in which folder it applies."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from wdlint.cli.streams import say, write, write_bytes, write_file

if TYPE_CHECKING:
    from wdlint.engine import FixedFile


def print_patch(fixed: Sequence[FixedFile], output_files: Sequence[str], color: str) -> None:
    """Print or write what would change, byte for byte; on a terminal it is shown, in colour."""
    from wdlint.reports import patch
    from wdlint.reports.palette import Palette, wants_colour

    changed = [file for file in fixed if file.data != file.before]
    folder, names = _names([file.path for file in changed])
    data = patch.render(changed, names)
    for output_file in output_files:
        write_file(output_file, data)
    if not output_files and sys.stdout.isatty():
        write(patch.show(data, Palette(wants_colour(color, sys.stdout, os.environ))))
    elif not output_files:
        write_bytes(data)
    if folder is not None:
        say(f"note: apply the patch in {folder}; not all of its files are below this folder")


class _Names(NamedTuple):
    """The names of files in a patch, and the folder they count from if that is not the current one."""

    folder: str | None
    names: dict[str, str]


def _names(paths: Sequence[str]) -> _Names:
    """Names that ``git apply`` and ``patch`` accept: without ``..``, and of files, not of links to them.

    They count from the current folder, where both programs look for them. With files elsewhere they
    count from the folder that holds all: the top of the repository if there is one.
    """
    from wdlint.sources.git import repository_of

    here = os.path.realpath(os.curdir)
    whole = {path: os.path.realpath(path) for path in paths}
    folder = os.path.commonpath([here, *map(os.path.dirname, whole.values())])
    if folder != here:
        folder = repository_of(folder) or folder
    names = {path: os.path.relpath(real, folder).replace(os.sep, "/") for path, real in whole.items()}
    return _Names(None if folder == here else folder, names)
