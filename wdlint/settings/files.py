"""Configuration files: which one holds for a run, and where in it something is said."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wdlint.failures import reason
from wdlint.settings.values import SettingsError, relative_path


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """A configuration file: its whole ``text``, our ``table`` of it, and the header of that table."""

    path: Path
    shown: str
    text: str
    table: Mapping[str, Any]
    header: tuple[str, ...]

    def at(self, *keys: str, value: str | None = None) -> str:
        """``pyproject.toml:12``: where a key is, or one of the strings in its value."""
        line = _find(self.text, (*self.header, *keys), value)
        return f"{self.shown}:{line}" if line else self.shown

    @property
    def where(self) -> str:
        return f" in [{'.'.join(self.header)}]" if self.header else ""


def named(path: Path, cwd: Path) -> ConfigurationFile:
    whole = (cwd / path).absolute()
    try:
        data = whole.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {reason(error)}") from None
    found = _parse(whole, data, cwd)
    return found or ConfigurationFile(
        whole, relative_path(os.fspath(whole), os.fspath(cwd)), "", {}, ("tool", "wdlint")
    )


def nearest(start: Path, cwd: Path) -> ConfigurationFile | None:
    """The first folder upwards from ``start`` with a ``wdlint.toml`` or a ``[tool.wdlint]``."""
    whole = Path(os.path.abspath(start))
    for folder in (whole, *whole.parents):
        for name in ("wdlint.toml", "pyproject.toml"):
            path = folder / name
            try:
                data = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                shown = relative_path(os.fspath(path), os.fspath(cwd))
                raise SettingsError(f"{shown}: cannot be read: {reason(error)}") from None
            if (found := _parse(path, data, cwd)) is not None:
                return found
    return None


def _parse(path: Path, data: bytes, cwd: Path) -> ConfigurationFile | None:
    """None for a ``pyproject.toml`` that says nothing about us; most are not even parsed."""
    shared = path.name == "pyproject.toml"
    if shared and b"wdlint" not in data:
        return None
    shown = relative_path(os.fspath(path), os.fspath(cwd))
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        text = data.decode()
        content: dict[str, Any] = tomllib.loads(text)
    except UnicodeDecodeError:
        raise SettingsError(f"{shown}: not UTF-8, which TOML must be") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_toml_error(shown, str(error))) from None
    tool = content.get("tool")
    if not shared:
        if isinstance(tool, dict) and "wdlint" in tool:
            at = ConfigurationFile(path, shown, text, content, ()).at("tool", "wdlint")
            raise SettingsError(f"{at}: no [tool.wdlint] here: in a {path.name} the keys stand without it")
        return ConfigurationFile(path, shown, text, content, ())
    table = tool.get("wdlint") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SettingsError(f"{shown}: [tool.wdlint] must be a table")
    return ConfigurationFile(path, shown, text, table, ("tool", "wdlint"))


def _toml_error(shown: str, message: str) -> str:
    match = re.search(r"\s*\(at line (\d+), column \d+\)", message)
    if match is None:
        return f"{shown}: not valid TOML: {message}"
    rest = (message[: match.start()] + message[match.end() :]).strip()
    return f"{shown}:{match[1]}: not valid TOML: {rest}"


_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART: Final = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def _find(text: str, wanted: tuple[str, ...], value: str | None) -> int | None:
    """The 1-based line of a dotted key, or of a string in its value; a light scan, enough to point.

    A key of an inline table is found inside the line, or lines, of the key that holds the table.
    """
    header: tuple[str, ...] = ()
    best, depth = None, 0
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if match := _HEADER.match(line):
            header = _parts(match[1])
            path = header
        elif match := _KEY.match(line):
            path = header + _parts(match[1])
        else:
            continue
        if len(path) > depth and path == wanted[: len(path)]:
            best, depth = number, len(path)
    if best is None:
        return None
    inside = [wanted[-1]] if depth < len(wanted) else []
    for word in (*inside, *([value] if value is not None else [])):
        best = next((n for n in range(best, len(lines) + 1) if word in lines[n - 1]), best)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))
