"""The reasoner: from the text of a module to facts about its optimizers, running nothing.

A small abstract interpreter over ``ast``: :mod:`~wdlint.reason.scopes` knows which binding reaches
a use, :mod:`~wdlint.reason.evaluate` what an expression may be worth,
:mod:`~wdlint.reason.inventory` which parameters a model has, :mod:`~wdlint.reason.parameters` how
they are grouped, and :mod:`~wdlint.reason.sites` puts it together. :mod:`~wdlint.reason.modules`
leads from one file of the project to the next. Only facts leave this room.
"""

from __future__ import annotations

import ast

from wdlint.facts import FileFacts
from wdlint.knowledge import Catalogue
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.exhausted import exhausted_iterators
from wdlint.reason.scopes import ModuleIndex
from wdlint.reason.sites import SiteFinder
from wdlint.sources.project import Project
from wdlint.sources.text import Source


def examine(
    source: Source, tree: ast.Module, catalogue: Catalogue, project: Project | None = None
) -> FileFacts:
    """What one module does with optimizers and the parameters it gives them.

    ``project`` answers what the rest of the project does; without it only the module counts.
    """
    evaluator = Evaluator(ModuleIndex(tree), source, catalogue, project)
    sites = tuple(SiteFinder(evaluator).sites())
    return FileFacts(sites, tuple(exhausted_iterators(evaluator)))
