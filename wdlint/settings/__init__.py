"""Settings: what the user wants checked and how, from ``[tool.wdlint]``, ``wdlint.toml`` and flags.

Everything is validated here, once, and remembers where it was said; the rest of the package reads
:class:`Settings` and trusts it. A mistake is one line that names the file, the line and the nearest
valid spelling. Nothing here walks folders or reads the code that is analysed.
"""

from wdlint.settings.loading import default_settings, load
from wdlint.settings.rules import matching, suggestion
from wdlint.settings.values import DEFAULT_EXCLUDE, Flags, Settings, SettingsError, relative_path

__all__ = [
    "DEFAULT_EXCLUDE",
    "Flags",
    "Settings",
    "SettingsError",
    "default_settings",
    "load",
    "matching",
    "relative_path",
    "suggestion",
]
