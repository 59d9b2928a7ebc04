"""The commands as one: what is no command is an argument of ``check``."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

import click

from wdlint import __version__

_COMMANDS: Final = ("baseline", "check", "explain", "params", "rules")
"""Each is a function in the module of its name, which is imported when it is asked for."""


class Interrupted(Exception):
    """The user pressed Ctrl-C."""


class Group(click.Group):
    """``wdlint PATHS`` is ``wdlint check PATHS``: what is no command is an argument of ``check``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"wdlint.cli.{cmd_name}"), cmd_name)
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {*_COMMANDS, "--help", "-h", "--version"}
        if not args or args[0] not in own:
            self._refuse_misspelled(args[:1])
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelled(self, first: list[str]) -> None:
        """``wdlint explan WD101`` is no wish to check a file called ``explan`` that is not there."""
        if not first or first[0].startswith("-") or os.path.lexists(first[0]):
            return
        import difflib

        if near := difflib.get_close_matches(first[0], _COMMANDS, n=1):
            raise click.UsageError(f"{first[0]}: no such file or command; did you mean 'wdlint {near[0]}'?")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            raise Interrupted from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help shows the commands and, since it is what people type, every option of ``check``."""
        self.format_commands(ctx, formatter)
        check = self.get_command(ctx, "check")
        assert check is not None
        options = [param for param in check.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx))]
        with formatter.section("Options of check"):
            formatter.write_dl(records)
        with formatter.section("Options"):
            formatter.write_dl([("--version", "Print the version.")])


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"wdlint {__version__}")
        ctx.exit()


@click.group(
    cls=Group,
    subcommand_metavar="[PATHS]... | COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, hidden=True
)
def cli() -> None:
    """Find and fix misused weight decay in optimizers.

    `wdlint [PATHS]` checks files and folders, by default the current one.
    """
