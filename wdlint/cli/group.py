"""The commands as one: what is no command is an argument of ``check``."""

from __future__ import annotations

import os
from typing import Any

import click

from wdlint import __version__
from wdlint.cli.baseline import baseline
from wdlint.cli.check import check
from wdlint.cli.explain import explain
from wdlint.cli.params import params
from wdlint.cli.rules import rules


class Interrupted(Exception):
    """The user pressed Ctrl-C."""


class Group(click.Group):
    """``wdlint PATHS`` is ``wdlint check PATHS``: what is no command is an argument of ``check``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {*self.commands, "--help", "-h", "--version"}
        if not args or args[0] not in own:
            self._refuse_misspelled(args[:1])
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelled(self, first: list[str]) -> None:
        """``wdlint explan WD101`` is no wish to check a file called ``explan`` that is not there."""
        if not first or first[0].startswith("-") or os.path.lexists(first[0]):
            return
        import difflib

        if near := difflib.get_close_matches(first[0], list(self.commands), n=1):
            raise click.UsageError(f"{first[0]}: no such file or command; did you mean 'wdlint {near[0]}'?")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            raise Interrupted from None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help shows the commands and, since it is what people type, every option of ``check``."""
        self.format_commands(ctx, formatter)
        check = self.commands["check"]
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


for command in (check, params, explain, rules, baseline):
    cli.add_command(command)
