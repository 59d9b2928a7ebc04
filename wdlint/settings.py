"""Settings: what the user wants checked and how, from ``[tool.wdlint]``, ``wdlint.toml`` and flags.

Everything is validated here, once, and remembers where it was said; the rest of the package reads
:class:`Settings` and trusts it. A mistake is one line that names the file, the line and the nearest
valid spelling. Nothing here walks folders or reads the code that is analysed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from wdlint import knowledge
from wdlint.facts import Finding, Severity
from wdlint.formats import FORMATS
from wdlint.patterns import compiled

DEFAULT_EXCLUDE: Final = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "*.egg-info",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""What ruff leaves out, and two folders that never hold source."""

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
"""The keys of ``[tool.wdlint]``."""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""From the worst down."""

FIX_KEYS: Final = ("weight-decay", "unsafe", "style", "no-decay")
"""Those of ``fix``."""

STYLES: Final = ("expression", "loop", "helper")
"""How parameters are split into groups: in place, by a loop before the call, by a function of the file."""

NO_DECAY: Final = ("bias", "norm", "embedding", "position", "scale")
"""The kinds of parameters that can be asked to be exempt."""

PATTERN: Final = "re:"
"""What stands before a regular expression that exempts parameters by their names."""

Origins: TypeAlias = tuple[tuple[str, str], ...]
"""Setting and where it was said: ``pyproject.toml:12``, ``--select``; absent for defaults."""


class SettingsError(Exception):
    """A setting is wrong. The text is one line: where, what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run does.

    rules
        The codes switched on, before ``per_file_ignores``.
    weight_decay
        The number converted sites get; None keeps the one that is written.
    fix_style, no_decay
        One of :data:`STYLES`, and what a split exempts: kinds of :data:`NO_DECAY`, or regular
        expressions after :data:`PATTERN`. Empty is the usual, norms and biases.
    exclude, per_file_ignores
        Patterns as in ``.gitignore``, relative to ``root``: the folder of the configuration file,
        or the working directory. ``cwd`` is what the paths of a run are relative to.
    figures
        Whether findings bring what the reports that draw show, which costs more than the findings.
    python, src
        The environment and the folders, all absolute, in which imports are looked up; see
        :mod:`wdlint.sources.environment`. Empty: where the code itself would look.
    baseline
        The absolute path of the file with the findings that are not reported; see
        :mod:`wdlint.baseline`. Empty: there is none.
    severities, fail_on
        Codes with another severity than their card says, and the least severity that fails a run.
    """

    rules: frozenset[str]
    pedantic: bool = False
    weight_decay: float | None = None
    unsafe_fixes: bool = False
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    force_exclude: bool = False
    respect_gitignore: bool = True
    per_file_ignores: tuple[tuple[str, frozenset[str]], ...] = ()
    extend_catalogue: tuple[Path, ...] = ()
    output_format: str = "full"
    root: str = ""
    cwd: str = ""
    python: str = ""
    src: tuple[str, ...] = ()
    fix_style: str = "expression"
    no_decay: tuple[str, ...] = ()
    origins: Origins = field(default=(), compare=False)
    baseline: str = ""
    severities: tuple[tuple[str, Severity], ...] = ()
    fail_on: Severity = "info"
    figures: bool = False

    def severity_of(self, finding: Finding) -> Severity:
        """How bad a finding is: as the configuration says of its rule, else as the rule itself does."""
        return dict(self.severities).get(finding.code, finding.severity)

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is bad enough to make the run fail."""
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.fail_on)

    def rules_for(self, path: str) -> frozenset[str]:
        """The codes switched on in one file of a run."""
        if not self.per_file_ignores:
            return self.rules
        inside = self.from_root(path)
        ignored = (codes for pattern, codes in self.per_file_ignores if _applies(pattern, inside))
        return self.rules.difference(*ignored)

    def from_root(self, path: str) -> str:
        """A path of the run as the patterns see it: relative to ``root``, with forward slashes."""
        return relative_path(os.path.join(self.cwd, path), self.root or os.getcwd())


def relative_path(path: str, start: str) -> str:
    """``path`` relative to ``start`` where it lies below it, absolute otherwise; forward slashes."""
    whole = os.path.abspath(path)
    base = start if start.endswith(os.sep) else start + os.sep
    inside = whole[len(base) :] if whole.startswith(base) else "." if whole == start else whole
    return inside.replace(os.sep, "/")


