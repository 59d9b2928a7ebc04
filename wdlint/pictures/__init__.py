"""Pictures of what weight decay does, as SVG: plain numbers in, the same bytes out every time.

Drawn with text, so that a reader can search and copy it, and with CSS custom properties and
``currentColor``, so that the page around it decides between light and dark. Nothing here knows
syntax, findings or files, and nothing is plotted by a library.

:func:`decay_by_gradient`
    The fraction of itself a weight loses per step, against the size of its gradients.
:func:`norms_over_steps`
    What becomes of a weight in a run, by the exact recurrences of Adam and AdamW.
:func:`gain_over_steps`
    What becomes of a norm's gain that is decayed.
:func:`shares_by_kind`
    How many parameters of each kind are decayed, before and after a change.
"""

from __future__ import annotations

from wdlint.pictures.decay_by_gradient import decay_by_gradient
from wdlint.pictures.markup import Markup, element, escaped
from wdlint.pictures.over_steps import gain_over_steps, norms_over_steps
from wdlint.pictures.picture import Picture
from wdlint.pictures.shares import Share, shares_by_kind

__all__ = [
    "Markup",
    "Picture",
    "Share",
    "decay_by_gradient",
    "element",
    "escaped",
    "gain_over_steps",
    "norms_over_steps",
    "shares_by_kind",
]
