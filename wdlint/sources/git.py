"""Where git keeps things. Only names are looked at; git is never started."""

from __future__ import annotations

import os
from typing import NamedTuple


class GitFolders(NamedTuple):
    """Where git keeps what is of this worktree, such as the index, and what all worktrees share."""

    own: str
    common: str


def git_folders(repository: str) -> GitFolders:
    """The folders behind ``repository/.git``; in a linked worktree that is a file that names them."""
    git = os.path.join(repository, ".git")
    if not os.path.isfile(git):
        return GitFolders(git, git)
    own = os.path.normpath(os.path.join(repository, _first_line(git).removeprefix("gitdir:").strip()))
    common = _first_line(os.path.join(own, "commondir"))
    return GitFolders(own, os.path.normpath(os.path.join(own, common)) if common else own)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\n")
    except OSError:
        return ""


def repository_of(folder: str) -> str | None:
    """The repository that a folder is in, as its top folder."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return None
    return folder


__all__ = ["GitFolders", "git_folders", "repository_of"]
