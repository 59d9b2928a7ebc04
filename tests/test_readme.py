"""The README prints what the tool prints: its outputs, rules and numbers are generated and compared."""

from __future__ import annotations

import pytest

from tests import readme


def test_the_readme_shows_what_the_tool_prints() -> None:
    text = readme.README.read_text(encoding="utf-8")
    for generated in (readme.OUTPUT, readme.RULES, readme.COUNT):
        assert generated.search(text), f"nothing in the README matches {generated.pattern}"
    assert text == readme.generated(text), "run python -m tests.readme --write"


def test_a_wrong_output_is_replaced_and_the_rest_is_left() -> None:
    text = "Before.\n\n<!-- output: wdlint --version -->\n```text\nwdlint 0.0.0\n```\n\nAfter.\n"
    (made,) = readme.OUTPUT.finditer(readme.generated(text))
    assert made["body"].startswith("wdlint ") and "0.0.0" not in made["body"]
    assert readme.generated(text).replace(made["body"], "wdlint 0.0.0\n") == text


def test_a_command_that_fails_is_not_written_as_output() -> None:
    with pytest.raises(SystemExit, match=r"wdlint explain WD11: error: unknown rule 'WD11'"):
        readme.generated("<!-- output: wdlint explain WD11 -->\n```text\n```\n")
