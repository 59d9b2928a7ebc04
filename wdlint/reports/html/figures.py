"""The figures of findings: pictures and tables, each in the page once, however often it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from wdlint.facts import CoupledDecay, Figures, Finding, Grouping, ParameterKind, SteadyDecay, Unknown, number
from wdlint.pictures import (
    Markup,
    Picture,
    Share,
    decay_by_gradient,
    element,
    gain_over_steps,
    norms_over_steps,
    shares_by_kind,
)
from wdlint.reports.html.text import join, prose, text
from wdlint.reports.parameters import Row, Sheet, decay_text, gap_texts, model_text, sheet_of_grouping
from wdlint.reports.summary import count

_ROWS: Final = 60
"""Rows of one table; a model of more parameter names is listed by ``wdlint params``."""

_ALL_ROWS: Final = 6000
"""Rows of all tables of a page, which keeps a page on a thousand models below 3 MB."""


@dataclass(slots=True)
class Gallery:
    """What has been shown so far, so that a second finding on the same model refers to the first."""

    pictures: dict[Picture, str] = field(default_factory=dict)
    tables: dict[tuple[object, ...], str] = field(default_factory=dict)
    rows: int = 0

    def pictures_of(self, finding: Finding) -> Markup | None:
        """The pictures of a finding; None where it has none."""
        figures = finding.figures
        if figures is None:
            return None
        shown = [self._figure(picture, given) for picture, given in _pictures(figures)]
        return element("div", *shown, class_="pictures") if shown else None

    def _figure(self, picture: Picture, given: str) -> Markup:
        new = picture not in self.pictures
        name = self.pictures.setdefault(picture, f"picture-{len(self.pictures) + 1}")
        drawing = element(
            "svg",
            element("use", href=f"#{name}"),
            viewBox=picture.view_box,
            role="img",
            aria_labelledby=f"{name}-title",
            aria_describedby=f"{name}-description",
        )
        words = f"{given}. {picture.description}" if new and given else picture.description if new else given
        caption = element("figcaption", element("b", text(f"{picture.title}.")), text(f" {words}".rstrip()))
        return element("figure", drawing, caption, class_="picture")

    def sprites(self) -> Markup:
        """The drawings themselves, which the figures refer to."""
        symbols = [
            element(
                "symbol",
                element("title", text(picture.title), id=f"{name}-title"),
                element("desc", text(picture.description), id=f"{name}-description"),
                picture.drawing,
                id=name,
                viewBox=picture.view_box,
            )
            for picture, name in self.pictures.items()
        ]
        return element("svg", *symbols, class_="sprites", width="0", height="0", aria_hidden="true")

    def tables_of(self, finding: Finding, anchor: str) -> Markup | None:
        """Every parameter of the finding's models; None where no model was followed."""
        figures = finding.figures
        if figures is None or not figures.groupings:
            return None
        path = finding.place.path
        before = [sheet_of_grouping(path, grouping) for grouping in figures.groupings]
        after = [sheet_of_grouping(path, grouping) for grouping in figures.fixed]
        key = (path, *figures.groupings, *figures.fixed)
        if key in self.tables:
            first = element("a", text("in the table of this finding"), href=f"#{self.tables[key]}")
            return element("p", text("The same parameters as "), first, text("."), class_="same")
        sheets = [self._sheet(path, s, a) for s, a in zip(before, after or [None] * len(before), strict=True)]
        self.tables[key] = anchor
        return join(*sheets)

    def _sheet(self, path: str, sheet: Sheet, after: Sheet | None) -> Markup:
        room = min(_ROWS, _ALL_ROWS - self.rows)
        rows = sheet.rows[:room]
        self.rows += len(rows)
        left = len(sheet.rows) - len(rows)
        rest = f"{left} more: wdlint params {path}" if rows else f"To list them: wdlint params {path}"
        notes = [sheet.basis, *gap_texts(path, sheet.model), rest if left else ""]
        return join(
            element("p", element("b", prose(model_text(path, sheet))), class_="model"),
            _table(rows, after) if rows else None,
            *(element("p", text(note), class_="note") for note in notes if note),
        )


# ------------------------------------------------------------------------------ pictures


