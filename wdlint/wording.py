"""Small turns of phrase that findings, fixes and reports share. Nothing in here knows what is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def quoted(texts: Iterable[str]) -> str:
    """``"ln_" and "bn"``: texts as code writes them."""
    return " and ".join(f'"{text}"' for text in texts)


__all__ = ["listed", "quoted"]
