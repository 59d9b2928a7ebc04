"""Explanations as text, Markdown, HTML and JSON: the same page, whole and well-formed in each."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from wdlint.explain import html, markdown, mathml, text
from wdlint.explain import json as page_json
from wdlint.explain.card import card_page, concept_page
from wdlint.explain.page import Code, Formula, Page, Section, Words, groups, section
from wdlint.knowledge import cards, concept, concepts
from wdlint.pictures.illustrate import pictures_of

PAGES = {
    **{card.code: card_page(card) for card in cards()},
    **{each.name: concept_page(each) for each in concepts()},
}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def page(*blocks: object, **more: object) -> Page:
    return Page("Title", "A summary.", (Section("Heading", blocks),), **more)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------- prose


def test_paragraphs_items_and_lines_are_told_apart() -> None:
    prose = "One\nparagraph.\n\n- an item\n  of two lines\n- another\n\n    x  = 1\n"
    assert [[(p.kind, p.text) for p in pieces] for pieces in groups(prose)] == [
        [("paragraph", "One paragraph.")],
        [("item", "an item of two lines"), ("item", "another")],
        [("line", "    x  = 1")],
    ]


# ------------------------------------------------------------------------------- formats


@each_page
@pytest.mark.parametrize("width", [40, 80, 100])
def test_text_keeps_to_its_width_but_for_code_and_addresses(page: Page, width: int) -> None:
    kept = [line for line in text.render(page, width).splitlines() if line.startswith("      ")]
    prose = [line for line in text.render(page, width).splitlines() if line not in kept and "://" not in line]
    assert max(map(len, prose)) <= width or all(
        " " not in line.strip() for line in prose if len(line) > width
    )


def test_text_has_the_headings_and_no_latex() -> None:
    shown = text.render(page(Words("Words."), Formula(r"\frac{1}{2}"), see=("adamw",)), 80)
    assert shown == "Title\n\nA summary.\n\nHeading\n  Words.\n\nSee also\n  wdlint explain adamw\n"


def test_markdown_fences_what_stays_as_it_is() -> None:
    shown = markdown.render(
        page(Words("Where |g| is small, `a*b`:\n\n    x = 1\n    y = 2"), Formula("a+b\n"))
    )
    assert r"Where \|g\| is small, `a*b`:" in shown
    assert "```text\nx = 1\ny = 2\n```" in shown
    assert "```math\na+b\n```" in shown


def test_markdown_fences_are_longer_than_any_in_the_code() -> None:
    assert "````python\n```\n````" in markdown.render(page(Code("python", "```")))


class Elements(HTMLParser):
    """Which elements and attributes a document has, and that they close as they open."""

    VOID = ("meta",)

    def __init__(self, document: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@each_page
def test_html_is_whole_and_asks_for_nothing(page: Page) -> None:
    pictures = {heading: picture.svg() for heading, picture in pictures_of(page).items()}
    elements = Elements(html.render(page, pictures))
    assert elements.open == []
    assert {"h1", "h2", "pre"} <= elements.seen | {"pre"}
    assert not {"script", "link", "img", "iframe", "object"} & elements.seen
    assert not {"src", "srcset"} & elements.attributes


def test_html_escapes_what_it_is_given() -> None:
    document = html.render(page(Words("`<b>` & <script>"), Code("diff", "+<x>\n-y")))
    assert "<code>&lt;b&gt;</code> &amp; &lt;script&gt;" in document
    assert "<ins>+&lt;x&gt;</ins>\n<del>-y</del>" in document


def test_html_without_latex2mathml_shows_the_latex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mathml, "available", lambda: False)
    assert r"<pre>\frac{a}{b}</pre>" in html.render(page(Formula("\\frac{a}{b}\n")))


@each_page
def test_every_formula_becomes_mathml(page: Page) -> None:
    pytest.importorskip("latex2mathml")
    formulas = [b.latex for part in page.sections for b in part.blocks if isinstance(b, Formula)]
    for latex in formulas:
        drawn = mathml.convert(latex)
        assert drawn.startswith("<math ") and 'display="block"' in drawn
        assert not re.search(r"\\\w", drawn), "a command that was not understood"
        assert Elements(drawn).open == []


@each_page
def test_json_has_every_section(page: Page) -> None:
    read = json.loads(page_json.render(page))
    assert read["version"] == 1
    assert [part["heading"] for part in read["sections"]] == [part.heading for part in page.sections]
    assert all(part["blocks"] for part in read["sections"])


# ------------------------------------------------------------------------------ concepts


def test_the_concept_tells_the_story_in_order() -> None:
    story = concept("AdamW")
    assert story is not None
    headings = [part.heading for part in story.sections]
    assert headings[:4] == [
        "Under SGD they are one",
        "What Adam does",
        "Why L2 under Adam is not weight decay",
        "What AdamW changes",
    ]


def test_the_concept_s_table_is_the_card_s() -> None:
    """The card's is held against a simulation, and that against torch."""
    story, (of, *_) = concept("adamw"), cards()
    assert story is not None
    rows = [line.split() for line in of.why.splitlines() if line.strip().startswith("1e-")]
    told = [line.split() for part in story.sections for line in part.text.splitlines()]
    assert rows and all(row in told for row in rows)


@pytest.mark.parametrize("of", [card for card in cards() if card.math], ids=lambda card: card.code)
def test_a_rule_with_mathematics_points_to_the_concept(of: object) -> None:
    assert of.code.startswith("WD9") or "adamw" in of.see  # type: ignore[attr-defined]


def test_nothing_claims_that_an_l2_coefficient_converts() -> None:
    story = concept("adamw")
    assert story is not None
    words = " ".join(" ".join(part.text.split()) for part in story.sections)
    assert "An L2 coefficient of Adam has no equal here" in words
    assert "equivalent" not in words


def test_a_section_without_latex_has_no_formula() -> None:
    assert section("Heading", "text").blocks == (Words("text"),)
