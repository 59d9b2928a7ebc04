"""Real outputs, kept as plain text; ``WDLINT_REGENERATE=1 pytest`` writes them anew.

A change in one of them is a change of what users see, and is to be read before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent


def agrees(name: str, text: str) -> bool:
    """Whether ``text`` is what is kept under ``name``; written there first when regenerating."""
    path = _FOLDER / name
    if os.environ.get("WDLINT_REGENERATE"):
        path.write_bytes(text.encode())
    kept = path.read_bytes().decode() if path.exists() else ""
    assert text == kept, f"tests/snapshots/{name} is different; WDLINT_REGENERATE=1 writes it anew"
    return True
