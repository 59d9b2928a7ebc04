"""``table``: the parameters for a reader at a terminal, in the order in which they are registered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from wdlint.reports import Look
from wdlint.reports.palette import Palette, Style
from wdlint.reports.parameters import (
    ParameterReport,
    Row,
    Sheet,
    decay_text,
    gap_texts,
    group_text,
    key_of,
    model_text,
    optimizer_text,
    place_text,
    sheet_of,
    sheets_of,
    unknown_text,
)
from wdlint.reports.screen import cell, columns, printable, wrap

HEADINGS: Final = ("parameter", "kind", "ndim", "group", "decay", "certainty", "why")
_RIGHT: Final = frozenset({"ndim", "group"})
_GAP: Final = "  "
_NARROWEST_NAME: Final = 24
_NARROWEST_WHY: Final = 22
_CUT: Final = "…"


def render(reports: Sequence[ParameterReport], look: Look) -> str:
    """A block for each optimizer, or for a class."""
    blocks = [block for report in reports for block in _blocks(report, look)]
    return "\n".join("".join(f"{line.rstrip()}\n" for line in block) for block in blocks)


def _blocks(report: ParameterReport, look: Look) -> Iterator[list[str]]:
    path, paint = report.path, look.palette.paint
    if report.model is not None:
        yield list(_sheet(path, sheet_of(path, report.model), look))
    elif not report.sites:
        yield [f"{paint(printable(path), 'bold')}: no optimizer is built here"]
    for site in report.sites:
        head = f"{paint(printable(path), 'bold')}:{site.place.line}: {paint(optimizer_text(site), 'bold')}"
        owner = f" in {printable(site.owner)}" if site.owner else ""
        lines = [head + owner]
        sheets = list(sheets_of(path, site))
        if not sheets:
            for i, group in enumerate(site.groups):
                lines += wrap(group_text(path, i, group.decay, key_of(site)), look.columns, "    ", "  ")
            lines += wrap(f"parameters not known: {unknown_text(site)}", look.columns, "    ", "  ")
        for sheet in sheets:
            for i, built in enumerate(sheet.groups):
                lines += wrap(group_text(path, i, built.decay, key_of(site)), look.columns, "    ", "  ")
            lines += ["", *_sheet(path, sheet, look)]
        yield lines


def _sheet(path: str, sheet: Sheet, look: Look) -> Iterator[str]:
    title = wrap(model_text(path, sheet), look.columns)
    yield look.palette.paint(title[0], "bold")
    yield from title[1:]
    if sheet.caller is not None:
        yield from wrap(f"handed over at {place_text(path, sheet.caller)}", look.columns, "  ", "  ")
    if sheet.basis:
        yield from wrap(sheet.basis, look.columns, "  ", "  ")
    if sheet.rows:
        yield from _table(sheet, look)
    for gap in gap_texts(path, sheet.model):
        yield from wrap(gap, look.columns, "    ", "  ")


def _table(sheet: Sheet, look: Look) -> Iterator[str]:
    rows = [cells(row) for row in sheet.rows]
    shown = [i for i, name in enumerate(HEADINGS) if name != "group" or sheet.groups]
    shown = [i for i in shown if HEADINGS[i] != "decay" or sheet.groups]
    widths = {i: max(columns(r[i]) for r in (HEADINGS, *rows)) for i in shown}
    last = shown[-1]
    fixed = sum(widths[i] + len(_GAP) for i in shown if i not in (0, last)) + len(_GAP) + 2
    room = look.columns - fixed
    widths[0] = min(widths[0], max(_NARROWEST_NAME, room - min(widths[last], 44)))
    widths[last] = max(_NARROWEST_WHY, room - widths[0])
    yield _line(HEADINGS, shown, widths, look.palette, "dim")
    for row, texts in zip(sheet.rows, rows, strict=True):
        why, *more = wrap(texts[last], widths[last])
        yield _line((*texts[:last], why), shown, widths, look.palette, _style(row, sheet))
        indent = 2 + sum(widths[i] + len(_GAP) for i in shown[:-1])
        yield from (" " * indent + rest for rest in more)


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row under the ``HEADINGS``."""
    parameter = row.parameter
    groups = [*map(str, row.groups), *(f"{index}?" for index in row.maybe)]
    several = f" (x{row.times})" if row.times > 1 else ""
    return (
        printable(parameter.name) + several,
        parameter.kind,
        "?" if parameter.ndim is None else str(parameter.ndim),
        ", ".join(groups) or "-",
        "-" if row.decay is None else decay_text(row.decay.value),
        row.certainty,
        row.why,
    )


def _style(row: Row, sheet: Sheet) -> Style:
    """Red: never trained, or refused by torch. Yellow: a decayed norm or bias. Dim: in doubt."""
    if row.certainty == "possible":
        return "dim"
    orphan = bool(sheet.groups) and not row.groups and row.parameter.trainable is True
    if len(row.groups) > 1 or orphan:
        return "red"
    if row.parameter.kind in ("norm", "bias") and row.decay and decay_text(row.decay.value) not in ("0", "?"):
        return "yellow"
    return ""


def _line(
    texts: Sequence[str], shown: Sequence[int], widths: dict[int, int], palette: Palette, style: Style
) -> str:
    parts = []
    for i in shown:
        text = _cut(texts[i], widths[i])
        space = " " * (widths[i] - columns(text))
        parts.append(space + text if HEADINGS[i] in _RIGHT else text + space)
    return "  " + palette.paint(_GAP.join(parts).rstrip(), style)


def _cut(text: str, width: int) -> str:
    """The end of a name says most, so a long one loses its beginning."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in reversed(text):
        if columns(kept) + cell(character)[1] >= width:
            break
        kept = character + kept
    return _CUT + kept
