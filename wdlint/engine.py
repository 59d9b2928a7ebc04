"""The engine: bytes in, findings out; and the same over many files.

:func:`check_source` and :func:`fix_source` are pure. :func:`check_paths` and :func:`preview_paths`
add walking, reading and worker processes; nothing in here writes. A file that cannot be checked becomes an
error about that file and never ends the run. The order of what comes back depends on the names
of the files alone.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from wdlint.facts import FileError, FileFacts, FileReport, Finding, Fix, Grouping, Known, Model, OptimizerSite
from wdlint.failures import reason
from wdlint.knowledge import Catalogue, catalogue
from wdlint.settings import Settings
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError, parse

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.synchronize import Event

    from wdlint.fixes.rounds import Choices
    from wdlint.sources.walk import Walk

_PARALLEL_FROM: Final = 64
"""Files from which worker processes pay for their start."""

_BATCH: Final = 24
"""Files a worker takes at a time."""

_CONTEXT: Final = 1
"""Source lines kept around each labelled one, for the frames of the reports."""

_NEAR: Final = 60
"""Lines a fix may reach over and still be shown as one replacement."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of files done and the number of files there are."""


@dataclass(frozen=True, slots=True)
class FixedFile:
    """What fixing made of one file: its new bytes, what was applied, and what is left.

    ``data`` equals the old bytes when nothing was applied. ``applied`` are at the places where the
    old bytes had them. ``problems`` are fixes that were taken back because the result did not
    compile. ``uncommitted``: the file was written over changes that git did not know.
    """

    path: str
    data: bytes
    applied: tuple[Finding, ...]
    report: FileReport
    problems: tuple[FileError, ...] = ()
    before: bytes = b""
    uncommitted: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """The result over many files. ``reports`` has only files with something to say, by path.

    ``folders`` are those that files were looked at in; ``left_over`` counts the findings of the
    baseline that are no longer there.
    """

    reports: tuple[FileReport, ...] = ()
    fixed: tuple[FixedFile, ...] = ()
    checked: int = 0
    building: int = 0
    errors: tuple[FileError, ...] = ()
    folders: tuple[str, ...] = ()
    left_over: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def all_errors(self) -> tuple[FileError, ...]:
        """What could not be checked: paths, files, and fixes that were taken back."""
        from_files = (error for report in self.reports for error in report.errors)
        from_fixes = (problem for fixed in self.fixed for problem in fixed.problems)
        return (*self.errors, *from_files, *from_fixes)


# ------------------------------------------------------------------------ one source


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


def passes_gate(data: bytes, known: Catalogue) -> bool:
    """Whether the bytes may hold an optimizer, groups for one, or a suppression.

    Substrings first: 58 MB cost 0.1 s. Only a file that says one of the few words is asked for
    the name of an optimizer class.
    """
    grouping = b"_decay" in data
    if grouping or b"optim" in data:
        names = {name.decode() for name in _CAPITALISED.findall(data)}
        if not names.isdisjoint(known.short_names):
            return True
        if any(name.encode() in data for name in known.factories):
            return True
        if grouping and _ITERATOR.search(data):  # groups for an optimizer of another file
            return True
    return b"wdlint:" in data or (b"noqa" in data and _NOQA.search(data) is not None)


_CAPITALISED: Final = re.compile(rb"\b_?[A-Z]\w*", re.ASCII)
_ITERATOR: Final = re.compile(rb"=[ \t]*(?:[\w.]+\.(?:named_)?parameters\(\)|filter\()", re.ASCII)
_NOQA: Final = re.compile(rb"#\s*noqa\s*:[^\n]*\bWD\d", re.IGNORECASE)


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
        lines=_lines(source, finished),
        positions=_positions(source, finished),
        builds_optimizers=len(facts.sites),
        suppressed=suppressed,
        hidden=len(kept) - len(shown),
        elsewhere=_elsewhere(source.path, finished, project) if project is not None else {},
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
    ours = "wdlint:" in source.text
    if not ours and "noqa" in source.text.lower():
        ours = bool(findings) or _NOQA.search(source.text.encode("utf-8", "replace")) is not None
    if not ours:
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

            figures = figures_of(replace(finding, fix=fix), source, examined)
        yield replace(
            finding,
            severity=settings.severity_of(finding),
            math=explain.mathematics(finding),
            fix=fix,
            figures=figures,
            site=None,
            penalty=None,
        )


