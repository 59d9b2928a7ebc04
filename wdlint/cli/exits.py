"""Exit codes."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
"""Nothing to report."""

FINDINGS: Final = 1
"""Findings; with ``--diff`` changes."""

FAILED: Final = 2
"""Something could not be checked, or was asked for in a way that cannot be understood."""

INTERRUPTED: Final = 130
"""The user pressed Ctrl-C; what a shell says of a program that the signal ended."""
