"""What ``--fix`` would change, as a patch that ``git apply`` accepts.

Bytes, not text: lines end where git says they do, at LF, and a file keeps its encoding.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from wdlint.reports import FixedFile
from wdlint.reports.palette import Palette, Style
from wdlint.reports.screen import printable


def render(fixed: Sequence[FixedFile]) -> bytes:
    """The changes of every file, in the order given; empty if nothing changes."""
    return b"".join(line for file in fixed if file.data != file.before for line in _changes(file))


def show(patch: bytes, palette: Palette) -> str:
    """The patch for a reader at a terminal: coloured, and with nothing in it that drives one."""
    lines = (line.rstrip("\r") for line in patch.decode("utf-8", "backslashreplace").split("\n")[:-1])
    return "".join(f"{palette.paint(printable(line), _style(line))}\n" for line in lines)


def _style(line: str) -> Style:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")  # type: ignore[return-value]


def _changes(file: FixedFile) -> Iterator[bytes]:
    path = file.path.lstrip("/")  # git knows no absolute paths
    yield b"--- " + _name("a/", path) + b"\n"
    yield b"+++ " + _name("b/", path) + b"\n"
    before, after = (_lines(data) for data in (file.before, file.data))
    body = difflib.diff_bytes(difflib.unified_diff, before, after)
    for number, line in enumerate(body):
        if number < 2:  # difflib's own file names
            continue
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _name(prefix: str, path: str) -> bytes:
    """A file name as git quotes it; a tab ends one that has spaces in it."""
    raw = (prefix + path).encode("utf-8", "surrogateescape")
    if any(byte < 0x20 or byte in b'"\\\x7f' for byte in raw):
        quoted = b"".join(_octal(byte) for byte in raw)
        return b'"' + quoted + b'"'
    return raw + (b"\t" if b" " in raw else b"")


def _octal(byte: int) -> bytes:
    if byte in b'"\\':
        return b"\\" + bytes([byte])
    return b"\\%03o" % byte if byte < 0x20 or byte >= 0x7F else bytes([byte])
