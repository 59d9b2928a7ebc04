"""Many files: walked, read and given to workers; what comes back depends on their names alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wdlint.engine.checking import check_file, project_of
from wdlint.engine.fixing import fix_source
from wdlint.engine.results import Run, internal_error
from wdlint.engine.workers import Outcome, Progress, outcomes
from wdlint.facts import FileError, FileReport
from wdlint.failures import reason
from wdlint.knowledge import catalogue
from wdlint.settings import Settings

if TYPE_CHECKING:
    from wdlint.sources.walk import Walk


def check_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Check files and the Python files in folders; see :func:`wdlint.sources.walk.python_files`.

    ``jobs`` is the number of processes, by default one a core.
    """
    walk = _walk(paths, settings)
    return _run_of(walk, outcomes(walk.files, _Job(settings), jobs=jobs, progress=progress), settings)


def preview_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """What fixing would make of these files; nothing is written."""
    walk = _walk(paths, settings)
    job = _Job(settings, fix=True)
    return _run_of(walk, outcomes(walk.files, job, jobs=jobs, progress=progress), settings)


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with one file."""

    settings: Settings
    fix: bool = False

    def __call__(self, path: str) -> Outcome:
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.readall()
        except OSError as error:
            return FileReport(path, errors=(FileError(path, reason(error)),)), None
        try:
            if not self.fix:
                return check_file(data, path, self.settings), None
            fixed = fix_source(data, path, self.settings, project_of(path, self.settings))
            return fixed.report, fixed if fixed.problems or fixed.data != data else None
        except Exception as error:
            return FileReport(path, errors=(internal_error(path, error),)), None


def _walk(paths: Sequence[str], settings: Settings) -> Walk:
    from wdlint.sources.walk import python_files

    catalogue(settings.extend_catalogue)  # a broken extension is an error of the run, not of a file
    _gone(settings)  # and so is a broken baseline
    return python_files(paths, settings, Path.cwd())


def _run_of(walk: Walk, found: Sequence[Outcome], settings: Settings) -> Run:
    reports = [report for report, _ in found]
    return Run(
        tuple(r for r in reports if r.findings or r.errors or r.suppressed or r.hidden or r.baselined),
        tuple(fixed for _, fixed in found if fixed is not None),
        len(reports),
        sum(r.builds_optimizers > 0 for r in reports),
        tuple(walk.errors),
        tuple(sorted({os.path.dirname(os.path.realpath(path)) for path in walk.files})),
        _gone(settings) + sum(report.left_over for report in reports),
    )


def _gone(settings: Settings) -> int:
    if not settings.baseline:
        return 0
    from wdlint.baseline import gone

    return gone(settings)
