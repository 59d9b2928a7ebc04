"""Exit codes, as every command gives them.

===========================  ======================================================================
What is asked                1 means
===========================  ======================================================================
check, ``--fix``             findings are (still) there, of the severity of ``--fail-on`` or worse;
                             never with ``--exit-zero``
``--diff``                   something would change; never with ``--exit-zero``
``--exit-non-zero-on-fix``   ... or something was fixed, or would be; ``--exit-zero`` or not
===========================  ======================================================================

What could not be checked or written comes first: it is 2 whatever else there is. ``--interactive``
counts as ``--fix``, and the standard input as a file.
"""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
"""Nothing to report."""

FINDINGS: Final = 1
"""Findings, changes: see the table."""

FAILED: Final = 2
"""Something could not be checked, or was asked for in a way that cannot be understood."""

INTERRUPTED: Final = 130
"""The user pressed Ctrl-C; what a shell says of a program that the signal ended."""
