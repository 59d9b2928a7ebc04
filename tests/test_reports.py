"""What findings look like in each format, on every kind of terminal and for every kind of source."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.snapshots import agrees
from wdlint import engine, knowledge
from wdlint.facts import Edit, FileError, FileReport, Finding, Fix, Label, Place, Span
from wdlint.formats import FORMATS
from wdlint.reports import Look, github, patch, render
from wdlint.reports.frame import Mark, draw
from wdlint.reports.palette import PLAIN, Palette, wants_colour
from wdlint.reports.progress import ProgressBar
from wdlint.reports.screen import columns, printable, wrap
from wdlint.reports.summary import error_line, statistics, summary
from wdlint.sources.text import Source

TRAIN = """\
import torch

from models import Classifier

model = Classifier(width=512)

optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
head = torch.optim.AdamW(model.head.parameters(), lr=1e-3)
"""


def at(source: Source, words: str, nth: int = 0) -> Place:
    """Where words stand in a source."""
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(words, start + 1)
    return source.place(Span(start, start + len(words)))


def coupled() -> Finding:
    source = Source(TRAIN, "train.py")
    start = at(source, "model.parameters()").span
    return Finding(
        "WD101",
        "coupled-weight-decay",
        "error",
        "certain",
        "Adam adds weight decay 1e-4 to the gradient",
        at(source, "torch.optim.Adam"),
        "which Adam then divides by √v̂",
        (
            Label(at(source, "weight_decay=1e-4"), "adds 1e-4·θ to the gradient,"),
            Label(at(source, "Classifier(width=512)"), "12 of its 26 parameters are norms and biases"),
            Label(replace_path(at(source, "import"), "models.py"), "its norms are made here"),
        ),
        ("AdamW would shrink every weight by lr·wd = 1e-7 per step.",),
        Fix(
            "grouped AdamW",
            "unsafe",
            (Edit(at(source, "Adam").span, "AdamW"), Edit(start, "[]")),
            ("line 12 indexes optimizer.param_groups[0]",),
        ),
    )


def replace_path(place: Place, path: str) -> Place:
    return place._replace(path=path)


def undecided() -> Finding:
    source = Source(TRAIN, "train.py")
    return Finding(
        "WD201",
        "missing-no-decay-group",
        "warning",
        "likely",
        "AdamW decays every parameter, norms and biases included, by 0.01",
        at(source, "torch.optim.AdamW"),
        fix=Fix("a no-decay group", "display", withheld="the parameters cannot be written twice"),
    )


def run(*findings: Finding, errors: tuple[FileError, ...] = (), text: str = TRAIN) -> engine.Run:
    lines = dict(enumerate(text.splitlines(), 1))
    source = Source(text, "train.py")
    edits = [edit for f in findings if f.fix is not None for edit in f.fix.edits]
    positions = {offset: source.position(offset) for edit in edits for offset in edit.span}
    report = FileReport("train.py", findings, errors, lines, 1, 1, 2, positions=positions)
    return engine.Run((report,), (), 214, 9)


@pytest.fixture
def everything() -> engine.Run:
    return run(coupled(), undecided(), errors=(FileError("data.py", "syntax error: invalid syntax", 3, 7),))


# -------------------------------------------------------------------------------- snapshots


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"json-v1", "sarif", "html"}))
def test_a_format_prints_what_it_printed_before(everything: engine.Run, name: str) -> None:
    assert agrees(f"{name}.txt", render(name, everything, Look(width=100)))


def test_narrow_terminals_get_wrapped_text_and_cut_lines(everything: engine.Run) -> None:
    text = render("full", everything, Look(width=60))
    assert agrees("narrow.txt", text)
    assert max(map(columns, text.splitlines())) <= 60


def test_wide_terminals_get_no_more_than_110_columns(everything: engine.Run) -> None:
    assert max(map(columns, render("full", everything, Look(width=300)).splitlines())) <= 110


def test_sarif_results_are_what_they_were_before(everything: engine.Run) -> None:
    log = json.loads(render("sarif", everything, Look(version="1.2.3")))
    kept = {key: value for key, value in log["runs"][0].items() if key != "tool"}
    for result in kept["results"]:
        del result["ruleIndex"]  # changes with every new rule
    assert agrees("sarif.txt", json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


# ------------------------------------------------------------------------------------- full


def test_the_finding_of_the_design(everything: engine.Run) -> None:
    shown = render("full", everything, Look())
    assert (
        """\
