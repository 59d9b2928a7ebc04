"""The formats for programs: each keeps to the schema of its readers, whatever the code holds."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import wdlint
from tests.test_reports import TRAIN, at, coupled, replace_path, run, undecided
from wdlint import engine
from wdlint.facts import Edit, FileError, FileReport, Finding, Fix, Label
from wdlint.formats import FORMATS
from wdlint.reports import Look, markdown, render, statistics
from wdlint.settings import default_settings
from wdlint.sources.text import Source

SCHEMA = Path(wdlint.__file__).parent / "reports" / "schemas" / "json-v1.schema.json"

HOSTILE = "]]>\x1b[2J\x00 | `a` ``b`` <script> & \"q\" 'p' %0A ::error:: \u2028 \ufffe \udce9 θ @all #1\n\r```\n</details>"


def hostile() -> engine.Run:
    """A run in which everything that comes from the analysed code is out to break a format."""
    place = replace_path(coupled().place, f"a/{HOSTILE}.py")
    finding = replace(
        coupled(),
        message=f"it is {HOSTILE}",
        place=place,
        label=HOSTILE,
        math=(HOSTILE,),
        related=(Label(place, HOSTILE),),
        fix=Fix(HOSTILE, "unsafe", (Edit(coupled().place.span, HOSTILE),), (HOSTILE,)),
    )
    errors = (FileError(HOSTILE, HOSTILE, 1, 2), FileError("b.py", HOSTILE))
    report = FileReport(place.path, (finding,), errors, {7: HOSTILE}, positions={88: (7, 13), 104: (7, 29)})
    return engine.Run((report,), (), 1, 1)


def checked(text: str) -> engine.Run:
    """The run over one file with this text."""
    report = engine.check_source(text.encode(), "train.py", default_settings())
    return engine.Run((report,), (), 1, int(report.builds_optimizers > 0))


MODEL = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
größe = "θ"; optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.05)
"""

RUNS = {
    "findings and errors": run(
        coupled(), undecided(), errors=(FileError("data.py", "syntax error: invalid syntax", 3, 7),)
    ),
    "nothing": engine.Run((), (), 3, 1),
    "hostile": hostile(),
    "a checked file": checked(MODEL),
}


@pytest.fixture(params=RUNS)
def any_run(request: pytest.FixtureRequest) -> engine.Run:
    return RUNS[request.param]


# ------------------------------------------------------------------------------- all formats


@pytest.mark.parametrize("name", FORMATS)
def test_the_table_names_modules_that_are_there(name: str) -> None:
    assert importlib.util.find_spec(FORMATS[name].module) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_every_output_is_unicode_and_nothing_in_it_drives_a_terminal(name: str) -> None:
    text = render(name, RUNS["hostile"], Look())
    assert text.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize("name", ["json", "json-v1", "json-lines", "sarif", "gitlab", "junit", "rdjson"])
def test_a_program_gets_a_document_even_if_there_is_nothing(name: str) -> None:
    assert render(name, RUNS["nothing"], Look()).strip()


# -------------------------------------------------------------------------------------- json


def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_json_keeps_to_its_schema(any_run: engine.Run) -> None:
    validator().validate(json.loads(render("json", any_run, Look())))


def test_the_schema_names_every_field_that_is_written() -> None:
    schema = json.loads(SCHEMA.read_text())
    document = json.loads(render("json", RUNS["findings and errors"], Look()))
    definitions = schema["$defs"]
    finding = document["findings"][0]
    written = {
        "finding": finding,
        "related": finding["related"][0],
        "fix": finding["fix"],
        "edit": finding["fix"]["edits"][0],
        "error": document["errors"][0],
        "summary": document["summary"],
    }
    assert set(document) == set(schema["properties"])
    assert {name: set(record) for name, record in written.items()} == {
        name: set(definition["properties"]) for name, definition in definitions.items()
    }


def test_json_v1_never_loses_a_field() -> None:
    """What version 1 had when it was published; an entry that must go makes a version 2."""
    document = json.loads(render("json-v1", RUNS["findings and errors"], Look()))
    finding = document["findings"][0]
    assert document["version"] == 1
    assert {"version", "findings", "errors", "summary"} <= set(document)
    assert {
        *("code", "name", "severity", "certainty", "message", "path", "line", "column", "end_line"),
        *("end_column", "math", "related", "fix"),
    } <= set(finding)
    assert {"path", "line", "column", "message"} <= set(finding["related"][0])
    assert {"applicability", "message", "edits", "withheld"} <= set(finding["fix"])
    assert {"start", "end", "text"} <= set(finding["fix"]["edits"][0])
    assert {"path", "line", "message"} <= set(document["errors"][0])


