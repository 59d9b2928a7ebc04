"""The command line: flags in, exit code out. Wiring only; what is heavy is imported when it is needed.

One command a module. Findings go to the standard output, everything else to the standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import click

from wdlint.cli.exits import CLEAN, FAILED, INTERRUPTED
from wdlint.cli.group import Interrupted, cli
from wdlint.cli.streams import say

_ISSUES: Final = "report it with the traceback that -v shows"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run wdlint; the exit code. Never raises, and says what went wrong in one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = cli.main(given, prog_name="wdlint", standalone_mode=False)
        return result if isinstance(result, int) else CLEAN
    except (Interrupted, KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        say(f"error: {_one_line(error)}")
        return FAILED
    except Exception as error:
        return _failed(error, verbose="-v" in given or "--verbose" in given)


def _one_line(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities
        hint = f"did you mean '{near[0]}'?" if near else "'wdlint --help' lists them"
        return f"unknown option '{error.option_name}'; {hint}"
    message = " ".join(error.format_message().split())
    return message[:1].lower() + message[1:].rstrip(".")


def _failed(error: Exception, *, verbose: bool) -> int:
    from wdlint.baseline import BaselineError
    from wdlint.knowledge import KnowledgeError
    from wdlint.settings import SettingsError

    if isinstance(error, (BaselineError, KnowledgeError, SettingsError)):
        say(f"error: {error}")
    else:
        if verbose:
            import traceback

            traceback.print_exception(error)
        say(f"internal error: {type(error).__name__}: {error}; this is a bug in wdlint, please {_ISSUES}")
    return FAILED


__all__ = ["cli", "main"]
