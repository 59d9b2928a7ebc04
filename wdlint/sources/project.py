"""The files around a file: what a question about the whole project can be answered from.

Read-only and lazy: nothing is opened before a fact depends on it, every search has a cap, and what
it finds comes in a fixed order. Which module an import means is answered by names of files alone;
no import is ever made.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

_ROOT_MARKS: Final = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_WEAK_MARKS: Final = ("README.md", "README.rst", "README", "LICENSE", "requirements.txt", "environment.yml")
"""What tells a project's root where it was unpacked without its history and is not installable."""

_SKIPPED: Final = frozenset(
    {".git", ".venv", "venv", "node_modules", "site-packages", "build", "dist", "__pycache__"}
)
_SOURCE_FOLDERS: Final = ("src", "lib")
_FOREIGN: Final = sys.stdlib_module_names | {"torch", "numpy"}
"""Packages that a folder of the same name in a project does not stand for."""

_MOST_FILES: Final = 5_000
_MOST_BYTES: Final = 1_000_000
"""Of one file; larger ones hold data, not code."""
_MOST_TEXT: Final = 64_000_000
"""Bytes of a project kept for searching; without the rest no search is complete."""
_MOST_REACHED: Final = 200
"""Files followed from one file along its imports."""


_TEST_PATH: Final = re.compile(r"(^|/)(tests?/|test_[^/]*$|[^/]*_test\.py$|conftest\.py$)")


@dataclass(frozen=True, slots=True)
class ModulePath:
    """A module of the project: its ``file`` ("" if it has none), its ``folder`` if it is a package."""

    file: str = ""
    folder: str = ""

    def child(self, name: str) -> ModulePath | None:
        """The submodule of a package, whatever the package's own file says."""
        return _module_in(self.folder, name) if self.folder else None


def is_test(path: str) -> bool:
    """Whether a file is a test, by its name or its folder's."""
    return _TEST_PATH.search(path.replace(os.sep, "/")) is not None


class Project:
    """The project a file belongs to; found out when it is first asked something."""

    def __init__(self, path: str, roots: Callable[[], tuple[str, ...]] | None = None) -> None:
        self._path = path
        self._roots = roots

    @cached_property
    def file(self) -> str:
        """The checked file's absolute path, links resolved."""
        return os.path.realpath(self._path)

    @cached_property
    def root(self) -> str:
        """The nearest folder upwards that looks like a project's root, else the file's own."""
        return str(_root(Path(self.file).parent, Path.cwd()))

    @property
    def own_roots(self) -> tuple[str, ...]:
        """Where the project's own modules may stand: the folders of its packages, ``src`` and ``lib``."""
        return _import_roots(os.path.dirname(self.file), self.root)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Where all imports are looked up: its own roots, and what was given with the project."""
        return self.own_roots if self._roots is None else self._roots()

    def reads(self, key: str) -> bool:
        """Whether some file of the project reads ``group["key"]`` or ``group.get("key")``."""
        return _reads(self.root, key)

    def shown(self, file: str) -> str:
        """A file's path as reports print it: relative to where we are if the checked file's is."""
        if os.path.isabs(self._path):
            return file.replace(os.sep, "/")
        return os.path.relpath(file).replace(os.sep, "/")

    def locate(self, name: str, importer: str) -> tuple[ModulePath, tuple[str, ...]] | None:
        """The module a dotted name leads to and the attributes that remain; None if it is not ours.

        ``name`` may start with dots, as a relative import does, and is read as ``importer``, an
        absolute path, would mean it.
        """
        return _locate(name, importer, self.root)

    def package(self, file: str) -> str:
        """The name of the outermost package a file is in; "" for a module in none."""
        folders = list(_folders(os.path.dirname(file), self.root))
        outside = next((i for i, f in enumerate(folders) if not _initialiser(f)), len(folders))
        return os.path.basename(folders[outside - 1]) if outside else ""

    def mentioning(self, name: str, *texts: str) -> list[str] | None:
        """The Python files with ``name`` in them, and one of the ``texts`` that hold it if there are any.

        Sorted; None if the project is too large for all of it to be searched.
        """
        if not _contents(self.root)[1]:
            return None
        needles = [text.encode(errors="replace") for text in texts or (name,)]
        found = _mentioning(self.root, name)
        return [path for path, data in found if any(needle in data for needle in needles)]

    def reachable(self, file: str) -> tuple[str, ...]:
        """The file and those its imports lead to, nearest first."""
        found = {file: None}
        pending = [file]
        while pending and len(found) < _MOST_REACHED:
            for each in self._imports(pending.pop(0)):
                if each not in found:
                    found[each] = None
                    pending.append(each)
        return tuple(found)

    def importers(self, file: str) -> list[str]:
        """The files that import a file on a line that names it, sorted."""
        stem = os.path.splitext(os.path.basename(file))[0]
        name = os.path.basename(os.path.dirname(file)) if stem == "__init__" else stem
        candidates = _importing(self.root, name)
        return [each for each in candidates if each != file and file in self._imports(each)]

    def imported_from(self, file: str, name: str) -> bool:
        """Whether another file takes a name from a file: ``from train import Adam``, ``train.Adam``."""
        module = re.escape(os.path.splitext(os.path.basename(file))[0])
        imports = re.compile(rf"from[ \t]+[\w.]*\b{module}[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)".encode())
        taken = re.compile(rf"\b{re.escape(name)}\b|\*".encode())
        attribute = f"{module}.{name}".encode()
        for data in filter(None, map(self.read, self.importers(file))):
            if attribute in data or any(taken.search(names) for names in imports.findall(data)):
                return True
        return False

    def _imports(self, file: str) -> tuple[str, ...]:
        return _imported_files(self.root, file, *(_state(file) or (0, 0)))

    def read(self, file: str) -> bytes | None:
        """A file's bytes; None if it is not there or too large."""
        return _read(file)

    def state(self, file: str) -> tuple[int, int] | None:
        """What changes when a file does: its time and size; None for none, or one too large."""
        return _state(file)

    def find(self, path: str, importer: str) -> str | None:
        """A file named by a relative path, sought from the importer's folder up to the root."""
        for base in _folders(os.path.dirname(importer), self.root):
            candidate = os.path.normpath(os.path.join(base, path))
            if candidate.startswith(self.root + os.sep) and os.path.isfile(candidate):
                return candidate
        return None