def _lines(source: Source, findings: Iterable[Finding]) -> dict[int, str]:
    """The lines of a file that frames may show."""
    wanted: set[int] = set()
    for finding in findings:
        for place in (finding.place, *(label.place for label in finding.related)):
            if place.path == source.path:
                wanted.update(range(place.line - _CONTEXT, place.end_line + _CONTEXT + 1))
        if finding.fix is not None and finding.place.path == source.path:
            wanted |= _edited_lines(source, finding.fix)
    return {n: source.line(n) for n in sorted(wanted) if 1 <= n <= len(source.line_starts)}


def _edited_lines(source: Source, fix: Fix) -> set[int]:
    """The lines a fix touches and, where they are near each other, those between them."""
    touched = {source.position(offset)[0] for edit in fix.edits for offset in edit.span}
    if touched and max(touched) - min(touched) <= _NEAR:
        touched.update(range(min(touched), max(touched)))
    return touched


def _positions(source: Source, findings: Iterable[Finding]) -> dict[int, tuple[int, int]]:
    """Where the edits of the findings start and end."""
    edits = (edit for f in findings if f.fix is not None for edit in f.fix.edits)
    return {offset: source.position(offset) for edit in edits for offset in edit.span}


def _elsewhere(path: str, findings: Sequence[Finding], project: Project) -> dict[str, dict[int, str]]:
    """The same for the other files that the findings point into."""
    others = {label.place.path for f in findings for label in f.related if label.place.path != path}
    found: dict[str, dict[int, str]] = {}
    for other in sorted(others):
        try:
            found[other] = _lines(Source.decode(project.read(os.path.abspath(other)) or b"", other), findings)
        except SourceError:
            continue
    return found


# -------------------------------------------------------------------------- parameters


class TargetError(Exception):
    """What ``params`` was asked about cannot be listed; the text is one line."""


@dataclass(frozen=True, slots=True)
class ParameterReport:
    """The optimizers of a file with what became of each parameter, or the inventory of a class.

    ``model`` is None for a file, and ``sites`` are empty for a class.
    """

    path: str
    sites: tuple[OptimizerSite, ...] = ()
    model: Model | None = None


def parameters_of(target: str, settings: Settings) -> ParameterReport:
    """The parameters of ``train.py``, optimizer by optimizer, or of the class in ``model.py:GPT``.

    Raises:
        TargetError: no such file or class, or it cannot be read.
    """
    path, name = _file_and_class(target)
    try:
        with open(path, "rb") as file:
            source = Source.decode(file.read(), path)
        tree = parse(source)
        if name:
            _check_class(tree, path, name)
            return ParameterReport(path, model=_inventory(source, tree, name, project_of(path, settings)))
        from wdlint.reason import examine

        project = project_of(path, settings)
        facts = examine(source, tree, catalogue(settings.extend_catalogue), project, every_site=True)
        return ParameterReport(path, facts.sites)
    except OSError as error:
        raise TargetError(f"{path}: {reason(error)}") from None
    except SourceError as error:
        where = ":".join(str(part) for part in (path, error.line, error.column) if part is not None)
        raise TargetError(f"{where}: {error.message}") from None
    except RecursionError:
        raise TargetError(f"{path}: nested too deeply to be read") from None


def _file_and_class(target: str) -> tuple[str, str]:
    """``model.py:GPT`` in its two parts; a file whose name holds a colon is a file."""
    path, _, name = target.rpartition(":")
    named = path and name.isidentifier() and not Path(target).exists()
    return (path, name) if named and len(path) > 1 else (target, "")


