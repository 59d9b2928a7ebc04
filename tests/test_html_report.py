"""The HTML report as a document: whole, escaped, and asking nothing of a network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from wdlint import cli, engine
from wdlint.facts import FileError, FileReport, Finding, Fix, Label, Place, Span
from wdlint.fixes.preview import changed_lines
from wdlint.reports import Look, render
from wdlint.reports.html.pictures import MOST_PICTURES
from wdlint.settings import default_settings

EXAMPLES = Path(__file__).parent.parent / "examples"
DRAWING = replace(default_settings(), figures=True)
VOID = {"meta", "input", "path", "rect", "circle", "line", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str = "", **wanted: str) -> Iterator[Element]:
        for child in self.children:
            given = {key.replace("-", "_"): value for key, value in child.attributes.items()}
            if tag in ("", child.tag) and all(given.get(k.rstrip("_")) == v for k, v in wanted.items()):
                yield child
            yield from child.all(tag, **wanted)

    def one(self, tag: str = "", **wanted: str) -> Element:
        return next(self.all(tag, **wanted))

    @property
    def words(self) -> str:
        return self.text + "".join(child.words for child in self.children)


class Reader(HTMLParser):
    """Builds the tree, and refuses what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {key: value or "" for key, value in attrs})
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Element("#text", {}, text=data))


def read(page: str) -> Element:
    reader = Reader()
    reader.feed(page)
    assert reader.open == [reader.root]
    return reader.root


def checked(*names: str) -> engine.Run:
    reports = []
    for name in names:
        data = (EXAMPLES / name).read_bytes()
        reports.append(engine.check_source(data, name, DRAWING))
    return engine.Run(tuple(reports), (), len(names), len(names))


def page(run: engine.Run) -> str:
    return render("html", run, Look(version="1.2.3"))


@pytest.fixture(scope="module")
def examples() -> engine.Run:
    return checked("adam_l2_classifier.py", "bert_no_decay.py", "copied_recipe.py", "mini_gpt.py")


@pytest.fixture(scope="module")
def document(examples: engine.Run) -> Element:
    return read(page(examples))


def hostile(text: str) -> engine.Run:
    place = Place(f"{text}.py", Span(0, len(text)), 1, 1, 1, 1 + len(text))
    finding = Finding(
        "WD101",
        "coupled-weight-decay",
        "error",
        "certain",
        f"`{text}` {text}",
        place,
        text,
        (Label(place._replace(path=f"other{text}", line=7), text),),
        (text,),
        Fix(text, "display", cautions=(text,), withheld=text),
    )
    error = FileError(text, text)
    return engine.Run((FileReport(place.path, (finding,), (error,), {1: text}, 1),), (), 1, 1)


# ------------------------------------------------------------------------------- what is there


def test_every_finding_is_an_article_under_its_rule(examples: engine.Run, document: Element) -> None:
    articles = list(document.all("article"))
    assert len(articles) == len(examples.findings) > 4
    rules = list(document.all("section", class_="group"))
    assert [s.one("h3").words.split()[0] for s in rules] == sorted({f.code for f in examples.findings})
    for section in rules:
        code = section.one("h3").words.split()[0]
        assert {article.attributes["data-rule"] for article in section.all("article")} == {code}


def test_an_article_has_message_source_mathematics_fix_pictures_and_parameters(document: Element) -> None:
    article = document.one("article", data_rule="WD101")
    assert "Adam puts weight decay 1e-4" in article.one("h4").words
    assert article.one("mark", class_="p").words == "torch.optim.Adam"
    assert "lr·wd/(√v̂+ε) = 1e-7/√v̂" in article.one("div", class_="math").words
    assert "wdlint --fix --unsafe-fixes" in article.one("div", class_="fix").words
    assert "torch.optim.AdamW(" in article.one("pre", class_="diff").words
    assert len(list(article.all("figure", class_="picture"))) == 3
    assert "head.weight" in article.one("tbody").words


def test_labels_stand_below_the_line_they_are_about(document: Element) -> None:
    lines = document.one("article", data_rule="WD101").one("div", class_="lines").children
    labelled = next(i for i, line in enumerate(lines) if line.attributes.get("class") == "label p")
    assert "torch.optim.Adam(" in lines[labelled - 1].words
    assert lines[labelled].words.strip() == "divides its gradient, decay included, by √v̂"


def test_the_table_shows_what_the_fix_makes_of_each_parameter(document: Element) -> None:
    article = document.one("article", data_rule="WD201")
    assert [cell.words for cell in article.one("thead").all("th")][4:6] == ["decay", "fixed"]
    rows = {
        row.one("th").words: [cell.words for cell in row.all("td")]
        for row in article.all("tr")
        if row.all("td")
    }
    assert rows["head.weight"][3:5] == ["0.1", "0.1"]
    assert rows["ln_f.bias"][3:5] == ["0.1", "0"]


