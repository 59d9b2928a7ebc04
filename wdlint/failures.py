"""What the system says of a file that cannot be read or written, as messages of ours end."""

from __future__ import annotations


def reason(error: OSError) -> str:
    """``no such file or directory``."""
    return (error.strerror or str(error)).lower()


__all__ = ["reason"]