def _applies(pattern: str, path: str) -> bool:
    if pattern.startswith("!"):
        return not compiled((pattern[1:],)).covers(path)
    return compiled((pattern,)).covers(path)


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says; None, False or empty where it is silent.

    ``baseline`` is empty where the command line says that there is none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    pedantic: bool = False
    weight_decay: float | None = None
    unsafe_fixes: bool = False
    fix_style: str | None = None
    force_exclude: bool = False
    output_format: str | None = None
    baseline: str | None = None
    fail_on: str | None = None
    python: str | None = None
    roots: tuple[str, ...] = ()


def default_settings() -> Settings:
    """What applies when neither a configuration file nor a flag says anything."""
    return Settings(_standard(pedantic=False))


def load(
    paths: Sequence[str],
    cwd: Path,
    flags: Flags | None = None,
    *,
    config: Path | None = None,
    isolated: bool = False,
) -> Settings:
    """The settings for a run over ``paths``, which are relative to ``cwd``.

    The configuration is ``config``, or the nearest file above the first path; none if ``isolated``.

    Raises:
        SettingsError: a file that cannot be read, or a key, code, type or value that is not valid.
    """
    flags = flags or Flags()
    file = None
    if config is not None:
        file = _explicit(config, cwd)
    elif not isolated:
        file = _nearest(cwd / (paths[0] if paths else "."), cwd)
    said = _read(file) if file is not None else _Said()
    return _settings(said, flags, os.fspath(file.path.parent) if file else os.fspath(cwd), os.fspath(cwd))


# ------------------------------------------------------------------ configuration files


@dataclass(frozen=True, slots=True)
class _File:
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


def _explicit(path: Path, cwd: Path) -> _File:
    whole = (cwd / path).absolute()
    try:
        data = whole.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    found = _parse(whole, data, cwd)
    return found or _File(whole, relative_path(os.fspath(whole), os.fspath(cwd)), "", {}, ("tool", "wdlint"))


def _nearest(start: Path, cwd: Path) -> _File | None:
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
                reason = (error.strerror or str(error)).lower()
                raise SettingsError(f"{shown}: cannot be read: {reason}") from None
            if (found := _parse(path, data, cwd)) is not None:
                return found
    return None


def _parse(path: Path, data: bytes, cwd: Path) -> _File | None:
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
            at = _File(path, shown, text, content, ()).at("tool", "wdlint")
            raise SettingsError(f"{at}: no [tool.wdlint] here: in a {path.name} the keys stand without it")
        return _File(path, shown, text, content, ())
    table = tool.get("wdlint") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SettingsError(f"{shown}: [tool.wdlint] must be a table")
    return _File(path, shown, text, table, ("tool", "wdlint"))


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


# --------------------------------------------------------------------- reading the table


@dataclass(slots=True)
class _Said:
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


def _read(file: _File) -> _Said:
    said = _Said()
    for key, value in file.table.items():
        _check_key(file, (key,), KEYS, file.where)
        if key == "fix":
            _read_fix(file, value, said)
            continue
        said.origins[key] = file.at(key)
        setattr(said, key.replace("-", "_"), _READERS[key](file, key, value))
    return said


def _read_fix(file: _File, value: object, said: _Said) -> None:
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


def _check_key(file: _File, path: tuple[str, ...], known: Sequence[str], where: str) -> None:
    if path[-1] not in known:
        hint = suggestion(path[-1], known, f"the keys are {', '.join(known)}")
        raise SettingsError(f"{file.at(*path)}: unknown key '{path[-1]}'{where}; {hint}")


def _wrong(file: _File, path: tuple[str, ...], wanted: str, value: object, detail: str = "") -> SettingsError:
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


