"""``html``: one page for people, in one file that asks nothing of a network.

Whole without its script, which only filters and regroups; light or dark as the reader's system is;
printable. The policy in its head lets nothing run or load but the style and the script it was made
with, and all that comes out of the analysed code is text. The same run gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from wdlint.facts import FileReport, Finding
from wdlint.knowledge import card
from wdlint.pictures import Markup, element
from wdlint.reports import Look, Run
from wdlint.reports.html.article import Articles
from wdlint.reports.html.controls import controls
from wdlint.reports.html.overview import head, overview, rule_anchor
from wdlint.reports.html.text import prose, text
from wdlint.reports.summary import count

_UNFOLDED = 20
"""Findings up to which pictures and changes are open from the start."""


def render(run: Run, look: Look) -> str:
    """The page."""
    style, script = _asset("report.css"), _asset("report.js")
    articles = Articles(unfolded=len(run.findings) <= _UNFOLDED)
    main = element("main", overview(run), *_findings(run, articles), id="main")
    body = element(
        "body",
        element("a", text("Skip to the findings"), href="#findings", class_="skip"),
        head(run, look),
        main,
        element("footer", text(_footer(look))),
        articles.gallery.drawings(),
        element("script", script),
    )
    page = element("html", _head(style, script), body, lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _asset(name: str) -> Markup:
    return Markup(files(__package__).joinpath(name).read_text("utf-8"))


def _head(style: Markup, script: Markup) -> Markup:
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="robots", content="noindex"),
        element("title", text("Weight decay report")),
        element("style", style),
    )


def _source(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _footer(look: Look) -> str:
    return f"Made by wdlint {look.version}".strip() + ", which reads programs and does not run them."


def _findings(run: Run, articles: Articles) -> Iterator[Markup]:
    if not run.findings:
        return
    numbered = list(enumerate(_with_reports(run), 1))
    groups = []
    for code in sorted({finding.code for finding in run.findings}):
        here = [
            articles.article(finding, report, number)
            for number, (finding, report) in numbered
            if finding.code == code
        ]
        groups.append(_group(code, here, run))
    yield element(
        "section",
        element("h2", text("Findings"), id="findings-title"),
        controls(run.findings),
        *_left_out(articles.gallery.left_out),
        element("div", *groups, id="groups"),
        id="findings",
        aria_labelledby="findings-title",
    )


def _left_out(number: int) -> Iterator[Markup]:
    """What is said of findings without pictures, where there are more than a page can hold."""
    if number:
        said = f"{count(number, 'finding')} without pictures here: a report on fewer files draws them."
        yield element("p", text(said), class_="note")


def _with_reports(run: Run) -> Iterator[tuple[Finding, FileReport]]:
    for report in run.reports:
        for finding in report.findings:
            yield finding, report


def _group(code: str, articles: list[Markup], run: Run) -> Markup:
    """The findings of one rule."""
    name = next(finding.name for finding in run.findings if finding.code == code)
    known = card(code)
    about = [element("p", prose(known.summary), class_="about")] if known else []
    return element(
        "section",
        element(
            "h3",
            text(f"{code} {name} "),
            element("small", text(count(len(articles), "finding"))),
            id=rule_anchor(code),
        ),
        *about,
        *articles,
        class_="group",
        aria_labelledby=rule_anchor(code),
    )
