"""The files around a file: what a question about the whole project can be answered from.

Read-only and lazy: nothing is opened before a fact depends on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

_ROOT_MARKS: Final = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_SKIPPED: Final = frozenset(
    {".git", ".venv", "venv", "node_modules", "site-packages", "build", "dist", "__pycache__"}
)
_MOST_FILES: Final = 5_000


class Project:
    """The project a file belongs to; found out when it is first asked something."""

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def root(self) -> str:
        """The nearest folder upwards that looks like a project's root, else the file's own."""
        return str(_root(Path(self._path).resolve().parent))

    @property
    def roots(self) -> tuple[str, ...]:
        """Where the file's imports may be found: its folder, those above it up to the root, and ``src``."""
        folder = Path(self._path).resolve().parent
        top = Path(self.root)
        inside = [folder, *(f for f in folder.parents if f == top or top in f.parents)]
        return tuple(str(f) for f in [*inside, top / "src"])

    def reads(self, key: str) -> bool:
        """Whether some file of the project reads ``group["key"]`` or ``group.get("key")``."""
        return _reads(_root(Path(self._path).resolve().parent), key)


@lru_cache(maxsize=1024)
def _root(folder: Path) -> Path:
    """The nearest folder upwards that looks like a project's root, else the folder itself."""
    return next((f for f in (folder, *folder.parents) if any((f / m).exists() for m in _ROOT_MARKS)), folder)


@lru_cache(maxsize=256)
def _reads(root: Path, key: str) -> bool:
    word = key.encode(errors="replace")
    quoted = rb"\s*(['\"])" + re.escape(word)
    pattern = re.compile(rb"\w\[" + quoted + rb"\1\s*\](?!\s*=[^=])|\.(?:get|pop)\(" + quoted + rb"\2")
    return any(_reads_it(path, word, pattern) for path in _files(root))


def _files(root: Path) -> Iterator[Path]:
    found = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        for name in sorted(files):
            if name.endswith(".py"):
                found += 1
                if found > _MOST_FILES:
                    return
                yield Path(folder, name)


def _reads_it(path: Path, key: bytes, pattern: re.Pattern[bytes]) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return key in data and pattern.search(data) is not None
