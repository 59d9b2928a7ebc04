"""Configuration: where it is found, what it says, and how mistakes in it are reported."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from wdlint.settings import (
    DEFAULT_EXCLUDE,
    Flags,
    Settings,
    SettingsError,
    default_settings,
    load,
    matching,
)
from wdlint.settings.described import describe

STANDARD = default_settings().rules

Project = Callable[[str], Settings]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Load ``[tool.wdlint]`` with the given body, from line 2 of a pyproject.toml."""
    monkeypatch.chdir(tmp_path)

    def configured(body: str) -> Settings:
        (tmp_path / "pyproject.toml").write_text(f"[tool.wdlint]\n{textwrap.dedent(body)}")
        return load(["."], tmp_path)

    return configured


# --------------------------------------------------------------------------------- defaults


def test_pedantic_rules_are_off_by_default() -> None:
    assert {"WD101", "WD201", "WD901"} <= STANDARD
    assert "WD301" not in STANDARD


def test_without_a_configuration_file_the_defaults_hold(tmp_path: Path) -> None:
    found = load(["."], tmp_path, isolated=True)
    assert found.rules == STANDARD
    assert (found.output_format, found.pedantic, found.weight_decay) == ("full", False, None)
    assert found.exclude == DEFAULT_EXCLUDE
    assert found.origins == ()


# ------------------------------------------------------------------------ where it is found


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_nearest_file_above_the_first_path_counts(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.wdlint]\nselect = ["WD1"]\n')
    write(tmp_path / "inner/pyproject.toml", '[tool.wdlint]\nselect = ["WD2"]\n')
    write(tmp_path / "inner/src/train.py", "")
    assert load(["inner/src/train.py", "."], tmp_path).rules == matching("WD2") & STANDARD
    assert load([".", "inner"], tmp_path).rules == matching("WD1")


def test_a_pyproject_that_does_not_mention_wdlint_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", "pedantic = true\n")
    write(tmp_path / "inner/pyproject.toml", "[tool.ruff]\nnot TOML at all")
    assert load(["inner"], tmp_path).pedantic


def test_wdlint_toml_wins_over_pyproject_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", 'select = ["WD101"]\n')
    write(tmp_path / "pyproject.toml", '[tool.wdlint]\nselect = ["WD201"]\n')
    assert load(["."], tmp_path).rules == {"WD101"}


