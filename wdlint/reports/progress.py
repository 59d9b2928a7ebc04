"""A progress bar for people who wait: on a terminal only, and only after a second."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, TextIO

_PATIENCE: Final = 1.0
"""Seconds before anything is shown."""

_PAUSE: Final = 0.1
"""Seconds between two pictures."""

_LENGTH: Final = 30


@dataclass(slots=True)
class ProgressBar:
    """Called with the number of files done and of all files; draws at most ten times a second."""

    stream: TextIO
    next_at: float = field(default_factory=lambda: time.monotonic() + _PATIENCE)
    drawn: bool = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self.next_at:
            self.next_at = now + _PAUSE
            self.drawn = True
            self.stream.write(f"\r{picture(done, total)}")
            self.stream.flush()

    def clear(self) -> None:
        """Wipe the bar, if there is one."""
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.drawn = False


def picture(done: int, total: int) -> str:
    """``[#####.....] 1234/4567 files``."""
    filled = _LENGTH * done // max(total, 1)
    return f"[{'#' * filled}{'.' * (_LENGTH - filled)}] {done}/{total} files"
