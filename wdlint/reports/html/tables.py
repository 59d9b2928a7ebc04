"""The parameters of findings as tables, each in the page once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wdlint.facts import Finding
from wdlint.pictures import Markup, element
from wdlint.reports.html.models import FollowedModel, decay_of, decays_of, followed_models
from wdlint.reports.html.text import join, prose, same_as, text
from wdlint.reports.parameters import Row, gap_texts, model_text
from wdlint.reports.summary import count

_ROWS: Final = 60
"""Rows of one table; a model of more parameter names is listed by ``wdlint params``."""

_ALL_ROWS: Final = 500
"""Rows of all tables of a page, which keeps one on a thousand models below 3 MB."""


@dataclass(slots=True)
class Tables:
    """The tables shown so far: a second finding on the same parameters refers to the first."""

    anchors: dict[tuple[object, ...], str] = field(default_factory=dict)
    rows: int = 0

    def of(self, finding: Finding, anchor: str) -> Markup | None:
        """Every parameter of a finding's models; None where none was followed."""
        figures = finding.figures
        if figures is None or not figures.groupings:
            return None
        path = finding.place.path
        key = (path, *figures.groupings, *figures.fixed)
        if key in self.anchors:
            return same_as(self.anchors[key])
        self.anchors[key] = anchor
        return join(*(self._model(path, model) for model in followed_models(path, figures)))

    def _model(self, path: str, model: FollowedModel) -> Markup:
        shown = max(0, min(len(model.rows), _ROWS, _ALL_ROWS - self.rows))
        if model.rows and not shown:
            return element("p", text(f"To list them: wdlint params {path}"), class_="note")
        self.rows += shown
        left = len(model.rows) - shown
        rest = f"{left} more: wdlint params {path}" if left else ""
        notes = [model.sheet.basis, *gap_texts(path, model.sheet.model), rest]
        return join(
            element("p", prose(model_text(path, model.sheet)), class_="model"),
            _table(model, shown) if shown else None,
            *(element("p", text(note), class_="note") for note in notes if note),
        )


def _table(model: FollowedModel, shown: int) -> Markup:
    fixed = [decays_of(rows) for rows in model.fixed] if model.fixed is not None else []
    changes = any(after != decay_of(row) for row, after in zip(model.rows, fixed, strict=False))
    heads = ["parameter", "kind", "ndim", "group", "decay", *(["fixed"] if changes else []), "why"]
    body = [_row(row, fixed[i] if changes else None) for i, row in enumerate(model.rows[:shown])]
    head = element("thead", element("tr", *(element("th", text(name), scope="col") for name in heads)))
    table = element("table", head, element("tbody", *body))
    label = f"Parameters, {count(shown, 'row')}"
    return element("div", table, class_="table", tabindex="0", role="group", aria_label=label)


def _row(row: Row, fixed: str | None) -> Markup:
    parameter = row.parameter
    times = f" (x{row.times})" if row.times > 1 else ""
    ndim = "?" if parameter.ndim is None else str(parameter.ndim)
    after: list[Markup] = []
    if fixed is not None:
        after.append(element("td", text(fixed), class_="new" if fixed != decay_of(row) else None))
    return element(
        "tr",
        element("th", text(parameter.name + times), scope="row"),
        *(element("td", text(cell)) for cell in (parameter.kind, ndim, _groups(row), decay_of(row))),
        *after,
        element("td", text(row.why)),
    )


def _groups(row: Row) -> str:
    named: Sequence[str] = [*map(str, row.groups), *(f"{index}?" for index in row.maybe)]
    return ", ".join(named) or "-"
