"""``gitlab``: a Code Quality report, which GitLab shows in merge requests.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. GitLab tells old from new
by the fingerprints alone, so that none may come twice or depend on a line number.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from wdlint.facts import FileError, Finding
from wdlint.fingerprints import fingerprinted
from wdlint.reports import Look, Run
from wdlint.reports.json import Record, valid

_SEVERITIES: Final = {"error": "major", "warning": "minor", "info": "info"}
_UNCHECKED: Final = "critical"
"""A file that could not be checked is worse than any finding: nothing is known about it."""


def render(run: Run, look: Look) -> str:
    """One JSON array."""
    issues = [_finding(finding, fingerprint) for finding, fingerprint in fingerprinted(run.reports)]
    issues += [_error(error) for error in dict.fromkeys(run.all_errors)]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, fingerprint: str) -> Record:
    place = finding.place
    begin = {"line": place.line, "column": place.column}
    end = {"line": place.end_line, "column": place.end_column}
    return {
        "description": f"{valid(finding.message)}.",
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": valid(place.path),
            "lines": {"begin": place.line, "end": place.end_line},
            "positions": {"begin": begin, "end": end},
        },
    }


def _error(error: FileError) -> Record:
    key = "\n".join(map(valid, ("could not be checked", error.path, error.message)))
    return {
        "description": valid(error.message),
        "check_name": "wdlint: could not be checked",
        "fingerprint": hashlib.sha256(f"{key}\n{error.line}".encode()).hexdigest()[:32],
        "severity": _UNCHECKED,
        "location": {"path": valid(error.path), "lines": {"begin": error.line or 1}},
    }
