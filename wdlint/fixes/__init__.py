"""Fixes: from a finding to text edits, and from text edits to a file.

One codemod a module; each is pure and answers with edits on exact spans, or with the reason why
there are none. Nothing in here decides whether something is wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from wdlint.facts import Finding, Fix
from wdlint.fixes.by_hand import part_groups, place_all
from wdlint.fixes.edits import BrokenFix, apply
from wdlint.fixes.exhausted_iterator import keep_in_list
from wdlint.fixes.grouped import decouple
from wdlint.fixes.ignored_key import rename_key
from wdlint.fixes.inherited_decay import exempt_group
from wdlint.fixes.no_decay_group import exempt
from wdlint.fixes.no_decay_names import mend_names
from wdlint.fixes.penalty import decay_instead, remove_term
from wdlint.fixes.rehearsal import Examined
from wdlint.fixes.suppression import remove_unused
from wdlint.fixes.withheld import Withheld
from wdlint.fixes.write import replace_file
from wdlint.settings import Settings
from wdlint.sources.text import Source

Codemod: TypeAlias = Callable[[Finding, Source, ast.Module, Settings], Fix | None]

SplittingCodemod: TypeAlias = Callable[[Finding, Source, ast.Module, Settings, "Examined | None"], Fix | None]
"""A codemod that splits parameters, and has to see what it does where it does so by their names."""

_SPLITTING: Final[Mapping[str, tuple[SplittingCodemod, str]]] = {
    "WD101": (decouple, "decoupled weight decay"),
    "WD201": (exempt, "a no-decay group for the norms and biases"),
}
_CODEMODS: Final[Mapping[str, tuple[Codemod, str]]] = {
    "WD102": (remove_term, "decay outside the gradient"),
    "WD103": (remove_term, "decay outside the gradient"),
    "WD107": (decay_instead, "weight decay of the optimizer"),
    "WD203": (exempt_group, "weight_decay 0.0 in this group"),
    "WD204": (rename_key, "rename the key to weight_decay"),
    "WD206": (place_all, "a group for it"),
    "WD207": (part_groups, "one group for it"),
    "WD208": (keep_in_list, "keep the parameters in a list"),
    "WD901": (remove_unused, "remove the comment"),
}
"""The codemod of a rule, and what it would do, for the line that says why it does not."""


_ABOUT_NAMES: Final = ("WD202", "WD205")


def propose(
    finding: Finding,
    source: Source,
    tree: ast.Module,
    settings: Settings,
    examined: Examined | None = None,
) -> Fix | None:
    """The fix of a finding: edits, or the reason why not; None if the rule has no fix.

    ``examined`` is for the fixes that have to see what they do before they are offered.
    """
    splitting, intent = _SPLITTING.get(finding.code, (None, ""))
    codemod, intent = _CODEMODS.get(finding.code, (None, intent))
    try:
        if finding.code in _ABOUT_NAMES and examined is not None:
            intent = "names that meet every norm and bias"
            return mend_names(finding, source, tree, examined)
        if splitting is not None:
            return splitting(finding, source, tree, settings, examined)
        if codemod is None:
            return None
        return codemod(finding, source, tree, settings)
    except Withheld as withheld:
        return withheld.fix(intent)


__all__ = ["BrokenFix", "Examined", "apply", "propose", "replace_file"]