def _check_class(tree: ast.Module, path: str, name: str) -> None:
    """See that a module has a class, or imports something, of this name."""
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    imported = (alias.asname or alias.name for node in imports for alias in node.names)
    if name not in classes and name not in imported:
        from wdlint.settings import suggestion

        known = f"it has {', '.join(classes)}" if classes else "it has no classes"
        raise TargetError(f"{path}: no class '{name}'; {suggestion(name, classes, known)}")


def _inventory(source: Source, tree: ast.Module, name: str, project: Project) -> Model:
    from wdlint.interpret import Follower

    found = Follower(tree, source, project).inventory(name)
    if found is None:
        raise TargetError(f"{source.path}: '{name}' is not a class that can be followed")
    return found


def project_of(path: str, settings: Settings) -> Project:
    """The project of a file; where its imports are looked up is found out when it is first asked."""

    def roots() -> tuple[str, ...]:
        from wdlint.sources.environment import import_roots

        return import_roots(settings, path)

    return Project(path, roots)


# ----------------------------------------------------------------------------- fixing


def fix_source(data: bytes, path: str, settings: Settings, project: Project | None = None) -> FixedFile:
    """Apply every fix the settings allow, again and again until nothing changes."""
    report = check_source(data, path, settings, project)
    if not any(is_fixable(finding, settings) for finding in report.findings):
        return FixedFile(path, data, (), report, (), data)
    from wdlint.fixes.rounds import Rounds, fix_all

    def check(now: bytes) -> FileReport:
        return check_source(now, path, settings, project)

    rounds = Rounds(path, data, report, check, _imported_elsewhere(project))
    problem = fix_all(rounds, lambda finding: is_fixable(finding, settings))
    if problem is not None:
        return FixedFile(path, data, (), report, (problem,), data)
    return FixedFile(path, rounds.data, tuple(rounds.applied), rounds.report, (), data)


def check_file(data: bytes, path: str, settings: Settings) -> FileReport:
    """A file's report, with what the files around it say."""
    return check_source(data, path, settings, project_of(path, settings))


def choices(data: bytes, path: str, settings: Settings) -> Choices:
    """The fixes of a file, safe and unsafe, to be accepted or declined one at a time."""
    from wdlint.fixes.rounds import Choices, Rounds

    project = project_of(path, settings)

    def check(now: bytes) -> FileReport:
        return check_source(now, path, settings, project)

    return Choices(Rounds(path, data, check(data), check, _imported_elsewhere(project)))


def _imported_elsewhere(project: Project | None) -> Callable[[str], bool]:
    """Whether another file of the project takes a name from the file that is fixed."""
    return lambda name: project is not None and project.imported_from(project.file, name)


def is_fixable(finding: Finding, settings: Settings) -> bool:
    """Whether a finding's fix may be applied under these settings."""
    fix = finding.fix
    if fix is None or not fix.edits:
        return False
    return fix.applicability == "safe" or (fix.applicability == "unsafe" and settings.unsafe_fixes)


# ------------------------------------------------------------------------- many files


def run_on(report: FileReport, fixed: FixedFile | None = None) -> Run:
    """The run that one source was all of."""
    building = int(report.builds_optimizers > 0)
    return Run((report,), (fixed,) if fixed is not None else (), 1, building, left_over=report.left_over)