def test_the_places_of_edits_are_where_their_offsets_are() -> None:
    document = json.loads(render("json", RUNS["a checked file"], Look()))
    edits = [edit for finding in document["findings"] for edit in finding["fix"]["edits"]]
    assert edits
    for edit in edits:
        lines = MODEL.splitlines(keepends=True)
        before = "".join(lines[: edit["line"] - 1]) + lines[edit["line"] - 1][: edit["column"] - 1]
        assert len(before) == edit["start"]


def test_json_lines_are_the_findings_the_errors_and_the_summary() -> None:
    document = json.loads(render("json", RUNS["findings and errors"], Look()))
    text = render("json-lines", RUNS["findings and errors"], Look())
    records = [json.loads(line) for line in text.splitlines()]
    assert [record.pop("type") for record in records] == ["finding", "finding", "error", "summary"]
    assert records[:3] == document["findings"] + document["errors"]
    assert records[3] == {"version": 1, **document["summary"]}


def test_json_lines_stay_lines_for_every_reader() -> None:
    text = render("json-lines", RUNS["hostile"], Look())
    assert [json.loads(line)["type"] for line in text.splitlines()] == [
        "finding",
        "error",
        "error",
        "summary",
    ]


def test_statistics_in_json() -> None:
    found = json.loads(statistics("json", run(coupled(), undecided(), coupled()), Look()))
    first, second = found["statistics"]
    assert first == {
        "code": "WD101",
        "name": "coupled-weight-decay",
        "severity": "error",
        "count": 2,
        "safe_fixes": 0,
        "unsafe_fixes": 2,
    }
    assert (second["code"], second["count"]) == ("WD201", 1)
    assert found["summary"]["findings"] == 3


