"""Search and filters: plain form fields, hidden until the script of the page brings them to life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wdlint.choices import CERTAINTIES, SEVERITIES
from wdlint.facts import Finding
from wdlint.pictures import Markup, element
from wdlint.reports.html.article import MENDINGS, mending
from wdlint.reports.html.text import text
from wdlint.reports.screen import printable


def controls(findings: Sequence[Finding]) -> Markup:
    """The form, and the live count below it."""
    severities = Counter(finding.severity for finding in findings)
    sure = Counter(finding.certainty for finding in findings)
    rules = Counter(finding.code for finding in findings)
    files = Counter(printable(finding.place.path) for finding in findings)
    mended = Counter(mending(finding) for finding in findings)
    search = element(
        "input", type="search", id="search", placeholder="Search: words, names, files", autocomplete="off"
    )
    form = element(
        "form",
        element("div", _label("Search", "search"), search, class_="field search"),
        _choice("Severity", "severity", [(kind, kind) for kind in SEVERITIES if severities[kind]]),
        _choice("Certainty", "certainty", [(kind, kind) for kind in CERTAINTIES if sure[kind]]),
        _choice("Rule", "rule", [(code, code) for code in sorted(rules)]),
        _choice("File", "file", [(path, path) for path in sorted(files)]),
        _choice("Fix", "fix", [(kind, words) for kind, words in MENDINGS.items() if mended[kind]]),
        _choice("Group by", "group", [("rule", "rule"), ("file", "file")], everything=None),
        element("button", text("Clear"), type="reset"),
        id="controls",
        role="search",
        aria_label="Filter the findings",
        hidden="",
    )
    shown = f"{len(findings)} of {len(findings)} findings shown"
    return Markup(form + element("p", text(shown), id="count", role="status", aria_live="polite", hidden=""))


def _choice(
    name: str, key: str, options: Sequence[tuple[str, str]], everything: str | None = "all"
) -> Markup:
    rows = [element("option", text(words), value=value) for value, words in options]
    first = [element("option", text(everything), value="")] if everything is not None else []
    return element(
        "div", _label(name, f"by-{key}"), element("select", *first, *rows, id=f"by-{key}"), class_="field"
    )


def _label(name: str, field: str) -> Markup:
    return element("label", text(name), for_=field)
