"""A file on its way from the bytes it had to the bytes it gets, some fixes at a time.

Every round counts from the text as the one before has left it, and the file is checked again in
between. What is wrong with some bytes is asked of a function; nothing in here knows a check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from wdlint.facts import Edit, FileError, FileReport, Finding, Fix, Place, Span
from wdlint.fixes.edits import BrokenFix, apply
from wdlint.fixes.retired_imports import retire
from wdlint.sources.text import Source, SourceError, parse

Check: TypeAlias = Callable[[bytes], FileReport]

_ROUNDS: Final = 10
"""Rounds of fixing one file at most; two are usual, the second to see that nothing is left."""


@dataclass(slots=True)
class Rounds:
    """One file: its bytes now, what a check says of them, and the findings that are fixed already.

    The places of ``applied`` are those of the file as it was before the first round, so that they
    are the ones an earlier report named. ``imported_elsewhere`` tells whether another file takes a
    name from this one; imports that nothing reads any more go in the round that made them so.
    """

    path: str
    before: bytes
    report: FileReport
    check: Check
    imported_elsewhere: Callable[[str], bool] = lambda name: False
    data: bytes = b""
    applied: list[Finding] = field(default_factory=list)
    _edits: list[tuple[Edit, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = self.before

    def preview(self, findings: Sequence[Finding]) -> tuple[bytes, list[Finding]]:
        """The bytes with these findings fixed, as many as go together, and which those are.

        Raises:
            BrokenFix: see :func:`wdlint.fixes.edits.apply`.
        """
        data, done, _ = self._fixed(findings)
        return data, done

    def apply(self, findings: Sequence[Finding]) -> bool:
        """Fix these findings, as many as go together, and check again; whether anything was fixed."""
        data, done, edits = self._fixed(findings)
        if not done:
            return False
        self.applied.extend(self.original(finding) for finding in done)
        self._edits.extend(edits)
        self.data = data
        self.report = self.check(data)
        return True

    def _fixed(self, findings: Sequence[Finding]) -> tuple[bytes, list[Finding], list[tuple[Edit, ...]]]:
        """The bytes, the findings and the edits of a round: those of the fixes, then those of imports."""
        source = Source.decode(self.data, self.path)
        by_fix = {id(f.fix): f for f in findings}
        text, fixes = apply(source, [f.fix for f in findings if f.fix is not None])
        if not fixes:
            return self.data, [], []
        edits = [tuple(sorted({edit for fix in fixes for edit in fix.edits}))]
        data = source.encode(text)
        with suppress(SourceError, BrokenFix):  # an import too many does no harm
            now = Source.decode(data, self.path)
            before = parse(Source.decode(self.before, self.path))
            if (tidied := retire(before, now, parse(now), self.imported_elsewhere)) is not None:
                data = now.encode(apply(now, [tidied])[0])
                edits.append(tidied.edits)
        return data, [by_fix[id(fix)] for fix in fixes], edits

    def original(self, finding: Finding) -> Finding:
        """The finding at the place where it was before the first round."""
        if not self._edits:
            return finding
        start, end = finding.place.span
        for edits in reversed(self._edits):
            start, end = _before(start, edits), _before(end, edits)
        source = Source.decode(self.before, self.path)
        place = Place(self.path, Span(start, end), *source.position(start), *source.position(end))
        return replace(finding, place=place)


def _before(offset: int, edits: Sequence[Edit]) -> int:
    """Where an offset was before the edits; in new text, where in the old text that was put."""
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        if offset < start:
            break
        if offset < start + len(edit.text):
            return min(edit.span.start + offset - start, edit.span.end)
        shift += len(edit.text) - (edit.span.end - edit.span.start)
    return offset - shift


def fix_all(rounds: Rounds, wanted: Callable[[Finding], bool]) -> FileError | None:
    """Fix every wanted finding, again and again until nothing changes.

    The answer is the fix that broke the file, if one did; ``rounds`` is to be thrown away then.
    """
    for _ in range(_ROUNDS):
        findings = [finding for finding in rounds.report.findings if wanted(finding)]
        try:
            if not findings or not rounds.apply(findings):
                break
        except BrokenFix as error:
            return _taken_back(error, findings)
    return None


def _taken_back(error: BrokenFix, findings: Sequence[Finding]) -> FileError:
    blamed = next(finding for finding in findings if finding.fix is error.fix)
    message = f"the fix of {blamed.code} was taken back: {error.reason}"
    return FileError(blamed.place.path, message, blamed.place.line)


@dataclass(frozen=True, slots=True)
class Offer:
    """One fix that could be made now: the finding, and the file without and with it."""

    finding: Finding
    before: bytes
    after: bytes

    @property
    def fix(self) -> Fix:
        assert self.finding.fix is not None
        return self.finding.fix


@dataclass(slots=True)
class Choices:
    """The fixes of one file, offered one at a time, from the top of the file to its end.

    After one is accepted the file is checked again, and what is offered next is true of the new
    text. What was offered once, accepted or declined, is not offered again.
    """

    rounds: Rounds
    problems: list[FileError] = field(default_factory=list)
    _settled: set[tuple[str, Span]] = field(default_factory=set)

    def next_offer(self) -> Offer | None:
        for finding in self.rounds.report.findings:
            if not is_offered(finding) or self._key(finding) in self._settled:
                continue
            try:
                after, _ = self.rounds.preview([finding])
            except BrokenFix as error:
                self.problems.append(_taken_back(error, [finding]))
                self._settled.add(self._key(finding))
                continue
            return Offer(finding, self.rounds.data, after)
        return None

    def accept(self, offer: Offer) -> None:
        self._settled.add(self._key(offer.finding))
        self.rounds.apply([offer.finding])

    def decline(self, offer: Offer) -> None:
        self._settled.add(self._key(offer.finding))

    def _key(self, finding: Finding) -> tuple[str, Span]:
        return finding.code, self.rounds.original(finding).place.span


def is_offered(finding: Finding) -> bool:
    """Whether a finding has a fix that can be made at all, safe or unsafe."""
    return finding.fix is not None and bool(finding.fix.edits) and finding.fix.applicability != "display"


__all__ = ["Choices", "Offer", "Rounds", "fix_all", "is_offered"]
