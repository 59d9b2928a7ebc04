"""Comments for every finding of a run, so that an old project starts with none.

A file is written only if a check of its new text finds nothing but what no comment is meant to hide:
unused comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from wdlint import engine
from wdlint.engine import FixedFile, Run
from wdlint.facts import FileError, FileReport, Finding
from wdlint.failures import reason
from wdlint.fixing import write
from wdlint.settings import Settings

_ABOUT_COMMENTS: Final = "WD901"


@dataclass(frozen=True, slots=True)
class Ignored:
    """The run after comments were written, for how many findings, and in how many files."""

    run: Run
    findings: int
    files: int


class _NotIgnored(Exception):
    """No comments can be written into a file; ``error`` says why."""

    def __init__(self, error: FileError) -> None:
        super().__init__(error.message)
        self.error = error


def ignore_findings(run: Run, settings: Settings, why: str = "") -> Ignored:
    """Write a comment for each finding of a run that has only checked."""
    reports: list[FileReport] = []
    written: list[FixedFile] = []
    findings = 0
    for report in run.reports:
        wanted = [finding for finding in report.findings if finding.code != _ABOUT_COMMENTS]
        if not wanted:
            reports.append(report)
            continue
        try:
            written.append(_write_comments(report.path, wanted, settings, why))
            reports.append(written[-1].report)
            findings += len(wanted)
        except _NotIgnored as failure:
            reports.append(replace(report, errors=(*report.errors, failure.error)))
    return Ignored(replace(run, reports=tuple(reports), fixed=tuple(written)), findings, len(written))


def _write_comments(path: str, findings: Sequence[Finding], settings: Settings, why: str) -> FixedFile:
    try:
        with open(path, "rb") as file:
            data = file.read()
        commented = _commented(data, path, findings, settings, why)
        return replace(commented, uncommitted=write(path, data, commented.data))
    except OSError as error:
        raise _NotIgnored(FileError(path, f"could not be written: {reason(error)}")) from None


def _commented(
    data: bytes, path: str, findings: Sequence[Finding], settings: Settings, why: str
) -> FixedFile:
    """The file with comments for the findings."""
    from wdlint import fixes
    from wdlint.fixes.ignores import ignore
    from wdlint.sources.text import Source, SourceError, parse

    try:
        source = Source.decode(data, path)
        text, _ = fixes.apply(source, [ignore(source, parse(source), findings, why)])
    except fixes.BrokenFix as error:
        raise _refused(path, error.reason, findings[0].place.line) from None
    except SourceError as error:
        raise _refused(path, error.message, error.line) from None
    changed = source.encode(text)
    after = engine.check_file(changed, path, settings)
    for failure in after.errors:
        raise _refused(path, failure.message, failure.line)
    for finding in after.findings:
        if finding.code != _ABOUT_COMMENTS:
            raise _refused(path, f"{finding.code} would still be reported", finding.place.line)
    return FixedFile(path, changed, (), after, (), data)


def _refused(path: str, why: str, line: int | None) -> _NotIgnored:
    return _NotIgnored(FileError(path, f"no ignore comments were written: {why}", line))
