"""Fixes that somebody chooses, one at a time; each accepted one is in the file before the next is offered.

Who chooses, and how, is a function: a prompt at a terminal, or a list of answers in a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from wdlint import engine
from wdlint.engine import FixedFile, Run
from wdlint.facts import FileError, FileReport
from wdlint.fixes.rounds import Choices, Offer, is_offered
from wdlint.fixes.write import sweep
from wdlint.settings import Settings

Answer: TypeAlias = Literal["accept", "decline", "quit"]
Choose: TypeAlias = Callable[[Offer, FileReport], Answer]
"""Is asked about an offer, with the report on the file as it is now."""


def fix_chosen(run: Run, settings: Settings, choose: Choose) -> Run:
    """Offer every fix of a run that has only checked; the run as it is after the answers.

    After *quit* nothing more is offered, and what was accepted stays.
    """
    sweep(sorted({os.path.dirname(os.path.realpath(report.path)) for report in run.reports}))
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
            return replace(report, errors=(*report.errors, FileError(path, engine.reason(error))))
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
                written = engine.write(FixedFile(path, offer.after, (), rounds.report, (), offer.before))
            except OSError as error:
                choices.problems.append(FileError(path, f"could not be written: {engine.reason(error)}"))
                break
            uncommitted = uncommitted or (written.uncommitted and not rounds.applied)
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
