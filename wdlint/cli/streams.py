"""Where text goes: findings to the standard output, everything else to the standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from wdlint.failures import reason

if TYPE_CHECKING:
    from wdlint.facts import FileError


def width() -> int:
    """Columns of the terminal; 110 where the output is not one."""
    if (chosen := os.environ.get("COLUMNS", "")).isdigit() and int(chosen):
        return int(chosen)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 110
    except (OSError, ValueError):
        return 110


_SPELLED: Final = str.maketrans(
    {
        "θ": "theta", "ε": "eps", "β": "beta", "λ": "lambda", "γ": "gamma", "Δ": "d", "Σ": "sum ", "∂": "d",
        "√": "sqrt ", "\u0302": "^", "\u0304": "_", "·": "*", "×": "x", "²": "^2", "±": "+-", "‖": "||",
        "←": "<-", "→": "->", "−": "-", "–": "-", "≈": "~", "≤": "<=", "≥": ">=", "∞": "infinity", "…": "...",
    }
)  # fmt: skip
"""The signs of our formulas for a stream that has none, in which their escapes could not be read."""


def write(text: str, stream: Any = None) -> None:
    """Write text for people; what the stream's encoding has no place for is spelled out or escaped."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    with _quiet_pipe(out):
        out.write(text if _fits(text, encoding) else "".join(_spelled(sign, encoding) for sign in text))
        out.flush()


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _spelled(sign: str, encoding: str) -> str:
    if _fits(sign, encoding):
        return sign
    return sign.translate(_SPELLED).encode(encoding, "backslashreplace").decode(encoding)


def write_document(text: str, stream: Any = None) -> None:
    """Write a document for programs: JSON, XML and their like are UTF-8 whatever the terminal is."""
    out = stream or sys.stdout
    with _quiet_pipe(out):
        out.flush()
        out.buffer.write(text.encode("utf-8", "backslashreplace"))
        out.buffer.flush()


def write_bytes(data: bytes) -> None:
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


def write_file(path: str, content: str | bytes) -> None:
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise click.UsageError(f"--output-file {path}: {reason(error)}") from None


def say(text: str) -> None:
    from wdlint.reports.screen import printable

    write(f"{printable(text)}\n", sys.stderr)


def report_errors(errors: Sequence[FileError], choice: str) -> None:
    if not errors:
        return
    from wdlint.reports import Look
    from wdlint.reports.palette import Palette, wants_colour
    from wdlint.reports.summary import error_line

    look = Look(palette=Palette(wants_colour(choice, sys.stderr, os.environ)))
    write("".join(f"{error_line(error, look)}\n" for error in errors), sys.stderr)