train.py:7:13: error WD101 coupled-weight-decay
Adam adds weight decay 1e-4 to the gradient.
   |
 5 | model = Classifier(width=512)
   |         --------------------- 12 of its 26 parameters are norms and biases
 6 |
 7 | optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
   |             ^^^^^^^^^^^^^^^^                              ----------------- adds 1e-4·θ to the gradient,
   |             which Adam then divides by √v̂
   |
"""
        in shown
    )


def test_certainty_is_said_where_it_is_less_than_certain(everything: engine.Run) -> None:
    assert "warning WD201 missing-no-decay-group (likely)\n" in render("full", everything, Look())


def test_places_in_other_files_become_notes(everything: engine.Run) -> None:
    assert "   = note: models.py:1: its norms are made here\n" in render("full", everything, Look())


def test_without_source_lines_there_is_no_frame() -> None:
    finding = coupled()
    shown = render("full", engine.Run((FileReport("train.py", (finding,)),), (), 1, 1), Look())
    assert "|" not in shown
    assert "= note: train.py:7: adds 1e-4·θ to the gradient," in shown


@pytest.mark.parametrize(
    ("fix", "line"),
    [
        (Fix("grouped AdamW", "safe", (Edit(Span(0, 1), ""),)), "= fix:  grouped AdamW: --fix"),
        (
            Fix("grouped AdamW", "unsafe", (Edit(Span(0, 1), ""),)),
            "= fix:  grouped AdamW, unsafe: --fix --unsafe-fixes",
        ),
        (Fix("grouped AdamW", "display"), "= fix:  grouped AdamW: to be made by hand"),
        (
            Fix("grouped AdamW", "display", withheld="the class is an argument"),
            "= fix:  withheld (grouped AdamW): the class is an argument",
        ),
    ],
)
def test_the_fix_line_says_what_to_type_or_why_not(fix: Fix, line: str) -> None:
    assert line in render("full", run(replace(coupled(), fix=fix)), Look())


def test_colour_adds_escapes_and_changes_no_text(everything: engine.Run) -> None:
    plain = render("full", everything, Look())
    coloured = render("full", everything, Look(palette=Palette(True)))
    assert "\x1b[1;31merror WD101\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


# ------------------------------------------------------------------------------------ frames


@dataclass
class Picture:
    """Draw a frame for one text; marks are given as words in it."""

    text: str
    width: int = 80

    def __call__(self, *marks: tuple[str, str], primary: int = 0) -> str:
        source = Source(self.text, "t.py")
        placed = [Mark(at(source, w), label, i == primary) for i, (w, label) in enumerate(marks)]
        lines = dict(enumerate(self.text.splitlines(), 1))
        return "\n".join(draw(placed, lines, self.width, PLAIN, "red")) + "\n"


def test_a_label_stands_beside_its_mark() -> None:
    assert Picture("a = f(x)")(("f(x)", "this call")) == (
        """\
   |
 1 | a = f(x)
   |     ^^^^ this call
   |
"""
    )


def test_labels_that_would_collide_get_rows_of_their_own() -> None:
    shown = Picture("call(one, two, three)")(
        ("one", "the first of these arguments"), ("two", "the second one"), ("three", "the third")
    )
    assert shown == (
        """\
   |
 1 | call(one, two, three)
   |      ^^^  ---  ----- the third
   |      |    the second one
   |      the first of these arguments
   |
