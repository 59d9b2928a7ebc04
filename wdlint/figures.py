"""What reports that draw show of a finding: its numbers, where its parameters are, and what its fix changes.

Asked for by a format, not by a check: the program is followed once more for a fix.
"""

from __future__ import annotations

from wdlint import explain
from wdlint.facts import Figures, Finding, Grouping, OptimizerSite
from wdlint.fixes import Examined
from wdlint.fixes.edits import edited
from wdlint.fixes.preview import changed_lines
from wdlint.fixes.rehearsal import followed
from wdlint.sources.text import Source


def figures_of(finding: Finding, source: Source, examined: Examined, *, follow: bool) -> Figures:
    """The figures of a finding that has its fix and still has its site.

    Unless ``follow``, its program is not followed with the fix in it, and what comes of the fix is left out.
    """
    edits = tuple(sorted(set(finding.fix.edits))) if finding.fix is not None else ()
    site = finding.site
    after: tuple[OptimizerSite, ...] | None = None
    if follow and site is not None and site.groupings and edits:
        after = followed(source, edits, examined)
    return Figures(
        decay=explain.pictured(finding),
        groupings=site.groupings if site is not None else (),
        fixed=_fixed(site, after, examined) if site is not None and after is not None else (),
        changes=changed_lines(source.text, edited(source.text, edits)) if edits else (),
    )


def _fixed(site: OptimizerSite, after: tuple[OptimizerSite, ...], examined: Examined) -> tuple[Grouping, ...]:
    """Where the parameters of a site are in the fixed program; empty if that cannot be told."""
    index = next((i for i, each in enumerate(examined.sites) if each.place == site.place), None)
    if index is None or len(after) != len(examined.sites):
        return ()
    found = after[index].groupings
    models = [grouping.model.name for grouping in site.groupings]
    return found if [grouping.model.name for grouping in found] == models else ()
