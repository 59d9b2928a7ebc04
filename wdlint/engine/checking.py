"""One source: bytes in, findings out, with their mathematics, their fixes and what is shown of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from wdlint.engine.gate import holds_comments, passes_gate
from wdlint.engine.shown import lines_elsewhere, lines_of, positions_of
from wdlint.facts import FileError, FileFacts, FileReport, Finding, Grouping, Known, OptimizerSite
from wdlint.knowledge import Catalogue, catalogue
from wdlint.settings import Settings
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError, parse

_MOST_FOLLOWED: Final = 20
"""Fixes of one file whose program is followed anew for the figures; each costs as much as the whole check."""


def check_source(data: bytes, path: str, settings: Settings, project: Project | None = None) -> FileReport:
    """Everything wdlint has to say about one file's bytes.

    Touches nothing else, but for the baseline of the settings, and for what ``project`` reads when a
    finding depends on other files.
    """
    report = _checked(data, path, settings, project)
    if not settings.baseline:
        return report
    from wdlint.baseline import without_known

    return without_known(report, settings)


def check_file(data: bytes, path: str, settings: Settings) -> FileReport:
    """A file's report, with what the files around it say."""
    return check_source(data, path, settings, project_of(path, settings))


def project_of(path: str, settings: Settings) -> Project:
    """The project of a file; where its imports are looked up is found out when it is first asked."""

    def roots() -> tuple[str, ...]:
        from wdlint.sources.environment import import_roots

        return import_roots(settings, path)

    return Project(path, roots)


def _checked(data: bytes, path: str, settings: Settings, project: Project | None) -> FileReport:
    known = catalogue(settings.extend_catalogue)
    if not passes_gate(data, known):
        return FileReport(path)
    try:
        source = Source.decode(data, path)
        tree = parse(source)
        return _check(source, tree, known, settings, project)
    except SourceError as error:
        return FileReport(path, errors=(FileError(path, error.message, error.line, error.column),))
    except RecursionError:
        return FileReport(path, errors=(FileError(path, "nested too deeply to be checked"),))


def _check(
    source: Source, tree: ast.Module, known: Catalogue, settings: Settings, project: Project | None
) -> FileReport:
    from wdlint.reason import examine

    facts = examine(source, tree, known, project, thorough=settings.pedantic)
    findings: list[Finding] = []
    interesting = replace(facts, sites=tuple(s for s in facts.sites if _matters(s)))
    if interesting:
        from wdlint.checks import CheckFailure, run

        try:
            findings = run(source, tree, facts, settings.rules_for(source.path), interesting)
        except CheckFailure as failure:
            return FileReport(source.path, errors=(FileError(source.path, str(failure)),))
    kept, suppressed = _suppress(source, tree, findings, settings)
    shown = [f for f in kept if settings.pedantic or f.certainty != "possible"]
    again = _Again(facts.sites, known, settings, project)
    finished = tuple(_finished(shown, source, tree, settings, again))
    return FileReport(
        source.path,
        finished,
        lines=lines_of(source, finished),
        positions=positions_of(source, finished),
        builds_optimizers=len(facts.sites),
        suppressed=suppressed,
        hidden=len(kept) - len(shown),
        elsewhere=lines_elsewhere(source.path, finished, project) if project is not None else {},
    )


def _matters(site: OptimizerSite) -> bool:
    """Whether any check could have something to say: decay that may not be zero, odd keys, odd members."""
    built = (group.decay for grouping in site.groupings for group in grouping.groups)
    decays = [site.decay, *(group.decay for group in site.groups), *built]
    if any(not isinstance(d.value, Known) or d.value.value for d in decays):
        return True
    return any(group.keys for group in site.groups) or any(map(_misplaces, site.groupings))


def _misplaces(grouping: Grouping) -> bool:
    """Whether a parameter is in two groups, or in none."""
    return any(len(m.groups) != 1 and not m.maybe for m in grouping.members)


def _suppress(
    source: Source, tree: ast.Module, findings: list[Finding], settings: Settings
) -> tuple[list[Finding], int]:
    """Take out what comments in the source ignore, and add what is wrong with those comments."""
    if not holds_comments(source.text.encode("utf-8", "replace")) and not (
        findings and "noqa" in source.text.lower()
    ):
        return findings, 0
    from wdlint.sources import suppressions

    found = suppressions.parse(source, tree)
    kept, suppressed = found.apply(findings)
    rules = settings.rules_for(source.path)
    if "WD901" in rules:
        kept.extend(found.unused(rules))
    return sorted(kept, key=lambda f: (f.place.span, f.code)), suppressed


@dataclass(frozen=True, slots=True)
class _Again:
    """The program a finding is in: its optimizers, those of a changed version, and what is around them."""

    sites: tuple[OptimizerSite, ...]
    known: Catalogue
    settings: Settings
    project: Project | None

    def examine(self, source: Source, tree: ast.Module) -> FileFacts:
        from wdlint.reason import examine

        return examine(source, tree, self.known, self.project, thorough=self.settings.pedantic)


def _finished(
    findings: Iterable[Finding], source: Source, tree: ast.Module, settings: Settings, program: _Again
) -> Iterator[Finding]:
    """The findings with their mathematics, their fixes and, where they are wanted, their figures."""
    from wdlint import explain, fixes

    examined = fixes.Examined(program.sites, program.examine)
    surroundings = None
    followed = 0
    for finding in findings:
        fix = fixes.propose(finding, source, tree, settings, examined)
        site, project = finding.site, program.project
        if fix is not None and fix.edits and site is not None and project is not None:
            # Only now: what the rest of the project does costs more than all that was asked before.
            if surroundings is None:
                from wdlint.reason import Surroundings

                surroundings = Surroundings(source, tree, program.known, project)
            if hazards := surroundings.hazards(site):
                around = replace(site, hazards=(*site.hazards, *hazards))
                fix = fixes.propose(replace(finding, site=around), source, tree, settings, examined)
        figures = None
        if settings.figures:
            from wdlint.figures import figures_of

            follow = followed < _MOST_FOLLOWED
            figures = figures_of(replace(finding, fix=fix), source, examined, follow=follow)
            followed += bool(fix is not None and fix.edits)
        yield replace(
            finding,
            severity=settings.severity_of(finding),
            math=explain.mathematics(finding),
            fix=fix,
            figures=figures,
            site=None,
            penalty=None,
        )
