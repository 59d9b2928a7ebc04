"""The README shows what the tool prints and draws: all of that is generated and compared."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tests import readme
from wdlint.formats import FORMATS
from wdlint.settings import table


def test_the_readme_shows_what_the_tool_prints() -> None:
    text = readme.README.read_text(encoding="utf-8")
    for generated in (readme.OUTPUT, readme.RULES, readme.COUNT, readme.PICTURE):
        assert generated.search(text), f"nothing in the README matches {generated.pattern}"
    assert text == readme.generated(text), "run python -m tests.readme --write"


@pytest.mark.parametrize("name", readme.PICTURES)
def test_the_pictures_are_what_the_tool_draws(name: str) -> None:
    text = (readme.ROOT / name).read_text(encoding="utf-8")
    assert text == readme.drawn(readme.PICTURES[name]), "run python -m tests.readme --write"
    assert f"]({name})" in readme.README.read_text(encoding="utf-8")
    parts = {part.tag.rpartition("}")[2] for part in ET.fromstring(text).iter()}
    assert {"title", "desc", "style", "rect"} <= parts, "a file of its own has a name, colours and paper"
    assert not parts & {"image", "script", "use"} and "url(" not in text, "nothing is fetched"


def test_the_readme_names_every_key_of_the_configuration() -> None:
    text = readme.README.read_text(encoding="utf-8")
    section = text[text.index("## Configuration") : text.index("## Options")]
    named = set(re.findall(r"(?<![\w-])[a-z]+(?:-[a-z]+)*(?![\w-])", section))
    assert {*table.KEYS, *table.FIX_KEYS} <= named


def test_the_readme_names_every_format() -> None:
    text = readme.README.read_text(encoding="utf-8")
    (listed,) = re.findall(r"Formats: (.*?)\n\n", text, re.DOTALL)
    assert set(FORMATS) <= set(re.findall(r"`([\w-]+)`", listed))


def test_a_wrong_output_is_replaced_and_the_rest_is_left() -> None:
    text = "Before.\n\n<!-- output: wdlint --version -->\n```text\nwdlint 0.0.0\n```\n\nAfter.\n"
    (made,) = readme.OUTPUT.finditer(readme.generated(text))
    assert made["body"].startswith("wdlint ") and "0.0.0" not in made["body"]
    assert readme.generated(text).replace(made["body"], "wdlint 0.0.0\n") == text


def test_a_command_that_fails_is_not_written_as_output() -> None:
    with pytest.raises(SystemExit, match=r"wdlint explain WD11: error: unknown rule 'WD11'"):
        readme.generated("<!-- output: wdlint explain WD11 -->\n```text\n```\n")
