"""What reports that draw show of a finding: its numbers, where its parameters are, and what its fix changes.

Asked for by a format, not by a check: the program is followed once more for every fix.
"""

from __future__ import annotations

from wdlint import explain
from wdlint.facts import Figures, Finding, Grouping, OptimizerSite
from wdlint.fixes import Examined
from wdlint.fixes.edits import edited
from wdlint.fixes.preview import changed_lines
from wdlint.sources.text import Source, SourceError, parse


def figures_of(finding: Finding, source: Source, examined: Examined) -> Figures:
    """The figures of a finding that has its fix and still has its site."""
    edits = finding.fix.edits if finding.fix is not None else ()
    text = edited(source.text, sorted(set(edits)))
    site = finding.site
    return Figures(
        decay=explain.pictured(finding),
        groupings=site.groupings if site is not None else (),
        fixed=_followed(site, Source(text, source.path), examined) if site is not None and edits else (),
        changes=changed_lines(source.text, text) if edits else (),
    )


def _followed(site: OptimizerSite, changed: Source, examined: Examined) -> tuple[Grouping, ...]:
    """Where the parameters of a site are in the changed program; empty if that cannot be told."""
    if not site.groupings:
        return ()
    index = next((i for i, each in enumerate(examined.sites) if each.place == site.place), None)
    try:
        after = examined.again(changed, parse(changed)).sites
    except SourceError:
        return ()
    if index is None or len(after) != len(examined.sites):
        return ()
    found = after[index].groupings
    models = [grouping.model.name for grouping in site.groupings]
    return found if [grouping.model.name for grouping in found] == models else ()
