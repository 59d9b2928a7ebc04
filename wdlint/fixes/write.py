"""Puts bytes in place of a file, all of them or none.

The new content is written beside the file and renamed over it, so that a reader, a crash or a full
disk never meets half a file. A symbolic link stays a link; the file it points to is replaced.

Whoever writes a temporary file holds a lock on it, which the system lets go of when its process ends,
however it ends. So a temporary file without a lock is one that a killed run has left, and is swept.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX, _SUFFIX = ".wdlint-", ".tmp"
_LEFT_OVER: Final = re.compile(r"\.wdlint-.+\.tmp")
_ABANDONED_AFTER: Final = 600.0
"""Seconds after which a temporary file is swept where there are no locks; a write takes milliseconds."""


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the content of an existing file; mode and, where permitted, ownership are kept.

    Raises:
        OSError: the file cannot be read, written or replaced. It is unchanged then.
    """
    target = Path(os.path.realpath(path))
    before = target.stat()
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    descriptor, temporary = _locked_beside(target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if hasattr(os, "chown"):
                with contextlib.suppress(PermissionError):
                    os.chown(temporary, before.st_uid, before.st_gid)
            temporary.chmod(before.st_mode & 0o7777)
            if fcntl is not None:  # renamed while the lock is held
                temporary.replace(target)
        if fcntl is None:  # Windows renames no open file
            temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _locked_beside(target: Path) -> tuple[int, Path]:
    """A new file in the folder of another, locked; open for writing."""
    while True:
        descriptor, name = tempfile.mkstemp(_SUFFIX, _PREFIX, target.parent)
        try:
            swept = _lock(descriptor) and not os.fstat(descriptor).st_nlink
        except BlockingIOError:  # another run is about to sweep it
            swept = True
        except BaseException:
            os.close(descriptor)
            Path(name).unlink(missing_ok=True)
            raise
        if not swept:
            return descriptor, Path(name)
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock an open file; False where the file system has no locks.

    Raises:
        BlockingIOError: another process holds the lock.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


# --------------------------------------------------------------------------- sweeping


def sweep(folders: Iterable[str]) -> None:
    """Remove the temporary files that killed runs have left in some folders, and no other's."""
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if _LEFT_OVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    _remove_abandoned(entry.path)


def _remove_abandoned(path: str) -> None:
    with contextlib.suppress(OSError):  # a lock that another run holds is one of them
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            abandoned = _lock(descriptor) or time.time() - os.fstat(descriptor).st_mtime > _ABANDONED_AFTER
            if abandoned and fcntl is not None:
                os.unlink(path)
        finally:
            os.close(descriptor)
        if abandoned and fcntl is None:
            os.unlink(path)
