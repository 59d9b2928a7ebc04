"""Which files are checked: folders, ignore files, exclusions, links, and paths that are not there."""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from wdlint.settings import Settings, default_settings
from wdlint.sources.walk import Walk, is_excluded, python_files

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Make files, given as ``path`` or ``path: content``, below a temporary folder."""

    def make(*paths: str, **contents: str) -> Path:
        for path in paths:
            name, _, content = path.partition(": ")
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content.replace("|", "\n"))
        return tmp_path

    return make


def walk(root: Path, *paths: str, **changes: object) -> Walk:
    settings = replace(default_settings(), root=str(root), cwd=str(root), **changes)  # type: ignore[arg-type]
    return python_files(paths or (".",), settings, root)


def test_python_files_are_found_at_any_depth_and_sorted(tree: Tree) -> None:
    root = tree("b.py", "a/z.py", "a/b/c.py", "a.py", "a/notes.md", "stub.pyi")
    assert walk(root).files == ("a.py", "a/b/c.py", "a/z.py", "b.py")


def test_paths_are_written_relative_to_the_working_directory(tree: Tree) -> None:
    root = tree("src/a.py", "other/b.py")
    assert walk(root, "./src", str(root / "other")).files == ("other/b.py", "src/a.py")


def test_paths_outside_the_working_directory_are_absolute(tree: Tree) -> None:
    root = tree("work/a.py", "elsewhere/b.py")
    found = python_files(["../elsewhere"], default_settings(), root / "work")
    assert found.files == ((root / "elsewhere/b.py").as_posix(),)


def test_a_file_named_twice_is_checked_once(tree: Tree) -> None:
    root = tree("src/a.py")
    assert walk(root, ".", "src", "src/a.py", "src/../src/a.py").files == ("src/a.py",)


def test_a_named_file_is_checked_whatever_it_is_called(tree: Tree) -> None:
    root = tree("script", "build/x.py", ".gitignore: script")
    assert walk(root, "script", "build/x.py").files == ("build/x.py", "script")


def test_force_exclude_leaves_out_named_files(tree: Tree) -> None:
    root = tree("script", "build/x.py")
    assert walk(root, "script", "build/x.py", "build", force_exclude=True).files == ("script",)


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "venv", "node_modules", "build", "x.egg-info", "site-packages"]
)
def test_folders_without_source_of_the_project_are_left_out(tree: Tree, folder: str) -> None:
    root = tree(f"{folder}/a.py", f"src/{folder}/a.py", "src/a.py")
    assert walk(root).files == ("src/a.py",)


def test_a_left_out_folder_is_walked_when_it_is_named(tree: Tree) -> None:
    assert walk(tree("build/a.py"), "build").files == ("build/a.py",)


def test_exclude_patterns_are_relative_to_the_root(tree: Tree) -> None:
    root = tree("gen/a.py", "src/gen/a.py", "src/old_a.py", "src/a.py")
    assert walk(root, exclude=("/gen", "old_*.py")).files == ("src/a.py", "src/gen/a.py")
    assert walk(root, "src", exclude=("src/gen/*.py",)).files == ("src/a.py", "src/old_a.py")


def test_missing_paths_are_errors_that_name_them(tree: Tree) -> None:
    found = walk(tree("a.py"), "a.py", "nope.py", "no/folder")
    assert found.files == ("a.py",)
    assert [(e.path, e.message) for e in found.errors] == [
        ("nope.py", "no such file or directory"),
        ("no/folder", "no such file or directory"),
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_an_error(tree: Tree) -> None:
    root = tree("a.py", "secret/b.py")
    (root / "secret").chmod(0)
    try:
        found = walk(root)
    finally:
        (root / "secret").chmod(0o755)
    assert found.files == ("a.py",)
    assert [(e.path, e.message) for e in found.errors] == [("secret", "permission denied")]


def test_a_folder_that_vanishes_is_an_error(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("a.py", "gone/b.py")
    scandir = os.scandir

    def fails(path: str) -> object:
        if str(path).endswith("gone"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fails)
    found = walk(root)
    assert found.files == ("a.py",)
    assert [(e.path, e.message) for e in found.errors] == [("gone", "permission denied")]


# ------------------------------------------------------------------------------ ignore files


def test_an_ignore_file_holds_for_its_folder_and_below(tree: Tree) -> None:
    root = tree("a/.gitignore: x.py", "a/x.py", "a/b/x.py", "a/y.py", "x.py")
    assert walk(root).files == ("a/y.py", "x.py")


def test_an_inner_ignore_file_has_the_last_word(tree: Tree) -> None:
    root = tree(".gitignore: *.py", "a/.gitignore: !keep.py", "a/keep.py", "a/x.py", "x.py")
    assert walk(root).files == ("a/keep.py",)


def test_nothing_comes_back_from_an_ignored_folder(tree: Tree) -> None:
    root = tree(".gitignore: data/|!data/keep.py", "data/keep.py", "a.py")
    assert walk(root).files == ("a.py",)


def test_ignore_files_above_count_up_to_the_repository(tree: Tree) -> None:
    root = tree(
        ".gitignore: outside.py",
        "repo/.git/info/exclude: private.py",
        "repo/.gitignore: /src/inner/top.py|shared.py",
        "repo/src/.gitignore: !shared.py",
        *(f"repo/src/inner/{name}.py" for name in ("top", "shared", "private", "outside")),
    )
    inner = root / "repo/src/inner"
    assert python_files(["."], default_settings(), inner).files == ("outside.py", "shared.py")


def test_without_a_repository_only_ignore_files_below_count(tree: Tree) -> None:
    root = tree(".gitignore: a.py", "src/a.py", "src/.gitignore: b.py", "src/b.py")
    assert walk(root, "src").files == ("src/a.py",)


def test_a_repository_inside_another_has_its_own_rules(tree: Tree) -> None:
    root = tree(
        ".git/HEAD", ".gitignore: x.py", "sub/.git/info/exclude: y.py", "sub/x.py", "sub/y.py", "x.py"
    )
    assert walk(root).files == ("sub/x.py",)


def test_a_linked_worktree_uses_the_exclude_file_of_its_repository(tree: Tree) -> None:
    root = tree(
        "main/.git/info/exclude: private.py",
        "main/.git/worktrees/w/commondir: ../..",
        "w/private.py",
        "w/a.py",
    )
    (root / "w/.git").write_text(f"gitdir: {root}/main/.git/worktrees/w\n")
    assert walk(root, "w").files == ("w/a.py",)


def test_ignore_files_can_be_disregarded(tree: Tree) -> None:
    root = tree(".gitignore: a.py", "a.py")
    assert walk(root, respect_gitignore=False).files == ("a.py",)


def test_an_ignore_file_with_odd_bytes_is_no_reason_to_stop(tree: Tree) -> None:
    root = tree("a.py", "b.py")
    (root / ".gitignore").write_bytes(b"\xef\xbb\xbf\xff\xfe[\r\n\\\nb.py\n")
    assert walk(root).files == ("a.py",)


# ------------------------------------------------------------------------------------- links


def test_links_to_folders_are_not_followed(tree: Tree) -> None:
    root = tree("src/a.py", "real/b.py")
    (root / "src/loop").symlink_to(root / "src")
    (root / "src/away").symlink_to(root / "real")
    assert walk(root, "src").files == ("src/a.py",)


def test_a_linked_folder_that_is_named_is_walked(tree: Tree) -> None:
    root = tree("real/b.py")
    (root / "link").symlink_to(root / "real")
    assert walk(root, "link").files == ("link/b.py",)


def test_a_link_to_a_file_counts_unless_the_file_is_there_already(tree: Tree) -> None:
    root = tree("src/a.py", "elsewhere/b.py")
    (root / "src/again.py").symlink_to(root / "src/a.py")
    (root / "src/b.py").symlink_to(root / "elsewhere/b.py")
    (root / "src/broken.py").symlink_to(root / "nowhere.py")
    assert walk(root, "src").files == ("src/a.py", "src/b.py")


def test_a_folder_called_like_a_module_is_no_file(tree: Tree) -> None:
    assert walk(tree("odd.py/a.py")).files == ("odd.py/a.py",)


# ------------------------------------------------------------------------------------- others


def test_is_excluded_knows_folders_above_a_file(tmp_path: Path) -> None:
    settings = Settings(frozenset(), exclude=("build",), root=str(tmp_path), cwd=str(tmp_path / "src"))
    assert is_excluded("build/lib/x.py", settings)
    assert not is_excluded("x.py", settings)


def test_folders_nested_deeper_than_the_stack_are_walked(tree: Tree) -> None:
    deep = "d/" * 200 + "b.py"
    root = tree("a.py", deep)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        found = walk(root)
    finally:
        sys.setrecursionlimit(usual)
    assert found.files == ("a.py", deep)


def test_three_thousand_files_are_listed_in_a_moment(tmp_path: Path) -> None:
    for package in range(60):
        folder = tmp_path / f"p{package}"
        folder.mkdir()
        for module in range(50):
            (folder / f"m{module}.py").touch()
    (tmp_path / ".gitignore").write_text("__pycache__/\n*.log\nbuild/\n/data\n" * 10)
    best = min(_seconds(lambda: walk(tmp_path)) for _ in range(3))
    assert len(walk(tmp_path).files) == 3000
    assert best < 0.5  # about 0.02 on an idle machine


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
