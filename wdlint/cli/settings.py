"""The settings of a run: files and flags together, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wdlint.settings import Flags, Settings


def load(paths: Sequence[str], flags: Flags, config: str | None, *, isolated: bool) -> Settings:
    """The settings that hold for ``paths``.

    Raises:
        click.UsageError: a configuration file is named, and none is to be read.
        SettingsError: a mistake in a configuration file, in a flag, or in what ``--python`` names.
    """
    if config and isolated:
        raise click.UsageError("--config and --isolated contradict each other: use one of them")
    from pathlib import Path  # with what it imports, a tenth of what a start costs

    from wdlint import settings

    file = Path(config) if config else None
    loaded = settings.load(paths, Path.cwd(), flags, config=file, isolated=isolated)
    if loaded.python:
        from wdlint.sources.environment import check_environment

        check_environment(loaded)
    return loaded
