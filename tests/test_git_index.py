"""What is read of a git index, against git itself; the repository's configuration is never run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from wdlint.sources.git_index import is_uncommitted

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

LONG_AGO = 1_000_000_000


def git(folder: Path, *arguments: str) -> None:
    """Run git with an identity and without anybody's configuration."""
    names = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with ``train.py`` and ``src/model.py`` committed a while ago."""
    folder = tmp_path / "repository"
    (folder / "src").mkdir(parents=True)
    for name in ("train.py", "src/model.py"):
        (folder / name).write_text("x = 1\n")
        os.utime(folder / name, (LONG_AGO, LONG_AGO))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def uncommitted(path: Path) -> bool:
    return is_uncommitted(str(path), path.read_bytes())


def test_a_committed_file_is_committed(repository: Path) -> None:
    assert not uncommitted(repository / "train.py")
    assert not uncommitted(repository / "src/model.py")


def test_a_changed_file_is_not(repository: Path) -> None:
    (repository / "train.py").write_text("x = 22\n")
    assert uncommitted(repository / "train.py")
    assert not uncommitted(repository / "src/model.py")


def test_a_change_of_the_same_size_is_seen(repository: Path) -> None:
    (repository / "train.py").write_text("x = 2\n")
    assert uncommitted(repository / "train.py")


def test_a_file_that_was_only_touched_is_committed(repository: Path) -> None:
    os.utime(repository / "train.py")
    assert not uncommitted(repository / "train.py")


def test_a_new_file_is_uncommitted_and_a_staged_one_is_kept(repository: Path) -> None:
    (repository / "new.py").write_text("x = 1\n")
    assert uncommitted(repository / "new.py")
    git(repository, "add", "-N", "new.py")
    assert uncommitted(repository / "new.py")
    git(repository, "add", "new.py")
    assert not uncommitted(repository / "new.py")


def test_line_endings_that_git_converted_are_no_change(repository: Path) -> None:
    git(repository, "config", "core.autocrlf", "true")
    (repository / "train.py").write_bytes(b"x = 1\r\n")
    assert not uncommitted(repository / "train.py")


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version_of_the_index_is_read(repository: Path, version: str) -> None:
    for number in range(300):  # long names in common folders: what version 4 shortens
        path = repository / f"{'deep/' * (number % 40)}file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = {number}\n")
    (repository / "later.py").write_text("")
    git(repository, "add", ".")
    git(repository, "update-index", "--index-version", version)
    if version == "3":
        git(repository, "add", "-N", "later.py")
    assert not any(uncommitted(path) for path in sorted(repository.rglob("file*.py")))
    (repository / "file0.py").write_text("x = 00\n")
    assert uncommitted(repository / "file0.py")


def test_a_linked_worktree_has_an_index_of_its_own(repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "../linked")
    linked = repository.parent / "linked/train.py"
    assert not uncommitted(linked)
    linked.write_text("x = 22\n")
    assert uncommitted(linked)
    assert not uncommitted(repository / "train.py")


def test_a_link_to_a_file_is_the_file(repository: Path) -> None:
    (repository / "link.py").symlink_to("train.py")
    assert not uncommitted(repository / "link.py")


def test_nothing_is_said_where_nothing_is_known(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("x = 1\n")
    assert not uncommitted(tmp_path / "outside.py")
    (repository / "train.py").write_text("x = 22\n")
    for index in (b"", b"DIRC", b"no index at all, but long enough to have a checksum at its end"):
        (repository / ".git/index").write_bytes(index)
        assert not uncommitted(repository / "train.py")


def test_an_index_with_longer_names_is_not_misread(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "train.py").write_text("x = 1\n")
    git(tmp_path, "add", ".")
    (tmp_path / "train.py").write_text("x = 22\n")
    assert not uncommitted(tmp_path / "train.py")


def test_what_the_configuration_names_is_not_run(repository: Path) -> None:
    trap = f"touch {repository.parent}/ran; cat"
    git(repository, "config", "core.fsmonitor", trap)
    git(repository, "config", "filter.trap.clean", trap)
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/attributes").write_text("*.py filter=trap\n")
    (repository / "train.py").write_text("x = 22\n")
    assert uncommitted(repository / "train.py")
    assert not (repository.parent / "ran").exists()
