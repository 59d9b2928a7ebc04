"""What makes a finding the same one tomorrow: its rule, its file and the text of its line.

Line numbers are no part of it, so that a finding stays what it is while the code around it moves.
Every report that needs an identity, and the baseline, take it from here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from wdlint.facts import FileReport, Finding

_LONGEST: Final = 160
"""Characters of a line kept as they are; a generated line can have a million."""


class Identity(NamedTuple):
    """The rule, the file and the line's text, its white space normalised.

    Two findings of one rule on equal lines of a file share one; their number tells them apart.
    """

    path: str
    code: str
    text: str


def identity(finding: Finding, lines: Mapping[int, str]) -> Identity:
    """The identity of a finding in a file whose ``lines`` are given by their 1-based numbers."""
    text = " ".join(lines.get(finding.place.line, "").split())
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… {_digest(text)[:12]}"
    return Identity(finding.place.path.replace("\\", "/"), finding.code, _valid(text))


def fingerprinted(reports: Iterable[FileReport]) -> Iterator[tuple[Finding, str]]:
    """Every finding, in the order of the reports, with 32 hexadecimal digits that no other one has."""
    seen: Counter[Identity] = Counter()
    for report in reports:
        for finding in report.findings:
            same = identity(finding, report.lines)
            seen[same] += 1
            yield finding, _digest("\n".join((*same, str(seen[same]))))[:32]


def _digest(text: str) -> str:
    return hashlib.sha256(_valid(text).encode()).hexdigest()


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


__all__ = ["Identity", "fingerprinted", "identity"]
