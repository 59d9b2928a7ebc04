"""The baseline: findings that were there before wdlint was, so that only new ones are reported.

An entry is a rule, a file, the text of a line and how many such findings there are; no line number,
so that it survives changes around it. When its own line changes the finding is new, and so it is in
a file of another name. Paths are relative to the folder of the baseline, wherever a run starts. The
file is sorted, an entry a line, for the eyes of whoever reads its diff; by itself it only shrinks.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

from wdlint.facts import FileReport
from wdlint.failures import reason
from wdlint.fingerprints import Identity, identity
from wdlint.settings import Settings, relative_path

VERSION: Final = 1
DEFAULT_NAME: Final = "wdlint-baseline.json"


class BaselineError(Exception):
    """A baseline cannot be read. The text is one line: which, why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How often one finding may come. ``possible``: only ``--pedantic`` finds all of them."""

    count: int
    possible: bool = False


Entries: TypeAlias = Mapping[Identity, Entry]


# -------------------------------------------------------------------------- in a check


def without_known(report: FileReport, settings: Settings) -> FileReport:
    """The report without the findings of the baseline, which are counted, and so is what is left over.

    Raises:
        BaselineError: it cannot be read.
    """
    file = settings.baseline
    if not file:
        return report
    path = _inside(report.path, file, settings)
    known = _by_path(*_state(file)).get(path, {})
    left = {same: entry.count for same, entry in known.items()}
    kept = []
    for finding in report.findings:
        same = identity(finding, report.lines)._replace(path=path)
        if left.get(same, 0):
            left[same] -= 1
        else:
            kept.append(finding)
    looked_for = _looked_for(report.path, settings)
    return replace(
        report,
        findings=tuple(kept),
        baselined=len(report.findings) - len(kept),
        left_over=0 if report.errors else sum(n for s, n in left.items() if looked_for(s, known[s])),
    )


def gone(settings: Settings) -> int:
    """How many findings of the baseline are in files that are no longer there."""
    if not settings.baseline:
        return 0
    folder = os.path.dirname(settings.baseline)
    return sum(
        entry.count for same, entry in load(settings.baseline).items() if not _is_there(same.path, folder)
    )


def _inside(path: str, file: str, settings: Settings) -> str:
    """A path of the run as a baseline names it: from its folder, upwards where it must be."""
    whole = os.path.abspath(os.path.join(settings.cwd, path))
    try:
        return os.path.relpath(whole, os.path.dirname(file)).replace(os.sep, "/")
    except ValueError:  # another drive of Windows
        return whole.replace(os.sep, "/")


def _is_there(path: str, folder: str) -> bool:
    return os.path.exists(os.path.join(folder, path))


def _looked_for(path: str, settings: Settings) -> Callable[[Identity, Entry], bool]:
    """Whether a run with these settings would have found an entry of a file, were it still there."""
    rules = settings.rules_for(path)
    return lambda same, entry: same.code in rules and (settings.pedantic or not entry.possible)


# ---------------------------------------------------------------------------- reading


def load(file: str) -> Entries:
    """The entries of a baseline; read once for as long as it does not change.

    Raises:
        BaselineError: it is not there, not readable or not a baseline.
    """
    return _load(*_state(file))


def _state(file: str) -> tuple[str, int, int]:
    """A file with its time and size, which change when it does."""
    try:
        state = os.stat(file)
    except FileNotFoundError:
        raise BaselineError(f"{shown(file)}: no such baseline; 'wdlint baseline' writes one") from None
    except OSError as error:
        raise _unreadable(file, error) from None
    return file, state.st_mtime_ns, state.st_size


def _unreadable(file: str, error: OSError) -> BaselineError:
    return BaselineError(f"{shown(file)}: the baseline cannot be read: {reason(error)}")


@lru_cache(maxsize=8)
def _by_path(file: str, changed: int, size: int) -> Mapping[str, Entries]:
    found: dict[str, dict[Identity, Entry]] = {}
    for same, entry in _load(file, changed, size).items():
        found.setdefault(same.path, {})[same] = entry
    return found


@lru_cache(maxsize=8)
def _load(file: str, changed: int, size: int) -> Entries:
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise _unreadable(file, error) from None
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        where = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BaselineError(
            f"{shown(file)}{where}: not a baseline: not valid JSON (a merge conflict?)"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{shown(file)}: not a baseline: there is no list of findings in it")
    if document.get("version") != VERSION:
        raise BaselineError(
            f"{shown(file)}: a baseline of version {document.get('version')!r}, which this wdlint cannot read"
        )
    found: dict[Identity, Entry] = {}
    for number, record in enumerate(document["findings"], 1):
        same, entry = _entry(record, f"{shown(file)}: entry {number}")
        before = found.get(same, Entry(0))
        found[same] = Entry(before.count + entry.count, before.possible or entry.possible)
    return found


def _entry(record: Any, where: str) -> tuple[Identity, Entry]:
    if not isinstance(record, dict):
        raise BaselineError(f"{where} is not a table of path, code, text and count")
    count = record.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BaselineError(f"{where} has no 'count' of 1 or more")
    path, code, text = (_text(record, key, where) for key in ("path", "code", "text"))
    return Identity(path, code, text), Entry(count, record.get("certainty") == "possible")


def _text(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise BaselineError(f"{where} has no text as '{key}'")
    return value


def shown(file: str) -> str:
    """A baseline's path as messages name it."""
    return relative_path(file, os.getcwd())


