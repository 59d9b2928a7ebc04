"""wdlint: finds and fixes weight-decay misuse in machine-learning optimizers.

The public API is the pure engine and the data it returns::

    from wdlint import check_source, default_settings
    report = check_source(data, "train.py", default_settings())

Everything is imported on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from wdlint.engine import FixedFile, Run, check_paths, check_source, fix_source
    from wdlint.facts import Edit, FileError, FileReport, Finding, Fix
    from wdlint.fixing import fix_paths
    from wdlint.settings import Settings, default_settings

_HOMES = {
    "engine": ("FixedFile", "Run", "check_paths", "check_source", "fix_source"),
    "facts": ("Edit", "FileError", "FileReport", "Finding", "Fix"),
    "fixing": ("fix_paths",),
    "settings": ("Settings", "default_settings"),
}

__all__ = [
    "Edit",
    "FileError",
    "FileReport",
    "Finding",
    "Fix",
    "FixedFile",
    "Run",
    "Settings",
    "__version__",
    "check_paths",
    "check_source",
    "default_settings",
    "fix_paths",
    "fix_source",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"wdlint.{home}"), name)
    raise AttributeError(f"module 'wdlint' has no attribute {name!r}")
