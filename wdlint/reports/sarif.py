"""``sarif``: SARIF 2.1.0, for code-scanning services and editors.

Columns count code points. Fingerprints do not change when the code above a finding moves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from wdlint import knowledge
from wdlint.facts import Applicability, Edit, FileError, Finding, Fix, Place
from wdlint.fingerprints import fingerprinted
from wdlint.knowledge import Card
from wdlint.reports import Look, Run
from wdlint.reports.json import Positions, valid

Record: TypeAlias = dict[str, Any]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_PRECISION: Final = {"certain": "very-high", "likely": "high", "possible": "medium"}
_APPLICABLE: Final[frozenset[Applicability]] = frozenset({"safe", "unsafe"})


def render(run: Run, look: Look) -> str:
    """One SARIF log with one run."""
    cards = knowledge.cards()
    indices = {card.code: index for index, card in enumerate(cards)}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(cards, look.version)},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run.all_errors)],
                "results": list(_results(run, indices)),
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


# ------------------------------------------------------------------------------- rules


def _driver(cards: Iterable[Card], version: str) -> Record:
    rules = [_rule(card) for card in cards]
    return {"name": "wdlint", **({"semanticVersion": version} if version else {}), "rules": rules}


def _rule(card: Card) -> Record:
    return {
        "id": card.code,
        "name": card.name,
        "shortDescription": {"text": card.summary},
        "fullDescription": {"text": card.what.strip()},
        "help": {"text": _help(card, mark=""), "markdown": _help(card, mark="## ")},
        "defaultConfiguration": {"level": _LEVELS[card.severity], "enabled": not card.pedantic},
        "properties": {"tags": ["machine-learning", "weight-decay"], "problem.severity": _problem(card)},
    }


def _problem(card: Card) -> str:
    """GitHub's own scale for what is not a security problem."""
    return "recommendation" if card.severity == "info" else card.severity


def _help(card: Card, mark: str) -> str:
    """The card as Markdown, or as plain text when ``mark`` is empty."""
    fence = ("```text", "```") if mark else ("", "")
    references = [f"- [{r.title}]({r.url})" if mark else f"{r.title}: {r.url}" for r in card.references]
    sections = [
        ("What it reports", card.what),
        ("Why", card.why),
        ("Mathematics", "\n".join([fence[0], card.math.strip(), fence[1]])),
        ("Fix safety", card.fix_safety),
        ("Limits", card.limits),
        ("References", "\n".join(references)),
    ]
    written = [f"{mark}{title}\n\n{text.strip()}" for title, text in sections if text.strip()]
    return "\n\n".join(written) + "\n"


# ----------------------------------------------------------------------------- results


def _results(run: Run, indices: Mapping[str, int]) -> Iterable[Record]:
    positions = {report.path: report.positions for report in run.reports}
    for finding, fingerprint in fingerprinted(run.reports):
        result = _result(finding, indices, fingerprint)
        fix = finding.fix
        if fix is not None and fix.edits and fix.applicability in _APPLICABLE:
            path = finding.place.path
            result["fixes"] = [_fix(fix, path, positions.get(path, {}))]
        yield result


def _result(finding: Finding, indices: Mapping[str, int], fingerprint: str) -> Record:
    text = "\n".join([f"{valid(finding.message)}.", *map(valid, finding.math)])
    result: Record = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(finding.place, finding.label)],
        "partialFingerprints": {"ruleFileAndLine/v1": fingerprint},
        "properties": {"certainty": finding.certainty, "precision": _PRECISION[finding.certainty]},
    }
    if finding.code in indices:
        result["ruleIndex"] = indices[finding.code]
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(label.place, label.text)}
            for number, label in enumerate(finding.related, 1)
        ]
    if finding.fix is not None:
        result["properties"] |= _fix_properties(finding.fix)
    return result


def _location(place: Place, label: str) -> Record:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "charOffset": place.span.start,
        "charLength": place.span.end - place.span.start,
    }
    location: Record = {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}
    if label:
        location["message"] = {"text": valid(label)}
    return location


def _artifact(path: str) -> Record:
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path.encode("utf-8", "surrogateescape"))}


def _fix_properties(fix: Fix) -> Record:
    if fix.withheld is not None:
        return {"fixWithheld": valid(fix.withheld)}
    return {"applicability": fix.applicability, "cautions": [valid(caution) for caution in fix.cautions]}


def _fix(fix: Fix, path: str, positions: Positions) -> Record:
    replacements = [
        {"deletedRegion": _region(edit, positions), "insertedContent": {"text": valid(edit.text)}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(path), "replacements": replacements}
    return {"description": {"text": valid(fix.message)}, "artifactChanges": [change]}


def _region(edit: Edit, positions: Positions) -> Record:
    """By offset, as the edit is, and by line and column, as many readers want it."""
    start, end = edit.span
    region: Record = {"charOffset": start, "charLength": end - start}
    if start in positions and end in positions:
        region["startLine"], region["startColumn"] = positions[start]
        region["endLine"], region["endColumn"] = positions[end]
    return region


def _invocation(errors: Iterable[FileError]) -> Record:
    notifications = [_notification(error) for error in errors]
    return {
        "executionSuccessful": not notifications,
        **({"toolExecutionNotifications": notifications} if notifications else {}),
    }


def _notification(error: FileError) -> Record:
    place: Record = {"artifactLocation": _artifact(error.path)}
    if error.line is not None:
        place["region"] = {"startLine": error.line}
    message = {"text": valid(error.message)}
    return {"level": "error", "message": message, "locations": [{"physicalLocation": place}]}
