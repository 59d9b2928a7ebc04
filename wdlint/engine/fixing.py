"""One source with its fixes applied, all that are allowed or one at a time. Pure, but for what is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wdlint.engine.checking import check_source, project_of
from wdlint.engine.results import FixedFile
from wdlint.facts import FileReport, Finding
from wdlint.settings import Settings
from wdlint.sources.project import Project

if TYPE_CHECKING:
    from wdlint.fixes.rounds import Choices


def fix_source(data: bytes, path: str, settings: Settings, project: Project | None = None) -> FixedFile:
    """Apply every fix the settings allow, again and again until nothing changes."""
    report = check_source(data, path, settings, project)
    if not any(is_fixable(finding, settings) for finding in report.findings):
        return FixedFile(path, data, (), report, (), data)
    from wdlint.fixes.rounds import Rounds, fix_all

    def check(now: bytes) -> FileReport:
        return check_source(now, path, settings, project)

    rounds = Rounds(path, data, report, check, _imported_elsewhere(project))
    problem = fix_all(rounds, lambda finding: is_fixable(finding, settings))
    if problem is not None:
        return FixedFile(path, data, (), report, (problem,), data)
    return FixedFile(path, rounds.data, tuple(rounds.applied), rounds.report, (), data)


def choices(data: bytes, path: str, settings: Settings) -> Choices:
    """The fixes of a file, safe and unsafe, to be accepted or declined one at a time."""
    from wdlint.fixes.rounds import Choices, Rounds

    project = project_of(path, settings)

    def check(now: bytes) -> FileReport:
        return check_source(now, path, settings, project)

    return Choices(Rounds(path, data, check(data), check, _imported_elsewhere(project)))


def _imported_elsewhere(project: Project | None) -> Callable[[str], bool]:
    """Whether another file of the project takes a name from the file that is fixed."""
    return lambda name: project is not None and project.imported_from(project.file, name)


def is_fixable(finding: Finding, settings: Settings) -> bool:
    """Whether a finding's fix may be applied under these settings."""
    fix = finding.fix
    if fix is None or not fix.edits:
        return False
    return fix.applicability == "safe" or (fix.applicability == "unsafe" and settings.unsafe_fixes)
