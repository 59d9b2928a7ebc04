"""Facts as LibCST metadata: which site does this call node build, which iterator is this name?

Only the top-level statements that hold a fact are parsed: everything a check needs to know about
the rest of the file is in the facts already, and a LibCST parse costs ten times an ``ast`` one.
Positions are the only thing both trees share, so nodes are found by the place they stand at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from wdlint.facts import ExhaustedIterator, FileFacts, OptimizerSite, Place
from wdlint.sources.text import Source

Extent: TypeAlias = tuple[int, int, int, int]
"""First line, first column, last line, last column, as LibCST counts: lines from 1, columns from 0."""

Fact = TypeVar("Fact")


class CheckFailure(Exception):
    """LibCST could not read what ``ast`` could; ``line`` is where the statement starts."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _FactProvider(cst.BatchableMetadataProvider[Fact]):
    """Attaches a fact to the node that stands where the fact says; the wrapper's cache holds them."""

    METADATA_DEPENDENCIES = (PositionProvider,)
    cache: Mapping[Extent, Fact]

    @classmethod
    def gen_cache(cls, root_path: Path, paths: list[str], **kwargs: object) -> Mapping[str, object]:
        """LibCST asks for this of every provider with a cache; ours is filled file by file."""
        return {}

    def attach(self, node: cst.CSTNode) -> None:
        position = self.get_metadata(PositionProvider, node)
        extent = (position.start.line, position.start.column, position.end.line, position.end.column)
        if (fact := self.cache.get(extent)) is not None:
            self.set_metadata(node, fact)


class OptimizerSiteProvider(_FactProvider[OptimizerSite]):
    """The :class:`OptimizerSite` of a ``Call`` node that builds an optimizer."""

    def visit_Call(self, node: cst.Call) -> None:
        self.attach(node)


class ExhaustedIteratorProvider(_FactProvider[ExhaustedIterator]):
    """The :class:`ExhaustedIterator` that a ``Name`` node consumes for the second time."""

    def visit_Name(self, node: cst.Name) -> None:
        self.attach(node)


def visit(
    source: Source, tree: ast.Module, facts: FileFacts, checks: Sequence[cst.BatchableCSTVisitor]
) -> None:
    """Let every check visit every top-level statement that holds a fact.

    Raises:
        CheckFailure: a statement that LibCST cannot parse or visit.
    """
    for first, last in _statements(tree, facts):
        try:
            module = cst.parse_module(_text(source, first, last))
            wrapper = MetadataWrapper(module, unsafe_skip_copy=True, cache=_cache(source, facts, first))
            wrapper.visit_batched(checks)
        except RecursionError:
            raise CheckFailure("an expression is nested too deeply to be checked", first) from None
        except cst.ParserSyntaxError as error:
            line = first + error.raw_line - 1
            raise CheckFailure(f"LibCST cannot parse it: {error.message}", line) from None


def _statements(tree: ast.Module, facts: FileFacts) -> Iterator[tuple[int, int]]:
    """First and last line of each stretch of top-level statements with a fact in it.

    Statements that share a line (``a = 1; b = 2``) make one stretch.
    """
    wanted = [place.line for place in _places(facts)]
    stretches: list[tuple[int, int]] = []
    for statement in tree.body:
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        last = statement.end_lineno or first
        if stretches and first <= stretches[-1][1]:
            first = stretches.pop()[0]
        stretches.append((first, last))
    return (s for s in stretches if any(s[0] <= line <= s[1] for line in wanted))


def _places(facts: FileFacts) -> Iterable[Place]:
    yield from (site.place for site in facts.sites)
    yield from (iterator.second_use for iterator in facts.exhausted)


_FORM_FEED: Final = "\f"


def _text(source: Source, first: int, last: int) -> str:
    """The lines of a statement. Form feeds go: LibCST drops some, and positions must agree."""
    start = source.line_starts[first - 1]
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
    return source.text[start:end].replace(_FORM_FEED, "")


def _cache(source: Source, facts: FileFacts, first: int) -> dict[type, object]:
    sites = {_shifted(source, site.place, first): site for site in facts.sites}
    iterators = {_shifted(source, iterator.second_use, first): iterator for iterator in facts.exhausted}
    return {OptimizerSiteProvider: sites, ExhaustedIteratorProvider: iterators}


def _shifted(source: Source, place: Place, first: int) -> Extent:
    def column(line: int, character: int) -> int:
        return character - 1 - source.line(line)[: character - 1].count(_FORM_FEED)

    return (
        place.line - first + 1,
        column(place.line, place.column),
        place.end_line - first + 1,
        column(place.end_line, place.end_column),
    )