# ------------------------------------------------------------------------------------- sarif


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """A schema of an object that, as all of SARIF's, takes no other properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def listed(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT: dict[str, Any] = {"type": "string"}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
LINE: dict[str, Any] = {"type": "integer", "minimum": 1}
MESSAGE = closed({"text": TEXT, "markdown": TEXT}, "text")
REGION = closed(
    dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), LINE)
    | dict.fromkeys(("charOffset", "charLength"), COUNT)
)
ARTIFACT = closed({"uri": {"type": "string", "pattern": r"^[!-~]+$"}}, "uri")
LOCATION = closed(
    {
        "id": COUNT,
        "physicalLocation": closed({"artifactLocation": ARTIFACT, "region": REGION}),
        "message": MESSAGE,
    }
)
REPLACEMENT = closed({"deletedRegion": REGION, "insertedContent": closed({"text": TEXT})}, "deletedRegion")
CHANGE = closed(
    {"artifactLocation": ARTIFACT, "replacements": listed(REPLACEMENT)}, "artifactLocation", "replacements"
)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = closed(
    {
        "id": TEXT,
        "name": TEXT,
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": closed({"level": LEVEL, "enabled": {"type": "boolean"}}),
        "properties": {"type": "object"},
    },
    "id",
)
RESULT = closed(
    {
        "ruleId": TEXT,
        "ruleIndex": COUNT,
        "level": LEVEL,
        "message": MESSAGE,
        "locations": listed(LOCATION),
        "relatedLocations": listed(LOCATION),
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
        "fixes": listed(
            closed({"description": MESSAGE, "artifactChanges": listed(CHANGE)}, "artifactChanges")
        ),
        "properties": {"type": "object"},
    },
    "message",
)
NOTIFICATION = closed({"level": LEVEL, "message": MESSAGE, "locations": listed(LOCATION)}, "message")
SARIF = closed(
    {
        "$schema": TEXT,
        "version": {"const": "2.1.0"},
        "runs": listed(
            closed(
                {
                    "tool": closed(
                        {
                            "driver": closed(
                                {"name": TEXT, "semanticVersion": TEXT, "rules": listed(RULE)}, "name"
                            )
                        },
                        "driver",
                    ),
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": listed(
                        closed(
                            {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": listed(NOTIFICATION),
                            },
                            "executionSuccessful",
                        )
                    ),
                    "results": listed(RESULT),
                },
                "tool",
            )
        ),
    },
    "version",
    "runs",
)
"""The part of SARIF 2.1.0 that is written."""


def test_sarif_is_what_the_standard_allows(any_run: engine.Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(render("sarif", any_run, Look(version="1.2.3"))), SARIF)


def test_sarif_regions_of_edits_say_the_place_in_both_ways() -> None:
    (result,) = json.loads(render("sarif", RUNS["a checked file"], Look()))["runs"][0]["results"]
    for replacement in result["fixes"][0]["artifactChanges"][0]["replacements"]:
        region = replacement["deletedRegion"]
        lines = MODEL.splitlines(keepends=True)
        before = sum(map(len, lines[: region["startLine"] - 1])) + region["startColumn"] - 1
        assert before == region["charOffset"]


# ------------------------------------------------------------------------------------ gitlab

GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"minimum": 1}}},
                },
            },
        },
    },
}
"""What https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format asks for."""


def test_gitlab_gets_what_it_documents(any_run: engine.Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(render("gitlab", any_run, Look())), GITLAB)


def test_gitlab_fingerprints_are_unique_and_do_not_move_with_the_lines() -> None:
    def prints(before: str) -> list[str]:
        text = before + MODEL + MODEL.splitlines()[-1].replace("größe", "größe") + "\n"
        return [issue["fingerprint"] for issue in json.loads(render("gitlab", checked(text), Look()))]

    assert len(set(prints(""))) == len(prints("")) > 1
    assert prints("# a comment\n\n\n") == prints("")


def test_gitlab_ranks_what_could_not_be_checked_above_all_findings() -> None:
    issues = json.loads(render("gitlab", RUNS["findings and errors"], Look()))
    assert [issue["severity"] for issue in issues] == ["major", "minor", "critical"]


# ------------------------------------------------------------------------------------- junit


def test_junit_is_well_formed_and_its_numbers_are_right(any_run: engine.Run) -> None:
    root = ElementTree.fromstring(render("junit", any_run, Look()))
    assert root.tag == "testsuites"
    for element in (root, *root.iter("testsuite")):
        for tag, key in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
            assert len(list(element.iter(tag))) == int(element.attrib[key])


def test_junit_has_only_the_attributes_that_jenkins_takes(any_run: engine.Run) -> None:
    allowed = {
        "testsuites": {"name", "time", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "package"},
        "testcase": {"name", "time", "classname"},
        "failure": {"type", "message"},
        "error": {"type", "message"},
    }
    for element in ElementTree.fromstring(render("junit", any_run, Look())).iter():
        assert set(element.attrib) <= allowed[element.tag]


def test_junit_has_a_suite_for_each_file() -> None:
    root = ElementTree.fromstring(render("junit", RUNS["findings and errors"], Look()))
    assert [suite.attrib["name"] for suite in root] == ["train.py", "data.py"]


def test_junit_says_that_all_is_well_with_a_case_that_passed() -> None:
    (suite,) = ElementTree.fromstring(render("junit", RUNS["nothing"], Look()))
    (case,) = suite
    assert case.attrib["name"] == "3 files checked"
    assert list(case) == []


# ------------------------------------------------------------------------------------ rdjson

RDJSON = {
    "type": "object",
    "required": ["source", "diagnostics"],
    "properties": {
        "diagnostics": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message", "location", "severity"],
                "properties": {
                    "message": {"type": "string"},
                    "location": {
                        "required": ["path"],
                        "properties": {"range": {"$ref": "#/$defs/range"}},
                    },
                    "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
                    "code": {"required": ["value"]},
                    "suggestions": {
                        "items": {
                            "required": ["range", "text"],
                            "properties": {"range": {"$ref": "#/$defs/range"}, "text": {"type": "string"}},
                        }
                    },
                },
            },
        },
    },
    "$defs": {
        "range": {
            "required": ["start"],
            "properties": {"start": {"$ref": "#/$defs/position"}, "end": {"$ref": "#/$defs/position"}},
        },
        "position": {
            "required": ["line"],
            "properties": {
                "line": {"type": "integer", "minimum": 1},
                "column": {"type": "integer", "minimum": 1},
            },
        },
    },
}
"""What reviewdog's proto/rdf asks for."""


def test_rdjson_is_what_reviewdog_reads(any_run: engine.Run) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(render("rdjson", any_run, Look())), RDJSON)


def test_an_rdjson_suggestion_alone_is_the_whole_fix() -> None:
    (diagnostic,) = json.loads(render("rdjson", RUNS["a checked file"], Look()))["diagnostics"]
    (suggestion,) = diagnostic["suggestions"]
    lines = MODEL.encode().splitlines(keepends=True)

    def offset(position: dict[str, int]) -> int:
        return sum(map(len, lines[: position["line"] - 1])) + position["column"] - 1

    start, end = (offset(suggestion["range"][key]) for key in ("start", "end"))
    data = MODEL.encode()
    applied = data[:start] + suggestion["text"].encode() + data[end:]
    settings = replace(default_settings(), unsafe_fixes=True)
    assert applied == engine.fix_source(data, "train.py", settings).data