"""
    )


def test_short_labels_share_a_row() -> None:
    shown = Picture("one = call(argument, more)")(("one", "here"), ("argument", "there"), ("more", "last"))
    assert shown == (
        """\
   |
 1 | one = call(argument, more)
   | ^^^        --------  ---- last
   | here       there
   |
"""
    )


def test_a_mark_inside_another_stays_visible() -> None:
    shown = Picture("f(weight_decay=0.1)")(("weight_decay=0.1", "decays"), ("0.1", "this number"), primary=1)
    assert shown == (
        """\
   |
 1 | f(weight_decay=0.1)
   |   -------------^^^ this number
   |   decays
   |
"""
    )


def test_distant_lines_are_separated_and_near_ones_joined() -> None:
    text = "\n".join(f"line{n}" for n in range(1, 13))
    assert Picture(text)(("line2", "a"), ("line4", "b"), ("line12", "c")) == (
        """\
   |
 2 | line2
   | ^^^^^ a
 3 | line3
 4 | line4
   | ----- b
...
12 | line12
   | ------ c
   |
"""
    )


def test_a_place_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert Picture("x = f(  # why\n    a,\n)")(("f(  # why\n    a,\n)", "this call")) == (
        """\
   |
 1 | x = f(  # why
   |     ^^^^^^^^^ this call
   |
"""
    )


def test_tabs_wide_and_combining_characters_line_up() -> None:
    shown = Picture("\tnaïve = '重み減衰 🎉', e\u0301tat")(("e\u0301tat", "here"))
    code, marks = shown.splitlines()[1:3]
    assert columns(code.partition("e\u0301tat")[0]) == columns(marks.partition("^")[0])
    assert marks.endswith("^^^^ here")
    assert "\t" not in shown


def test_long_lines_are_cut_around_their_marks() -> None:
    text = "x = f(" + "a, " * 60 + "weight_decay=0.1, " + "b, " * 60 + ")"
    shown = Picture(text, width=60)(("weight_decay=0.1", "decays"))
    code, marks = shown.splitlines()[1:3]
    assert code.startswith(" 1 | …")
    assert code.endswith("…")
    assert code[marks.index("^") : marks.rindex("^") + 1] == "weight_decay=0.1"
    assert all(columns(row) <= 60 for row in shown.splitlines())


def test_a_label_without_room_moves_to_where_there_is_some() -> None:
    text = " " * 60 + "call()"
    shown = Picture(text, width=72)(("call()", "a label that needs more room than is left"))
    assert shown.splitlines()[2:5] == [
        "   | " + " " * 60 + "^^^^^^",
        "   | " + " " * 60 + "|",
        "   | " + " " * 26 + "a label that needs more room than is left",
    ]


@pytest.mark.parametrize("width", range(40, 111, 7))
@pytest.mark.parametrize("indent", [0, 30, 90, 200])
def test_no_frame_is_wider_than_it_may_be(width: int, indent: int) -> None:
    text = " " * indent + "optimizer = torch.optim.Adam(model.parameters(), weight_decay=1e-4)  # 重み減衰"
    shown = Picture(text, width)(
        ("torch.optim.Adam", "which is then divided by the root of the second moment " * 2),
        ("model.parameters()", "of these some are norms and biases"),
        ("weight_decay=1e-4", "adds to the gradient, as an L2 penalty in the loss would"),
    )
    assert all(columns(row) <= width for row in shown.splitlines())
    for label in ("which", "of these", "adds to"):
        assert label in shown


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("a\rb\x00\x7f", r"a\x0db\x00\x7f"),
        ("\udce9", r"\udce9"),
        ("\u2028\u2029\ufeff", r"\u2028\u2029\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("θ √v̂ 🎉\u200d", "θ √v̂ 🎉\u200d"),
    ],
)
def test_source_cannot_drive_the_terminal(hostile: str, shown: str) -> None:
    assert printable(hostile) == shown
    finding = replace(
        coupled(),
        message=f"it is {hostile}",
        place=replace_path(coupled().place, f"{hostile}.py"),
        related=(),
    )
    report = FileReport("x", (finding,), lines={7: f"optimizer = torch.optim.Adam('{hostile}')"})
    for name in ("full", "concise"):
        text = render(name, engine.Run((report,), (), 1, 1), Look())
        assert shown in text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_wrapping_counts_columns_and_breaks_long_words() -> None:
    assert wrap("重み 減衰 x", 6) == ["重み", "減衰 x"]
    assert wrap("abcdefgh ij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("a b", 3, "  ", "> ") == ["> a", "  b"]


# ----------------------------------------------------------------------------------- summary


def closing(found: engine.Run, **look: Any) -> list[str]:
    return summary(found, Look(**look)).splitlines()


def test_the_summary_counts_by_severity_and_says_what_to_type(everything: engine.Run) -> None:
    safe = replace(coupled(), fix=Fix("x", "safe", (Edit(Span(0, 0), ""),)))
    assert closing(run(safe, safe, coupled(), undecided())) == [
        "Found 3 errors and 1 warning in 1 file (214 checked, 9 build optimizers).",
        "2 can be fixed with --fix, 1 more with --unsafe-fixes.",
        "2 less certain ones are shown by --pedantic.",
    ]


def test_unsafe_fixes_that_are_switched_on_need_no_other_flag() -> None:
    assert "1 can be fixed with --fix." in closing(run(coupled()), unsafe_fixes=True)
    assert "1 can be fixed with --fix --unsafe-fixes." in closing(run(coupled()))


def test_all_clear_is_said_only_if_everything_was_read() -> None:
    assert closing(engine.Run((), (), 214, 9)) == ["All clear: 214 files checked, 9 build optimizers."]
    broken = FileReport("data.py", errors=(FileError("data.py", "syntax error", 3),))
    assert closing(engine.Run((broken,), (), 2, 1)) == ["Found nothing in 2 files; 1 could not be checked."]
    assert closing(engine.Run(errors=(FileError("nope", "no such file"),))) == []


def test_after_fixing_the_summary_says_what_was_done_and_what_is_left() -> None:
    fixed = engine.FixedFile("train.py", b"x", (coupled(), coupled()), FileReport("train.py"), (), b"y")
    done = replace(run(undecided()), fixed=(fixed,))
    assert closing(done)[:2] == [
        "Fixed 2 findings in 1 file.",
        "Left 1 warning in 1 file (214 checked, 9 build optimizers).",
    ]


def withheld(reason: str) -> Finding:
    return replace(coupled(), fix=Fix("x", "display", withheld=reason))


def test_reasons_that_differ_in_names_and_lines_only_are_one_reason() -> None:
    found = run(
        withheld("line 3 sets `amsgrad`"), withheld("the key is not here"), withheld("line 12 sets `fused`")
    )
    assert closing(found, fixes="made")[1:-1] == [
        "3 fixes are withheld:",
        "  2  line … sets `…`",
        "  1  the key is not here",
    ]
    assert closing(found)[1:-1] == []


def test_the_commonest_reasons_are_shown_and_verbose_shows_all() -> None:
    found = run(*[withheld(f"reason {name}") for name in "abbcdef"])
    assert closing(found, fixes="shown")[2:-1] == [
        "7 fixes are withheld:",
        "  2  reason b",
        "  1  reason a",
        "  1  reason c",
        "  1  reason d",
        "  2  for other reasons, which -v lists",
    ]
    assert closing(found, fixes="shown", verbose=True)[-2] == "  1  reason f"


def test_fixes_for_a_hand_are_counted_after_fixing() -> None:
    by_hand = replace(coupled(), fix=Fix("exempt the norms", "display"))
    assert closing(run(by_hand), fixes="made")[1:-1] == ["1 is to be fixed by hand."]


def test_suppressed_findings_are_counted_for_those_who_want_to_know(everything: engine.Run) -> None:
    shown = "2 less certain ones are shown by --pedantic, 1 is suppressed by comments."
    assert closing(everything, verbose=True)[-1] == shown


def test_statistics_count_by_rule() -> None:
    safe = replace(undecided(), fix=Fix("x", "safe", (Edit(Span(0, 0), ""),)))
    shown = statistics(run(coupled(), safe, coupled()), Look(summary=False))
    assert shown == "2  WD101  [ ]  coupled-weight-decay\n1  WD201  [*]  missing-no-decay-group\n"


def test_errors_say_where() -> None:
    assert error_line(FileError("a.py", "syntax error", 3, 7), Look()) == "error: a.py:3:7: syntax error"
    assert error_line(FileError("a.py", "not a file"), Look()) == "error: a.py: not a file"


# ------------------------------------------------------------------------------ json and sarif


def test_json_edits_are_offsets_into_the_text(everything: engine.Run) -> None:
    document = json.loads(render("json", everything, Look()))
    text = TRAIN
    for edit in reversed(document["findings"][0]["fix"]["edits"]):
        text = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
    assert "torch.optim.AdamW([], lr=1e-3" in text


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_text_that_is_no_unicode_is_escaped(name: str) -> None:
    finding = replace(coupled(), message="a \udce9", place=replace_path(coupled().place, "caf\udce9.py"))
    text = render(name, run(finding), Look())
    assert text.encode("utf-8")
    assert "a \\udce9" in (text if name == "github" else json.dumps(json.loads(text)).replace("\\\\", "\\"))


def sarif(found: engine.Run) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render("sarif", found, Look(version="1.2.3")))
    return log


def test_sarif_is_a_complete_2_1_0_log(everything: engine.Run) -> None:
    log = sarif(everything)
    assert log["version"] == "2.1.0"
    assert "sarif-schema-2.1.0.json" in log["$schema"]
    (only,) = log["runs"]
    driver = only["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("wdlint", "1.2.3")
    assert only["columnKind"] == "unicodeCodePoints"
    for result in only["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["endColumn"] - region["startColumn"] == region["charLength"]
    notification = only["invocations"][0]["toolExecutionNotifications"][0]
    assert only["invocations"][0]["executionSuccessful"] is False
    assert notification["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}


def test_sarif_rules_have_the_whole_card_as_help(everything: engine.Run) -> None:
    rules = sarif(everything)["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [card.code for card in knowledge.cards()]
    for rule, card in zip(rules, knowledge.cards(), strict=True):
        assert rule["shortDescription"]["text"] == card.summary
        assert card.limits.strip() in rule["help"]["text"]
        assert all(reference.url in rule["help"]["markdown"] for reference in card.references)
        assert rule["defaultConfiguration"]["enabled"] is not card.pedantic


def test_sarif_fixes_replace_regions_and_withheld_ones_say_why(everything: engine.Run) -> None:
    first, second = sarif(everything)["runs"][0]["results"]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "AdamW"}
    region = change["replacements"][0]["deletedRegion"]
    assert TRAIN[region["charOffset"] :][: region["charLength"]] == "Adam"
    assert "fixes" not in second
    assert second["properties"]["fixWithheld"] == "the parameters cannot be written twice"


def test_sarif_fingerprints_do_not_depend_on_line_numbers() -> None:
    def prints(text: str) -> list[str]:
        source = Source(text, "train.py")
        places = [at(source, "torch.optim.Adam(", nth) for nth in range(text.count("Adam("))]
        found = run(*(replace(coupled(), place=place, related=()) for place in places), text=text)
        return [
            result["partialFingerprints"]["ruleFileAndLine/v1"]
            for result in sarif(found)["runs"][0]["results"]
        ]

    line = "opt = torch.optim.Adam(p)\n"
    before = prints(line)
    assert prints("\n\nimport torch\n    " + line) == before
    assert prints(line.replace("opt =", "other =")) != before
    assert len(set(prints(line + line))) == 2


def test_sarif_addresses_are_uris() -> None:
    finding = replace(coupled(), place=replace_path(coupled().place, "a b/caf\u00e9#1.py"), related=())
    (result,) = sarif(run(finding))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b/caf%C3%A9%231.py"


# ----------------------------------------------------------------------------------- github


def test_github_commands_escape_what_would_end_them() -> None:
    finding = replace(
        coupled(),
        message="100 %\nof it::, or: more",
        math=(),
        place=replace_path(coupled().place, "a,b:c%\n.py"),
    )
    (line,) = github.render(run(finding), Look()).splitlines()
    assert line == (
        "::error title=WD101 coupled-weight-decay,file=a%2Cb%3Ac%25%0A.py,line=7,endLine=7,col=13,endColumn=29"
        "::a,b:c%25%0A.py:7:13: WD101 100 %25%0Aof it::, or: more"
    )


def test_github_columns_are_left_out_where_lines_differ() -> None:
    place = coupled().place._replace(end_line=9)
    assert "col=" not in github.render(run(replace(coupled(), place=place)), Look())


def test_github_shows_info_as_notice_and_errors_of_files(everything: engine.Run) -> None:
    info = replace(coupled(), severity="info")
    assert github.render(run(info), Look()).startswith("::notice title=")
    assert "::error title=wdlint,file=data.py,line=3::data.py: syntax error" in github.render(
        everything, Look()
    )


# ------------------------------------------------------------------------------------- patch


def changed(path: str, before: bytes, after: bytes) -> engine.FixedFile:
    return engine.FixedFile(path, after, (), FileReport(path), (), before)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("a.py", b"x\ny\nz\n", b"x\nY\nz\n", id="one line"),
        pytest.param("a.py", b"x\ny", b"x\nY", id="no newline at the end"),
        pytest.param("a.py", b"x\ny", b"x\ny\n", id="a newline added at the end"),
        pytest.param("a.py", b"x\r\ny\r\n", b"x\r\nY\r\n", id="CRLF"),
        pytest.param("a.py", b"x\x0cy\rz\x85\n\n", b"x\x0cy\rZ\x85\n\n", id="other line ends"),
        pytest.param("a.py", b"# coding: latin-1\n\xe9\n", b"# coding: latin-1\n\xe8\n", id="latin-1"),
        pytest.param("dir with space/a b.py", b"x\n", b"y\n", id="spaces in the name"),
        pytest.param("caf\u00e9.py", b"x\n", b"y\n", id="an accent in the name"),
        pytest.param('say "a\\b".py', b"x\n", b"y\n", id="quotes in the name"),
        pytest.param("tab\there.py", b"x\n", b"y\n", id="a tab in the name"),
    ],
)
def test_git_applies_the_patch(tmp_path: Path, path: str, before: bytes, after: bytes) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before)
    text = patch.render([changed(path, before, after), changed("same.py", b"x", b"x")])
    done = subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == after


def test_nothing_changed_is_an_empty_patch() -> None:
    assert patch.render([changed("a.py", b"x", b"x")]) == b""


def test_a_patch_on_a_terminal_is_coloured_and_harmless() -> None:
    shown = patch.show(patch.render([changed("a.py", b"x\x1b[2J\r\n", b"y\r\n")]), Palette(True))
    assert "\x1b[1;31m-x\\x1b[2J\x1b[0m\n" in shown
    assert "\x1b[1;32m+y\x1b[0m\n" in shown


# ---------------------------------------------------------------------------- colour, progress


class Screen(io.StringIO):
    def __init__(self, tty: bool) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("choice", "tty", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_who_gets_colour(choice: str, tty: bool, environment: dict[str, str], colour: bool) -> None:
    assert wants_colour(choice, Screen(tty), environment) is colour


def test_the_progress_bar_waits_draws_and_wipes_itself() -> None:
    screen = Screen(True)
    bar = ProgressBar(screen)
    bar(1, 10)
    assert screen.getvalue() == ""
    bar.next_at = 0.0
    bar(5, 10)
    bar(6, 10)
    assert screen.getvalue() == f"\r[{'#' * 15}{'.' * 15}] 5/10 files"
    bar.clear()
    assert screen.getvalue().endswith("\r\x1b[K")
