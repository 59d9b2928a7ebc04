"""Which files to check: folders walked, ignore files and ``exclude`` respected, in a stable order.

Only names and folders are looked at; no file is opened but ``.gitignore`` and its like. What cannot
be walked becomes an error about that path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from wdlint.facts import FileError
from wdlint.failures import reason
from wdlint.patterns import Patterns, compiled
from wdlint.settings import Settings, relative_path
from wdlint.sources.git import git_folders

_SUFFIX: Final = ".py"


@dataclass(frozen=True, slots=True)
class Walk:
    """The files to check, sorted, as the user would write them, and the paths that cannot be."""

    files: tuple[str, ...]
    errors: tuple[FileError, ...] = ()


class _Ignored(NamedTuple):
    """The patterns of one ignore file; ``cut`` is how much of an absolute path is the folder it is in."""

    patterns: Patterns
    cut: int


_Chain: TypeAlias = tuple[_Ignored, ...]
"""Ignore files from the outermost folder to the innermost, which has the last word."""


def python_files(paths: Sequence[str], settings: Settings, cwd: Path) -> Walk:
    """The Python files under ``paths``; a file that is named is taken whatever it is called.

    Paths below ``cwd`` come back relative to it, others absolute, all with forward slashes.
    Symbolic links to folders are not followed, so there are no loops; a link to a file counts
    where the file itself is not there already, so that no file is fixed twice.
    """
    search = _Search(settings, os.fspath(cwd))
    for path in paths:
        search.add(path)
    return Walk(tuple(sorted(search.found())), tuple(search.errors))


def is_excluded(path: str, settings: Settings) -> bool:
    """Whether ``exclude`` covers a path of a run, or a folder it is in."""
    inside = settings.from_root(path)
    return inside != "." and compiled(settings.exclude).covers(inside.lstrip("/"))


@dataclass(slots=True)
class _Search:
    settings: Settings
    cwd: str
    files: dict[str, str] = field(default_factory=dict)
    """Absolute path to the path to show."""
    links: dict[str, str] = field(default_factory=dict)
    through_links: bool = False
    """Whether a path was named that is a link or leads through one."""
    errors: list[FileError] = field(default_factory=list)

    def add(self, path: str) -> None:
        whole = os.path.abspath(os.path.join(self.cwd, path))
        if not os.path.exists(whole):
            self.errors.append(FileError(path, "no such file or directory"))
            return
        if self.settings.force_exclude and is_excluded(whole, self.settings):
            return
        self.through_links = self.through_links or os.path.realpath(whole) != whole
        if os.path.isdir(whole):
            self._walk(whole)
        else:
            self.files[whole] = relative_path(whole, self.cwd)

    def found(self) -> Iterator[str]:
        if not (self.links or self.through_links):
            yield from self.files.values()
            return
        targets = {path: os.path.realpath(path) for path in (*self.files, *sorted(self.links))}
        seen: set[str] = set()
        for path in sorted(targets, key=lambda path: targets[path] != path):  # files before links to them
            if targets[path] not in seen:
                seen.add(targets[path])
                yield self.files[path] if path in self.files else self.links[path]

    def _walk(self, top: str) -> None:
        """Depth first, without recursion: a folder may be nested deeper than Python's stack."""
        excluded = compiled(self.settings.exclude)
        root = self.settings.root or self.cwd
        pending: list[tuple[str, _Chain]] = [(top, self._above(top))]
        while pending:
            folder, chain = pending.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = list(listing)
            except OSError as error:
                shown = relative_path(folder, self.cwd)
                self.errors.append(FileError(shown, reason(error)))
                continue
            if self.settings.respect_gitignore:
                chain = self._extended(chain, folder, entries, top)
            prefix = folder if folder.endswith(os.sep) else folder + os.sep
            shown_prefix = "" if folder == self.cwd else relative_path(folder, self.cwd) + "/"
            inside = relative_path(folder, root)
            from_root = "" if inside == "." else inside.strip("/") + "/"
            for entry in entries:
                name = entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder and not name.endswith(_SUFFIX):
                    continue
                whole = prefix + name
                if excluded.verdict(from_root + name, folder=is_folder) or _ignored(chain, whole, is_folder):
                    continue
                if is_folder:
                    pending.append((whole, chain))
                elif entry.is_file(follow_symlinks=False):
                    self.files[whole] = shown_prefix + name
                elif entry.is_symlink() and os.path.isfile(whole):
                    self.links[whole] = shown_prefix + name

    def _above(self, top: str) -> _Chain:
        """The ignore files that apply from outside ``top``: those of its repository."""
        if not self.settings.respect_gitignore:
            return ()
        folders = [top]
        while not os.path.lexists(os.path.join(folders[-1], ".git")):
            parent = os.path.dirname(folders[-1])
            if parent == folders[-1]:
                return ()  # not in a repository
            folders.append(parent)
        repository = folders[-1]
        chain = _exclude_file(repository)
        for folder in reversed(folders[1:]):
            chain += _ignore_file(folder)
        return chain

    def _extended(self, chain: _Chain, folder: str, entries: Iterable[os.DirEntry[str]], top: str) -> _Chain:
        names = {entry.name for entry in entries if entry.name in (".git", ".gitignore")}
        if ".git" in names and folder != top:
            chain = _exclude_file(folder)  # a repository in a repository has its own rules only
        return chain + _ignore_file(folder) if ".gitignore" in names else chain


def _ignored(chain: _Chain, path: str, is_folder: bool) -> bool:
    for ignored in reversed(chain):
        inside = path[ignored.cut :]
        if os.sep != "/":
            inside = inside.replace(os.sep, "/")
        verdict = ignored.patterns.verdict(inside, folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def _ignore_file(folder: str) -> _Chain:
    return _load(os.path.join(folder, ".gitignore"), folder)


def _exclude_file(repository: str) -> _Chain:
    return _load(os.path.join(git_folders(repository).common, "info", "exclude"), repository)


def _load(path: str, folder: str) -> _Chain:
    """An ignore file that cannot be read ignores nothing, as with git."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
    except OSError:
        return ()
    return (_Ignored(Patterns(lines), len(folder.rstrip(os.sep)) + 1),)


__all__ = ["Walk", "is_excluded", "python_files"]
