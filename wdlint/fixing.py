"""Fixing files on disk: everything at once, or one fix at a time as somebody chooses.

All that wdlint writes over code is written here. At once means that every file is worked out before
the first is written: what is made of a file does not depend on which others were done before, and
an interrupted run has changed nothing. A chosen fix is in its file before the next is offered.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from wdlint import engine
from wdlint.engine import FixedFile, Progress, Run
from wdlint.facts import FileError, FileReport
from wdlint.failures import reason
from wdlint.settings import Settings

if TYPE_CHECKING:
    from wdlint.fixes.rounds import Choices, Offer


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while files were being fixed: ``written`` of ``wanted`` files have their new content.

    The others have their old one.
    """

    def __init__(self, written: int, wanted: int) -> None:
        super().__init__(written, wanted)
        self.written = written
        self.wanted = wanted


# ------------------------------------------------------------------------ all at once


def fix_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    diff: bool = False,
) -> Run:
    """Fix files in place, atomically; with ``diff`` only say what would change.

    Raises:
        Interrupted: Ctrl-C was pressed; some files may have been written.
    """
    from wdlint.fixes.write import sweep

    changed: list[FixedFile] = []
    try:
        run = engine.preview_paths(paths, settings, jobs=jobs, progress=progress)
        if diff:
            return run
        sweep(run.folders)
        changed = [file for file in run.fixed if file.data != file.before]
        fixed = tuple(_written(file, settings) for file in run.fixed)
    except KeyboardInterrupt:
        raise Interrupted(sum(map(_is_in_place, changed)), len(changed)) from None
    reports = {report.path: report for report in run.reports}
    reports |= {file.path: file.report for file in fixed if file.problems}
    return replace(run, reports=tuple(reports[path] for path in sorted(reports)), fixed=fixed)


def _is_in_place(fixed: FixedFile) -> bool:
    try:
        with open(fixed.path, "rb") as file:
            return file.read() == fixed.data
    except OSError:
        return False


def _written(fixed: FixedFile, settings: Settings) -> FixedFile:
    """The file after it was written; if that fails, as it still is."""
    if fixed.data == fixed.before:
        return fixed
    path, before = fixed.path, fixed.before
    try:
        return replace(fixed, uncommitted=write(path, before, fixed.data))
    except OSError as error:
        report = engine.check_file(before, path, settings)
        return FixedFile(path, before, (), report, (_unwritten(path, error),), before)


def _unwritten(path: str, error: OSError) -> FileError:
    return FileError(path, f"could not be written: {reason(error)}")


def write(path: str, before: bytes, after: bytes) -> bool:
    """Put new bytes in the place of the old ones; whether git did not know those.

    Raises:
        OSError: the file cannot be written, or somebody has changed it since. It is as it was then.
    """
    from wdlint.fixes.write import replace_file
    from wdlint.sources.git_index import is_uncommitted

    with open(path, "rb") as file:
        if file.read() != before:
            raise OSError(errno.ESTALE, "it has changed since it was checked")
    uncommitted = is_uncommitted(path, before)
    replace_file(path, after)
    return uncommitted


# ------------------------------------------------------------------------ one at a time

Answer: TypeAlias = Literal["accept", "decline", "quit"]
Choose: TypeAlias = "Callable[[Offer, FileReport], Answer]"
"""Is asked about an offer, with the report on the file as it is now."""


def fix_chosen(run: Run, settings: Settings, choose: Choose) -> Run:
    """Offer every fix of a run that has only checked; the run as it is after the answers.

    After *quit* nothing more is offered, and what was accepted stays.
    """
    from wdlint.fixes.rounds import is_offered
    from wdlint.fixes.write import sweep

    sweep(run.folders)
    chooser = _Chooser(settings, choose)
    reports = [
        chooser.report_of(report) if any(map(is_offered, report.findings)) else report
        for report in run.reports
    ]
    return replace(run, reports=tuple(reports), fixed=tuple(chooser.fixed))


@dataclass(slots=True)
class _Chooser:
    settings: Settings
    choose: Choose
    fixed: list[FixedFile] = field(default_factory=list)
    quitting: bool = False

    def report_of(self, report: FileReport) -> FileReport:
        """The report on a file after its fixes were offered."""
        if self.quitting:
            return report
        path = report.path
        try:
            with open(path, "rb") as file:
                data = file.read()
            fixed = self._offer_all(path, engine.choices(data, path, self.settings))
        except OSError as error:
            return replace(report, errors=(*report.errors, FileError(path, reason(error))))
        except Exception as error:
            return replace(report, errors=(*report.errors, engine.internal_error(path, error)))
        self.fixed.append(fixed)
        return fixed.report

    def _offer_all(self, path: str, choices: Choices) -> FixedFile:
        rounds = choices.rounds
        uncommitted = False
        while (offer := choices.next_offer()) is not None:
            answer = self.choose(offer, rounds.report)
            if answer == "quit":
                self.quitting = True
                break
            if answer == "decline":
                choices.decline(offer)
                continue
            try:
                unknown = write(path, offer.before, offer.after)
            except OSError as error:
                choices.problems.append(_unwritten(path, error))
                break
            uncommitted = uncommitted or (unknown and not rounds.applied)
            choices.accept(offer)
        return FixedFile(
            path,
            rounds.data,
            tuple(rounds.applied),
            rounds.report,
            tuple(choices.problems),
            rounds.before,
            uncommitted,
        )
