"""Where imports of the analysed code are looked up: its own folders, and an environment's packages.

Sources are read there and never executed. Nothing here parses them; it only says in which folders,
and in which order, a module may stand.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache

from wdlint.settings import Settings, SettingsError
from wdlint.sources.project import Project

_SITE = re.compile(r"^(site|dist)-packages$")
_VERSION = re.compile(r"^(?:python|pypy)(\d+)(?:\.(\d+))?$")
_LARGEST_PTH = 1 << 16  # bytes; a .pth file is a few lines


def import_roots(settings: Settings, path: str) -> tuple[str, ...]:
    """The folders in which imports of a file are looked up, absolute, the first one to be asked first.

    The import roots of the settings, those of the file's project, and the packages of the environment.
    """
    project = Project(os.path.join(settings.cwd, path))
    packages = _environment(settings.python, project.root, os.environ.get("VIRTUAL_ENV", ""))
    return tuple(dict.fromkeys((*settings.src, *project.own_roots, *packages)))


def check_environment(settings: Settings) -> None:
    """See that ``python`` names an environment.

    Raises:
        SettingsError: there are no packages under it.
    """
    if settings.python and not _packages_of(settings.python):
        where = dict(settings.origins).get("python", "python")
        raise SettingsError(
            f"{where}: no site-packages at '{settings.python}'; name a virtual environment, "
            "its interpreter or its site-packages"
        )


@lru_cache(maxsize=64)
def _environment(python: str, project: str, active: str) -> tuple[str, ...]:
    """The packages of the environment that is named, or active, or beside the project, or wdlint's own."""
    for chosen in (python, active, os.path.join(project, ".venv")):
        if chosen and (found := _packages_of(chosen)):
            return found
    own = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    return tuple(_with_pth(filter(os.path.isdir, own)))


# ------------------------------------------------------------------------ environments


@lru_cache(maxsize=64)
def _packages_of(python: str) -> tuple[str, ...]:
    """The package folders of a virtual environment, of an interpreter, or the folder itself."""
    python = os.path.abspath(python)
    if os.path.isdir(python):
        if found := tuple(_with_pth(_sites(python))):
            return found
        return tuple(_with_pth([python])) if _is_site(python) else ()
    if not os.path.isfile(python):
        return ()
    for interpreter in dict.fromkeys((python, os.path.realpath(python))):
        prefix = os.path.dirname(os.path.dirname(interpreter))
        if found := tuple(_with_pth(_sites(prefix, os.path.basename(interpreter)))):
            return found
        beside = os.path.dirname(interpreter)  # on Windows python.exe stands above Lib
        if found := tuple(_with_pth(_sites(beside))):
            return found
    return ()


def _is_site(folder: str) -> bool:
    return bool(_SITE.match(os.path.basename(folder))) or any(
        name.endswith((".dist-info", ".egg-info")) for name in _names(folder)
    )


def _sites(prefix: str, interpreter: str = "") -> Iterator[str]:
    """The package folders below a prefix, of one version of Python, and the system's where they count."""
    config = _configuration(prefix)
    windows = os.path.join(prefix, "Lib", "site-packages")
    if os.path.isdir(windows):
        yield windows
    seen: set[str] = set()
    for lib in ("lib", "lib64", os.path.join("local", "lib")):
        version = _version_below(os.path.join(prefix, lib), config.get("version", ""), interpreter)
        for name in (*version, "python3"):  # Debian keeps its own below python3
            for site in ("site-packages", "dist-packages"):
                folder = os.path.join(prefix, lib, name, site)
                if os.path.isdir(folder) and (real := os.path.realpath(folder)) not in seen:
                    seen.add(real)
                    yield folder
    if config.get("include-system-site-packages", "").lower() == "true" and config.get("home"):
        home = os.path.dirname(config["home"])
        if home != prefix:
            yield from _sites(home)


def _version_below(lib: str, wanted: str, interpreter: str) -> list[str]:
    """``python3.12``: the version an environment was made for, the interpreter's, or the newest."""
    numbered = {name: match for name in _names(lib) if (match := _VERSION.match(name)) and match[2]}
    named = re.match(r"(?:python|pypy)\d+\.\d+", interpreter)
    for name in (f"python{'.'.join(wanted.split('.')[:2])}", named[0] if named else ""):
        if name in numbered:
            return [name]
    by_number = sorted(numbered, key=lambda name: (int(numbered[name][1]), int(numbered[name][2])))
    return by_number[-1:]


def _configuration(prefix: str) -> dict[str, str]:
    """What ``pyvenv.cfg`` says; empty where there is none."""
    lines = _text(os.path.join(prefix, "pyvenv.cfg")).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _with_pth(folders: Iterable[str]) -> Iterator[str]:
    """Folders, each followed by what its ``.pth`` files add; lines that are code are left alone."""
    for folder in folders:
        yield folder
        for name in sorted(n for n in _names(folder) if n.endswith(".pth")):
            for line in _text(os.path.join(folder, name)).splitlines():
                if line.strip() and not line.startswith(("#", "import ", "import\t")):
                    added = os.path.normpath(os.path.join(folder, line.rstrip()))
                    if os.path.isdir(added):
                        yield added


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return (
                file.read(_LARGEST_PTH)
                .decode(sys.getfilesystemencoding(), "surrogateescape")
                .lstrip("\ufeff")
            )
    except (OSError, UnicodeError):
        return ""


__all__ = ["check_environment", "import_roots"]
