"""WD208: a list is made of the one-shot iterator, where it is defined."""

from __future__ import annotations

import ast

from wdlint.facts import Finding, Fix
from wdlint.fixes.listing import in_list
from wdlint.fixes.locate import expression_at
from wdlint.fixes.names import names_of
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source


def keep_in_list(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix:
    """Wrap the expression under the finding's first related label in ``list(...)``.

    Raises:
        Withheld: the definition is not in this file.
    """
    made = finding.related[0].place if finding.related else finding.place
    if expression_at(tree, source, made, ast.expr) is None:
        raise Withheld("the iterator is not made in this file")
    edits = in_list(made.span, names_of(tree))
    caution = "parameters that a later group lost are trained from then on"
    return Fix("keep the parameters in a list", "unsafe", edits, (caution,))
