"""What ``--fix`` would change, as a patch that ``git apply`` accepts.

Bytes, not text: lines end where git says they do, at LF, and a file keeps its encoding.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from wdlint.reports import FixedFile
from wdlint.reports.palette import Palette, Style
from wdlint.reports.screen import printable

_AS_THEY_ARE: Final[Mapping[str, str]] = MappingProxyType({})


def render(fixed: Sequence[FixedFile], names: Mapping[str, str] = _AS_THEY_ARE) -> bytes:
    """The changes of every file, in the order given; empty if nothing changes.

    ``names`` are those of the patch where they are not the paths of the files.
    """
    changed = [file for file in fixed if file.data != file.before]
    return b"".join(changes(names.get(file.path, file.path), file.before, file.data) for file in changed)


def changes(name: str, before: bytes, after: bytes) -> bytes:
    """What changes in one file, with three lines around."""
    return b"".join(_lines_of(name, before, after))


def show(patch: bytes, palette: Palette) -> str:
    """The patch for a reader at a terminal: coloured, and with nothing in it that drives one."""
    lines = (line.rstrip("\r") for line in patch.decode("utf-8", "backslashreplace").split("\n")[:-1])
    return "".join(f"{palette.paint(printable(line), _style(line))}\n" for line in lines)


def _style(line: str) -> Style:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")  # type: ignore[return-value]


def _lines_of(name: str, before: bytes, after: bytes) -> Iterator[bytes]:
    path = name.lstrip("/")  # git knows no absolute paths
    yield b"--- " + _name("a/", path) + b"\n"
    yield b"+++ " + _name("b/", path) + b"\n"
    body = difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after))
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
