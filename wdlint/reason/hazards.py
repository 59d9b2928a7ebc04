"""What happens to an optimizer after it is built that a fix may break.

In its own module a hazard belongs to a site when it names the variable the optimizer was assigned
to, or when nobody can tell which optimizer it means (:class:`HazardMap`). That is cheap, and all
that a check asks. A fix asks more: :class:`Surroundings` follows the optimizer through the project
and names what happens to it there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Final

from wdlint.facts import Hazard, OptimizerSite
from wdlint.knowledge import Catalogue
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.flow import Flow, Handed
from wdlint.reason.scopes import ModuleIndex, last_name
from wdlint.reason.sightings import LOADER, Sighting, sightings
from wdlint.sources.project import Project
from wdlint.sources.text import Source

_LONGEST_NAME: Final = 40
"""Characters of a callee that are quoted in full."""


class HazardMap:
    """Every hazard of a module, to be asked for one optimizer at a time."""

    def __init__(self, index: ModuleIndex, source: Source) -> None:
        self._sightings = sightings(index, source)

    def of(self, target: str, targets: Collection[str], classes: Collection[str]) -> tuple[Hazard, ...]:
        """The hazards of the optimizer assigned to ``target`` ("" when it is assigned nowhere).

        ``targets`` are the names optimizers are assigned to in this file: what happens to a name
        that is none of them, such as a function's parameter, may happen to any optimizer.
        ``classes`` are the names of what it is and may become.
        """
        last = target.rpartition(".")[2]

        def concerns(sighting: Sighting) -> bool:
            name = sighting.holder.rpartition(".")[2]
            if not sighting.looks_it and name != last:
                return False
            return not name or not last or name == last or name not in targets

        return tuple(s.hazard for s in self._sightings if _is_about(s, classes) and concerns(s))

    def of_flow(self, flow: Flow, classes: Collection[str]) -> Iterator[Hazard]:
        """The hazards of an optimizer that comes by this module, by the names that hold it here."""
        for sighting in self._sightings:
            if sighting.holder:
                concerns = flow.holds(sighting.holder, sighting.scope)
            else:
                concerns = flow.comes_by(sighting.scope)
            if concerns and _is_about(sighting, classes):
                yield sighting.hazard


def _is_about(sighting: Sighting, classes: Collection[str]) -> bool:
    return not sighting.classes or not sighting.classes.isdisjoint(classes)


def class_names(site: OptimizerSite) -> frozenset[str]:
    """The names of the classes a site builds, or a fix would make it build."""
    replacements = (o.replacement.name for o in site.optimizers if o.replacement is not None)
    names = (*(o.name for o in site.optimizers), *replacements)
    return frozenset(name.rpartition(".")[2] for name in names)


class Surroundings:
    """What the project around a module does to the optimizers the module builds."""

    def __init__(self, source: Source, tree: ast.Module, catalogue: Catalogue, project: Project) -> None:
        self._source = source
        self._tree = tree
        self._catalogue = catalogue
        self._project = project
        self._maps: dict[ModuleIndex, HazardMap] = {}

    @cached_property
    def _evaluator(self) -> Evaluator:
        index = ModuleIndex(self._tree)
        return Evaluator(index, self._source, self._catalogue, self._project).across_files()

    def hazards(self, site: OptimizerSite) -> tuple[Hazard, ...]:
        """Those the site has not got already, the module's own first."""
        evaluator = self._evaluator
        span = site.place.span
        built = next(((c, s) for c, s in evaluator.index.calls if self._source.span(c) == span), None)
        if built is None:
            return ()
        flow = Flow(evaluator)
        try:
            flow.follow(*built)
        except RecursionError:
            flow.complete = False
        known = {(h.kind, h.place) for h in site.hazards}
        found = {(h.kind, h.place): h for h in self._along(flow, site) if (h.kind, h.place) not in known}
        own = self._source.path
        return tuple(sorted(found.values(), key=lambda h: (h.place.path != own, h.place, h.kind)))

    def _along(self, flow: Flow, site: OptimizerSite) -> Iterator[Hazard]:
        classes = class_names(site)
        for index in flow.modules:
            yield from self._map(index).of_flow(flow, classes)
        for handed in flow.handed.values():
            yield self._handed(handed)
        if not flow.complete:
            yield Hazard("unseen", "builds an optimizer that goes further than is followed", site.place)

    def _map(self, index: ModuleIndex) -> HazardMap:
        if index not in self._maps:
            source = self._evaluator.of(index.module).source
            self._maps[index] = HazardMap(index, source)
        return self._maps[index]

    def _handed(self, handed: Handed) -> Hazard:
        source = self._evaluator.of(handed.scope).source
        text = " ".join(source.slice(source.span(handed.argument)).split())
        name = source.slice(source.span(handed.call.func))
        place = source.place(handed.call)
        if len(name) > _LONGEST_NAME or "\n" in name:
            name = last_name(handed.call.func)
        if LOADER.search(last_name(handed.call.func)):
            return Hazard("loads-state", f"hands {text} to {name}()", place)
        return Hazard("unseen", f"hands {text} to {name}(), which is not read", place)
