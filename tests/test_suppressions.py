"""Which findings a comment silences, and what is said about comments that silence nothing."""

from __future__ import annotations

import ast
import textwrap

import pytest

from wdlint.facts import Finding, Span
from wdlint.sources.suppressions import Suppressions, directive_at, parse
from wdlint.sources.text import Source

NAMES = {
    "WD101": "coupled-weight-decay",
    "WD201": "missing-no-decay-group",
    "WD203": "inherited-decay",
    "WD901": "unused-suppression",
}
ALL = frozenset(NAMES)


def read(text: str) -> tuple[Source, Suppressions]:
    source = Source(text, "train.py")
    return source, parse(source, ast.parse(text), NAMES)


def finding(source: Source, part: str, code: str = "WD101") -> Finding:
    start = source.text.index(part)
    return Finding(
        code, NAMES[code], "error", "certain", "a message", source.place(Span(start, start + len(part)))
    )


def silenced(text: str, part: str = "Adam", code: str = "WD101") -> bool:
    source, suppressions = read(textwrap.dedent(text).lstrip("\n"))
    kept, count = suppressions.apply([finding(source, part, code)])
    assert len(kept) + count == 1
    return count == 1


SILENCED = [
    pytest.param("x = Adam(1)  # wdlint: ignore[WD101]\n", id="end of the line"),
    pytest.param("x = Adam(1)  # wdlint: ignore[WD203, WD101]\n", id="one of several codes"),
    pytest.param("x = Adam(1)  # wdlint: ignore[coupled-weight-decay]\n", id="by name"),
    pytest.param("x = Adam(1)  # wdlint: ignore[WD1]\n", id="by prefix"),
    pytest.param(
        "x = Adam(1)  # type: ignore  # wdlint: ignore[WD101]  # because\n", id="among other comments"
    ),
    pytest.param("x = Adam(1)  # WDLint:ignore [wd101]\n", id="case and spaces do not matter"),
    pytest.param("x = Adam(\n    1,\n)  # wdlint: ignore[WD101]\n", id="last line of the statement"),
    pytest.param(
        "x = f(\n    Adam,\n    1,  # wdlint: ignore[WD101]\n)\n", id="another line of the statement"
    ),
    pytest.param("x = (  # wdlint: ignore[WD101]\n    Adam\n)\n", id="first line of the statement"),
    pytest.param("x = f(\n    # wdlint: ignore[WD101]\n    Adam,\n)\n", id="alone inside the statement"),
    pytest.param(
        "# wdlint: ignore[WD101]\nx = f(\n    1,\n    Adam,\n)\n", id="alone above: the whole statement"
    ),
    pytest.param("# wdlint: ignore[WD101]\n# and why\nx = Adam\n", id="above, another comment between"),
    pytest.param("# wdlint: ignore[WD101]\n@d\ndef f(x=Adam): ...\n", id="above the decorators"),
    pytest.param(
        "@d(Adam)\ndef f(x):  # wdlint: ignore[WD101]\n    pass\n", id="on the header, for a decorator"
    ),
    pytest.param(
        "def f(\n    x=Adam,\n):  # wdlint: ignore[WD101]\n    pass\n",
        id="closing line of a header of several lines",
    ),
    pytest.param("if a: x = Adam(1)  # wdlint: ignore[WD101]\n", id="one-line if"),
    pytest.param(
        "a = 1; x = Adam(1)  # wdlint: ignore[WD101]\n", id="the second of two statements on a line"
    ),
    pytest.param(
        "with a:\n    # wdlint: ignore[WD101]\n    x = Adam\n", id="alone above the first line of a body"
    ),
    pytest.param("match x:\n    case 1:\n        y = Adam  # wdlint: ignore[WD101]\n", id="inside a case"),
    pytest.param("x = Adam\n# wdlint: file-ignore[WD101]\n", id="whole file, from anywhere in it"),
    pytest.param("x = Adam(1)  # noqa: WD101\n", id="noqa"),
    pytest.param("x = Adam(1)  # noqa: E501,WD101 F401\n", id="noqa with foreign codes, commas and spaces"),
    pytest.param("x = Adam(1)  # NOQA:WD1\n", id="noqa by prefix"),
    pytest.param("x = Adam(1)  # noqa\n", id="bare noqa"),
    pytest.param("x = f(\n    Adam,\n)  # noqa: WD101 because of the paper\n", id="noqa with a reason"),
]

SPOKEN = [
    pytest.param("x = Adam(1)  # wdlint: ignore[WD201]\n", id="another rule"),
    pytest.param("x = Adam(1)  # wdlint: ignore\n", id="no code, no suppression"),
    pytest.param("x = Adam(1)  # wdlint: ignore[]\n", id="empty list of codes"),
    pytest.param("x = Adam(1)  # wdlint: ignore[WD101\n", id="unclosed bracket"),
    pytest.param("x = Adam('# wdlint: ignore[WD101]')\n", id="inside a string"),
    pytest.param('x = Adam, """\n# wdlint: file-ignore[WD101]\n"""\n', id="inside a long string"),
    pytest.param("y = 1  # wdlint: ignore[WD101]\nx = Adam\n", id="end of the line before"),
    pytest.param("# wdlint: ignore[WD101]\n\nx = Adam\n", id="a blank line between"),
    pytest.param("# wdlint: ignore[WD101]\ny = 1\nx = Adam\n", id="another statement between"),
    pytest.param("with a:  # wdlint: ignore[WD101]\n    x = Adam\n", id="a header does not cover its body"),
    pytest.param("# wdlint: ignore[WD101]\nclass A:\n    x = Adam\n", id="above a class: not its body"),
    pytest.param("y = 1  # wdlint: file-ignore[WD101]\nx = Adam\n", id="file-ignore has to stand alone"),
    pytest.param("x = Adam(1)  # noqa: E501\n", id="noqa for others"),
    pytest.param("x = Adam(1)  # noqa-like text\n", id="not a noqa"),
    pytest.param("# noqa: WD101\nx = Adam\n", id="noqa does not cover the next line, as in flake8"),
]