def _pictures(figures: Figures) -> Iterator[tuple[Picture, str]]:
    """The pictures that can be drawn truly, each with what its numbers are."""
    match figures.decay:
        case CoupledDecay() as decay:
            for drawn in _coupled(decay):
                if drawn is not None:
                    yield drawn, decay.given
        case SteadyDecay(given=given, shrink=shrink):
            if (gain := gain_over_steps(shrink)) is not None:
                yield gain, given
    for i, grouping in enumerate(figures.groupings):
        if grouping.basis != "probes" and grouping.members:
            after = _shares(figures.fixed[i]) if figures.fixed else ()
            noun = (
                "parameter names" if any("*" in m.parameter.name for m in grouping.members) else "parameters"
            )
            yield shares_by_kind(_shares(grouping), after, noun), _whose(grouping, bool(after))


def _coupled(decay: CoupledDecay) -> Iterator[Picture | None]:
    names = {"optimizer": decay.optimizer, "twin": decay.twin, "eps": decay.eps}
    lr, wd = decay.lr, decay.weight_decay
    yield decay_by_gradient(lr, wd, symbol=decay.symbol, **names)
    if decay.takes_adams_steps:
        yield norms_over_steps(lr, wd, decay.low_rms, **names)


def _whose(grouping: Grouping, checked: bool) -> str:
    model = f"Of {grouping.model.name}" + ("" if grouping.model.complete else ", as far as it could be read")
    return f"{model}; after: the fixed program, followed anew" if checked else model


def _shares(grouping: Grouping) -> tuple[Share, ...]:
    """The parameters of a model counted by kind and by whether they are decayed."""
    counts: Counter[tuple[ParameterKind, str]] = Counter()
    for row in sheet_of_grouping("", grouping).rows:
        counts[row.parameter.kind, _fate(row)] += row.times
    kinds = dict.fromkeys(kind for kind, _ in counts)
    return tuple(
        Share(kind, counts[kind, "decayed"], counts[kind, "exempt"], counts[kind, "unclear"])
        for kind in kinds
    )


def _fate(row: Row) -> str:
    """``exempt`` is what is in no group, too: nothing decays it."""
    if row.decay is None:
        return "unclear" if row.groups or row.maybe else "exempt"
    value = None if isinstance(row.decay.value, Unknown) else number(row.decay.value)
    if value is None:
        return "unclear"
    return "decayed" if value > 0 else "exempt"


# -------------------------------------------------------------------------------- tables


def _table(rows: Sequence[Row], after: Sheet | None) -> Markup:
    fixed = _decays(after) if after is not None else {}
    changed = any(fixed.get(_key(row)) not in (None, _decay(row)) for row in rows)
    heads = ["parameter", "kind", "ndim", "group", "decay", *(["fixed"] if changed else []), "why"]
    body = [_row(row, fixed.get(_key(row), "?") if changed else None) for row in rows]
    head = element("thead", element("tr", *(element("th", text(name), scope="col") for name in heads)))
    table = element("table", head, element("tbody", *body))
    label = f"Parameters, {count(len(rows), 'row')}"
    return element("div", table, class_="table", tabindex="0", role="group", aria_label=label)


def _row(row: Row, fixed: str | None) -> Markup:
    parameter = row.parameter
    groups = ", ".join([*map(str, row.groups), *(f"{index}?" for index in row.maybe)]) or "-"
    times = f" (x{row.times})" if row.times > 1 else ""
    cells = [parameter.kind, "?" if parameter.ndim is None else str(parameter.ndim), groups, _decay(row)]
    changed = fixed is not None and fixed != _decay(row)
    return element(
        "tr",
        element("th", text(parameter.name + times), scope="row"),
        *(element("td", text(cell)) for cell in cells),
        *([element("td", text(fixed), class_="new" if changed else None)] if fixed is not None else []),
        element("td", text(row.why)),
    )


def _key(row: Row) -> tuple[object, ...]:
    return (row.parameter.name, row.parameter.kind, row.parameter.ndim)


def _decay(row: Row) -> str:
    return "-" if row.decay is None else decay_text(row.decay.value)


def _decays(sheet: Sheet) -> dict[tuple[object, ...], str]:
    """The decay of each parameter, of those that have one and not several."""
    found: dict[tuple[object, ...], set[str]] = {}
    for row in sheet.rows:
        found.setdefault(_key(row), set()).add(_decay(row))
    return {key: next(iter(decays)) for key, decays in found.items() if len(decays) == 1}
