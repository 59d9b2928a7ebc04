"""What comes out of the engine: a fixed file, and the run over many files."""

from __future__ import annotations

from dataclasses import dataclass

from wdlint.facts import FileError, FileReport, Finding


@dataclass(frozen=True, slots=True)
class FixedFile:
    """What fixing made of one file: its new bytes, what was applied, and what is left.

    ``data`` equals the old bytes when nothing was applied. ``applied`` are at the places where the
    old bytes had them. ``problems`` are fixes that were taken back because the result did not
    compile. ``uncommitted``: the file was written over changes that git did not know.
    """

    path: str
    data: bytes
    applied: tuple[Finding, ...]
    report: FileReport
    problems: tuple[FileError, ...] = ()
    before: bytes = b""
    uncommitted: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """The result over many files. ``reports`` has only files with something to say, by path.

    ``folders`` are those that files were looked at in; ``left_over`` counts the findings of the
    baseline that are no longer there.
    """

    reports: tuple[FileReport, ...] = ()
    fixed: tuple[FixedFile, ...] = ()
    checked: int = 0
    building: int = 0
    errors: tuple[FileError, ...] = ()
    folders: tuple[str, ...] = ()
    left_over: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def all_errors(self) -> tuple[FileError, ...]:
        """What could not be checked: paths, files, and fixes that were taken back."""
        from_files = (error for report in self.reports for error in report.errors)
        from_fixes = (problem for fixed in self.fixed for problem in fixed.problems)
        return (*self.errors, *from_files, *from_fixes)


def run_on(report: FileReport, fixed: FixedFile | None = None) -> Run:
    """The run that one source was all of."""
    building = int(report.builds_optimizers > 0)
    return Run((report,), (fixed,) if fixed is not None else (), 1, building, left_over=report.left_over)


def internal_error(path: str, error: Exception) -> FileError:
    """What is said of a file on which wdlint itself failed."""
    return FileError(path, f"internal error: {type(error).__name__}: {error}")