def test_bars_count_the_same_parameters_before_and_after() -> None:
    names = [text.words for text in read(page(checked("adam_l2_classifier.py"))).all("text")]
    assert {"2 decayed before", "2 decayed after", "2 not after"} <= set(names)


def test_a_second_finding_on_the_same_parameters_refers_to_the_first() -> None:
    article = list(read(page(checked("bert_no_decay.py"))).all("article", data_rule="WD204"))
    assert list(article[0].all("tbody"))


def test_a_withheld_fix_says_why() -> None:
    article = read(page(hostile("the reason"))).one("article")
    assert article.attributes["data-fix"] == "withheld"
    assert "Why: the reason" in article.one("div", class_="fix").words


def test_what_could_not_be_checked_is_listed() -> None:
    assert read(page(hostile("broken"))).one("ul", class_="errors").words == "broken broken"


def test_a_run_without_findings_says_so_and_has_no_controls() -> None:
    document = read(page(engine.Run((), (), 3, 1)))
    assert "All clear: 3 files checked" in document.one("p", class_="lead").words
    assert not list(document.all("form"))


def test_the_same_run_gives_the_same_bytes(examples: engine.Run) -> None:
    assert page(examples) == page(examples)


# ----------------------------------------------------------------------------- accessibility


def test_headings_go_down_one_level_at_a_time(document: Element) -> None:
    levels = [int(each.tag[1]) for each in document.all() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_every_field_has_a_label_and_every_reference_a_target(document: Element) -> None:
    names = [each.attributes["id"] for each in document.all() if "id" in each.attributes]
    assert len(names) == len(set(names))
    labelled = {label.attributes["for"] for label in document.all("label")}
    assert labelled == {e.attributes["id"] for e in document.all() if e.tag in ("input", "select")}
    for each in document.all():
        for key in ("aria-labelledby", "aria-describedby"):
            assert each.attributes.get(key, names[0]) in names
        href = each.attributes.get("href", "#" + names[0])
        assert href[0] == "#" and href[1:] in names


def test_the_count_of_findings_is_announced(document: Element) -> None:
    count = document.one(id="count")
    assert (count.attributes["role"], count.attributes["aria-live"]) == ("status", "polite")


def test_there_are_landmarks_and_a_language(document: Element) -> None:
    assert document.one("html").attributes["lang"] == "en"
    for tag in ("header", "main", "footer"):
        assert document.one(tag)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *(
        (ink, paper)
        for ink in ("ink", "soft", "link", "error", "warning", "info")
        for paper in ("page", "card")
    ),
    *((ink, "well") for ink in ("ink", "soft", "mark-ink", "other-ink")),
    *((f"{each}-ink", each) for each in ("mark", "other", "add", "cut")),
    *((ink, "card") for ink in ("wdlint-coupled", "wdlint-decoupled")),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_text_can_be_read_in_light_and_dark(document: Element, scheme: int, ink: str, paper: str) -> None:
    style = document.one("style").words
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{6});", re.findall(r":root \{(.*?)\}", style, re.S)[scheme])
    )
    assert contrast(colours[ink], colours[paper]) >= 4.5


# --------------------------------------------------------------------------------- hostile text

ATTACKS = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style><style>*{display:none}",
    '" onfocus=alert(1) x="',
    "' onfocus='alert(1)",
    "<!--",
    "]]>",
    "`<b>`",
    "--><svg/onload=alert(1)>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_out_of_the_analysed_code_becomes_markup(attack: str) -> None:
    tame, wild = read(page(hostile("word"))), read(page(hostile(attack)))
    tags = [each.tag for each in wild.all() if each.tag != "#text"]
    assert [tag for tag in tags if tag != "code"] == [
        e.tag for e in tame.all() if e.tag not in ("#text", "code")
    ]
    assert not [key for each in wild.all() for key in each.attributes if key.startswith("on")]
    assert attack.replace("`", "") in wild.one("h4").words.replace("`", "")


@pytest.mark.parametrize(
    ("character", "shown"), [("\x1b", r"\x1b"), ("\u202e", r"\u202e"), ("\0", r"\x00"), ("\ud800", r"\ud800")]
)
def test_characters_that_drive_or_hide_are_shown_as_escapes(character: str, shown: str) -> None:
    text = page(hostile(f"a{character}b"))
    assert character not in text
    assert f"a{shown}b" in text


# ------------------------------------------------------------------------------------- network


