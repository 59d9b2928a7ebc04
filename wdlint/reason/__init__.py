"""The reasoner: from the text of a module to facts about its optimizers, running nothing.

It asks backwards, from a use to what made it: :mod:`~wdlint.reason.scopes` knows which binding reaches
a use, :mod:`~wdlint.reason.evaluate` what an expression may be worth,
:mod:`~wdlint.reason.parameters` how parameters are grouped, and :mod:`~wdlint.reason.sites` puts
it together. :mod:`~wdlint.reason.penalties` finds the decay that is written by hand.
:mod:`~wdlint.reason.modules` leads from one file of the project to the next. What each
group holds comes from following the program (:mod:`wdlint.interpret`). Only facts leave this room.
"""

from __future__ import annotations

import ast

from wdlint.facts import FileFacts
from wdlint.knowledge import Catalogue
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.exhausted import exhausted_iterators
from wdlint.reason.hazards import Surroundings
from wdlint.reason.membership import followed, is_worth_following
from wdlint.reason.penalties import is_undecided, penalties
from wdlint.reason.scopes import ModuleIndex
from wdlint.reason.sites import SiteFinder
from wdlint.sources.project import Project
from wdlint.sources.text import Source


def examine(
    source: Source,
    tree: ast.Module,
    catalogue: Catalogue,
    project: Project | None = None,
    *,
    every_site: bool = False,
    thorough: bool = False,
) -> FileFacts:
    """What one module does with optimizers and the parameters it gives them.

    ``project`` answers what the rest of the project does; without it only the module counts. With
    ``every_site`` those that decay nothing are followed to their models as well, with ``thorough``
    those that may.
    """
    evaluator = Evaluator(ModuleIndex(tree), source, catalogue, project)
    finder = SiteFinder(evaluator)
    sites = tuple(finder.sites())
    terms = penalties(evaluator, sites, finder.calls)
    if project is not None and not finder.in_test and is_undecided(terms):
        terms = penalties(evaluator.across_files(), sites, finder.calls)
    worth = [s for s in sites if every_site or is_worth_following(s, thorough=thorough)]
    wanted = {s.place for s in worth if s.place in finder.calls}
    if wanted:
        from wdlint.interpret import Follower

        follower = Follower(tree, source, project)
        sites = tuple(followed(s, finder.calls[s.place], follower) if s.place in wanted else s for s in sites)
    return FileFacts(sites, tuple(exhausted_iterators(evaluator)), terms)


__all__ = ["Surroundings", "examine"]
