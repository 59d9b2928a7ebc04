"""What was found, in numbers: the head of the page, by rule, by file, and what could not be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from wdlint.choices import CERTAINTIES, SEVERITIES
from wdlint.facts import FileError, Finding
from wdlint.knowledge import card
from wdlint.pictures import Markup, element
from wdlint.reports import Look, Run
from wdlint.reports.html.article import MENDINGS, mending
from wdlint.reports.html.text import join, prose, text
from wdlint.reports.summary import sentences


def head(run: Run, look: Look) -> Markup:
    """The name of the page and what was found, in sentences."""
    said = " ".join(sentences(run, look)) or "No Python files were checked."
    return element(
        "header",
        element("p", text(f"wdlint {look.version}".strip()), class_="brand"),
        element("h1", text("Weight decay report")),
        element("p", text(said), class_="lead"),
        class_="top",
    )


def overview(run: Run) -> Markup:
    """The section of numbers."""
    findings = run.findings
    parts = [element("h2", text("Summary"), id="summary-title")]
    if findings:
        parts += [_tiles(findings), _by_rule(findings), _by_file(findings)]
    if run.all_errors:
        parts.append(_errors(run.all_errors))
    return element("section", *parts, id="summary", aria_labelledby="summary-title")


def _tiles(findings: Sequence[Finding]) -> Markup:
    severities = Counter(finding.severity for finding in findings)
    sure = Counter(finding.certainty for finding in findings)
    mended = Counter(map(mending, findings))
    tiles = [
        *(_tile(severities[kind], kind, kind) for kind in SEVERITIES if severities[kind]),
        *(_tile(sure[kind], kind) for kind in CERTAINTIES if sure[kind]),
        *(_tile(mended[kind], words) for kind, words in MENDINGS.items() if mended[kind]),
    ]
    return element("dl", *tiles, class_="tiles")


def _tile(number: int, name: str, class_: str | None = None) -> Markup:
    words = name + (_ENDINGS.get(name, "") if number != 1 else "")
    return element("div", element("dt", text(words)), element("dd", text(str(number))), class_=class_)


_ENDINGS: Final = {"error": "s", "warning": "s", "safe fix": "es", "unsafe fix": "es"}
"""Of the words that have a plural."""


def _by_rule(findings: Sequence[Finding]) -> Markup:
    rows = []
    for code in sorted({finding.code for finding in findings}):
        found = [finding for finding in findings if finding.code == code]
        known = card(code)
        link = element("a", text(f"{code} {found[0].name}"), href=f"#{rule_anchor(code)}")
        safe = sum(mending(finding) == "safe" for finding in found)
        unsafe = sum(mending(finding) == "unsafe" for finding in found)
        rows.append(
            element(
                "tr",
                element("th", link, scope="row"),
                element("td", prose(known.summary if known else ""), class_="what"),
                *(element("td", text(str(number)), class_="number") for number in (len(found), safe, unsafe)),
            )
        )
    return _table("By rule", ("rule", "what it says", "found", "safe fixes", "unsafe fixes"), rows)


def _by_file(findings: Sequence[Finding]) -> Markup:
    first: dict[str, int] = {}
    for number, finding in enumerate(findings, 1):
        first.setdefault(finding.place.path, number)
    counts = Counter(finding.place.path for finding in findings)
    rows = [
        element(
            "tr",
            element("th", element("a", element("code", text(path)), href=f"#finding-{number}"), scope="row"),
            element("td", text(str(counts[path])), class_="number"),
        )
        for path, number in first.items()
    ]
    table = _table("By file", ("file", "found"), rows)
    if len(rows) <= 12:
        return table
    return element("details", element("summary", text(f"By file: {len(rows)} files")), table)


_STYLES: Final = {"what it says": "what", **dict.fromkeys(("found", "safe fixes", "unsafe fixes"), "number")}


def _table(caption: str, heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    cells = [element("th", text(name), scope="col", class_=_STYLES.get(name)) for name in heads]
    head = element("thead", element("tr", *cells))
    table = element("table", element("caption", text(caption)), head, element("tbody", *rows))
    return element("div", table, class_="table overview", tabindex="0", role="group", aria_label=caption)


def _errors(errors: Sequence[FileError]) -> Markup:
    rows = [
        element("li", element("code", text(_place(error))), text(f" {error.message}")) for error in errors
    ]
    heading = element("h3", text("What could not be checked"))
    return join(heading, element("ul", *rows, class_="errors"))


def _place(error: FileError) -> str:
    return ":".join(str(part) for part in (error.path, error.line, error.column) if part is not None)


def rule_anchor(code: str) -> str:
    """Where the findings of a rule start."""
    return f"rule-{code}"
