"""LaTeX formulas as MathML, which browsers draw by themselves.

``latex2mathml`` does the work where it is installed (``pip install 'wdlint[html]'``). It is imported
only here, and only when a formula has to be drawn.
"""

from __future__ import annotations

from importlib.util import find_spec


def available() -> bool:
    """Whether formulas can be drawn."""
    return find_spec("latex2mathml") is not None


def convert(latex: str) -> str:
    """One displayed formula as a ``<math>`` element.

    Raises:
        ImportError: ``latex2mathml`` is not installed.
    """
    from latex2mathml.converter import convert as to_mathml

    return str(to_mathml(" ".join(latex.split()), display="block"))
