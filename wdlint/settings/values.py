"""The settings of a run, as the rest of the package reads and trusts them, and the flags of one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from wdlint.choices import SEVERITIES
from wdlint.facts import Finding, Severity
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
