"""The command line: flags in, exit code out. Wiring only; what is heavy is imported when it is needed.

Exit codes: 0 nothing to report, 1 findings (or changes, with ``--diff``), 2 something could not be
checked. Findings go to the standard output, everything else to the standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import click

from wdlint import __version__

if TYPE_CHECKING:
    from wdlint.engine import FixedFile, Run
    from wdlint.facts import FileError
    from wdlint.reports import Look
    from wdlint.settings import Flags, Settings

CLEAN: Final = 0
FINDINGS: Final = 1
FAILED: Final = 2
INTERRUPTED: Final = 130

_FORMATS: Final = ("full", "concise", "json", "github", "sarif", "html")
_ISSUES: Final = "report it with the traceback that -v shows"


class _Interrupted(Exception):
    """The user pressed Ctrl-C."""


class _Group(click.Group):
    """``wdlint PATHS`` is ``wdlint check PATHS``: what is no command is an argument of ``check``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {*self.commands, "--help", "-h", "--version"}
        if not args or args[0] not in own:
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            raise _Interrupted from None

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


def _split(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Comma-separated lists, given once or more often, as one."""
    return tuple(part.strip() for text in value for part in text.split(",") if part.strip())


def _one_of(*choices: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A check that a value is one of ``choices``, whose error names the nearest of them."""

    def check_value(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is None or value in choices:
            return value
        from wdlint.settings import suggestion

        hint = suggestion(value, choices, f"choose from {', '.join(choices)}")
        raise click.UsageError(f"{param.opts[0]}: unknown value '{value}'; {hint}")

    return check_value


_Command: TypeAlias = Callable[..., Any]


def _lookup(command: _Command) -> _Command:
    """The options of every command that reads code: where the settings and imported modules are."""
    options = (
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
    for option in reversed(options):
        command = option(command)
    return command


def _colour(command: _Command) -> _Command:
    option = click.option(
        "--color",
        default="auto",
        metavar="WHEN",
        callback=_one_of("auto", "always", "never"),
        help="When to colour: auto, always, never.",
    )
    return option(command)


class _Options(NamedTuple):
    """The flags of ``check``, by click's names for them."""

    fix: bool
    unsafe_fixes: bool
    diff: bool
    weight_decay: float | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    pedantic: bool
    output_format: str | None
    output_file: str | None
    statistics: bool
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


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"wdlint {__version__}")
        ctx.exit()


@click.group(
    cls=_Group,
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


@cli.command(short_help="Check files and folders; '-' is the standard input.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--fix", is_flag=True, help="Apply the safe fixes and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: apply the unsafe ones, too.")
@click.option("--diff", is_flag=True, help="Print the fixes as a patch; change nothing.")
@click.option(
    "--weight-decay",
    type=float,
    metavar="NUMBER",
    help="The coefficient that converted optimizers get, for example 0.05.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    callback=_split,
    help="Rules to check: codes, prefixes, names, or ALL.",
)
@click.option("--ignore", multiple=True, metavar="RULES", callback=_split, help="Rules to leave out.")
@click.option(
    "--extend-select",
    multiple=True,
    metavar="RULES",
    callback=_split,
    help="Rules to add to the selected ones.",
)
@click.option("--pedantic", is_flag=True, help="Show pedantic rules and findings that are only possible.")
@click.option(
    "--output-format",
    metavar="FORMAT",
    callback=_one_of(*_FORMATS),
    help=f"How findings are printed: {', '.join(_FORMATS)}.",
)
@click.option("--output-file", type=click.Path(), metavar="FILE", help="Write the findings to a file.")
@click.option("--statistics", is_flag=True, help="Print how often each rule was found, nothing else.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed.")
@click.option("--stdin-filename", metavar="FILE", help="The name of what is read from '-'.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use; one a core.")
@_lookup
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("--show-settings", is_flag=True, help="Print the settings and where each was made.")
@_colour
@click.option("-q", "--quiet", is_flag=True, help="Print findings only, no summary.")
@click.option("-v", "--verbose", is_flag=True, help="Say more, with tracebacks of internal errors.")
def check(paths: tuple[str, ...], **flags: Any) -> int:
    """Check files and the Python files in folders; '-' reads the standard input."""
    options = _Options(**flags)
    settings = _settings(paths, options)
    if options.show_settings:
        return _show_settings(settings)
    if options.show_files:
        return _show_files(paths or (".",), settings)
    if "-" in paths:
        return _check_stdin(paths, settings, options)
    if options.verbose:
        _say(_said(settings))
    return _check_paths(paths or (".",), settings, options)


@cli.command(short_help="List parameters: their groups, their decay and why.")
@click.argument("targets", nargs=-1, required=True, metavar="FILE[:CLASS]...")
@click.option(
    "--format",
    "output_format",
    default="table",
    metavar="FORMAT",
    callback=_one_of("table", "json", "markdown"),
    help="How they are printed: table, json, markdown.",
)
@_lookup
@_colour
def params(
    targets: tuple[str, ...],
    output_format: str,
    python: str | None,
    roots: tuple[str, ...],
    config: str | None,
    isolated: bool,
    color: str,
) -> int:
    """List the parameters of every optimizer in a file, or those of a class in it.

    Each parameter is shown with the group that holds it, its weight decay, how certain that is,
    and why. Nothing is run or imported.
    """
    from wdlint import engine
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.parameters import render
    from wdlint.settings import Flags

    files = [target.rpartition(":")[0] or target for target in targets]
    settings = _load(files, Flags(python=python, roots=roots), config, isolated=isolated)
    reports = []
    failed = False
    for target in targets:
        try:
            reports.append(engine.parameters_of(target, settings))
        except engine.TargetError as error:
            _say(f"error: {error}")
            failed = True
    if reports:
        look = Look(_width(), Palette(wants_colour(color, sys.stdout, os.environ)))
        _write(render(output_format, reports, look))
    return FAILED if failed else CLEAN


@cli.command(short_help="Print what a rule reports, and why.")
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> int:
    """Print what a rule reports, why, its mathematics, examples and limits."""
    from wdlint import knowledge
    from wdlint.explain import render_card
    from wdlint.settings import rule_suggestion

    card = knowledge.card(rule)
    if card is None:
        raise click.UsageError(f"unknown rule '{rule}'; {rule_suggestion(rule)}")
    _write(render_card(card, min(_width(), 100)))
    return CLEAN


@cli.command()
def rules() -> int:
    """List the rules."""
    from wdlint import knowledge
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.rules import render

    palette = Palette(wants_colour("auto", sys.stdout, os.environ))
    _write(render(knowledge.cards(), Look(_width(), palette)))
    return CLEAN


# --------------------------------------------------------------------------- what check does


def _settings(paths: Sequence[str], options: _Options) -> Settings:
    from wdlint.settings import Flags

    start = [options.stdin_filename or "."] if "-" in paths else paths
    flags = Flags(
        select=options.select,
        ignore=options.ignore,
        extend_select=options.extend_select,
        pedantic=options.pedantic,
        weight_decay=options.weight_decay,
        unsafe_fixes=options.unsafe_fixes,
        force_exclude=options.force_exclude,
        output_format=options.output_format,
        python=options.python,
        roots=options.roots,
    )
    return _load(start, flags, options.config, isolated=options.isolated)


def _load(paths: Sequence[str], flags: Flags, config: str | None, *, isolated: bool) -> Settings:
    from pathlib import Path

    from wdlint.settings import load

    file = Path(config) if config else None
    settings = load(paths, Path.cwd(), flags, config=file, isolated=isolated)
    if settings.python:
        from wdlint.sources.environment import check_environment

        check_environment(settings)
    return settings


def _show_settings(settings: Settings) -> int:
    from wdlint.settings import describe

    _write(describe(settings))
    return CLEAN


def _show_files(paths: Sequence[str], settings: Settings) -> int:
    from pathlib import Path

    from wdlint.sources.walk import python_files

    walk = python_files(paths, settings, Path.cwd())
    _write("".join(f"{path}\n" for path in walk.files))
    _report_errors(walk.errors, "never")
    return FAILED if walk.errors else CLEAN


def _check_paths(paths: Sequence[str], settings: Settings, options: _Options) -> int:
    from wdlint import engine
    from wdlint.reports.progress import ProgressBar

    bar = ProgressBar(sys.stderr) if sys.stderr.isatty() and not options.quiet else None
    try:
        if options.fix or options.diff:
            run = engine.fix_paths(paths, settings, jobs=options.jobs, progress=bar, diff=options.diff)
        else:
            run = engine.check_paths(paths, settings, jobs=options.jobs, progress=bar)
    finally:
        if bar is not None:
            bar.clear()
    if not run.checked and not run.all_errors:
        _say(f"no Python files under {', '.join(paths)}")
        if settings.output_format in ("full", "concise"):  # a machine gets its empty report
            return CLEAN
    _hint_at_commands(paths, run)
    return _finish(run, settings, options)


def _check_stdin(paths: Sequence[str], settings: Settings, options: _Options) -> int:
    """Check, or with ``--fix`` rewrite, what comes in; then the text goes out and findings aside."""
    from wdlint import engine
    from wdlint.sources.walk import is_excluded

    if len(paths) > 1:
        raise click.UsageError("'-' cannot be checked together with other paths")
    data = sys.stdin.buffer.read()
    name = options.stdin_filename or "-"
    fixing = options.fix and not options.diff
    if settings.force_exclude and is_excluded(name, settings):
        if fixing:
            _write_bytes(data)
        return CLEAN
    if not (options.fix or options.diff):
        report = engine.check_source(data, name, settings)
        run = engine.Run((report,), (), 1, int(report.builds_optimizers > 0))
        return _finish(run, settings, options)
    fixed = engine.fix_source(data, name, settings)
    run = engine.Run((fixed.report,), (fixed,), 1, int(fixed.report.builds_optimizers > 0))
    if fixing:
        _write_bytes(fixed.data)
    return _finish(run, settings, options, aside=fixing)


def _finish(run: Run, settings: Settings, options: _Options, *, aside: bool = False) -> int:
    if options.diff:
        return _print_patch(run.fixed, run.all_errors, options)
    from wdlint import reports
    from wdlint.reports.summary import statistics

    stream = sys.stderr if aside else sys.stdout
    look = _look(settings, options, stream)
    text = statistics(run, look) if options.statistics else reports.render(settings.output_format, run, look)
    if options.output_file:
        _write_file(options.output_file, text)
    else:
        _write(text, stream)
    _report_errors(run.all_errors, options.color)
    return _exit_code(run, options)


def _exit_code(run: Run, options: _Options) -> int:
    if run.all_errors:
        return FAILED
    if options.exit_non_zero_on_fix and any(fixed.applied for fixed in run.fixed):
        return FINDINGS
    return FINDINGS if run.findings and not options.exit_zero else CLEAN


def _print_patch(fixed: Sequence[FixedFile], errors: Sequence[FileError], options: _Options) -> int:
    from wdlint.reports import patch
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.summary import count

    data = patch.render(fixed)
    if options.output_file:
        _write_file(options.output_file, data)
    elif sys.stdout.isatty():
        _write(patch.show(data, Palette(wants_colour(options.color, sys.stdout, os.environ))))
    else:
        _write_bytes(data)
    changed = sum(file.data != file.before for file in fixed)
    if not options.quiet:
        _say(f"{count(changed, 'file')} would change")
    _report_errors(errors, options.color)
    if errors:
        return FAILED
    return FINDINGS if changed and not options.exit_zero else CLEAN


def _look(settings: Settings, options: _Options, stream: Any) -> Look:
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour

    to_file = options.output_file is not None
    choice = "never" if to_file and options.color == "auto" else options.color
    return Look(
        110 if to_file else _width(),
        Palette(wants_colour(choice, stream, os.environ)),
        summary=not options.quiet,
        verbose=options.verbose,
        unsafe_fixes=settings.unsafe_fixes,
        version=__version__,
    )


def _said(settings: Settings) -> str:
    origins = ", ".join(f"{key} from {where}" for key, where in settings.origins)
    return f"settings: {origins or 'defaults only'}; patterns are relative to {settings.root}"


def _hint_at_commands(paths: Sequence[str], run: Run) -> None:
    """``wdlint explan WD101`` looks for a file of that name; say what was probably meant."""
    first = paths[0]
    if not any(error.path == first for error in run.all_errors) or os.path.lexists(first):
        return
    import difflib

    if near := difflib.get_close_matches(first, list(cli.commands), n=1):
        _say(f"did you mean the command '{near[0]}'?")


# ----------------------------------------------------------------------------------- streams


def _width() -> int:
    """Columns of the terminal; 110 where the output is not one."""
    if (chosen := os.environ.get("COLUMNS", "")).isdigit() and int(chosen):
        return int(chosen)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 110
    except (OSError, ValueError):
        return 110


def _write(text: str, stream: Any = None) -> None:
    """Write text, escaping what the stream's encoding has no place for."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    with _quiet_pipe(out):
        out.write(text.encode(encoding, "backslashreplace").decode(encoding))
        out.flush()


def _write_bytes(data: bytes) -> None:
    with _quiet_pipe(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


class _quiet_pipe:  # noqa: N801 - reads as the statement it is
    """A reader that stops reading (``| head``) is no error."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        if kind is None or not issubclass(kind, BrokenPipeError):
            return False
        with suppress(OSError, ValueError):  # so that the interpreter's last flush does not fail
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
        return True


def _write_file(path: str, content: str | bytes) -> None:
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise click.UsageError(f"--output-file {path}: {(error.strerror or str(error)).lower()}") from None


def _say(text: str) -> None:
    from wdlint.reports.screen import printable

    _write(f"{printable(text)}\n", sys.stderr)


def _report_errors(errors: Sequence[FileError], choice: str) -> None:
    if not errors:
        return
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.summary import error_line

    look = Look(palette=Palette(wants_colour(choice, sys.stderr, os.environ)))
    _write("".join(f"{error_line(error, look)}\n" for error in errors), sys.stderr)


# -------------------------------------------------------------------------------------- start


def main(arguments: Sequence[str] | None = None) -> int:
    """Run wdlint; the exit code. Never raises, and says what went wrong in one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = cli.main(given, prog_name="wdlint", standalone_mode=False)
        return result if isinstance(result, int) else CLEAN
    except (_Interrupted, KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        _say(f"error: {_one_line(error)}")
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
    from wdlint.knowledge import KnowledgeError
    from wdlint.settings import SettingsError

    if isinstance(error, (KnowledgeError, SettingsError)):
        _say(f"error: {error}")
    else:
        if verbose:
            import traceback

            traceback.print_exception(error)
        _say(f"internal error: {type(error).__name__}: {error}; this is a bug in wdlint, please {_ISSUES}")
    return FAILED


__all__ = ["cli", "main"]
