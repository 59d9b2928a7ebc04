"""Comments that silence findings: ``# wdlint: ignore[...]``, ``# wdlint: file-ignore[...]``, ``# noqa``.

A directive covers whole statements, never lines of one: at the end of any line of a simple
statement or of a compound statement's header it covers that; alone on a line it covers the
statement that follows. Comments are found by the tokenizer, so that strings never count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from wdlint.facts import Finding, Label, Place, Span
from wdlint.knowledge import rule_names
from wdlint.sources.comments import comments
from wdlint.sources.text import Source

_CODE, _NAME = "WD901", "unused-suppression"
_OURS = re.compile(
    r"#\s*wdlint:\s*(?P<kind>file-ignore|ignore)\b(?:\s*\[(?P<entries>[^\]#]*)\])?", re.IGNORECASE
)
_NOQA = re.compile(
    r"#\s*noqa\b(?![-\w])(?:\s*:\s*(?P<entries>[A-Z]+[0-9]+(?:(?:\s*,\s*|\s+)[A-Z]+[0-9]+\b)*))?",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[^\s,]+")

Kind: TypeAlias = Literal["ignore", "file-ignore", "noqa"]
Lines: TypeAlias = frozenset[int] | None
"""The 1-based lines a directive covers; None for all of the file."""


class Entry(NamedTuple):
    """One code, prefix or name as written in a directive."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive in a comment.

    ``comment`` is the whole comment, ``segment`` the part from this directive's ``#`` to the next
    ``#`` or the comment's end, ``end`` where the directive itself ends and its reason begins.
    ``entries`` is empty where no code is named.
    """

    kind: Kind
    comment: Span
    segment: Span
    end: int
    entries: tuple[Entry, ...]


class Suppressions:
    """The directives of a file, each with the lines it covers, and which of their entries were needed.

    ``names`` maps every rule's code to its name. Ask for :meth:`unused` after :meth:`apply`.
    """

    def __init__(
        self, source: Source, directives: Sequence[tuple[Directive, Lines]], names: Mapping[str, str]
    ) -> None:
        self.source = source
        self.directives = directives
        self.names = names
        self._used: set[Span] = set()

    def apply(self, findings: Iterable[Finding]) -> tuple[list[Finding], int]:
        """The findings that no directive suppresses, in order, and how many are suppressed."""
        given = list(findings)
        kept = [f for f in given if not self._suppresses(f)]
        return kept, len(given) - len(kept)

    def unused(self, rules: frozenset[str]) -> list[Finding]:
        """A WD901 for every directive that suppressed nothing so far, names no rule or a wrong one.

        ``rules`` are the codes that are switched on: a directive for another rule may well be
        needed when that rule is on, and is left alone.
        """
        found = [finding for directive, _ in self.directives for finding in self._about(directive, rules)]
        return [f for f in found if not self._suppresses(f)]

    # ------------------------------------------------------------------------ matching

    def _suppresses(self, finding: Finding) -> bool:
        """Whether any directive does; every one that does counts as used."""
        suppressed = False
        for directive, lines in self.directives:
            if lines is not None and finding.place.line not in lines:
                continue
            suppressed |= directive.kind == "noqa" and not directive.entries
            for entry in directive.entries:
                if self._means(entry, finding.code):
                    self._used.add(entry.span)
                    suppressed = True
        return suppressed

    def _means(self, entry: Entry, code: str) -> bool:
        """Whether an entry is about a rule. A prefix never silences the report about itself."""
        codes = self._codes(entry)
        return codes == {_CODE} if code == _CODE else code in codes

    def _codes(self, entry: Entry) -> frozenset[str]:
        """The rules a code, a prefix or a name stands for."""
        text = entry.text
        if re.fullmatch(r"WD\d*", text, re.IGNORECASE):
            return frozenset(c for c in self.names if c.startswith(text.upper()))
        return frozenset(c for c, name in self.names.items() if name == text.lower())

    # ------------------------------------------------------------------------- reports

    def _about(self, directive: Directive, rules: frozenset[str]) -> Iterator[Finding]:
        if not directive.entries and directive.kind != "noqa":
            yield self._says(directive.segment, "this comment names no code, and so suppresses nothing")
        unused: list[Entry] = []
        for entry in self._ours(directive):
            codes = self._codes(entry)
            if not codes:
                yield self._says(entry.span, f"there is no rule `{entry.text}`{self._nearest(entry.text)}")
            elif codes <= rules and codes != {_CODE} and entry.span not in self._used:
                unused.append(entry)
        if unused:
            which = ", ".join(e.text for e in unused)
            labels = tuple(Label(self.source.place(e.span), "suppresses nothing") for e in unused)
            yield self._says(directive.segment, f"`{which}` suppresses nothing here", labels)

    @staticmethod
    def _ours(directive: Directive) -> list[Entry]:
        """The entries that are meant for wdlint: in a ``noqa`` other linters have theirs."""
        return [e for e in directive.entries if directive.kind != "noqa" or e.text.upper().startswith("WD")]

    def _says(self, at: Span, message: str, related: tuple[Label, ...] = ()) -> Finding:
        place = self.source.place(at)
        return Finding(_CODE, _NAME, "warning", "certain", message, place, related=related)

    def _nearest(self, text: str) -> str:
        import difflib

        known = {**{c.lower(): c for c in self.names}, **{n: n for n in self.names.values()}}
        close = difflib.get_close_matches(text.lower(), known, 1, 0.6)
        return f"; the nearest is `{known[close[0]]}`" if close else ""


def parse(source: Source, tree: ast.Module, names: Mapping[str, str] | None = None) -> Suppressions:
    """Every directive of a file; none if the text cannot be tokenized.

    ``names`` maps the codes of all rules to their names; the shipped rules by default.
    """
    statements = _Statements(source, tree)
    directives = tuple((d, statements.covered(d)) for d in _directives(source))
    return Suppressions(source, directives, rule_names() if names is None else names)


def directive_at(source: Source, place: Place) -> Directive | None:
    """The directive whose part of a comment a place covers exactly."""
    return next((d for d in _directives(source) if d.segment == place.span), None)


# ------------------------------------------------------------------------- directives


def _directives(source: Source) -> list[Directive]:
    """The directives of a file in source order."""
    return [d for comment in comments(source) for d in _in_comment(source, comment)]


def _in_comment(source: Source, comment: Span) -> Iterator[Directive]:
    text = source.slice(comment)
    matches = [*_OURS.finditer(text), *_NOQA.finditer(text)]
    for match in sorted(matches, key=lambda m: m.start()):
        following = text.find("#", match.end())
        end = comment.start + following if following >= 0 else comment.end
        segment = Span(comment.start + match.start(), end)
        start = comment.start + max(match.start("entries"), 0)
        entries = tuple(
            Entry(each[0], Span(start + each.start(), start + each.end()))
            for each in _ENTRY.finditer(match["entries"] or "")
        )
        yield Directive(_kind(match), comment, segment, comment.start + match.end(), entries)


def _kind(match: re.Match[str]) -> Kind:
    if match.re is _NOQA:
        return "noqa"
    return "file-ignore" if match["kind"].lower() == "file-ignore" else "ignore"


# ------------------------------------------------------------------------- statements


class _Statements:
    """The lines of every simple statement and of every compound statement's header."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.source = source
        self.simple: list[range] = []
        self.headers: list[range] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                body = _first_of_body(node)
                if body is None:
                    self.simple.append(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                else:
                    self.headers.append(range(_first_line(node), self._end_of_header(body)))

    def _end_of_header(self, body: ast.stmt | ast.pattern) -> int:
        """The line after a header: its body's first, unless that stands on the header's last line."""
        line = _first_line(body)
        start = self.source.offset(body.lineno, body.col_offset)
        shared = line == body.lineno and self.source.text[self.source.line_starts[line - 1] : start].strip()
        return line + 1 if shared and not isinstance(body, ast.pattern) else line

    def covered(self, directive: Directive) -> Lines:
        """The lines a directive covers: whole statements, or its own line where there is none."""
        line, column = self.source.position(directive.comment.start)
        alone = not self.source.line(line)[: column - 1].strip()
        if directive.kind == "file-ignore":
            return None if alone else frozenset()
        if alone and directive.kind == "ignore" and not any(r.start < line < r.stop for r in self.simple):
            following = self._starting(_next_code_line(self.source, line))
            if following:
                return following
        return self._around(line)

    def _starting(self, line: int) -> frozenset[int]:
        return frozenset[int]().union(*(r for r in (*self.simple, *self.headers) if r.start == line))

    def _around(self, line: int) -> frozenset[int]:
        inside = [r for r in self.simple if line in r]
        inside = inside or sorted((r for r in self.headers if line in r), key=lambda r: r.start)[-1:]
        return frozenset({line}).union(*inside)


def _first_of_body(node: ast.stmt) -> ast.stmt | ast.pattern | None:
    """What the body of a compound statement begins with; None for a simple statement."""
    if isinstance(node, ast.Match):
        return node.cases[0].pattern
    body: list[ast.stmt] = getattr(node, "body", [])
    return body[0] if body else None


def _first_line(node: ast.stmt | ast.pattern) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _next_code_line(source: Source, line: int) -> int:
    """The line under a comment, further comments skipped."""
    line += 1
    while source.line(line).lstrip().startswith("#"):
        line += 1
    return line
