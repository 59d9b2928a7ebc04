"""One finding: what, how sure, where in the source, the mathematics, the fix and the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from wdlint.facts import FileReport, Finding, Fix
from wdlint.pictures import Markup, element
from wdlint.reports.html.pictures import Gallery
from wdlint.reports.html.source import frames
from wdlint.reports.html.tables import Tables
from wdlint.reports.html.text import join, prose, text, where
from wdlint.reports.screen import printable

Mending: TypeAlias = Literal["safe", "unsafe", "by hand", "withheld", "none"]

MENDINGS: Final[dict[Mending, str]] = {
    "safe": "safe fix",
    "unsafe": "unsafe fix",
    "by hand": "to be fixed by hand",
    "withheld": "fix withheld",
    "none": "no fix",
}
"""How a finding can be mended, in the words of the page."""


def mending(finding: Finding) -> Mending:
    fix = finding.fix
    if fix is None:
        return "none"
    if fix.withheld is not None:
        return "withheld"
    return "by hand" if fix.applicability == "display" or not fix.edits else fix.applicability


@dataclass(frozen=True, slots=True)
class Articles:
    """Makes the findings of a page; ``unfolded``: few enough to be shown whole, with lines around them."""

    unfolded: bool
    gallery: Gallery = field(default_factory=Gallery)
    tables: Tables = field(default_factory=Tables)

    def article(self, finding: Finding, report: FileReport, number: int) -> Markup:
        anchor = f"finding-{number}"
        return element(
            "article",
            _head(finding, anchor),
            frames(finding, report, 1 if self.unfolded else 0),
            _mathematics(finding),
            self._fix(finding),
            self._folded("Pictures", self.gallery.of(finding, anchor)),
            self._folded("Parameters", self.tables.of(finding, anchor), shown=False),
            id=anchor,
            data_rule=finding.code,
            data_severity=finding.severity,
            data_certainty=finding.certainty,
            data_fix=mending(finding),
            data_file=printable(finding.place.path),
        )

    def _folded(self, name: str, content: Markup | None, *, shown: bool = True) -> Markup:
        if content is None:
            return Markup("")
        opened = "" if self.unfolded and shown else None
        return element("details", element("summary", text(name)), content, open=opened)

    def _fix(self, finding: Finding) -> Markup:
        fix = finding.fix
        if fix is None:
            return Markup("")
        changes = finding.figures.changes if finding.figures is not None else ()
        if not self.unfolded:  # the frame above shows what is around
            changes = tuple(line for line in changes if line.startswith(("+", "-")))
        diff = self._folded("What it changes", _diff(changes)) if changes else None
        return element("div", join(*_fix_words(fix, mending(finding)), diff), class_="fix")


def _head(finding: Finding, anchor: str) -> Markup:
    message = finding.message if finding.message.endswith((".", "?")) else f"{finding.message}."
    badges = [
        element("b", text(finding.severity), class_=finding.severity),
        element("b", text(finding.certainty)),
        element("b", text(MENDINGS[mending(finding)])),
    ]
    link = element("a", element("code", text(where(finding.place))), href=f"#{anchor}", class_="where")
    rule = element("span", text(f"{finding.code} {finding.name}"), class_="rule")
    return element(
        "header",
        element("p", link, rule, *badges, class_="meta"),
        element("h4", prose(message)),
    )


def _mathematics(finding: Finding) -> Markup:
    if not finding.math:
        return Markup("")
    return element("div", *(element("p", prose(line)) for line in finding.math), class_="math")


def _fix_words(fix: Fix, kind: Mending) -> Iterator[Markup]:
    command = {"safe": "wdlint --fix", "unsafe": "wdlint --fix --unsafe-fixes"}.get(kind)
    yield element(
        "p",
        element("b", text(f"{MENDINGS[kind].capitalize()}: ")),
        prose(fix.message),
        join(text(" · "), element("code", text(command), class_="option")) if command else Markup(""),
    )
    if fix.withheld is not None:
        yield element("p", text("Why: "), prose(fix.withheld))
    if fix.cautions:
        yield element("ul", *(element("li", prose(caution)) for caution in fix.cautions))


def _diff(changes: tuple[str, ...]) -> Markup:
    return element("pre", element("code", *map(_changed, changes)), class_="diff", tabindex="0")


_STYLES: Final = {"+": "ins", "-": "del", "@": "hunk"}


def _changed(line: str) -> Markup:
    style = _STYLES.get(line[:1])
    return element("span", text(line), class_=style) if style else Markup(f"{text(line)}\n")