# ---------------------------------------------------------------------------- writing


def _entries(reports: Iterable[FileReport], file: str, settings: Settings) -> Entries:
    """The findings of a run as the baseline ``file`` names them."""
    counts: Counter[Identity] = Counter()
    possible: set[Identity] = set()
    for report in reports:
        path = _inside(report.path, file, settings)
        for finding in report.findings:
            same = identity(finding, report.lines)._replace(path=path)
            counts[same] += 1
            if finding.certainty == "possible":
                possible.add(same)
    return {same: Entry(count, same in possible) for same, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run looked at: the files that could be checked, and what it found in them."""

    files: frozenset[str]
    found: Entries
    settings: Settings

    @classmethod
    def of(
        cls, files: Iterable[str], reports: Iterable[FileReport], file: str, settings: Settings
    ) -> Checked:
        """``files`` are all that were read; those of ``reports`` with errors count as not checked."""
        listed = tuple(reports)
        failed = {report.path for report in listed if report.errors}
        inside = frozenset(_inside(path, file, settings) for path in files if path not in failed)
        return cls(inside, _entries(listed, file, settings), settings)


def updated(old: Entries, checked: Checked, file: str, *, grow: bool = False) -> Entries:
    """The baseline after a run: what is mended is taken out, and with ``grow`` what is new put in.

    What was not looked for stays. The entries of a file that is gone go to equal findings of another
    file, as far as there are any: it was renamed.
    """
    folder = os.path.dirname(file)
    new: dict[Identity, Entry] = {}
    orphans: Counter[tuple[str, str]] = Counter()
    for same, entry in old.items():
        if not _is_there(same.path, folder):
            orphans[same.code, same.text] += entry.count
        elif not _was_looked_for(same, entry, checked, folder):
            new[same] = entry
        elif same in checked.found:
            new[same] = replace(entry, count=min(entry.count, checked.found[same].count))
    for same, entry in sorted(checked.found.items()):
        before = new[same].count if same in new else 0
        missing = entry.count - before
        renamed = min(max(missing, 0), orphans[same.code, same.text])
        orphans[same.code, same.text] -= renamed
        if wanted := max(missing, 0) if grow else renamed:
            new[same] = Entry(before + wanted, entry.possible)
    return new


def _was_looked_for(same: Identity, entry: Entry, checked: Checked, folder: str) -> bool:
    path = os.path.join(folder, same.path)
    return same.path in checked.files and _looked_for(path, checked.settings)(same, entry)


def size(known: Entries) -> int:
    """The number of findings in a baseline."""
    return sum(entry.count for entry in known.values())


def written(known: Entries) -> str:
    """A baseline as text: sorted, an entry a line."""
    lines = [json.dumps(_record(same, entry), ensure_ascii=False) for same, entry in sorted(known.items())]
    body = "\n" + ",\n".join(f"    {line}" for line in lines) + "\n  " if lines else ""
    return f'{{\n  "version": {VERSION},\n  "findings": [{body}]\n}}\n'


def _record(same: Identity, entry: Entry) -> dict[str, object]:
    record: dict[str, object] = {**same._asdict(), "count": entry.count}
    if entry.possible:
        record["certainty"] = "possible"
    return record


__all__ = [
    "DEFAULT_NAME",
    "BaselineError",
    "Checked",
    "Entries",
    "Entry",
    "gone",
    "load",
    "shown",
    "size",
    "updated",
    "without_known",
    "written",
]
