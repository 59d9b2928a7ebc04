"""``markdown``: a comment for a pull request: what was found in a table, the mathematics folded away.

GitHub refuses a comment of more than 65,536 characters; what does not fit is counted instead. Names
out of the analysed code stand in code spans or are escaped: they format nothing, and mention nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from wdlint.facts import FileError, Finding
from wdlint.reports import Look, Run
from wdlint.reports.screen import printable
from wdlint.reports.summary import count, sentences

LIMIT: Final = 65_536
"""Characters of a comment on GitHub."""

_ROOM_FOR_THE_CUT: Final = 400
_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$<>&])")


def render(run: Run, look: Look) -> str:
    """The comment, never longer than :data:`LIMIT`."""
    room = LIMIT - _ROOM_FOR_THE_CUT
    said = " ".join(sentences(run, look)) or "No Python files were checked."
    text = f"### wdlint\n\n{_escaped(said)}\n"
    rows = [_row(finding) for finding in run.findings]
    folded = [_details(finding) for finding in run.findings]
    errors = [_error(error) for error in run.all_errors]
    if errors:
        kept = _fitting(errors, room - len(text) - 1)
        text += "\n" + "".join(kept) + _cut(len(errors) - len(kept), "error")
    if rows:
        text += "\n| | rule | where | what |\n| --- | --- | --- | --- |\n"
        kept = _fitting(rows, room - len(text))
        text += "".join(kept)
        missing = len(rows) - len(kept)
        kept = [] if missing else _fitting(folded, room - len(text) - 1)
        text += "\n" + "".join(kept)
        text += _cut(missing, "finding") or _cut(len(folded) - len(kept), "derivation")
    return text


def _fitting(parts: Sequence[str], room: int) -> list[str]:
    """The first parts that fit."""
    kept: list[str] = []
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def _cut(missing: int, noun: str) -> str:
    if not missing:
        return ""
    more = count(missing, f"more {noun}")
    return f"\n_{more} cut: a comment on GitHub holds {LIMIT:,} characters._\n"


def _row(finding: Finding) -> str:
    place = finding.place
    where = _code(f"{place.path}:{place.line}", in_table=True)
    rule = f"{finding.code} {finding.name}"
    message = _prose(_sentence(finding.message), in_table=True)
    sure = "" if finding.certainty == "certain" else f" ({finding.certainty})"
    return f"| {finding.severity}{sure} | {rule} | {where} | {message} |\n"


def _details(finding: Finding) -> str:
    place = finding.place
    where = _html(printable(f"{place.path}:{place.line}"))
    said = [printable(line) for line in (_sentence(finding.message), *finding.math, *_fix(finding))]
    fence = "`" * max(3, _longest_run(said) + 1)
    body = "\n".join([f"{fence}text", *said, fence])
    title = f"<summary>{finding.code} in <code>{where}</code></summary>"
    return f"<details>{title}\n\n{body}\n\n</details>\n"


def _fix(finding: Finding) -> Iterator[str]:
    fix = finding.fix
    if fix is None:
        return
    if fix.withheld is not None:
        yield f"fix withheld: {fix.withheld}"
    elif fix.edits:
        yield f"fix: {fix.message}{'' if fix.applicability == 'safe' else ' (unsafe)'}"
    yield from fix.cautions


def _error(error: FileError) -> str:
    where = error.path if error.line is None else f"{error.path}:{error.line}"
    return f"- {_code(where)} could not be checked: {_prose(error.message)}\n"


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?")) else f"{message}."


def _prose(text: str, *, in_table: bool = False) -> str:
    """A sentence whose own code spans stay code, and whose other characters mean themselves."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return _escaped(printable(text))
    shown = (_code(part, in_table=in_table) if i % 2 else _escaped(part) for i, part in enumerate(parts))
    return "".join(shown)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is written; comments keep ``@name`` and ``#1`` from being links."""
    return re.sub("([@#])", r"\1<!-- -->", _SPECIAL.sub(r"\\\1", text))


def _code(text: str, *, in_table: bool = False) -> str:
    shown = printable(text)
    fence = "`" * (_longest_run([shown]) + 1)
    padding = " " if shown[:1] in ("`", "", " ") or shown[-1:] in ("`", " ") else ""
    if in_table:
        shown = shown.replace("|", "\\|")
    return f"{fence}{padding}{shown}{padding}{fence}"


def _longest_run(texts: Sequence[str]) -> int:
    """The most backticks that stand together."""
    return max((len(run) for text in texts for run in re.findall("`+", text)), default=0)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
