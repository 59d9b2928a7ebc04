"""WD203: the no-decay group says so itself, with ``"weight_decay": 0.0`` as its last entry."""

from __future__ import annotations

import ast

from wdlint.facts import Finding, Fix
from wdlint.fixes.listing import append_entry, quote_of
from wdlint.fixes.locate import expression_at
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source


def exempt_group(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix:
    """Add the entry to the dict at the finding's place.

    Raises:
        Withheld: the group is not written as a dict in this file.
    """
    group: ast.Dict | ast.Call | None = expression_at(tree, source, finding.place, ast.Dict)
    if group is None:
        group = expression_at(tree, source, finding.place, ast.Call)
    if isinstance(group, ast.Call) and not (isinstance(group.func, ast.Name) and group.func.id == "dict"):
        group = None
    if group is None or (isinstance(group, ast.Dict) and not group.keys):
        raise Withheld("the group is not written out as a dict here")
    keys = [k for k in group.keys if k is not None] if isinstance(group, ast.Dict) else []
    edit = append_entry(source, group, "weight_decay", "0.0", quote_of(source, keys or [tree]))
    return Fix("weight_decay 0.0 in this group", "safe", (edit,))
