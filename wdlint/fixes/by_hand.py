"""WD206 and WD207: what to write instead, where only the author can write it.

Whether a parameter was forgotten or left out on purpose, and which of two groups was meant, is not
in the code: these are directions and no edits.
"""

from __future__ import annotations

import ast

from wdlint.facts import Finding, Fix
from wdlint.settings import Settings
from wdlint.sources.text import Source


def place_all(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD206: what no group holds."""
    return Fix("give it a group or freeze it with `requires_grad_(False)`", "display")


def part_groups(finding: Finding, source: Source, tree: ast.Module, settings: Settings) -> Fix | None:
    """WD207: what two groups hold."""
    return Fix("let every parameter meet one condition only", "display")
