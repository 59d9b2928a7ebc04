"""The values of a configuration file, each checked where it is read; a mistake is one line with its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wdlint.choices import NO_DECAY, PATTERN, SEVERITIES, STYLES
from wdlint.facts import Severity
from wdlint.formats import FORMATS
from wdlint.settings.files import ConfigurationFile
from wdlint.settings.rules import known_rules, specificity, suggestion
from wdlint.settings.values import DEFAULT_EXCLUDE, SettingsError, relative_path

KEYS: Final = (
    "select",
    "ignore",
    "extend-select",
    "pedantic",
    "exclude",
    "extend-exclude",
    "force-exclude",
    "respect-gitignore",
    "per-file-ignores",
    "extend-catalogue",
    "output-format",
    "baseline",
    "severity",
    "fail-on",
    "python",
    "src",
    "fix",
)

FIX_KEYS: Final = ("weight-decay", "unsafe", "style", "no-decay")


@dataclass(slots=True)
class Said:
    """The values of a configuration file, checked; None where it is silent."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    pedantic: bool = False
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    per_file_ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    extend_catalogue: tuple[Path, ...] = ()
    output_format: str = "full"
    baseline: str = ""
    severity: tuple[tuple[str, Severity], ...] = ()
    fail_on: Severity = "info"
    python: str = ""
    src: tuple[str, ...] = ()
    weight_decay: float | None = None
    unsafe: bool = False
    style: str = "expression"
    no_decay: tuple[str, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)


def read(file: ConfigurationFile) -> Said:
    """What a file says.

    Raises:
        SettingsError: a key, code, type or value that is not valid.
    """
    said = Said()
    for key, value in file.table.items():
        _check_key(file, (key,), KEYS, file.where)
        if key == "fix":
            _read_fix(file, value, said)
            continue
        said.origins[key] = file.at(key)
        setattr(said, key.replace("-", "_"), _READERS[key](file, key, value))
    return said


def _read_fix(file: ConfigurationFile, value: object, said: Said) -> None:
    if not isinstance(value, dict):
        raise _wrong(file, ("fix",), "a table, for example { weight-decay = 0.05 }", value)
    for key, inner in value.items():
        _check_key(file, ("fix", key), FIX_KEYS, " in 'fix'")
        said.origins[f"fix.{key}"] = file.at("fix", key)
        match key:
            case "unsafe":
                said.unsafe = _boolean(file, ("fix", key), inner)
            case "style":
                said.style = _style(file, ("fix", key), inner)
            case "no-decay":
                said.no_decay = _exempt(file, ("fix", key), inner)
            case _:
                said.weight_decay = _coefficient(file, ("fix", key), inner)


def _check_key(file: ConfigurationFile, path: tuple[str, ...], known: Sequence[str], where: str) -> None:
    if path[-1] not in known:
        hint = suggestion(path[-1], known, f"the keys are {', '.join(known)}")
        raise SettingsError(f"{file.at(*path)}: unknown key '{path[-1]}'{where}; {hint}")


def _wrong(
    file: ConfigurationFile, path: tuple[str, ...], wanted: str, value: object, detail: str = ""
) -> SettingsError:
    name = ".".join(path)
    return SettingsError(f"{file.at(*path)}: '{name}' must be {wanted}, not {_shown(value)}{detail}")


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "an array"
        case dict():
            return "a table"
    return str(value)


