"""One Python file as text: decoding, newlines, and the way between offsets, lines and columns.

Everything downstream counts characters of :attr:`Source.text`; only this room knows bytes,
encodings and byte order marks. Text is never normalised: CRLF, form feeds, tabs and a missing
final newline stand in ``text`` as they stand in the file.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import warnings
from bisect import bisect_right
from functools import cached_property

from wdlint.facts import Place, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_BOM = "\ufeff"


class SourceError(Exception):
    """The bytes are not a Python file we can read; ``line`` is 1-based where it is known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Source:
    """A decoded file. Lines end at CRLF, CR or LF, as they do for the Python tokenizer."""

    def __init__(self, text: str, path: str, encoding: str = "utf-8", *, bom: bool = False) -> None:
        self.text = text
        self.path = path
        self.encoding = encoding
        self.bom = bom

    @classmethod
    def decode(cls, data: bytes, path: str) -> Source:
        """Decode as the interpreter would (PEP 263).

        Raises:
            SourceError: unknown encoding, or bytes that are not valid in it.
        """
        encoding = _declared_encoding(data)
        bom = data.startswith(codecs.BOM_UTF8)
        body = data[len(codecs.BOM_UTF8) :] if bom else data
        try:
            return cls(body.decode(encoding), path, encoding, bom=bom)
        except UnicodeDecodeError as error:
            line = body.count(b"\n", 0, error.start) + 1
            byte = body[error.start]
            raise SourceError(f"byte 0x{byte:02x} is not valid {encoding}", line) from None
        except (LookupError, UnicodeError):
            raise SourceError(f"{encoding} is not an encoding of text", 1) from None

    def encode(self, text: str) -> bytes:
        """The file's bytes for another text: same encoding, same byte order mark."""
        return (codecs.BOM_UTF8 if self.bom else b"") + text.encode(self.encoding)

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()

    @cached_property
    def newline(self) -> str:
        """The line ending most lines use; LF for a file of one line."""
        crlf = self.text.count("\r\n")
        return "\r\n" if crlf * 2 > self.text.count("\n") else "\n"

    def line(self, number: int) -> str:
        """The 1-based line without its ending; empty past the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and column of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, utf8_column: int) -> int:
        """The offset of a position as ``ast`` gives it: 1-based line, 0-based UTF-8 column."""
        start = self.line_starts[line - 1]
        if self._ascii:
            return start + utf8_column
        stretch = self.text[start : start + utf8_column]
        if stretch.isascii():
            return start + utf8_column
        return start + len(stretch.encode()[:utf8_column].decode(errors="ignore"))

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> Span:
        """The stretch of an ``ast`` node; parentheses around an expression are not part of it."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return Span(
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def place(self, at: Span | ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) -> Place:
        span = at if isinstance(at, Span) else self.span(at)
        return Place(self.path, span, *self.position(span.start), *self.position(span.end))

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def indent(self, offset: int) -> str:
        """The leading white space of the line an offset is on."""
        line = self.line(self.position(offset)[0])
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    @cached_property
    def indent_unit(self) -> str:
        """One level of indentation as this file writes it; four spaces where it has none."""
        match = re.search(r":[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)([ \t]+)\S", self.text)
        return (
            "\t"
            if match and match[1].startswith("\t")
            else match[1]
            if match and len(match[1]) <= 8
            else "    "
        )


def parse(source: Source) -> ast.Module:
    """The syntax tree.

    Raises:
        SourceError: not valid Python for the interpreter that runs wdlint, or nested too deeply.
    """
    if "\0" in source.text:
        raise SourceError("a NUL byte, so not Python", source.position(source.text.index("\0"))[0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except SyntaxError as error:
        raise SourceError(f"syntax error: {error.msg}", error.lineno, error.offset) from None
    except ValueError as error:
        raise SourceError(f"not Python: {error}") from None
    except MemoryError:
        raise SourceError("nested too deeply to be parsed") from None


def _declared_encoding(data: bytes) -> str:
    if data.isascii() and b"coding" not in data[:400]:
        return "utf-8"
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        line = 1
        message = str(error)
        if "invalid or missing encoding" in message:
            head = data.split(b"\n", 2)[:2]
            line = next((i for i, text in enumerate(head, 1) if not _is_utf8(text)), 1)
            message = "not valid UTF-8, and no other encoding is declared"
        raise SourceError(message, line) from None
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


__all__ = ["Source", "SourceError", "parse"]
