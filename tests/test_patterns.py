"""Path patterns mean what git says they mean."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wdlint.patterns import Patterns

NAMES = ("a", "b", "ab", "a*b", "-", "x.py")
PATHS = tuple("/".join(parts) for depth in (1, 2, 3) for parts in itertools.product(NAMES, repeat=depth))
TOKENS = (
    "a",
    "b",
    "ab",
    "x",
    ".py",
    "*",
    "**",
    "?",
    "/",
    "/",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-c]",
    "[]-]",
    "\\*",
    " ",
)

# git before 2.40 compares unrelated pointers when stars that cross folders touch something else
TOUCHING_STARS = re.compile(r"[^/]\*\*|\*\*[^/]")

text = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=6).map("".join)
line = st.builds(
    str.__add__,
    st.sampled_from(("", "", "", "!")),
    text.filter(lambda pattern: not TOUCHING_STARS.search(pattern)),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def ignored_by_git(folder: Path, lines: list[str]) -> set[str]:
    (folder / ".gitignore").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin"],
        cwd=folder,
        input="\n".join(PATHS),
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.splitlines())


@given(lines=st.lists(line, min_size=1, max_size=3))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_patterns_ignore_exactly_what_git_ignores(repository: Path, lines: list[str]) -> None:
    patterns = Patterns(lines)
    assert {path for path in PATHS if patterns.covers(path)} == ignored_by_git(repository, lines)


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        pytest.param("build/", "build/lib/x.py", True, id="a folder covers what is in it"),
        pytest.param("build/", "build", False, id="a trailing slash means folders only"),
        pytest.param("*.py", "src/deep/x.py", True, id="a pattern without a slash is for names anywhere"),
        pytest.param("/x.py", "src/x.py", False, id="a leading slash anchors"),
        pytest.param("src/*.py", "src/deep/x.py", False, id="a star does not cross folders"),
        pytest.param(
            "src/**/x.py", "src/x.py", True, id="two stars are any number of folders, none included"
        ),
        pytest.param("src/**", "src/a/b.py", True, id="two stars at the end are everything below"),
        pytest.param("# x.py", "# x.py", False, id="a comment"),
        pytest.param(r"\#x.py", "#x.py", True, id="an escaped hash"),
        pytest.param("x.py   ", "x.py", True, id="trailing spaces do not count"),
        pytest.param("[[:digit:]].py", "7.py", True, id="a named character class"),
        pytest.param("[ab", "[ab", False, id="an open bracket matches nothing"),
        pytest.param("ä?.py", "äö.py", True, id="characters, not bytes"),
    ],
)
def test_one_pattern(pattern: str, path: str, covered: bool) -> None:
    assert Patterns([pattern]).covers(path) is covered


def test_the_last_matching_pattern_decides() -> None:
    patterns = Patterns(["*.py", "!keep.py", "old/keep.py"])
    assert patterns.verdict("x.py", folder=False) is True
    assert patterns.verdict("keep.py", folder=False) is False
    assert patterns.verdict("old/keep.py", folder=False) is True
    assert patterns.verdict("README", folder=False) is None