def test_the_policy_lets_only_this_style_and_this_script_run(document: Element) -> None:
    policy = document.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(document.one(tag).words.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert [len(list(document.all(tag))) for tag in ("style", "script")] == [1, 1]


def test_nothing_is_asked_of_a_network(examples: engine.Run) -> None:
    assert not re.search(
        r"""(?:src|href|action)="(?!#)|url\(|@import|https?:|fetch\(|XMLHttp""", page(examples)
    )


def test_no_attribute_styles_or_scripts_an_element(document: Element) -> None:
    keys = {key for each in document.all() for key in each.attributes}
    assert not [key for key in keys if key == "style" or key.startswith("on")]


# ---------------------------------------------------------------------------------------- size


def test_a_page_of_a_thousand_findings_stays_below_three_megabytes() -> None:
    """No two of them alike: another file, and other numbers, each time."""
    one = (
        "import torch\nfrom torch import nn\n\n\ndef build(width):\n"
        "    model = nn.Sequential(nn.Linear(width, 4), nn.LayerNorm(4))\n"
        "    return torch.optim.{}(model.parameters(), lr=1e-{}, weight_decay={}e-4)\n"
    )
    distinct = [
        engine.check_source(one.format(name, lr, decay).encode(), f"models/{name}_{lr}_{decay}.py", DRAWING)
        for name in ("Adam", "AdamW")
        for lr in (2, 3)
        for decay in range(10, 30)
    ]
    reports = [
        replace(report, path=path, findings=tuple(moved(finding, path) for finding in report.findings))
        for i in range(1000 // len(distinct) + 1)
        for report in distinct
        for path in (f"projects/{i}/{report.path}",)
    ][:1000]
    text = page(engine.Run(tuple(reports), (), 1000, 1000))
    assert text.count("<article") == 1000
    assert len(text.encode()) < 3_000_000
    assert text.count("<symbol") < MOST_PICTURES + 3
    assert re.search(r"\d+ findings without pictures here: a report on fewer files draws them", text)


def moved(finding: Finding, path: str) -> Finding:
    related = tuple(replace(label, place=label.place._replace(path=path)) for label in finding.related)
    return replace(finding, place=finding.place._replace(path=path), related=related)


# ------------------------------------------------------------------------------------- figures


def test_findings_bring_figures_only_where_a_format_draws() -> None:
    data = (EXAMPLES / "mini_gpt.py").read_bytes()
    (plain,) = engine.check_source(data, "mini_gpt.py", default_settings()).findings
    (drawn,) = engine.check_source(data, "mini_gpt.py", DRAWING).findings
    assert plain.figures is None
    assert drawn.figures is not None
    assert drawn.figures.fixed
    assert drawn == plain


def test_only_the_first_fixes_of_a_file_are_followed_for_their_figures() -> None:
    """Each costs as much as the whole check; the others show where the parameters are now."""
    one = (
        "\n\ndef build_{0}():\n    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))\n"
        "    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)\n"
    )
    text = "import torch\nfrom torch import nn\n" + "".join(one.format(i) for i in range(25))
    findings = engine.check_source(text.encode(), "train.py", DRAWING).findings
    figures = [finding.figures for finding in findings if finding.figures is not None]
    assert len(figures) == 25
    assert all(each.groupings and each.changes for each in figures)
    assert [bool(each.fixed) for each in figures] == [True] * 20 + [False] * 5


def test_what_fixes_leave_is_drawn(tmp_path: Path) -> None:
    data = (EXAMPLES / "adam_l2_classifier.py").read_bytes()
    (left,) = engine.fix_source(data, "train.py", DRAWING).report.findings
    assert left.figures is not None


def test_a_changed_line_is_shown_with_two_lines_around_it() -> None:
    before = "".join(f"line {i}\n" for i in range(1, 11))
    assert changed_lines(before, before.replace("line 5", "line five")) == (
        "@@ -3,5 +3,5 @@",
        " line 3",
        " line 4",
        "-line 5",
        "+line five",
        " line 6",
        " line 7",
    )


def test_changes_far_apart_are_hunks_that_count_from_the_start_of_the_file() -> None:
    before = "".join(f"line {i}\n" for i in range(1, 31))
    after = before.replace("line 9\n", "").replace("line 25", "LINE 25")
    heads = [line for line in changed_lines(before, after) if line.startswith("@@")]
    assert heads == ["@@ -7,5 +7,4 @@", "@@ -23,5 +22,5 @@"]


@pytest.mark.parametrize(("before", "after"), [("a\n", "a\n"), ("", "")])
def test_nothing_changed_is_nothing_shown(before: str, after: str) -> None:
    assert changed_lines(before, after) == ()


def test_text_added_at_either_end_is_shown() -> None:
    assert changed_lines("a\n", "import b\na\n")[1:] == ("+import b", " a")
    assert changed_lines("a\n", "a\nb\n")[1:] == (" a", "+b")


def test_the_command_line_writes_the_page(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    arguments = ["--isolated", "--output-format", "html", "--output-file", str(file)]
    assert cli.main([str(EXAMPLES / "mini_gpt.py"), *arguments]) == 1
    assert "WD201" in read(file.read_text("utf-8")).one("article").words
