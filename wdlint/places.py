"""One line of a file, explained: what is found there with the numbers of the place, or what is not.

Asks the engine as ``wdlint check`` does, with the findings that are only possible, and puts what it
answers on a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wdlint import engine, knowledge
from wdlint.engine.parameters import TargetError, parameters_of
from wdlint.explain.card import difference
from wdlint.explain.page import Block, Code, Page, Section, Words, section
from wdlint.explain.worked import numbers_of, sections_of
from wdlint.facts import FileReport, Finding, Fix, OptimizerSite, Place
from wdlint.fixes.edits import edited
from wdlint.reports.full import fix_texts, frame_of
from wdlint.reports.parameters import group_text, key_of, optimizer_text
from wdlint.reports.screen import printable
from wdlint.settings import Settings
from wdlint.sources.text import Source, SourceError

_MARGIN: Final = 8
"""Columns that sections of code are indented by."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file with everything that is known of it."""

    path: str
    text: str
    findings: tuple[Finding, ...]
    report: FileReport
    sites: tuple[OptimizerSite, ...]


def page_at(path: str, line: int, settings: Settings, columns: int) -> Page:
    """What wdlint has to say about a line; frames are at most ``columns`` wide.

    Raises:
        TargetError: no such file or line, or the file cannot be checked.
    """
    file = _read(path, line, settings)
    here = [finding for finding in file.findings if _stands_at(finding, line, file)]
    built = [site for site in file.sites if _covers(site.place, line)]
    where = f"{printable(path)}:{line}"
    data = {"path": path, "line": line, "rules": [finding.code for finding in here]}
    if here:
        parts = [part for finding in here for part in _finding(finding, file, columns - _MARGIN)]
        see = tuple(dict.fromkeys(name for finding in here for name in _see(finding.code)))
        return Page(where, _count(here), tuple(parts), see=see, data=data)
    if built:
        parts = [part for site in built for part in _optimizer(site, path)]
        return Page(where, "Nothing is found here.", tuple(parts), see=("adamw",), data=data)
    return Page(where, "Nothing is found here, and no optimizer is built.", _elsewhere(file), data=data)


def _read(path: str, line: int, settings: Settings) -> _File:
    sites = parameters_of(path, settings).sites
    try:
        with open(path, "rb") as file:
            source = Source.decode(file.read(), path)
    except (OSError, SourceError) as error:  # it could be read a moment ago
        raise TargetError(f"{path}: {error}") from None
    lines = len(source.text.splitlines())
    if not 1 <= line <= lines:
        raise TargetError(f"{path} has {lines} line{'' if lines == 1 else 's'}, and no line {line}")
    run = engine.check_paths([path], settings, jobs=1)
    if run.all_errors:
        raise TargetError(f"{path}: {run.all_errors[0].message}")
    report = run.reports[0] if run.reports else FileReport(path)
    return _File(path, source.text, report.findings, report, sites)


def _covers(place: Place, line: int) -> bool:
    return place.line <= line <= place.end_line


def _stands_at(finding: Finding, line: int, file: _File) -> bool:
    """At the finding's own place, or anywhere in the call it is about."""
    site = _site(finding, file)
    own_call = site is not None and _inside(finding.place, site.place) and _covers(site.place, line)
    return _covers(finding.place, line) or own_call


def _inside(inner: Place, outer: Place) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end


def _site(finding: Finding, file: _File) -> OptimizerSite | None:
    """The optimizer of a finding: the innermost call around it, the one it points to, the only one."""
    around = [site for site in file.sites if _inside(finding.place, site.place)]
    if around:
        return min(around, key=lambda site: site.place.span.end - site.place.span.start)
    pointed = {label.place for label in finding.related}
    named = [site for site in file.sites if {site.place, site.callee} & pointed]
    return named[0] if len(named) == 1 else file.sites[0] if len(file.sites) == 1 else None


def _see(code: str) -> tuple[str, ...]:
    card = knowledge.card(code)
    return (code, *card.see) if card else (code,)


def _count(findings: Sequence[Finding]) -> str:
    return "One finding here." if len(findings) == 1 else f"{len(findings)} findings here."


# --------------------------------------------------------------------------- a finding


def _finding(finding: Finding, file: _File, columns: int) -> Iterator[Section]:
    sure = "" if finding.certainty == "certain" else f" ({finding.certainty})"
    frame = "\n".join(frame_of(finding, file.report, columns))
    yield Section(
        f"{finding.severity} {finding.code} {finding.name}{sure}",
        (Words(f"{printable(finding.message)}."), Code("text", frame)),
    )
    if finding.math:
        yield section("With the numbers of this place", "\n\n".join(map(printable, finding.math)))
        site = _site(finding, file)
        if site is not None and (numbers := numbers_of(site)) is not None:
            yield from sections_of(site, numbers)
    card = knowledge.card(finding.code)
    if card is not None and card.math.strip():
        yield section("The derivation", card.math, card.latex)
    if finding.fix is not None:
        yield Section("The fix", tuple(_fix(finding.fix, file)))


def _fix(fix: Fix, file: _File) -> Iterator[Block]:
    """What it is and what makes it unsafe, and the lines it changes."""
    yield Words("\n\n".join(printable(text) for _, text in fix_texts(fix)))
    if fix.edits:
        changed = difference(file.text, edited(file.text, sorted(set(fix.edits))))
        yield Code("diff", "\n".join(map(printable, changed.splitlines())))


# ------------------------------------------------------------------------ no finding


def _optimizer(site: OptimizerSite, path: str) -> Iterator[Section]:
    """What an optimizer does with its decay."""
    said = [_COUPLINGS.get(coupling, "") for coupling in dict.fromkeys(site.couplings)]
    texts = [f"{optimizer_text(site)}: {' or '.join(filter(None, said)) or 'its decay is of another kind'}."]
    decays = [group.decay for group in site.groups] or [site.decay]
    texts += [f"- {group_text(path, i, decay, key_of(site))}" for i, decay in enumerate(decays)]
    yield section("The optimizer built here", "\n".join(map(printable, texts)))
    if (numbers := numbers_of(site)) is not None:
        yield from sections_of(site, numbers)


_COUPLINGS: Final = {
    "coupled": "adds the decay to the gradient, which it then rescales",
    "decoupled": "shrinks the weights by lr·wd per step, outside the gradient",
    "decoupled_absolute": "shrinks the weights by wd per step, not multiplied by lr",
    "decoupled_prox": "divides the weights by 1 + lr·wd per step",
    "l2_sgd": "adds the decay to a gradient that it does not rescale: the same as weight decay",
    "none": "takes no weight decay",
}


def _elsewhere(file: _File) -> tuple[Section, ...]:
    """Where in the file there is something to explain."""
    found = [f"- line {f.place.line}: {f.code} {f.name}" for f in file.findings]
    built = [f"- line {site.place.line}: {optimizer_text(site)}" for site in file.sites]
    parts = [("Findings of this file", found), ("Optimizers of this file", built)]
    return tuple(section(heading, "\n".join(rows)) for heading, rows in parts if rows)
