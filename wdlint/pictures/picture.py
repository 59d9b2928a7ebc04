"""A picture: its drawing, and what it says to a reader who does not see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wdlint.pictures.markup import Markup, element, escaped

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


@dataclass(frozen=True, slots=True)
class Picture:
    """``title`` says what is shown, ``description`` what is to be seen there, in one or two sentences.

    ``width`` and ``height`` are in the units of the drawing, in which letters are 12 high. The bars of
    one that is no plot carry their numbers, so that a caption need not repeat them.
    """

    title: str
    description: str
    width: int
    height: int
    drawing: Markup
    is_plot: bool = True

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"

    def svg(self) -> Markup:
        """The picture as an element of its own."""
        return element(
            "svg",
            element("title", escaped(self.title)),
            element("desc", escaped(self.description)),
            self.drawing,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=self.view_box,
            role="img",
        )
