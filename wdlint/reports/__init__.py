"""Reports: the result of a run as text, one format a module, each with one function ``render``.

Pure functions from results to strings. Nothing here writes to a stream, asks the environment or
decides what is a finding; what a report needs to know of its reader is in :class:`Look`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal, Protocol

from wdlint.facts import FileError, FileReport, Finding
from wdlint.formats import FORMATS
from wdlint.reports.palette import PLAIN, Palette


class FixedFile(Protocol):
    """What a report reads of a file that was fixed, or would be."""

    @property
    def path(self) -> str: ...
    @property
    def before(self) -> bytes: ...
    @property
    def data(self) -> bytes: ...
    @property
    def applied(self) -> tuple[Finding, ...]: ...


class Run(Protocol):
    """What a report reads of a run; see ``wdlint.engine.Run``."""

    @property
    def reports(self) -> tuple[FileReport, ...]: ...
    @property
    def fixed(self) -> Sequence[FixedFile]: ...
    @property
    def checked(self) -> int: ...
    @property
    def building(self) -> int: ...
    @property
    def left_over(self) -> int: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def all_errors(self) -> tuple[FileError, ...]: ...


@dataclass(frozen=True, slots=True)
class Look:
    """Who reads the report.

    ``width`` in columns is kept between 40 and 110; ``summary`` is the paragraph at the end;
    ``unsafe_fixes``: the user has switched them on already; ``fixes``: whether the run made fixes
    or showed what they would be; ``version`` is wdlint's.
    """

    width: int = 110
    palette: Palette = field(default=PLAIN)
    summary: bool = True
    verbose: bool = False
    unsafe_fixes: bool = False
    fixes: Literal["", "made", "shown"] = ""
    version: str = ""

    @property
    def columns(self) -> int:
        return max(40, min(self.width, 110))


def render(format_name: str, run: Run, look: Look) -> str:
    """A run in one of ``wdlint.formats.FORMATS``."""
    text: str = import_module(FORMATS[format_name].module).render(run, look)
    return text


def statistics(format_name: str, run: Run, look: Look) -> str:
    """How often each rule was found, in a format whose entry names a module for it."""
    text: str = import_module(FORMATS[format_name].statistics).statistics(run, look)
    return text


__all__ = ["FixedFile", "Look", "Run", "render", "statistics"]
