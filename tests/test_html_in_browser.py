"""The HTML report in a real browser; skipped where Playwright or a Chromium is not installed.

``pip install playwright`` and a ``chromium`` on the path are enough; nothing is downloaded here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.test_html_report import hostile
from wdlint import engine
from wdlint.reports import Look, render
from wdlint.settings import default_settings

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the examples: seven findings of five rules in five files."""
    settings = replace(default_settings(), figures=True)
    reports = [engine.check_source(f.read_bytes(), f.name, settings) for f in sorted(EXAMPLES.glob("*.py"))]
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render("html", engine.Run(tuple(reports), (), 6, 6), Look(version="1")), "utf-8")
    return file


class Page:
    """An open report, and what the browser had to say about it."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.tab = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.goto(file.as_uri())

    @property
    def shown(self) -> int:
        return int(self.tab.locator("article:visible").count())

    @property
    def count(self) -> str:
        return str(self.tab.locator("#count").inner_text())


@pytest.fixture
def page(chromium: Any, report: Path) -> Iterator[Page]:
    opened = Page(chromium, report)
    yield opened
    opened.context.close()


def test_it_opens_without_a_message_and_asks_for_nothing_else(page: Page, report: Path) -> None:
    assert page.shown == 7
    assert page.count == "7 of 7 findings shown"
    assert page.said == []
    assert page.asked == [report.as_uri()]


def test_search_finds_words_of_a_finding(page: Page) -> None:
    page.tab.fill("#search", "minigpt ln_1")
    assert page.shown == 1
    assert page.count == "1 of 7 findings shown"
    assert page.tab.locator("section.group:visible").count() == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("severity", "warning", 1), ("rule", "WD204", 2), ("file", "bert_no_decay.py", 3), ("fix", "unsafe", 3)],
)
def test_a_filter_leaves_what_it_names(page: Page, name: str, value: str, expected: int) -> None:
    page.tab.select_option(f"#by-{name}", value)
    assert page.shown == expected


def test_clear_shows_everything_again(page: Page) -> None:
    page.tab.fill("#search", "no such word")
    assert page.shown == 0
    page.tab.click("button[type=reset]")
    page.tab.wait_for_function("document.querySelectorAll('article:not([hidden])').length === 7")
    assert page.count == "7 of 7 findings shown"


def test_findings_are_grouped_by_file_and_back(page: Page) -> None:
    page.tab.select_option("#by-group", "file")
    assert page.tab.locator("section.group h3").all_inner_texts() == [
        "adam_l2_classifier.py",
        "bert_no_decay.py",
        "copied_recipe.py",
        "gcn_two_groups.py",
        "mini_gpt.py",
    ]
    page.tab.select_option("#by-group", "rule")
    assert page.tab.locator("section.group h3").first.inner_text().startswith("WD101")
    assert page.shown == 7


def test_the_slash_key_starts_a_search(page: Page) -> None:
    page.tab.keyboard.press("/")
    page.tab.keyboard.type("bert")
    assert page.tab.input_value("#search") == "bert"


def test_a_link_to_a_finding_that_is_filtered_out_shows_it(page: Page) -> None:
    page.tab.select_option("#by-rule", "WD204")
    page.tab.evaluate("location.hash = '#finding-1'")
    page.tab.wait_for_function("!document.getElementById('finding-1').hidden")
    assert page.shown == 7


def test_without_its_script_everything_can_be_read(chromium: Any, report: Path) -> None:
    page = Page(chromium, report, java_script_enabled=False)
    assert page.shown == 7
    assert page.tab.locator("#controls").is_hidden()


def test_pictures_have_a_size_and_take_the_colours_of_the_page(chromium: Any, report: Path) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = Page(chromium, report, color_scheme=scheme)
        box = page.tab.locator("figure.picture svg").first.bounding_box()
        assert box["width"] > 300 and box["height"] > 100
        colours.add(page.tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_a_phone_scrolls_in_one_direction_only(chromium: Any, report: Path) -> None:
    page = Page(chromium, report, viewport={"width": 360, "height": 740})
    assert page.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_what_is_folded_is_printed(page: Page) -> None:
    table = page.tab.locator("article tbody th", has_text="ln_f.bias").first
    assert not table.is_visible()
    page.tab.emulate_media(media="print")
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert table.is_visible()
    assert page.tab.locator("#controls").is_hidden()


def test_hostile_source_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    attack = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    file = tmp_path / "report.html"
    file.write_text(render("html", hostile(attack), Look()), "utf-8")
    page = Page(chromium, file)
    assert page.tab.title() == "Weight decay report"
    assert page.tab.locator("img").count() == 0
    assert page.asked == [file.as_uri()]