def test_isolated_reads_no_file(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", "pedantic = true\n")
    assert not load(["."], tmp_path, isolated=True).pedantic


def test_a_named_configuration_is_used_instead_and_patterns_belong_to_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", "pedantic = true\n")
    write(tmp_path / "ci/strict.toml", 'exclude = ["gen"]\n')
    found = load(["."], tmp_path, config=Path("ci/strict.toml"))
    assert (found.pedantic, found.exclude, found.root) == (False, ("gen",), str(tmp_path / "ci"))


def test_a_named_configuration_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^no\.toml: cannot be read: no such file or directory$"):
        load(["."], tmp_path, config=Path("no.toml"))


def test_a_wdlint_toml_wants_its_keys_without_the_header(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", '[tool.wdlint]\nselect = ["WD101"]\n')
    with pytest.raises(
        SettingsError, match=r"^wdlint\.toml:1: no \[tool\.wdlint\] here: in a wdlint\.toml the keys stand"
    ):
        load(["."], tmp_path)


def test_no_toml_parser_is_imported_where_nothing_mentions_wdlint(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[project]\nname = "x"\n')
    code = (
        "import sys; from pathlib import Path; from wdlint.settings import load; load(['.'], Path.cwd());"
        "sys.exit(bool({'tomllib', 'tomli', 'difflib', 'libcst'} & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment).returncode == 0


# ----------------------------------------------------------------------------- what it says


def test_every_key_is_read(project: Project, tmp_path: Path) -> None:
    write(tmp_path / "rules" / "mine.yaml", "")
    found = project(
        """
        select = ["WD101", "missing-no-decay-group"]
        ignore = ["WD208"]
        extend-select = ["wd203"]
        pedantic = true
        exclude = ["vendor"]
        extend-exclude = ["old/**"]
        force-exclude = true
        respect-gitignore = false
        extend-catalogue = ["rules/mine.yaml"]
        output-format = "concise"

        [tool.wdlint.per-file-ignores]
        "tests/**" = ["WD2"]

        [tool.wdlint.fix]
        weight-decay = 0.05
        unsafe = true
        style = "loop"
        no-decay = ["bias", "norm", "re:pos_embed$"]
        """
    )
    assert found.rules == {"WD101", "WD201", "WD203"}
    assert found.pedantic
    assert found.exclude == ("vendor", "old/**")
    assert found.force_exclude
    assert not found.respect_gitignore
    assert found.extend_catalogue == (Path("rules/mine.yaml"),)
    assert found.output_format == "concise"
    assert found.per_file_ignores == (("tests/**", matching("WD2")),)
    assert (found.weight_decay, found.unsafe_fixes) == (0.05, True)
    assert (found.fix_style, found.no_decay) == ("loop", ("bias", "norm", "re:pos_embed$"))
    assert found.root == str(tmp_path)


def test_an_inline_fix_table_is_read(project: Project) -> None:
    assert project("fix = { weight-decay = 1, unsafe = false }").weight_decay == 1.0


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("WD101", {"WD101"}),
        ("wd101", {"WD101"}),
        ("coupled-weight-decay", {"WD101"}),
        ("Coupled-Weight-Decay", {"WD101"}),
        ("WD9", {"WD901"}),
        ("WD7", set()),
        ("", set()),
    ],
)
def test_a_selector_is_a_code_a_prefix_or_a_name(selector: str, codes: set[str]) -> None:
    assert matching(selector) == codes


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param(Flags(select=("WD1",)), matching("WD1"), id="select replaces the standard rules"),
        pytest.param(Flags(ignore=("WD2",)), STANDARD - matching("WD2"), id="ignore takes away"),
        pytest.param(Flags(select=("WD2",), ignore=("WD2",)), set(), id="at equal weight, ignore wins"),
        pytest.param(Flags(select=("WD201",), ignore=("WD2",)), {"WD201"}, id="the more specific wins"),
        pytest.param(
            Flags(select=("missing-no-decay-group",), ignore=("WD2",)), {"WD201"}, id="a name is specific"
        ),
        pytest.param(Flags(extend_select=("WD301",)), STANDARD | {"WD301"}, id="pedantic rules one by one"),
        pytest.param(Flags(select=("ALL",)), STANDARD, id="ALL leaves pedantic rules out"),
        pytest.param(Flags(select=("ALL",), pedantic=True), matching("ALL"), id="ALL with --pedantic"),
        pytest.param(Flags(pedantic=True), matching("ALL"), id="--pedantic adds the pedantic rules"),
        pytest.param(Flags(select=("WD3",)), {"WD301"}, id="a prefix that names pedantic rules only"),
    ],
)
def test_rules_from_flags(tmp_path: Path, flags: Flags, expected: set[str]) -> None:
    assert load(["."], tmp_path, flags, isolated=True).rules == expected


def test_flags_build_on_the_file_and_select_starts_afresh(project: Project, tmp_path: Path) -> None:
    project('select = ["WD1", "WD2"]\nignore = ["WD1"]\n')
    assert load(["."], tmp_path, Flags(ignore=("WD201",))).rules == matching("WD2") - {"WD201"}
    assert load(["."], tmp_path, Flags(extend_select=("WD901",))).rules == matching("WD2") | {"WD901"}
    assert load(["."], tmp_path, Flags(select=("WD101",))).rules == {"WD101"}


def test_other_flags_win_over_the_file(project: Project, tmp_path: Path) -> None:
    project('output-format = "json"\nfix = { weight-decay = 0.1 }\n')
    found = load(["."], tmp_path, Flags(output_format="full", weight_decay=0.05))
    assert (found.output_format, found.weight_decay) == ("full", 0.05)


# ------------------------------------------------------------------------- per-file-ignores