# ------------------------------------------------------------------------------ the root


@lru_cache(maxsize=1024)
def _root(folder: Path, cwd: Path) -> Path:
    """The nearest folder upwards that looks like a project's root, else the folder itself."""
    above = (folder, *folder.parents)
    for each in above:
        if any((each / mark).exists() for mark in _ROOT_MARKS):
            return each
    weak = [f for f in above if any((f / mark).exists() for mark in _WEAK_MARKS)]
    below = [f for f in weak if f.is_relative_to(cwd)]
    return below[-1] if below else weak[0] if weak else folder


# ------------------------------------------------------------------------------- modules


def _folders(folder: str, root: str) -> Iterator[str]:
    """A folder and those above it, up to the root."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder == root or above == folder or not folder.startswith(root):
            return
        folder = above


def _locate(name: str, importer: str, root: str) -> tuple[ModulePath, tuple[str, ...]] | None:
    parts = name.lstrip(".").split(".") if name.strip(".") else []
    level = len(name) - len(name.lstrip("."))
    folder = os.path.dirname(importer)
    if level:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return _descend(ModulePath(_initialiser(folder), folder), parts)
    if not parts or parts[0] in _FOREIGN:
        return None
    for base in _import_roots(folder, root):
        if (first := _module_in(base, parts[0])) is not None:
            module, rest = _descend(first, parts[1:])
            if module.file:  # a folder alone is none: wandb/, data/, runs/
                return module, rest
    return None


@lru_cache(maxsize=1024)
def _import_roots(folder: str, root: str) -> tuple[str, ...]:
    """Where absolute imports start: the folder outside the file's package, then every other one."""
    folders = list(_folders(folder, root))
    outside = [f for f in folders if not _initialiser(f)][:1]
    sources = (os.path.join(root, name) for name in _SOURCE_FOLDERS)
    return tuple(dict.fromkeys([*outside, *folders, *filter(os.path.isdir, sources)]))


@lru_cache(maxsize=8192)
def _module_in(folder: str, name: str) -> ModulePath | None:
    """The module called ``name`` in a folder; a package goes before a module, as in Python."""
    inside = os.path.join(folder, name)
    package = _initialiser(inside)
    if package:
        return ModulePath(package, inside)
    if os.path.isfile(f"{inside}.py"):
        return ModulePath(f"{inside}.py")
    return ModulePath(folder=inside) if os.path.isdir(inside) else None


