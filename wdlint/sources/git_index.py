"""What git knows of a file, read from the files under ``.git``.

git itself is never started: ``git status`` runs what the repository's own configuration names
(``core.fsmonitor``, clean filters), and nothing of the analysed code is ever run. So the index is
read here, in the format of git's ``Documentation/gitformat-index.txt``, versions 2 to 4. Where it is
something else (SHA-256 names, a split or sparse index), the answer is that nothing is known.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from wdlint.sources.git import git_folders, repository_of


def is_uncommitted(path: str, data: bytes) -> bool:
    """Whether a file, whose content is ``data``, is in a repository and holds what its index does not.

    What is staged counts as kept: it can be had back, and ``git diff`` tells it from what is written
    over it. False where nothing is known.
    """
    whole = os.path.realpath(path)
    repository = repository_of(os.path.dirname(whole))
    if repository is None:
        return False
    try:
        index = os.path.join(git_folders(repository).own, "index")
        stamp = os.stat(index).st_mtime_ns
        entries = _read(index, stamp)
        return entries is not None and _differs(whole, data, repository, entries, stamp)
    except OSError:
        return False


class _Entry(NamedTuple):
    """What the index says of a file: when and how large it was, and the name of its content."""

    seconds: int
    size: int
    content: bytes
    settled: bool
    """Neither in conflict nor only announced with ``git add -N``."""
    trusted: bool
    """The user told git not to look (``assume-unchanged``, ``skip-worktree``)."""


_Entries: TypeAlias = Mapping[bytes, _Entry]


def _differs(whole: str, data: bytes, repository: str, entries: _Entries, stamp: int) -> bool:
    inside = os.path.relpath(whole, repository).replace(os.sep, "/")
    entry = entries.get(os.fsencode(inside))
    if entry is None or not entry.settled:
        return True
    if entry.trusted:
        return False
    now = os.stat(whole)
    as_staged = entry.size == now.st_size & 0xFFFFFFFF and entry.seconds == int(now.st_mtime) & 0xFFFFFFFF
    if as_staged and now.st_mtime_ns < stamp // 10**9 * 10**9:  # else it may have changed within that second
        return False
    return entry.content not in (_name(data), _name(data.replace(b"\r\n", b"\n")))


def _name(data: bytes) -> bytes:
    """The name under which git keeps a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest()


# ------------------------------------------------------------------------------ the index

_HEADER: Final = struct.Struct(">4sII")
_ENTRY: Final = struct.Struct(">8xI24xI20sH")
"""Seconds of the last change, size, name of the content, flags."""
_VALID, _EXTENDED, _STAGE = 0x8000, 0x4000, 0x3000
_SKIP, _INTENT = 0x4000, 0x2000
"""Bits of the flags, and of the extended flags."""
_CHECKSUM: Final = 20
_UNKNOWN: Final = (b"link", b"sdir")
"""Extensions that keep entries elsewhere: split index, sparse index."""


@lru_cache(maxsize=8)
def _read(index: str, stamp: int) -> _Entries | None:
    """The entries of an index by their paths; None if it is in no format that is known here."""
    with open(index, "rb") as file:
        data = file.read()
    try:
        return _parsed(data)
    except (struct.error, ValueError, IndexError):
        return None


def _parsed(data: bytes) -> _Entries | None:
    magic, version, count = _HEADER.unpack_from(data)
    sha1 = hashlib.sha1(data[:-_CHECKSUM], usedforsecurity=False).digest()
    if magic != b"DIRC" or version not in (2, 3, 4) or data[-_CHECKSUM:] not in (sha1, bytes(_CHECKSUM)):
        return None
    entries: dict[bytes, _Entry] = {}
    at, path = _HEADER.size, b""
    for _ in range(count):
        start = at
        seconds, size, content, flags = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        more = 0
        if flags & _EXTENDED:
            (more,) = struct.unpack_from(">H", data, at)
            at += 2
        shared = b""
        if version == 4:  # a path is written as what differs from the one before
            cut, at = _number(data, at)
            shared = path[: len(path) - cut]
        end = data.index(b"\0", at)
        path = shared + data[at:end]
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        settled = not (flags & _STAGE or more & _INTENT)
        entries[path] = _Entry(seconds, size, content, settled, bool(flags & _VALID or more & _SKIP))
    return None if any(name in _UNKNOWN for name in _extensions(data, at)) else entries


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of varying length, as git writes offsets, and where what follows it begins."""
    number = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        number = ((number + 1) << 7) + (data[at] & 0x7F)
    return number, at + 1


def _extensions(data: bytes, at: int) -> Iterator[bytes]:
    while at < len(data) - _CHECKSUM:
        (size,) = struct.unpack_from(">I", data, at + 4)
        yield data[at : at + 4]
        at += 8 + size


__all__ = ["is_uncommitted"]
