"""The flags, as click reads them: what is asked, not what is done about it.

The order here is the order of ``--help``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import click

from wdlint.choices import SEVERITIES, STYLES
from wdlint.cli.outputs import Outputs
from wdlint.formats import FORMATS

Command: TypeAlias = Callable[..., Any]
Decorator: TypeAlias = Callable[[Command], Command]


def number(text: str) -> float:
    """A number, called so where it is none; click calls it a float."""
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a number") from None


def split(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Comma-separated lists, given once or more often, as one."""
    return tuple(part.strip() for text in value for part in text.split(",") if part.strip())


def one_of(*choices: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A check that a value is one of ``choices``, whose error names the nearest of them."""

    def check_value(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is None or value in choices:
            return value
        from wdlint.settings import suggestion

        hint = suggestion(value, choices, f"choose from {', '.join(choices)}")
        raise click.UsageError(f"{param.opts[0]}: unknown value '{value}'; {hint}")

    return check_value


def each_of(*choices: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[str, ...]]:
    """The same for an option that may be given more often."""
    check_value = one_of(*choices)

    def check_values(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            check_value(ctx, param, value)
        return values

    return check_values


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator; the help shows them in the order given."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


fixing = together(
    click.option("--fix", is_flag=True, help="Apply the safe fixes and report what is left."),
    click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: apply the unsafe ones, too."),
    click.option("--diff", is_flag=True, help="Print the fixes as a patch; change nothing."),
    click.option("--interactive", is_flag=True, help="Like --fix, and ask before each fix."),
    click.option("--show-fixes", is_flag=True, help="List what was fixed, or with --diff would be."),
    click.option(
        "--weight-decay",
        type=number,
        metavar="NUMBER",
        help="The coefficient that converted optimizers get, for example 0.05.",
    ),
    click.option(
        "--fix-style",
        metavar="STYLE",
        callback=one_of(*STYLES),
        help=f"How parameters are split into groups: {', '.join(STYLES)}.",
    ),
)
"""What is changed, and how far."""

choosing = together(
    click.option(
        "--select",
        multiple=True,
        metavar="RULES",
        callback=split,
        help="Rules to check: codes, prefixes, names, or ALL.",
    ),
    click.option("--ignore", multiple=True, metavar="RULES", callback=split, help="Rules to leave out."),
    click.option(
        "--extend-select",
        multiple=True,
        metavar="RULES",
        callback=split,
        help="Rules to add to the selected ones.",
    ),
    click.option("--pedantic", is_flag=True, help="Show pedantic rules and findings that are only possible."),
)
"""Which rules are checked, and how sure a finding must be."""

known = together(
    click.option(
        "--baseline",
        type=click.Path(),
        metavar="FILE",
        help="Leave out what 'wdlint baseline' wrote into a file.",
    ),
    click.option("--no-baseline", is_flag=True, help="Report everything, baseline or not."),
    click.option("--add-ignores", is_flag=True, help="Write a comment that ignores it at each finding."),
    click.option("--reason", metavar="TEXT", help="With --add-ignores: why, for the comments."),
)
"""Which findings are old ones."""

reporting = together(
    click.option(
        "--output-format",
        multiple=True,
        metavar="FORMAT",
        callback=each_of(*FORMATS),
        help=f"How findings are printed: {', '.join(FORMATS)}.",
    ),
    click.option(
        "--output-file",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Write the format named before it to a file; both may be given more often.",
    ),
    click.option("--statistics", is_flag=True, help="Print how often each rule was found, nothing else."),
    click.option(
        "--fail-on",
        metavar="SEVERITY",
        callback=one_of(*SEVERITIES),
        help=f"The least severity that makes the exit code 1: {', '.join(SEVERITIES)}.",
    ),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
    click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed."),
)
"""What is printed where, and the exit code."""

jobs = click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use; one a core.")

running = together(
    click.option("--stdin-filename", metavar="FILE", help="The name of what is read from '-'."),
    jobs,
)
"""How what is checked is read."""

lookup = together(
    click.option(
        "--python",
        type=click.Path(),
        metavar="PATH",
        help="An environment whose packages are read, never run, for example .venv.",
    ),
    click.option(
        "--root",
        "roots",
        multiple=True,
        type=click.Path(),
        metavar="DIR",
        help="A folder in which imports are looked up; may be given more often.",
    ),
    click.option("--config", type=click.Path(), metavar="FILE", help="Use this configuration file."),
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
)
"""Where the settings and imported modules are; for every command that reads code."""

showing = together(
    click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named."),
    click.option("--show-files", is_flag=True, help="List the files that would be checked."),
    click.option("--show-settings", is_flag=True, help="Print the settings and where each was made."),
)
"""Which files and settings a run would have."""

colour = click.option(
    "--color",
    default="auto",
    metavar="WHEN",
    callback=one_of("auto", "always", "never"),
    help="When to colour: auto, always, never.",
)

loudness = together(
    click.option("-q", "--quiet", is_flag=True, help="Print findings only, no summary."),
    click.option("-v", "--verbose", is_flag=True, help="Say more, with tracebacks of internal errors."),
)
"""How much is said."""


class CheckFlags(NamedTuple):
    """The flags of ``check``, by click's names for them."""

    fix: bool
    unsafe_fixes: bool
    diff: bool
    interactive: bool
    show_fixes: bool
    weight_decay: float | None
    fix_style: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    pedantic: bool
    baseline: str | None
    no_baseline: bool
    add_ignores: bool
    reason: str | None
    outputs: Outputs
    statistics: bool
    fail_on: str | None
    exit_zero: bool
    exit_non_zero_on_fix: bool
    stdin_filename: str | None
    jobs: int | None
    python: str | None
    roots: tuple[str, ...]
    config: str | None
    isolated: bool
    force_exclude: bool
    show_files: bool
    show_settings: bool
    color: str
    quiet: bool
    verbose: bool
