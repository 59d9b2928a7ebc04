"""A rule's mathematics with the user's own numbers in it, and a rule card as printed text.

Pure functions from findings and cards to plain text. Whether a finding is right was decided
before; nothing in here looks at source code, and nothing knows a terminal. A number that the
program does not show is never made up: it is named as an example, or left as a symbol.

:mod:`~wdlint.explain.formulas` holds the formulas and their sources, :mod:`~wdlint.explain.numbers`
how numbers are written, :mod:`~wdlint.explain.case` and :mod:`~wdlint.explain.preconditioners` what a
site's optimizer does, :mod:`~wdlint.explain.findings` the lines of a finding,
:mod:`~wdlint.explain.pictured` its numbers for pictures, :mod:`~wdlint.explain.card` the card.
"""

from wdlint.explain.card import render_card
from wdlint.explain.case import USUAL_WEIGHT
from wdlint.explain.findings import mathematics
from wdlint.explain.formulas import (
    NEGLIGIBLE_STEPS,
    coupled_rate,
    half_life,
    per_step_shrink,
    remaining,
    time_scale,
)
from wdlint.explain.numbers import Quantity, format_count, format_number, format_steps, quantity
from wdlint.explain.pictured import pictured
from wdlint.explain.preconditioners import preconditioner_symbol

__all__ = [
    "NEGLIGIBLE_STEPS",
    "USUAL_WEIGHT",
    "Quantity",
    "coupled_rate",
    "format_count",
    "format_number",
    "format_steps",
    "half_life",
    "mathematics",
    "per_step_shrink",
    "pictured",
    "preconditioner_symbol",
    "quantity",
    "remaining",
    "render_card",
    "time_scale",
]