@lru_cache(maxsize=8192)
def _initialiser(folder: str) -> str:
    path = os.path.join(folder, "__init__.py")
    return path if os.path.isfile(path) else ""


def _descend(module: ModulePath, parts: Sequence[str]) -> tuple[ModulePath, tuple[str, ...]]:
    for i, part in enumerate(parts):
        child = module.child(part)
        if child is None or not (child.file or i + 1 < len(parts)):
            return module, tuple(parts[i:])
        module = child
    return module, ()


# ------------------------------------------------------------------------------- imports

_FROM: Final = re.compile(
    rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]*)", re.ASCII | re.MULTILINE
)
_IMPORT: Final = re.compile(rb"^[ \t]*import[ \t]+([^\n#;]+)", re.ASCII | re.MULTILINE)
_NAME: Final = re.compile(rb"[\w.]+", re.ASCII)


@lru_cache(maxsize=64)
def _importing(root: str, name: str) -> tuple[str, ...]:
    """The files with an import statement that has a name in its first line."""
    word = name.encode(errors="replace")
    return tuple(path for path, data in _mentioning(root, name) if _is_imported_in(data, word))


def _is_imported_in(data: bytes, word: bytes) -> bool:
    at = data.find(word)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        if data[start:at].lstrip().startswith((b"from ", b"import ")):
            return True
        at = data.find(word, at + len(word))
    return False


@lru_cache(maxsize=4096)
def _imported_files(root: str, file: str, changed: int, size: int) -> tuple[str, ...]:
    """The project's files that a file's import statements name, in their order.

    By text alone: it only narrows down where a declaration may be looked for.
    """
    data = _read(file) or b""
    names: list[str] = []
    for module, listed in _FROM.findall(data):
        base = module.decode()
        joint = "" if base.endswith(".") else "."
        names.append(base)
        names += [f"{base}{joint}{name.decode()}" for name in _NAME.findall(listed)]
    for listed in _IMPORT.findall(data):
        names += [clause.split()[0].decode() for clause in listed.split(b",") if clause.split()]
    found: dict[str, None] = {}
    for name in names:
        located = _locate(name, file, root)
        if located is not None and located[0].file and located[0].file != file:
            found[located[0].file] = None
    return tuple(found)


# ------------------------------------------------------------------------------ contents


@lru_cache(maxsize=64)
def _files(root: str) -> tuple[str, ...]:
    """The Python files under a folder, sorted folder by folder, as many as are ever looked at."""
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        found.extend(os.path.join(folder, name) for name in sorted(files) if name.endswith(".py"))
        if len(found) > _MOST_FILES:
            break
    return tuple(found[: _MOST_FILES + 1])


@lru_cache(maxsize=2)
def _contents(root: str) -> tuple[tuple[tuple[str, bytes], ...], bool]:
    """Every Python file's bytes, read once a process, and whether these are all."""
    files = _files(root)
    found: list[tuple[str, bytes]] = []
    total = 0
    for path in files[:_MOST_FILES]:
        if (data := _read(path)) is not None:
            total += len(data)
            if total > _MOST_TEXT:
                return tuple(found), False
            found.append((path, data))
    return tuple(found), len(files) <= _MOST_FILES


@lru_cache(maxsize=32)
def _mentioning(root: str, name: str) -> tuple[tuple[str, bytes], ...]:
    word = name.encode(errors="replace")
    return tuple((path, data) for path, data in _contents(root)[0] if word in data)


@lru_cache(maxsize=256)
def _reads(root: str, key: str) -> bool:
    word = key.encode(errors="replace")
    quoted = rb"\s*(['\"])" + re.escape(word)
    pattern = re.compile(rb"\w\[" + quoted + rb"\1\s*\](?!\s*=[^=])|\.(?:get|pop)\(" + quoted + rb"\2")
    return any(word in data and pattern.search(data) is not None for _, data in _contents(root)[0])


def _state(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
        return None
    return (found.st_mtime_ns, found.st_size) if found.st_size <= _MOST_BYTES else None


def _read(path: str) -> bytes | None:
    if _state(path) is None:
        return None
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return None
