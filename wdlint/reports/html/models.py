"""A finding's models: what became of each parameter, and what becomes of it in the fixed program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wdlint.facts import Figures, Grouping
from wdlint.reports.parameters import Row, Sheet, decay_text, sheet_of_grouping


@dataclass(frozen=True, slots=True)
class FollowedModel:
    """A model as an optimizer gets it.

    ``fixed`` holds, for each row, the rows of the fixed program that speak of the same parameters:
    there a name with ``*`` in it may have come apart. None where no fixed program was followed.
    """

    sheet: Sheet
    made_of_probes: bool
    fixed: tuple[tuple[Row, ...], ...] | None

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.sheet.rows


def followed_models(path: str, figures: Figures) -> Iterator[FollowedModel]:
    """Each model of a finding; places in ``path`` are written as lines only."""
    for i, grouping in enumerate(figures.groupings):
        sheet = sheet_of_grouping(path, grouping)
        fixed = _fixed(sheet.rows, path, figures.fixed[i]) if figures.fixed else None
        yield FollowedModel(sheet, grouping.basis == "probes", fixed)


def _fixed(rows: Sequence[Row], path: str, grouping: Grouping) -> tuple[tuple[Row, ...], ...]:
    after = sheet_of_grouping(path, grouping).rows
    return tuple(tuple(other for other in after if _same(row, other)) for row in rows)


def _same(row: Row, other: Row) -> bool:
    one, two = row.parameter, other.parameter
    if (one.kind, one.ndim) != (two.kind, two.ndim):
        return False
    return one.name == two.name or _stands_for(one.name, two.name) or _stands_for(two.name, one.name)


def _stands_for(pattern: str, name: str) -> bool:
    """Whether ``features.*.weight`` stands for ``features.0.weight``."""
    if "*" not in pattern:
        return False
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.]+"), name) is not None


def decay_of(row: Row) -> str:
    """``0.1``, ``0``, ``?``; ``-`` in no group or in several."""
    return "-" if row.decay is None else decay_text(row.decay.value)


def decays_of(rows: Sequence[Row]) -> str:
    """The decay of rows of the fixed program; ``?`` where they do not show it."""
    return " or ".join(dict.fromkeys(map(decay_of, rows))) or "?"
