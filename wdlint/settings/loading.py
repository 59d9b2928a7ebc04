"""The file's word and the command line's, put together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from wdlint.choices import SEVERITIES
from wdlint.settings.files import named, nearest
from wdlint.settings.rules import choose, known_rules, standard_rules
from wdlint.settings.table import Said, existing, folder, read
from wdlint.settings.values import Flags, Settings, SettingsError


def default_settings() -> Settings:
    """What applies when neither a configuration file nor a flag says anything."""
    return Settings(standard_rules(pedantic=False))


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
        file = named(config, cwd)
    elif not isolated:
        file = nearest(cwd / (paths[0] if paths else "."), cwd)
    said = read(file) if file is not None else Said()
    return _settings(said, flags, os.fspath(file.path.parent) if file else os.fspath(cwd), os.fspath(cwd))


def _settings(said: Said, flags: Flags, root: str, cwd: str) -> Settings:
    origins = dict(said.origins)
    for flag, selectors in (
        ("--select", flags.select),
        ("--ignore", flags.ignore),
        ("--extend-select", flags.extend_select),
    ):
        for selector in selectors:
            known_rules(selector, flag, "")
    if flags.weight_decay is not None and not 0 <= flags.weight_decay < float("inf"):
        raise SettingsError(f"--weight-decay: must be a number, 0 or greater, not {flags.weight_decay:g}")
    pedantic = said.pedantic or flags.pedantic
    python = said.python if flags.python is None else existing(flags.python, cwd, "--python")
    roots = tuple(folder(name, cwd, "--root") for name in flags.roots)
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


def _chosen_baseline(said: Said, flags: Flags, cwd: str) -> str:
    if not flags.baseline:
        return said.baseline if flags.baseline is None else ""
    return os.path.normpath(os.path.join(cwd, os.path.expanduser(flags.baseline)))


def _rules(said: Said, flags: Flags, pedantic: bool) -> frozenset[str]:
    """The file's choice, then the command line's; ``--select`` starts afresh."""
    standard = standard_rules(pedantic=pedantic)
    if flags.select:
        return choose(frozenset(), (*flags.select, *flags.extend_select), flags.ignore, pedantic)
    base = standard if said.select is None else frozenset()
    written = choose(base, (*(said.select or ()), *said.extend_select), said.ignore, pedantic)
    return choose(written, flags.extend_select, flags.ignore, pedantic)


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