def _boolean(file: ConfigurationFile, path: tuple[str, ...], value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(file, path, "true or false", value)
    return value


def _coefficient(file: ConfigurationFile, path: tuple[str, ...], value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _wrong(file, path, "a number, 0 or greater", value)
    return float(value)


def _style(file: ConfigurationFile, path: tuple[str, ...], value: object) -> str:
    if value not in STYLES:
        hint = suggestion(str(value), STYLES, f"the styles are {', '.join(STYLES)}")
        raise SettingsError(f"{file.at(*path)}: unknown 'fix.style' {_shown(value)}; {hint}")
    return str(value)


def _exempt(file: ConfigurationFile, path: tuple[str, ...], value: object) -> tuple[str, ...]:
    """Kinds of parameters and patterns on their names, checked one by one."""
    found = _strings(file, path, value, 'kinds, for example ["bias", "norm"]')
    if not found:
        raise _wrong(file, path, 'an array of kinds, for example ["bias", "norm"]', [], " that is empty")
    for each in found:
        at = file.at(*path, value=each)
        if each.startswith(PATTERN):
            try:
                re.compile(each[len(PATTERN) :])
            except re.error as error:
                raise SettingsError(f"{at}: 'fix.no-decay': \"{each}\" is no pattern: {error}") from None
        elif each not in NO_DECAY:
            otherwise = f'the kinds are {", ".join(NO_DECAY)}, and a pattern on names is "{PATTERN}..."'
            raise SettingsError(
                f"{at}: unknown kind \"{each}\" in 'fix.no-decay'; {suggestion(each, NO_DECAY, otherwise)}"
            )
    return tuple(dict.fromkeys(found))


def _strings(file: ConfigurationFile, path: tuple[str, ...], value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(file, path, f"an array of {what}", value)
    for item in value:
        if not isinstance(item, str):
            raise _wrong(file, path, f"an array of {what}", value, f" with {_shown(item)} in it")
    return tuple(value)


def _codes(file: ConfigurationFile, key: str, value: object) -> tuple[str, ...]:
    found = _strings(file, (key,), value, 'rules, for example ["WD101"]')
    for selector in found:
        known_rules(selector, file.at(key, value=selector), f" in '{key}'")
    return found


def _paths(file: ConfigurationFile, key: str, value: object) -> tuple[str, ...]:
    return _strings(file, (key,), value, "path patterns")


def _catalogues(file: ConfigurationFile, key: str, value: object) -> tuple[Path, ...]:
    found = _strings(file, (key,), value, "paths of YAML files")
    parent = os.fspath(file.path.parent)
    whole = (existing(name, parent, file.at(key, value=name), f"'{key}': ") for name in found)
    return tuple(Path(relative_path(path, os.getcwd())) for path in whole)


def _per_file(file: ConfigurationFile, key: str, value: object) -> tuple[tuple[str, frozenset[str]], ...]:
    if not isinstance(value, dict):
        raise _wrong(file, (key,), 'a table, for example { "tests/**" = ["WD2"] }', value)
    found: list[tuple[str, frozenset[str]]] = []
    for pattern, selectors in value.items():
        codes: set[str] = set()
        for selector in _strings(file, (key, pattern), selectors, 'rules, for example ["WD2"]'):
            codes |= known_rules(selector, file.at(key, pattern, value=selector), f" in '{key}'")
        found.append((pattern, frozenset(codes)))
    return tuple(found)


def _format(file: ConfigurationFile, key: str, value: object) -> str:
    if value not in FORMATS:
        hint = suggestion(str(value), FORMATS, f"the formats are {', '.join(FORMATS)}")
        raise SettingsError(f"{file.at(key)}: unknown {key} {_shown(value)}; {hint}")
    return str(value)


def _baseline(file: ConfigurationFile, key: str, value: object) -> str:
    """Whether it is there is asked when it is read: a first run writes it."""
    if not isinstance(value, str) or not value:
        raise _wrong(file, (key,), 'a path, for example "wdlint-baseline.json"', value)
    return os.path.normpath(os.path.join(os.fspath(file.path.parent), os.path.expanduser(value)))


def _severities(file: ConfigurationFile, key: str, value: object) -> tuple[tuple[str, Severity], ...]:
    """Codes with their severities; the more specific selector wins."""
    if not isinstance(value, dict):
        raise _wrong(file, (key,), 'a table, for example { WD201 = "info" }', value)
    found: dict[str, Severity] = {}
    for selector, level in sorted(value.items(), key=lambda item: specificity(item[0])):
        codes = known_rules(selector, file.at(key, selector), f" in '{key}'")
        found |= dict.fromkeys(codes, _severity(file, (key, selector), level))
    return tuple(sorted(found.items()))


def _fail_on(file: ConfigurationFile, key: str, value: object) -> Severity:
    return _severity(file, (key,), value)


def _severity(file: ConfigurationFile, path: tuple[str, ...], value: object) -> Severity:
    for severity in SEVERITIES:
        if severity == value:
            return severity
    near = f"; {hint}" if isinstance(value, str) and (hint := suggestion(value, SEVERITIES, "")) else ""
    raise _wrong(file, path, '"error", "warning" or "info"', value, near)


def _environment(file: ConfigurationFile, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(file, (key,), 'a path, for example ".venv"', value)
    return existing(value, os.fspath(file.path.parent), file.at(key), f"'{key}': ")


def _folders(file: ConfigurationFile, key: str, value: object) -> tuple[str, ...]:
    names = _strings(file, (key,), value, "folders")
    parent = os.fspath(file.path.parent)
    return tuple(folder(name, parent, file.at(key, value=name), f"'{key}': ") for name in names)


def existing(name: str, start: str, where: str, key: str = "") -> str:
    """The absolute path of a file or folder that the user named."""
    path = os.path.normpath(os.path.join(start, os.path.expanduser(name)))
    if not name or not os.path.exists(path):
        raise SettingsError(f"{where}: {key}no such file or folder '{name}'")
    return path


def folder(name: str, start: str, where: str, key: str = "") -> str:
    """The same for what must be a folder."""
    path = existing(name, start, where, key)
    if not os.path.isdir(path):
        raise SettingsError(f"{where}: {key}not a folder: '{name}'")
    return path


def _switch(file: ConfigurationFile, key: str, value: object) -> bool:
    return _boolean(file, (key,), value)


_READERS: Final[Mapping[str, Callable[[ConfigurationFile, str, object], object]]] = {
    "select": _codes,
    "ignore": _codes,
    "extend-select": _codes,
    "pedantic": _switch,
    "exclude": _paths,
    "extend-exclude": _paths,
    "force-exclude": _switch,
    "respect-gitignore": _switch,
    "per-file-ignores": _per_file,
    "extend-catalogue": _catalogues,
    "output-format": _format,
    "baseline": _baseline,
    "severity": _severities,
    "fail-on": _fail_on,
    "python": _environment,
    "src": _folders,
}
