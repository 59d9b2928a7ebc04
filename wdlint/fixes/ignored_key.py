"""WD204: the key of a group that no optimizer reads becomes ``weight_decay``, in the same quotes."""

from __future__ import annotations

import ast
import re

from wdlint.facts import Edit, Finding, Fix, Span
from wdlint.fixes.locate import expression_at, keyword_at
from wdlint.fixes.withheld import Withheld
from wdlint.settings import Settings
from wdlint.sources.text import Source

_PLAIN_STRING = re.compile(r"""(?P<open>[uU]?(['"]))(?P<name>\w+)\2""")


def rename_key(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix:
    """Rename the key at the finding's place.

    Raises:
        Withheld: the group has a weight_decay already, or the key is not a plain literal.
    """
    groups = finding.site.groups if finding.site else ()
    group = next((g for g in groups if any(k.place == finding.place for k in g.keys)), None)
    if group is not None and group.key("weight_decay") is not None:
        raise Withheld("the group has a weight_decay as well: delete one of the two")
    return Fix(
        "rename the key to weight_decay", "safe", (Edit(_name(finding, source, tree), "weight_decay"),)
    )


def _name(finding: Finding, source: Source, tree: ast.Module) -> Span:
    literal = expression_at(tree, source, finding.place, ast.Constant)
    if literal is not None and isinstance(literal.value, str):
        match = _PLAIN_STRING.fullmatch(source.slice(finding.place.span))
        if match is None:
            raise Withheld("the key is not one plain string")
        start = finding.place.span.start
        return Span(start + match.start("name"), start + match.end("name"))
    keyword = keyword_at(tree, source, finding.place)
    if keyword is None or keyword.arg is None:
        raise Withheld("the key is not written out here")
    start = source.span(keyword).start
    return Span(start, start + len(keyword.arg))