@pytest.mark.parametrize("text", SILENCED)
def test_a_finding_is_silenced(text: str) -> None:
    assert silenced(text)


@pytest.mark.parametrize("text", SPOKEN)
def test_a_finding_is_not_silenced(text: str) -> None:
    assert not silenced(text)


def test_other_findings_are_kept_in_their_order() -> None:
    source, suppressions = read("b = B\na = Adam  # wdlint: ignore[WD101]\nc = C\n")
    given = [finding(source, part) for part in ("B", "Adam", "C")]
    assert suppressions.apply(given) == ([given[0], given[2]], 1)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_ending_is_counted_alike(newline: str) -> None:
    text = newline.join(["a = 1", "", "x = (", "  Adam", ")  # wdlint: ignore[WD101]", "y = 2", ""])
    source, suppressions = read(text)
    assert suppressions.apply([finding(source, "Adam"), finding(source, "y = 2")])[1] == 1


def test_a_text_the_tokenizer_rejects_has_no_suppressions() -> None:
    source = Source("x = (  # wdlint: ignore[WD101]\n", "train.py")
    assert parse(source, ast.parse(""), NAMES).directives == ()


# ---------------------------------------------------------------------------- unused


def complaints(text: str, *parts: str, rules: frozenset[str] = ALL) -> list[tuple[str, str]]:
    """What WD901 says, with the text it says it about, after the given findings are suppressed."""
    source, suppressions = read(text)
    suppressions.apply([finding(source, part) for part in parts])
    return [(source.slice(f.place.span), f.message) for f in suppressions.unused(rules)]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        pytest.param("# wdlint: ignore[WD101]", "`WD101` suppresses nothing here", id="code"),
        pytest.param("# wdlint: ignore[WD1]", "`WD1` suppresses nothing here", id="prefix"),
        pytest.param("# noqa: WD101, E501", "`WD101` suppresses nothing here", id="noqa, ours only"),
        pytest.param(
            "# wdlint: ignore[WD101, inherited-decay]",
            "`WD101, inherited-decay` suppresses nothing here",
            id="two",
        ),
        pytest.param(
            "# wdlint: ignore", "this comment names no code, and so suppresses nothing", id="no code"
        ),
    ],
)
def test_a_comment_that_suppresses_nothing_is_reported(comment: str, message: str) -> None:
    assert complaints(f"x = 1  {comment}\n") == [(comment, message)]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("WD102", "there is no rule `WD102`; the nearest is `WD101`", id="code"),
        pytest.param(
            "inherited-decy", "there is no rule `inherited-decy`; the nearest is `inherited-decay`", id="name"
        ),
        pytest.param("nonsense", "there is no rule `nonsense`", id="nothing near"),
    ],
)
def test_an_unknown_code_is_reported_with_the_nearest(written: str, message: str) -> None:
    assert complaints(f"x = 1  # wdlint: ignore[{written}]\n") == [(written, message)]


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("# noqa", id="a bare noqa may serve any linter"),
        pytest.param("# noqa: E501, F401", id="codes of others"),
        pytest.param("# wdlint: ignore[WD901]", id="it may be there for this very report"),
        pytest.param("# see wdlint", id="no directive"),
    ],
)
def test_a_comment_that_may_serve_something_else_is_not_reported(comment: str) -> None:
    assert complaints(f"x = 1  {comment}\n") == []


def test_a_used_code_is_not_reported_beside_an_unused_one() -> None:
    source, suppressions = read("x = Adam  # wdlint: ignore[WD203, WD101]\n")
    suppressions.apply([finding(source, "Adam")])
    (report,) = suppressions.unused(ALL)
    assert report.message == "`WD203` suppresses nothing here"
    assert [source.slice(label.place.span) for label in report.related] == ["WD203"]


def test_every_directive_that_covers_a_finding_counts_as_used() -> None:
    text = "# wdlint: file-ignore[WD101]\n# wdlint: ignore[WD1]\nx = Adam  # noqa: WD101\n"
    assert complaints(text, "Adam") == []


def test_a_rule_that_is_switched_off_leaves_its_suppressions_alone() -> None:
    text = "x = 1  # wdlint: ignore[WD101, WD203]\ny = 1  # wdlint: ignore[WD2]\n"
    assert [m for _, m in complaints(text, rules=ALL - {"WD203"})] == ["`WD101` suppresses nothing here"]


def test_the_report_itself_can_be_suppressed_but_not_by_a_prefix() -> None:
    assert complaints("x = 1  # wdlint: ignore[WD101, WD901]\n") == []
    assert len(complaints("x = 1  # wdlint: ignore[WD]\n")) == 1


def test_a_directive_is_found_again_by_its_place() -> None:
    source, suppressions = read("é = 1  # type: ignore  # wdlint: ignore[WD101] why  # more\n")
    suppressions.apply([])
    (report,) = suppressions.unused(ALL)
    directive = directive_at(source, report.place)
    assert directive is not None
    assert [source.slice(e.span) for e in directive.entries] == ["WD101"]
    assert source.slice(directive.segment) == "# wdlint: ignore[WD101] why  "
