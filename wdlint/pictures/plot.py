"""A plot: two axes, and lines, marks and words placed by the quantities they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from wdlint.explain import format_number
from wdlint.pictures.markup import Markup, coordinate, element, escaped
from wdlint.pictures.picture import FONT
from wdlint.pictures.scales import Scale

INK: Final = "currentColor"
COUPLED: Final = "var(--wdlint-coupled, #c2410c)"
DECOUPLED: Final = "var(--wdlint-decoupled, #0f766e)"
PAPER: Final = "var(--wdlint-paper, #fff)"

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of ``width`` x ``height`` units whose axes leave the margins free."""

    x: Scale
    y: Scale
    width: int = 520
    height: int = 290
    left: int = 62
    right: int = 18
    top: int = 14
    bottom: int = 48

    def at(self, x: float, y: float) -> Point:
        """Where a pair of quantities lies in the drawing."""
        across = self.width - self.left - self.right
        up = self.height - self.top - self.bottom
        return (
            self.left + across * self.x.fraction(x),
            self.height - self.bottom - up * self.y.fraction(y),
        )

    def axes(self, x_name: str, y_name: str, *, x_ticks: int = 6, y_ticks: int = 6) -> Markup:
        """The axes with their numbers and names, and a faint line for each number."""
        parts: list[Markup] = []
        for value in self.x.ticks(x_ticks):
            across, foot = self.at(value, self.y.low)
            parts.append(_grid(across, self.top, across, foot))
            parts.append(words(across, foot + 18, format_number(value), anchor="middle", faint=True))
        for value in self.y.ticks(y_ticks):
            start, up = self.at(self.x.low, value)
            parts.append(_grid(start, up, self.width - self.right, up))
            parts.append(words(start - 8, up + 4, format_number(value), anchor="end", faint=True))
        start, foot = self.at(self.x.low, self.y.low)
        frame = f"M{coordinate(start)} {self.top}V{coordinate(foot)}H{self.width - self.right}"
        parts.append(element("path", d=frame, fill="none", stroke=INK, stroke_opacity=0.5))
        middle = (start + self.width - self.right) / 2
        parts.append(words(middle, self.height - 8, x_name, anchor="middle"))
        height = (self.top + foot) / 2
        turn = f"rotate(-90 14 {coordinate(height)})"
        parts.append(words(14, height, y_name, anchor="middle", transform=turn))
        return Markup("".join(parts))

    def line(
        self, points: Sequence[Point], colour: str, *, width: float = 2, dashes: str | None = None
    ) -> Markup:
        """A line through points given by their quantities."""
        placed = [self.at(*point) for point in points]
        path = "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in placed)
        return element(
            "path",
            d=path,
            fill="none",
            stroke=colour,
            stroke_width=width,
            stroke_dasharray=dashes,
            stroke_linejoin="round",
        )

    def curve(
        self, function: Callable[[float], float], colour: str, *, width: float = 2, dashes: str | None = None
    ) -> Markup:
        """A function of a positive x, drawn at equal ratios from end to end."""
        ratio = self.x.high / self.x.low
        xs = [self.x.low * ratio ** (i / _CURVE) for i in range(_CURVE + 1)]
        return self.line([(x, function(x)) for x in xs], colour, width=width, dashes=dashes)

    def mark(self, x: float, y: float, colour: str) -> Markup:
        """A dot with a rim in the colour of the page, so that it stands out from its line."""
        across, up = self.at(x, y)
        return element("circle", cx=across, cy=up, r=4.5, fill=colour, stroke=PAPER, stroke_width=1.5)

    def label(
        self,
        x: float,
        y: float,
        text: str,
        colour: str = INK,
        *,
        anchor: Anchor = "start",
        right: float = 0,
        down: float = 0,
    ) -> Markup:
        """Words at a pair of quantities, moved ``right`` and ``down`` by units of the drawing.

        A rim in the colour of the page keeps them readable where they cross a line.
        """
        across, up = self.at(x, y)
        return words(across + right, up + down, text, colour, anchor=anchor, rim=True)


_CURVE: Final = 40
"""Straight pieces of which a curve is made."""


def words(
    x: float,
    y: float,
    text: str,
    colour: str = INK,
    *,
    anchor: Anchor = "start",
    faint: bool = False,
    rim: bool = False,
    transform: str | None = None,
) -> Markup:
    """Text whose baseline starts, ends or is centred at a point."""
    return element(
        "text",
        escaped(text),
        x=x,
        y=y,
        fill=colour,
        fill_opacity=0.8 if faint else None,
        font_family=FONT,
        font_size=12,
        text_anchor=None if anchor == "start" else anchor,
        stroke=PAPER if rim else None,
        stroke_width=4 if rim else None,
        stroke_linejoin="round" if rim else None,
        paint_order="stroke" if rim else None,
        transform=transform,
    )


def _grid(x1: float, y1: float, x2: float, y2: float) -> Markup:
    path = f"M{coordinate(x1)} {coordinate(y1)}L{coordinate(x2)} {coordinate(y2)}"
    return element("path", d=path, stroke=INK, stroke_opacity=0.1)
