"""The engine: bytes in, findings out; and the same over many files.

:func:`check_source` and :func:`fix_source` are pure. :func:`check_paths` and :func:`preview_paths`
add walking, reading and worker processes; nothing in here writes. A file that cannot be checked becomes an
error about that file and never ends the run. The order of what comes back depends on the names
of the files alone. What ``wdlint params`` asks is answered in :mod:`wdlint.engine.parameters`, which is
imported where it is wanted.
"""

from wdlint.engine.checking import check_file, check_source, project_of
from wdlint.engine.fixing import choices, fix_source
from wdlint.engine.results import FixedFile, Run, internal_error, run_on
from wdlint.engine.runs import check_paths, preview_paths
from wdlint.engine.workers import Progress

__all__ = [
    "FixedFile",
    "Progress",
    "Run",
    "check_file",
    "check_paths",
    "check_source",
    "choices",
    "fix_source",
    "internal_error",
    "preview_paths",
    "project_of",
    "run_on",
]
