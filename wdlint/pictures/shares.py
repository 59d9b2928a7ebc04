"""How many parameters of each kind are decayed and how many are not, before and after a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from wdlint.pictures.markup import Markup, element
from wdlint.pictures.picture import Picture
from wdlint.pictures.plot import COUPLED, DECOUPLED, INK, words

KINDS: Final = ("weight", "embedding", "position", "scale", "norm", "bias", "other")
"""The order of the rows: what is usually decayed first."""

_WIDTH: Final = 520
_LEFT: Final = 86
_BAR: Final = 15
_ROOM: Final = 280
"""Units of the longest bar."""


class Share(NamedTuple):
    """The parameters of one kind: decayed, not decayed, and those of which that is not known."""

    kind: str
    decayed: int = 0
    exempt: int = 0
    unclear: int = 0

    @property
    def total(self) -> int:
        return self.decayed + self.exempt + self.unclear


def shares_by_kind(before: Sequence[Share], after: Sequence[Share] = (), noun: str = "parameters") -> Picture:
    """A bar for each kind that has parameters, and below it one for ``after`` where that is given."""
    kinds = [kind for kind in KINDS if any(s.kind == kind and s.total for s in (*before, *after))]
    longest = max((share.total for share in (*before, *after)), default=1) or 1
    parts: list[Markup] = list(_legend(any(share.unclear for share in (*before, *after))))
    y = 34.0
    for kind in kinds:
        sides = [("before", _share(before, kind)), ("after", _share(after, kind))][: 2 if after else 1]
        middle = y + len(sides) * (_BAR + 3) / 2 + 3
        parts.append(words(_LEFT - 12, middle, kind, anchor="end"))
        for side, share in sides:
            parts += _bar(y, share, longest, side if after else "")
            y += _BAR + 3
        y += 10
    return Picture(
        "Parameters by kind, decayed or not" + (", before and after the fix" if after else ""),
        _description("Before: " if after else "", kinds, before, noun)
        + (_description(" After: ", kinds, after, noun) if after else ""),
        _WIDTH,
        round(y + 2),
        Markup("".join(parts)),
        is_plot=False,
    )


def _share(shares: Sequence[Share], kind: str) -> Share:
    return next((share for share in shares if share.kind == kind), Share(kind))


def _bar(y: float, share: Share, longest: int, side: str) -> Iterator[Markup]:
    x = float(_LEFT)
    for count, style in ((share.decayed, "decayed"), (share.exempt, "exempt"), (share.unclear, "unclear")):
        if count:
            width = _ROOM * count / longest
            yield _box(x, y, width, style)
            x += width
    yield words(x + 8, y + _BAR - 3, ", ".join(_counts(share)) + (f" {side}" if side else ""), faint=True)


def _box(x: float, y: float, width: float, style: str) -> Markup:
    """Filled where decayed, hollow where not, hatched by a broken rim where not known."""
    colour = {"decayed": COUPLED, "exempt": DECOUPLED, "unclear": INK}[style]
    return element(
        "rect",
        x=x + 1,
        y=y + 1,
        width=max(width - 2, 1),
        height=_BAR - 2,
        rx=2,
        fill=colour,
        fill_opacity=None if style == "decayed" else 0.1,
        stroke=colour,
        stroke_width=1.5,
        stroke_dasharray="3 2" if style == "unclear" else None,
    )


def _legend(unclear: bool) -> Iterator[Markup]:
    entries = [("decayed", "decayed"), ("exempt", "not decayed"), *([("unclear", "not known")] * unclear)]
    x = float(_LEFT)
    for style, text in entries:
        yield _box(x, 6, 22, style)
        yield words(x + 30, 6 + _BAR - 3, text)
        x += 52 + 6.5 * len(text)


def _counts(share: Share) -> Iterator[str]:
    """``12 decayed``, ``3 not``."""
    if share.decayed:
        yield f"{share.decayed} decayed"
    if share.exempt:
        yield f"{share.exempt} not"
    if share.unclear:
        yield f"{share.unclear} not known"
    if not share.total:
        yield "none"


def _description(lead: str, kinds: Sequence[str], shares: Sequence[Share], noun: str) -> str:
    texts = [f"{kind} {', '.join(_counts(_share(shares, kind)))}" for kind in kinds]
    return f"{lead}{noun} by kind: {'; '.join(texts)}."
