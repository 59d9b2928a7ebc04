"""The pictures of findings, each in the page once, however often it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from wdlint.facts import CoupledDecay, Figures, Finding, Model, SteadyDecay, number
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
from wdlint.reports.html.models import FollowedModel, followed_models
from wdlint.reports.html.text import same_as, text
from wdlint.reports.parameters import Row

MOST_PICTURES: Final = 30
"""Drawings in a page from which on no finding gets its own: each costs 8 kB, and 15 ms to make."""


@dataclass(slots=True)
class Gallery:
    """The pictures shown so far, by the names under which they are drawn.

    ``left_out`` counts the findings that came when there were enough.
    """

    pictures: dict[Picture, str] = field(default_factory=dict)
    anchors: dict[tuple[tuple[Picture, str], ...], str] = field(default_factory=dict)
    left_out: int = 0

    def of(self, finding: Finding, anchor: str) -> Markup | None:
        """The pictures of a finding, or which finding has the same; None where there is nothing to draw."""
        figures = finding.figures
        if figures is None:
            return None
        if len(self.pictures) >= MOST_PICTURES:
            self.left_out += 1
            return None
        pictures = tuple(_pictures(figures))
        if not pictures:
            return None
        if pictures in self.anchors:
            return same_as(self.anchors[pictures])
        self.anchors[pictures] = anchor
        return element("div", *(self._figure(*each) for each in pictures), class_="pictures")

    def _figure(self, picture: Picture, given: str) -> Markup:
        """A picture with a caption; what is to be seen in a plot is said in words the first time."""
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
        said = f"{given}. {picture.description}" if new and picture.is_plot else f"{given}."
        caption = element("figcaption", element("b", text(f"{picture.title}.")), text(f" {said}"))
        return element("figure", drawing, caption, class_="picture")

    def drawings(self) -> Markup:
        """The drawings themselves, to which the figures refer."""
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
        return element("svg", *symbols, class_="drawings", width="0", height="0", aria_hidden="true")


def _pictures(figures: Figures) -> Iterator[tuple[Picture, str]]:
    """The pictures that can be drawn truly, each with what it is drawn from."""
    match figures.decay:
        case CoupledDecay() as decay:
            for drawn in _coupled(decay):
                if drawn is not None:
                    yield drawn, decay.given
        case SteadyDecay(given=given, shrink=shrink):
            if (gain := gain_over_steps(shrink)) is not None:
                yield gain, given
    for model in followed_models("", figures):
        if model.rows and not model.made_of_probes:
            yield _by_kind(model), _whose(model.sheet.model, model.fixed is not None)


def _coupled(decay: CoupledDecay) -> Iterator[Picture | None]:
    lr, wd, eps = decay.lr, decay.weight_decay, decay.eps
    name, twin = decay.optimizer, decay.twin
    yield decay_by_gradient(lr, wd, eps=eps, symbol=decay.symbol, optimizer=name, twin=twin)
    if decay.takes_adams_steps:
        yield norms_over_steps(lr, wd, decay.low_rms, eps=eps, optimizer=name, twin=twin)


def _by_kind(model: FollowedModel) -> Picture:
    before = _shares((row.parameter.kind, _fate(row), row.times) for row in model.rows)
    after: tuple[Share, ...] = ()
    if model.fixed is not None:
        fates = (_joint(rows) for rows in model.fixed)
        counted = zip(model.rows, fates, strict=True)
        after = _shares((row.parameter.kind, fate, row.times) for row, fate in counted)
    named = any("*" in row.parameter.name for row in model.rows)
    return shares_by_kind(before, after, "parameter names" if named else "parameters")


_Fate: TypeAlias = Literal["decayed", "exempt", "unclear"]


def _shares(counted: Iterable[tuple[str, _Fate, int]]) -> tuple[Share, ...]:
    counts: Counter[tuple[str, _Fate]] = Counter()
    for kind, fate, times in counted:
        counts[kind, fate] += times
    return tuple(
        Share(kind, counts[kind, "decayed"], counts[kind, "exempt"], counts[kind, "unclear"])
        for kind in dict.fromkeys(kind for kind, _ in counts)
    )


def _fate(row: Row) -> _Fate:
    """What is in no group is ``exempt``, too: nothing decays it."""
    if row.decay is None:
        return "unclear" if row.groups or row.maybe else "exempt"
    value = number(row.decay.value)
    if value is None:
        return "unclear"
    return "decayed" if value > 0 else "exempt"


def _joint(rows: Iterable[Row]) -> _Fate:
    fates = {_fate(row) for row in rows}
    return fates.pop() if len(fates) == 1 else "unclear"


def _whose(model: Model, fixed: bool) -> str:
    words = f"Of {model.name}" + ("" if model.complete else ", as far as it could be read")
    return f"{words}; after the fix, as the fixed program was followed" if fixed else words
