"""One source with its fixes applied, all that are allowed or one at a time. Pure, but for what is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    working = replace(settings, figures=False)  # nobody looks at what is between two rounds

    def check(now: bytes) -> FileReport:
        return check_source(now, path, working, project)

    def report_on(now: bytes, last: FileReport) -> FileReport:
        drawn = settings.figures and last.findings
        return check_source(now, path, settings, project) if drawn else last

    report = check(data)
    if not any(is_fixable(finding, settings) for finding in report.findings):
        return FixedFile(path, data, (), report_on(data, report), (), data)
    from wdlint.fixes.rounds import Rounds, fix_all

    rounds = Rounds(path, data, report, check, _imported_elsewhere(project))
    problem = fix_all(rounds, lambda finding: is_fixable(finding, settings))
    if problem is not None:
        return FixedFile(path, data, (), report_on(data, report), (problem,), data)
    return FixedFile(
        path, rounds.data, tuple(rounds.applied), report_on(rounds.data, rounds.report), (), data
    )


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
