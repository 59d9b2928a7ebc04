"""``junit``: JUnit XML as Surefire writes it, for Jenkins and whatever else shows test results.

A suite a file, a failed case a finding. Where there is nothing to report one case says that it passed,
since some readers take a report without cases for a run that broke.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from wdlint.facts import FileError, Finding
from wdlint.reports import Look, Run
from wdlint.reports.screen import printable
from wdlint.reports.summary import count

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 has no place for, not even as references."""


class _Case(NamedTuple):
    """A test case that did not pass: in an ``error`` nothing could be tested."""

    path: str
    name: str
    outcome: Literal["failure", "error"]
    kind: str
    message: str
    text: str

    def xml(self) -> str:
        head = f"    <testcase name={_attribute(self.name)} classname={_attribute(self.path)}>"
        said = f'type="{self.kind}" message={_attribute(self.message)}'
        return f"{head}\n      <{self.outcome} {said}>{_text(self.text)}</{self.outcome}>\n    </testcase>"


def render(run: Run, look: Look) -> str:
    """One XML document."""
    cases = [*map(_finding, run.findings), *map(_error, run.all_errors)]
    by_file: dict[str, list[_Case]] = {}
    for case in cases:
        by_file.setdefault(case.path, []).append(case)
    suites = [_suite(path, inside) for path, inside in by_file.items()] or [_passed(run)]
    head = f'<testsuites name="wdlint" {_numbers(cases)}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suite(path: str, cases: Sequence[_Case]) -> str:
    head = f'  <testsuite name={_attribute(path)} package="wdlint" {_numbers(cases)}>'
    return "\n".join([head, *(case.xml() for case in cases), "  </testsuite>"])


def _passed(run: Run) -> str:
    case = f'    <testcase name="{count(run.checked, "file")} checked" classname="wdlint"/>'
    return f'  <testsuite name="wdlint" package="wdlint" {_numbers(())}>\n{case}\n  </testsuite>'


def _numbers(cases: Sequence[_Case]) -> str:
    errors = sum(case.outcome == "error" for case in cases)
    return f'tests="{len(cases) or 1}" failures="{len(cases) - errors}" errors="{errors}"'


def _finding(finding: Finding) -> _Case:
    place = finding.place
    name = f"{finding.code} {finding.name} at {place.line}:{place.column}"
    where = f"{place.path}:{place.line}:{place.column}: {finding.code} {finding.message}"
    text = "\n".join([where, *finding.math, f"wdlint explain {finding.code}"])
    return _Case(place.path, name, "failure", finding.severity, finding.message, text)


def _error(error: FileError) -> _Case:
    where = ":".join(str(part) for part in (error.path, error.line, error.column) if part is not None)
    text = f"{where}: {error.message}"
    return _Case(error.path, "could not be checked", "error", "error", error.message, text)


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _text(text: str) -> str:
    return escape("\n".join(_clean(line) for line in text.split("\n")))


def _clean(text: str) -> str:
    """Text of one line that XML can hold: what it cannot is written as its escape."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", printable(text))