def test_per_file_ignores_take_rules_away_by_path(project: Project) -> None:
    found = project(
        """
        [tool.wdlint.per-file-ignores]
        "tests/**" = ["WD2"]
        "conftest.py" = ["WD101"]
        "!src/**" = ["WD901"]
        """
    )
    assert found.rules_for("src/train.py") == STANDARD
    assert found.rules_for("tests/deep/test_x.py") == STANDARD - matching("WD2") - {"WD901"}
    assert found.rules_for("src/conftest.py") == STANDARD - {"WD101"}


def test_per_file_ignores_are_relative_to_the_configuration_file(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", 'per-file-ignores = { "src/old.py" = ["WD101"] }\n')
    found = load(["old.py"], tmp_path / "src")
    assert "WD101" not in found.rules_for("old.py")
    assert "WD101" in found.rules_for("src/old.py")


# ------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            'selct = ["WD101"]',
            "pyproject.toml:2: unknown key 'selct' in [tool.wdlint]; did you mean 'select'?",
            id="key",
        ),
        pytest.param(
            'pedantic = true\nselect = [\n  "WD101",\n  "WD1O1",\n]',
            "pyproject.toml:5: unknown rule 'WD1O1' in 'select'; did you mean 'WD101'?",
            id="code on a line of its own",
        ),
        pytest.param(
            'ignore = ["missing-no-decay-groups"]',
            "pyproject.toml:2: unknown rule 'missing-no-decay-groups' in 'ignore'; "
            "did you mean 'missing-no-decay-group'?",
            id="name",
        ),
        pytest.param(
            'select = ["E501"]',
            "pyproject.toml:2: unknown rule 'E501' in 'select'; 'wdlint rules' lists them",
            id="a code of another tool",
        ),
        pytest.param(
            'select = "WD101"',
            'pyproject.toml:2: \'select\' must be an array of rules, for example ["WD101"], not "WD101"',
            id="a string for a list",
        ),
        pytest.param(
            "pedantic = 1",
            "pyproject.toml:2: 'pedantic' must be true or false, not 1",
            id="a number for a flag",
        ),
        pytest.param(
            'output-format = "jsn"',
            "pyproject.toml:2: unknown output-format \"jsn\"; did you mean 'json'?",
            id="format",
        ),
        pytest.param(
            "fix = { weight-decy = 0.05 }",
            "pyproject.toml:2: unknown key 'weight-decy' in 'fix'; did you mean 'weight-decay'?",
            id="key of an inline table",
        ),
        pytest.param(
            "\n[tool.wdlint.fix]\nweight-decay = -1",
            "pyproject.toml:4: 'fix.weight-decay' must be a number, 0 or greater, not -1",
            id="a negative decay",
        ),
        pytest.param(
            "fix.weight-decay = true",
            "pyproject.toml:2: 'fix.weight-decay' must be a number, 0 or greater, not true",
            id="dotted key",
        ),
        pytest.param(
            'fix.style = "helpr"',
            "pyproject.toml:2: unknown 'fix.style' \"helpr\"; did you mean 'helper'?",
            id="style",
        ),
        pytest.param(
            '[tool.wdlint.fix]\nno-decay = [\n  "bias",\n  "norms",\n]',
            "pyproject.toml:5: unknown kind \"norms\" in 'fix.no-decay'; did you mean 'norm'?",
            id="kind of parameter",
        ),
        pytest.param(
            'fix.no-decay = ["pattern"]',
            "pyproject.toml:2: unknown kind \"pattern\" in 'fix.no-decay'; the kinds are bias, norm,"
            ' embedding, position, scale, and a pattern on names is "re:..."',
            id="neither a kind nor a pattern",
        ),
        pytest.param(
            'fix.no-decay = ["re:*"]',
            "pyproject.toml:2: 'fix.no-decay': \"re:*\" is no pattern: nothing to repeat at position 0",
            id="a broken pattern",
        ),
        pytest.param(
            "fix.no-decay = []",
            'pyproject.toml:2: \'fix.no-decay\' must be an array of kinds, for example ["bias", "norm"],'
            " not an array that is empty",
            id="nothing exempt",
        ),
        pytest.param(
            'fix = "all"',
            "pyproject.toml:2: 'fix' must be a table, for example { weight-decay = 0.05 }, not \"all\"",
            id="fix is no table",
        ),
        pytest.param(
            '[tool.wdlint.per-file-ignores]\n"a.py" = ["WD101"]\n"b.py" = ["WD77"]',
            "pyproject.toml:4: unknown rule 'WD77' in 'per-file-ignores'; did you mean 'WD207'?",
            id="code for a pattern",
        ),
        pytest.param(
            "exclude = [1]",
            "pyproject.toml:2: 'exclude' must be an array of path patterns, not an array with 1 in it",
            id="a number for a pattern",
        ),
        pytest.param(
            "pedantic = yes",
            "pyproject.toml:2: not valid TOML: Invalid value",
            id="broken TOML",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_where_and_what_was_meant(
    project: Project, body: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        project(body)
    assert "\n" not in str(caught.value)
    assert str(caught.value) == message


def test_the_line_is_that_of_our_own_table(tmp_path: Path) -> None:
    write(
        tmp_path / "pyproject.toml",
        '[tool.other]\nselct = 1  # not ours\n\n[tool.wdlint]  # settings\nselct = ["WD101"]\n',
    )
    with pytest.raises(SettingsError, match=r"^pyproject\.toml:5: unknown key 'selct'"):
        load(["."], tmp_path)


def test_a_mistake_in_wdlint_toml_names_no_table(tmp_path: Path) -> None:
    write(tmp_path / "wdlint.toml", "\nfx = 1\n")
    with pytest.raises(SettingsError, match=r"^wdlint\.toml:2: unknown key 'fx'; did you mean 'fix'\?$"):
        load(["."], tmp_path)


def test_a_file_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "wdlint.toml").write_bytes(b'select = ["\xff"]\n')
    with pytest.raises(SettingsError, match=r"^wdlint\.toml: not UTF-8, which TOML must be$"):
        load(["."], tmp_path)


def test_an_unknown_code_in_a_flag_names_the_flag(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^--select: unknown rule 'WD11'; did you mean 'WD101'\?$"):
        load(["."], tmp_path, Flags(select=("WD11",)))


# ---------------------------------------------------------------------------------- showing


def test_settings_remember_where_each_value_came_from(project: Project, tmp_path: Path) -> None:
    project('pedantic = true\nignore = ["WD2"]\n\n[tool.wdlint.fix]\nunsafe = true\n')
    found = load(["."], tmp_path, Flags(ignore=("WD9",), output_format="json"))
    assert dict(found.origins) == {
        "pedantic": "pyproject.toml:2",
        "ignore": "pyproject.toml:3, --ignore",
        "fix.unsafe": "pyproject.toml:6",
        "output-format": "--output-format",
    }
    shown = describe(found)
    assert "# pyproject.toml:2\npedantic = true\n" in shown
    assert "# ignore: pyproject.toml:3, --ignore\nrules = [" in shown
    assert "# default\nrespect-gitignore = true\n" in shown


def test_severities_are_shown_as_they_are_written(project: Project) -> None:
    shown = describe(project('severity = { WD201 = "info", coupled-weight-decay = "warning" }\n'))
    assert 'severity = {"WD101" = "warning", "WD201" = "info"}\n' in shown


def test_a_style_on_the_command_line_wins_and_is_shown(project: Project, tmp_path: Path) -> None:
    project('fix = { style = "loop", no-decay = ["bias", "norm"] }')
    found = load(["."], tmp_path, Flags(fix_style="helper"))
    shown = describe(found)
    assert '# --fix-style\nfix.style = "helper"\n' in shown
    assert '# pyproject.toml:2\nfix.no-decay = ["bias", "norm"]\n' in shown


def test_settings_travel_to_worker_processes(project: Project) -> None:
    found = project('severity = { WD201 = "info" }\n[tool.wdlint.per-file-ignores]\n"a.py" = ["WD101"]\n')
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(pickle.loads(pickle.dumps(found)))


def test_a_catalogue_that_is_missing_is_named_with_the_line_that_wants_it(project: Project) -> None:
    with pytest.raises(
        SettingsError, match=r"^pyproject\.toml:2: 'extend-catalogue': no such file or folder 'my\.yaml'$"
    ):
        project('extend-catalogue = ["my.yaml"]')
