"""Puts bytes in place of a file, all of them or none.

The new content is written beside the file and renamed over it, so that a reader, a crash or a full
disk never meets half a file. A symbolic link stays a link; the file it points to is replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from pathlib import Path

_PREFIX, _SUFFIX = ".wdlint-", ".tmp"
_LEFT_OVER = re.compile(r"\.wdlint-.+\.tmp")
_ABANDONED_AFTER = 600.0
"""Seconds; a write takes milliseconds, so an older temporary file belongs to a run that was killed."""


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the content of an existing file; mode and, where permitted, ownership are kept.

    Raises:
        OSError: the file cannot be read, written or replaced. It is unchanged then.
    """
    target = Path(os.path.realpath(path))
    before = target.stat()
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    _sweep(target.parent)
    descriptor, name = tempfile.mkstemp(_SUFFIX, f"{_PREFIX}{target.name}-", target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, before.st_uid, before.st_gid)
        temporary.chmod(before.st_mode & 0o7777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sweep(folder: Path) -> None:
    """Remove what killed runs left behind in a folder."""
    now = time.time()
    with os.scandir(folder) as entries:
        for entry in entries:
            if _LEFT_OVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    if now - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_AFTER:
                        Path(entry).unlink()