def _boolean(file: _File, path: tuple[str, ...], value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(file, path, "true or false", value)
    return value


def _coefficient(file: _File, path: tuple[str, ...], value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise _wrong(file, path, "a number, 0 or greater", value)
    return float(value)


def _style(file: _File, path: tuple[str, ...], value: object) -> str:
    if value not in STYLES:
        hint = suggestion(str(value), STYLES, f"the styles are {', '.join(STYLES)}")
        raise SettingsError(f"{file.at(*path)}: unknown 'fix.style' {_shown(value)}; {hint}")
    return str(value)


def _exempt(file: _File, path: tuple[str, ...], value: object) -> tuple[str, ...]:
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


def _strings(file: _File, path: tuple[str, ...], value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(file, path, f"an array of {what}", value)
    for item in value:
        if not isinstance(item, str):
            raise _wrong(file, path, f"an array of {what}", value, f" with {_shown(item)} in it")
    return tuple(value)


def _codes(file: _File, key: str, value: object) -> tuple[str, ...]:
    found = _strings(file, (key,), value, 'rules, for example ["WD101"]')
    for selector in found:
        _known(selector, file.at(key, value=selector), f" in '{key}'")
    return found


def _paths(file: _File, key: str, value: object) -> tuple[str, ...]:
    return _strings(file, (key,), value, "path patterns")


def _catalogues(file: _File, key: str, value: object) -> tuple[Path, ...]:
    found = _strings(file, (key,), value, "paths of YAML files")
    parent = os.fspath(file.path.parent)
    whole = (_existing(name, parent, file.at(key, value=name), f"'{key}': ") for name in found)
    return tuple(Path(relative_path(path, os.getcwd())) for path in whole)


def _per_file(file: _File, key: str, value: object) -> tuple[tuple[str, frozenset[str]], ...]:
    if not isinstance(value, dict):
        raise _wrong(file, (key,), 'a table, for example { "tests/**" = ["WD2"] }', value)
    found: list[tuple[str, frozenset[str]]] = []
    for pattern, selectors in value.items():
        codes: set[str] = set()
        for selector in _strings(file, (key, pattern), selectors, 'rules, for example ["WD2"]'):
            codes |= _known(selector, file.at(key, pattern, value=selector), f" in '{key}'")
        found.append((pattern, frozenset(codes)))
    return tuple(found)


def _format(file: _File, key: str, value: object) -> str:
    if value not in FORMATS:
        hint = suggestion(str(value), FORMATS, f"the formats are {', '.join(FORMATS)}")
        raise SettingsError(f"{file.at(key)}: unknown {key} {_shown(value)}; {hint}")
    return str(value)


def _baseline(file: _File, key: str, value: object) -> str:
    """Whether it is there is asked when it is read: a first run writes it."""
    if not isinstance(value, str) or not value:
        raise _wrong(file, (key,), 'a path, for example "wdlint-baseline.json"', value)
    return os.path.normpath(os.path.join(os.fspath(file.path.parent), os.path.expanduser(value)))


def _severities(file: _File, key: str, value: object) -> tuple[tuple[str, Severity], ...]:
    """Codes with their severities; the more specific selector wins."""
    if not isinstance(value, dict):
        raise _wrong(file, (key,), 'a table, for example { WD201 = "info" }', value)
    found: dict[str, Severity] = {}
    for selector, level in sorted(value.items(), key=lambda item: _specificity(item[0])):
        codes = _known(selector, file.at(key, selector), f" in '{key}'")
        found |= dict.fromkeys(codes, _severity(file, (key, selector), level))
    return tuple(sorted(found.items()))


def _fail_on(file: _File, key: str, value: object) -> Severity:
    return _severity(file, (key,), value)


def _severity(file: _File, path: tuple[str, ...], value: object) -> Severity:
    for severity in SEVERITIES:
        if severity == value:
            return severity
    near = f"; {hint}" if isinstance(value, str) and (hint := suggestion(value, SEVERITIES, "")) else ""
    raise _wrong(file, path, '"error", "warning" or "info"', value, near)


def _environment(file: _File, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(file, (key,), 'a path, for example ".venv"', value)
    return _existing(value, os.fspath(file.path.parent), file.at(key), f"'{key}': ")


def _folders(file: _File, key: str, value: object) -> tuple[str, ...]:
    names = _strings(file, (key,), value, "folders")
    parent = os.fspath(file.path.parent)
    return tuple(_folder(name, parent, file.at(key, value=name), f"'{key}': ") for name in names)


def _existing(name: str, start: str, where: str, key: str = "") -> str:
    """The absolute path of a file or folder that the user named."""
    path = os.path.normpath(os.path.join(start, os.path.expanduser(name)))
    if not name or not os.path.exists(path):
        raise SettingsError(f"{where}: {key}no such file or folder '{name}'")
    return path


def _folder(name: str, start: str, where: str, key: str = "") -> str:
    path = _existing(name, start, where, key)
    if not os.path.isdir(path):
        raise SettingsError(f"{where}: {key}not a folder: '{name}'")
    return path


def _switch(file: _File, key: str, value: object) -> bool:
    return _boolean(file, (key,), value)


_READERS: Final[Mapping[str, Callable[[_File, str, object], object]]] = {
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


# -------------------------------------------------------------------------------- rules


def _standard(*, pedantic: bool) -> frozenset[str]:
    return frozenset(card.code for card in knowledge.cards() if pedantic or not card.pedantic)


def matching(selector: str) -> frozenset[str]:
    """The codes a selector means: a code, a prefix of codes, a name, or ``ALL``; empty if unknown."""
    names = knowledge.rule_names()
    wanted = selector.strip()
    if wanted.upper() == "ALL":
        return frozenset(names)
    exact = {code for code, name in names.items() if wanted.lower() == name}
    prefixed = {code for code in names if wanted and code.startswith(wanted.upper())}
    return frozenset(exact or prefixed)


def _known(selector: str, place: str, where: str) -> frozenset[str]:
    found = matching(selector)
    if not found:
        raise SettingsError(f"{place}: unknown rule '{selector}'{where}; {rule_suggestion(selector)}")
    return found


def rule_suggestion(selector: str) -> str:
    """The rest of a sentence about an unknown rule: what may have been meant."""
    names = knowledge.rule_names()
    wanted = selector.upper() if re.match("(?i)wd", selector) else selector
    return suggestion(wanted, (*names, *names.values()), "'wdlint rules' lists them")


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """``did you mean 'select'?`` with the nearest known word, or what to say when none is near."""
    import difflib

    spelled = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f"did you mean '{spelled[near[0]]}'?" if near else otherwise


def _choose(
    base: frozenset[str], select: Iterable[str], ignore: Iterable[str], pedantic: bool
) -> frozenset[str]:
    """Add what is selected, take away what is ignored; the more specific selector wins, then ``ignore``."""
    selected = dict.fromkeys(base, -1)
    for selector in select:
        for code in _selected(selector, pedantic):
            selected[code] = max(selected.get(code, -1), _specificity(selector))
    ignored: dict[str, int] = {}
    for selector in ignore:
        for code in matching(selector):
            ignored[code] = max(ignored.get(code, -1), _specificity(selector))
    return frozenset(code for code, weight in selected.items() if weight > ignored.get(code, -2))


def _selected(selector: str, pedantic: bool) -> frozenset[str]:
    """A prefix leaves the pedantic rules out, unless they are all it names."""
    found = matching(selector)
    if pedantic or len(found) == 1:
        return found
    return found & _standard(pedantic=False) or found


def _specificity(selector: str) -> int:
    """Length of a prefix; a name is as specific as a whole code."""
    wanted = selector.strip().upper()
    if wanted == "ALL":
        return 0
    return len(wanted) if wanted.startswith("WD") else len("WD101")


# -------------------------------------------------------------------------- all together


def _settings(said: _Said, flags: Flags, root: str, cwd: str) -> Settings:
    origins = dict(said.origins)
    for flag, selectors in (
        ("--select", flags.select),
        ("--ignore", flags.ignore),
        ("--extend-select", flags.extend_select),
    ):
        for selector in selectors:
            _known(selector, flag, "")
    if flags.weight_decay is not None and not 0 <= flags.weight_decay < float("inf"):
        raise SettingsError(f"--weight-decay: must be a number, 0 or greater, not {flags.weight_decay:g}")
    pedantic = said.pedantic or flags.pedantic
    python = said.python if flags.python is None else _existing(flags.python, cwd, "--python")
    roots = tuple(_folder(name, cwd, "--root") for name in flags.roots)
    _note(origins, flags)
    return Settings(
        _rules(said, flags, pedantic),
        pedantic,
        said.weight_decay if flags.weight_decay is None else flags.weight_decay,
        said.unsafe or flags.unsafe_fixes,
        said.exclude + said.extend_exclude,
        said.force_exclude or flags.force_exclude,
        said.respect_gitignore,
        said.per_file_ignores,
        said.extend_catalogue,
        flags.output_format or said.output_format,
        root,
        cwd,
        python,
        tuple(dict.fromkeys((*roots, *said.src))),
        flags.fix_style or said.style,
        said.no_decay,
        tuple(sorted(origins.items())),
        _chosen_baseline(said, flags, cwd),
        said.severity,
        next((each for each in SEVERITIES if each == flags.fail_on), said.fail_on),
    )


def _chosen_baseline(said: _Said, flags: Flags, cwd: str) -> str:
    if not flags.baseline:
        return said.baseline if flags.baseline is None else ""
    return os.path.normpath(os.path.join(cwd, os.path.expanduser(flags.baseline)))


def _rules(said: _Said, flags: Flags, pedantic: bool) -> frozenset[str]:
    """The file's choice, then the command line's; ``--select`` starts afresh."""
    standard = _standard(pedantic=pedantic)
    if flags.select:
        return _choose(frozenset(), (*flags.select, *flags.extend_select), flags.ignore, pedantic)
    base = standard if said.select is None else frozenset()
    written = _choose(base, (*(said.select or ()), *said.extend_select), said.ignore, pedantic)
    return _choose(written, flags.extend_select, flags.ignore, pedantic)


def _note(origins: dict[str, str], flags: Flags) -> None:
    """Write down which flags were given; they come after, or instead of, the file's word."""
    given = {
        "select": ("--select", flags.select),
        "ignore": ("--ignore", flags.ignore),
        "extend-select": ("--extend-select", flags.extend_select),
        "pedantic": ("--pedantic", flags.pedantic),
        "fix.weight-decay": ("--weight-decay", flags.weight_decay is not None),
        "fix.unsafe": ("--unsafe-fixes", flags.unsafe_fixes),
        "fix.style": ("--fix-style", flags.fix_style),
        "force-exclude": ("--force-exclude", flags.force_exclude),
        "output-format": ("--output-format", flags.output_format),
        "baseline": ("--baseline" if flags.baseline else "--no-baseline", flags.baseline is not None),
        "fail-on": ("--fail-on", flags.fail_on),
        "python": ("--python", flags.python),
        "src": ("--root", flags.roots),
    }
    for key, (flag, value) in given.items():
        if value:
            adds = key in ("ignore", "extend-select", "src") and key in origins
            origins[key] = f"{origins[key]}, {flag}" if adds else flag


def describe(settings: Settings) -> str:
    """The settings as TOML, each with where it was said; what ``--show-settings`` prints."""
    origins = dict(settings.origins)
    chosen = [f"{key}: {origins[key]}" for key in ("select", "extend-select", "ignore") if key in origins]
    shown: list[tuple[str, object, str]] = [
        ("rules", sorted(settings.rules), "; ".join(chosen)),
        ("pedantic", settings.pedantic, origins.get("pedantic", "")),
        ("exclude", list(settings.exclude), _joined(origins, "exclude", "extend-exclude")),
        ("force-exclude", settings.force_exclude, origins.get("force-exclude", "")),
        ("respect-gitignore", settings.respect_gitignore, origins.get("respect-gitignore", "")),
        ("per-file-ignores", settings.per_file_ignores, origins.get("per-file-ignores", "")),
        ("extend-catalogue", list(settings.extend_catalogue), origins.get("extend-catalogue", "")),
        ("output-format", settings.output_format, origins.get("output-format", "")),
        ("baseline", settings.baseline or None, origins.get("baseline", "")),
        ("severity", dict(settings.severities), origins.get("severity", "")),
        ("fail-on", settings.fail_on, origins.get("fail-on", "")),
        ("python", settings.python or None, origins.get("python", "")),
        ("src", list(settings.src), origins.get("src", "")),
        ("fix.weight-decay", settings.weight_decay, origins.get("fix.weight-decay", "")),
        ("fix.unsafe", settings.unsafe_fixes, origins.get("fix.unsafe", "")),
        ("fix.style", settings.fix_style, origins.get("fix.style", "")),
        ("fix.no-decay", list(settings.no_decay) or None, origins.get("fix.no-decay", "")),
    ]
    lines = [f"# patterns are relative to {settings.root}"]
    for key, value, origin in shown:
        lines += [f"# {origin or 'default'}", f"{key} = {_toml(value)}" if value is not None else f"# {key}"]
    return "\n".join(lines) + "\n"


def _joined(origins: Mapping[str, str], *keys: str) -> str:
    return ", ".join(origins[key] for key in keys if key in origins)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case tuple():
            entries = (f"{_toml(pattern)} = {_toml(sorted(codes))}" for pattern, codes in value)
            return "{" + ", ".join(entries) + "}"
        case dict():
            entries = (f"{_toml(key)} = {_toml(inner)}" for key, inner in sorted(value.items()))
            return "{" + ", ".join(entries) + "}"
        case float() | int():
            return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = [
    "DEFAULT_EXCLUDE",
    "FIX_KEYS",
    "KEYS",
    "NO_DECAY",
    "PATTERN",
    "STYLES",
    "Flags",
    "Settings",
    "SettingsError",
    "default_settings",
    "describe",
    "load",
    "matching",
    "relative_path",
    "rule_suggestion",
    "suggestion",
]