def test_rdjson_columns_count_bytes() -> None:
    (diagnostic,) = json.loads(render("rdjson", RUNS["a checked file"], Look()))["diagnostics"]
    start = diagnostic["location"]["range"]["start"]
    line = MODEL.encode().splitlines()[start["line"] - 1]
    assert line[start["column"] - 1 :].startswith(b"torch.optim.Adam")


def test_edits_that_are_far_apart_are_no_suggestion() -> None:
    source = Source(TRAIN, "train.py")
    fix = Fix("x", "safe", (Edit(at(source, "import").span, ""), Edit(at(source, "head").span, "")))
    report = run(replace(coupled(), fix=fix)).reports[0]
    apart = engine.Run((replace(report, lines={1: "import torch", 8: report.lines[8]}),), (), 1, 1)
    (diagnostic,) = json.loads(render("rdjson", apart, Look()))["diagnostics"]
    assert "suggestions" not in diagnostic


# ---------------------------------------------------------------------------------- markdown


def test_a_markdown_comment_is_never_longer_than_github_takes() -> None:
    many = run(*(replace(coupled(), math=("x" * 500,)) for _ in range(400)))
    text = markdown.render(many, Look())
    assert 60_000 < len(text) <= 65_536
    assert re.search(r"\n_\d+ more derivations cut: a comment on GitHub holds 65,536 characters._\n\Z", text)


def test_a_table_that_is_too_long_is_cut_between_rows() -> None:
    text = markdown.render(run(*[coupled()] * 2000), Look())
    assert len(text) <= 65_536
    rows = [line for line in text.splitlines() if line.startswith("| error")]
    assert f"{2000 - len(rows):d} more findings cut" in text
    assert all(row.endswith(" |") for row in rows)


def test_markdown_of_hostile_code_formats_nothing_and_mentions_nobody() -> None:
    text = markdown.render(RUNS["hostile"], Look())
    (row,) = [line for line in text.splitlines() if line.startswith("| error")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    table, _, folded = text.partition("<details>")
    prose = re.sub(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)", "", table)
    assert "<script>" not in prose
    assert "@all" not in prose
    fence = re.search(r"(`{3,})text\n(.*?)\n\1\n", folded, re.DOTALL)
    assert fence is not None
    assert fence[1] not in fence[2]
    assert folded.replace(fence[0], "").count("</details>") == 1


def test_code_in_a_message_stays_code() -> None:
    finding = replace(coupled(), message="`LayerNorm.weight` matches none of *these*")
    assert r"`LayerNorm.weight` matches none of \*these\*." in markdown.render(run(finding), Look())


def test_markdown_says_how_sure_a_finding_is() -> None:
    rows = markdown.render(RUNS["findings and errors"], Look())
    assert "| error | WD101" in rows
    assert "| warning (likely) | WD201" in rows


def test_markdown_says_that_all_is_well() -> None:
    assert render("markdown", RUNS["nothing"], Look()) == (
        "### wdlint\n\nAll clear: 3 files checked, 1 builds optimizers.\n"
    )


# ------------------------------------------------------------------------------ fingerprints


def one_in(path: str, line: str = "opt = torch.optim.Adam(p)") -> Finding:
    source = Source(line, path)
    return replace(coupled(), place=at(source, "torch.optim.Adam"), related=(), fix=None)


def fingerprints(*findings: Finding) -> list[str]:
    reports = tuple(FileReport(f.place.path, (f,), lines={1: "opt = torch.optim.Adam(p)"}) for f in findings)
    document = json.loads(render("json", engine.Run(reports, (), 1, 1), Look()))
    return [finding["fingerprint"] for finding in document["findings"]]


def test_equal_lines_of_two_files_have_fingerprints_of_their_own() -> None:
    assert len(set(fingerprints(one_in("a.py"), one_in("b.py")))) == 2


def test_json_sarif_and_gitlab_say_the_same_fingerprint() -> None:
    found = RUNS["a checked file"]
    (finding,) = json.loads(render("json", found, Look()))["findings"]
    (issue,) = json.loads(render("gitlab", found, Look()))
    (result,) = json.loads(render("sarif", found, Look()))["runs"][0]["results"]
    assert finding["fingerprint"] == issue["fingerprint"]
    assert [finding["fingerprint"]] == list(result["partialFingerprints"].values())