def check_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Check files and the Python files in folders; see :func:`wdlint.sources.walk.python_files`.

    ``jobs`` is the number of processes, by default one a core.
    """
    walk = _walk(paths, settings)
    return _run_of(walk, _outcomes(walk, jobs, progress, _Job(settings)), settings)


def preview_paths(
    paths: Sequence[str],
    settings: Settings,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """What fixing would make of these files; nothing is written."""
    walk = _walk(paths, settings)
    return _run_of(walk, _outcomes(walk, jobs, progress, _Job(settings, fix=True)), settings)


_Outcome: TypeAlias = tuple[FileReport, FixedFile | None]


@dataclass(frozen=True, slots=True)
class _Job:
    """What to do with one file; sent to the workers, so it holds plain data only."""

    settings: Settings
    fix: bool = False

    def __call__(self, paths: Sequence[str]) -> list[_Outcome]:
        return [self._one(path) for path in paths if _stop is None or not _stop.is_set()]

    def _one(self, path: str) -> _Outcome:
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.readall()
        except OSError as error:
            return FileReport(path, errors=(FileError(path, reason(error)),)), None
        try:
            if not self.fix:
                return check_file(data, path, self.settings), None
            fixed = fix_source(data, path, self.settings, project_of(path, self.settings))
            return fixed.report, fixed if fixed.problems or fixed.data != data else None
        except Exception as error:
            return FileReport(path, errors=(internal_error(path, error),)), None


def internal_error(path: str, error: Exception) -> FileError:
    """What is said of a file on which wdlint itself failed."""
    return FileError(path, f"internal error: {type(error).__name__}: {error}")


def _walk(paths: Sequence[str], settings: Settings) -> Walk:
    from wdlint.sources.walk import python_files

    catalogue(settings.extend_catalogue)  # a broken extension is an error of the run, not of a file
    _gone(settings)  # and so is a broken baseline
    return python_files(paths, settings, Path.cwd())


def _outcomes(walk: Walk, jobs: int | None, progress: Progress | None, job: _Job) -> list[_Outcome]:
    """What became of every file, by its path."""
    outcomes: list[_Outcome] = []
    for done in _work(walk.files, job, _workers(jobs, len(walk.files))):
        outcomes.extend(done)
        if progress is not None:
            progress(len(outcomes), len(walk.files))
    return sorted(outcomes, key=lambda outcome: outcome[0].path)


def _run_of(walk: Walk, outcomes: Sequence[_Outcome], settings: Settings) -> Run:
    reports = [report for report, _ in outcomes]
    return Run(
        tuple(r for r in reports if r.findings or r.errors or r.suppressed or r.hidden or r.baselined),
        tuple(fixed for _, fixed in outcomes if fixed is not None),
        len(reports),
        sum(r.builds_optimizers > 0 for r in reports),
        tuple(walk.errors),
        tuple(sorted({os.path.dirname(os.path.realpath(path)) for path in walk.files})),
        _gone(settings) + sum(report.left_over for report in reports),
    )


def _gone(settings: Settings) -> int:
    if not settings.baseline:
        return 0
    from wdlint.baseline import gone

    return gone(settings)


def _workers(jobs: int | None, files: int) -> int:
    if jobs is None:
        jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if files < _PARALLEL_FROM else min(jobs, 61)  # Windows waits for 61 processes at most


def _work(files: Sequence[str], job: _Job, workers: int) -> Iterator[list[_Outcome]]:
    count = -(-len(files) // _BATCH)
    batches = [files[i::count] for i in range(count)]  # neighbours, often alike, go to different workers
    if workers == 1:
        for path in files:
            yield job([path])
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    lost: list[str] = []
    context = _context()
    stop = context.Event()
    with ProcessPoolExecutor(workers, context, _start_worker, (stop,)) as pool:
        try:
            pending = {pool.submit(job, batch): batch for batch in batches}
            for future in as_completed(pending):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.extend(pending[future])
        except BaseException:  # Ctrl-C: the workers end after the file they are at
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    for path in lost:
        yield [_alone(path, job)]


_stop: Event | None = None
"""In a worker: set once nobody waits for its results any more."""


def _start_worker(stop: Event) -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the parent; end when the parent ends."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _stop
    _stop = stop
    parent = parent_process()
    if parent is not None:  # killed, it cannot say that there is no more work

        def end_with_parent() -> None:
            parent.join()
            os._exit(1)

        Thread(target=end_with_parent, daemon=True).start()


def _alone(path: str, job: _Job) -> _Outcome:
    """One file in a process of its own, after a worker died: the file that killed it is named."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(1, mp_context=_context()) as pool:
        try:
            return pool.submit(job, [path]).result()[0]
        except BrokenProcessPool:
            return FileReport(path, errors=(FileError(path, "the process that checked it died"),)), None


def _context() -> BaseContext:
    """Forked workers where they are to be had: they start in milliseconds and inherit the knowledge."""
    import multiprocessing
    import sys

    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
