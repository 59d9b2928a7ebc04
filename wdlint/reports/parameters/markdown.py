"""``markdown``: the parameters as tables for an issue or a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wdlint.reports import Look
from wdlint.reports.parameters import (
    ParameterReport,
    Sheet,
    gap_texts,
    group_text,
    key_of,
    model_text,
    optimizer_text,
    sheet_of,
    sheets_of,
    unknown_text,
)
from wdlint.reports.parameters.table import HEADINGS, cells
from wdlint.reports.screen import printable


def render(reports: Sequence[ParameterReport], look: Look) -> str:
    """A heading for each optimizer or class, its groups, and a table for each model."""
    lines = [line for report in reports for line in _report(report)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _report(report: ParameterReport) -> Iterator[str]:
    path = report.path
    if report.model is not None:
        yield from (f"### {_text(report.model.name)}", "")
        yield from _sheet(path, sheet_of(path, report.model))
    elif not report.sites:
        yield from (f"### {_text(path)}", "", "No optimizer is built here.", "")
    for site in report.sites:
        yield from (f"### {_text(path)}:{site.place.line} {_text(optimizer_text(site))}", "")
        sheets = list(sheets_of(path, site))
        decays = [group.decay for group in (sheets[0].groups if sheets else site.groups)]
        yield from (f"- {_text(group_text(path, i, d, key_of(site)))}" for i, d in enumerate(decays))
        yield from [""] if decays else []
        if not sheets:
            yield from (f"Parameters not known: {_text(unknown_text(site))}.", "")
        for sheet in sheets:
            yield from _sheet(path, sheet)


def _sheet(path: str, sheet: Sheet) -> Iterator[str]:
    yield from (f"{_text(model_text(path, sheet))}", "")
    if sheet.basis:
        yield from (f"{_text(sheet.basis)}", "")
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "| " + " | ".join("---:" if name in ("ndim", "group") else "---" for name in HEADINGS) + " |"
    for row in sheet.rows:
        name, *rest = map(_text, cells(row))
        yield f"| `{name}` | " + " | ".join(rest) + " |"
    yield ""
    for gap in gap_texts(path, sheet.model):
        yield f"- {_text(gap)}"
    if sheet.model.gaps:
        yield ""


def _text(text: str) -> str:
    return printable(text).replace("|", "\\|")
