"""Fixes that see what they do before they are offered: the program is followed again, changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import NamedTuple

from wdlint.facts import Edit, FileFacts, OptimizerSite
from wdlint.fixes.edits import edited
from wdlint.sources.text import Source, SourceError, parse


class Examined(NamedTuple):
    """What a program does with its optimizers, and how to find that out for a changed one."""

    sites: tuple[OptimizerSite, ...]
    again: Callable[[Source, ast.Module], FileFacts]

    def index_of(self, site: OptimizerSite) -> int:
        return next(i for i, each in enumerate(self.sites) if each.place == site.place)

    def sites_after(self, source: Source, edits: Iterable[Edit]) -> tuple[OptimizerSite, ...] | None:
        """The sites of the program with the edits in it; None if it is no program any more."""
        changed = Source(edited(source.text, sorted(edits)), source.path)
        try:
            return self.again(changed, parse(changed)).sites
        except SourceError:
            return None
