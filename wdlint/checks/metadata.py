"""Facts as LibCST metadata: which site does this call node build, which iterator is this name?

Only the statements that hold a fact are parsed, each for itself: everything a check needs to know
about the rest of the file is in the facts already, and parsing and visiting a whole file with
LibCST costs twenty times what ``ast`` does. Positions are what both trees share, so a node is found
by the place it stands at.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from wdlint.facts import ExhaustedIterator, FileFacts, OptimizerSite, Penalty, Place, Span
from wdlint.sources.text import Source

Extent: TypeAlias = tuple[int, int, int, int]
"""First line, first column, last line, last column, as LibCST counts: lines from 1, columns from 0."""

VisitorMethod: TypeAlias = Callable[[cst.CSTNode], None]
Visitors: TypeAlias = Sequence[cst.BatchableCSTVisitor]
Fact = TypeVar("Fact")


class CheckFailure(Exception):
    """LibCST could not read what ``ast`` could."""


class OwnVisitors(cst.BatchableCSTVisitor):
    """Names its ``visit_`` methods without looking at LibCST's 500 empty ones, which takes 10 ms."""

    def get_visitors(self) -> Mapping[str, VisitorMethod]:
        return {name: getattr(self, name) for name in _visitors_of(type(self))}


@cache
def _visitors_of(cls: type) -> tuple[str, ...]:
    ours = (base for base in cls.__mro__ if not base.__module__.startswith("libcst"))
    return tuple(
        {name: None for base in ours for name in vars(base) if name.startswith(("visit_", "leave_"))}
    )


class _FactProvider(OwnVisitors, cst.BatchableMetadataProvider[Fact]):
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


class PenaltyProvider(_FactProvider[Penalty]):
    """The :class:`Penalty` that an expression adds to a loss or to a gradient."""

    def visit_Call(self, node: cst.Call) -> None:
        self.attach(node)

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:
        self.attach(node)

    def visit_UnaryOperation(self, node: cst.UnaryOperation) -> None:
        self.attach(node)

    def visit_Name(self, node: cst.Name) -> None:
        self.attach(node)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.attach(node)


def visit(source: Source, tree: ast.Module, facts: FileFacts, checks: Visitors) -> None:
    """Let every check visit every statement that holds a fact, in source order.

    Raises:
        CheckFailure: LibCST cannot parse or visit a statement.
    """
    try:
        try:
            _visit(_Excerpts(source, tree, facts), checks)
        except cst.ParserSyntaxError:  # something that is no statement without its surroundings
            _visit(_Excerpts(source, tree, facts, whole=True), checks)
    except RecursionError:
        raise CheckFailure("an expression is nested too deeply to be checked") from None
    except cst.ParserSyntaxError as error:
        raise CheckFailure(f"LibCST cannot parse what ast can: {error.message}") from None


def _visit(excerpts: _Excerpts, checks: Visitors) -> None:
    # One module for all of them: LibCST inspects every visitor anew for each module it visits.
    module = cst.parse_module("\n".join(excerpts.texts))
    MetadataWrapper(module, unsafe_skip_copy=True, cache=excerpts.facts).visit_batched(checks)


_FORM_FEED: Final = "\f"


class _Excerpts:
    """The statements that hold a fact, as one text, and the facts by where they stand in it.

    A statement stands without its surroundings, and a compound one without its body, where that
    still holds the fact; with ``whole``, or where it does not, all of its top-level statement is
    taken. Form feeds are left out: LibCST drops some of them, and positions must agree.
    """

    def __init__(self, source: Source, tree: ast.Module, facts: FileFacts, *, whole: bool = False) -> None:
        self.source = source
        self.texts: list[str] = []
        self._lines = 0
        self._taken: dict[Span, int] = {}
        sites: dict[Extent, OptimizerSite] = {}
        iterators: dict[Extent, ExhaustedIterator] = {}
        terms: dict[Extent, Penalty] = {}
        self.facts: dict[type, object] = {
            OptimizerSiteProvider: sites,
            ExhaustedIteratorProvider: iterators,
            PenaltyProvider: terms,
        }
        for site in sorted(facts.sites, key=lambda s: s.place):
            sites[self._extent(site.place, _span(source, tree, site.place, whole=whole))] = site
        for iterator in sorted(facts.exhausted, key=lambda i: i.second_use):
            place = iterator.second_use
            iterators[self._extent(place, _span(source, tree, place, whole=whole))] = iterator
        for term in facts.penalties:
            terms[self._extent(term.place, _span(source, tree, term.place, whole=whole))] = term

    def _extent(self, place: Place, excerpt: Span) -> Extent:
        """Where a place stands in the text, taking in the excerpt around it if it is new."""
        first, column = self.source.position(excerpt.start)
        if excerpt not in self._taken:
            text = self.source.slice(excerpt).replace(_FORM_FEED, "")
            self.texts.append(text + "pass" if text.rstrip().endswith(":") else text)
            self._taken[excerpt] = self._lines
            self._lines += self.source.position(excerpt.end)[0] - first + 1
        shift = self._taken[excerpt] - first + 1
        cut = len(self.source.line(first)[: column - 1].replace(_FORM_FEED, ""))

        def at(line: int, column: int) -> tuple[int, int]:
            before = len(self.source.line(line)[: column - 1].replace(_FORM_FEED, ""))
            return line + shift, before - (cut if line == first else 0)

        return *at(place.line, place.column), *at(place.end_line, place.end_column)


def _span(source: Source, tree: ast.Module, place: Place, *, whole: bool) -> Span:
    """The stretch to parse for a place: its innermost statement, or all of its top-level one."""
    path = _path_to(source, tree, place)
    span = source.span(path[-1])
    body = next(_nested(path[-1]), None)
    if body is not None:
        span = Span(span.start, source.span(body).start)
    holds = span.start <= place.span.start and place.span.end <= span.end
    if holds and not whole and not source.text.startswith("elif", span.start):
        return span
    first, last = _lines_of(path[0])
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
    return Span(source.line_starts[first - 1], end)


def _path_to(source: Source, tree: ast.Module, place: Place) -> list[ast.stmt]:
    """The statements around a place, outermost first."""
    path: list[ast.stmt] = []
    block: Iterator[ast.stmt] = iter(tree.body)
    while (around := next((s for s in block if _holds(source, s, place)), None)) is not None:
        path.append(around)
        block = _nested(around)
    return path


def _holds(source: Source, statement: ast.stmt, place: Place) -> bool:
    first, last = _lines_of(statement)
    if not first <= place.line <= place.end_line <= last:
        return False
    span = source.span(statement)
    in_decorator = place.line < statement.lineno
    return in_decorator or (span.start <= place.span.start and place.span.end <= span.end)


def _nested(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements in the blocks of a compound statement, one level down."""
    for _, value in ast.iter_fields(statement):
        for child in value if isinstance(value, list) else ():
            if isinstance(child, ast.stmt):
                yield child
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                yield from child.body


def _lines_of(statement: ast.stmt) -> tuple[int, int]:
    """First and last line, decorators included."""
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
    return first, statement.end_lineno or first
