"""``json-lines``: a record a line, for programs that read as they go.

Each line is a JSON object with a ``type``: ``finding`` and ``error`` with the fields they have in the
``json`` document, of whose version this is, and last, always, ``summary``.
"""

from __future__ import annotations

import json

from wdlint.reports import Look, Run
from wdlint.reports.json import VERSION, Record, error_record, findings, summary_record


def render(run: Run, look: Look) -> str:
    """The findings, the errors and the summary, a line each."""
    records: list[Record] = [{"type": "finding", **record} for record in findings(run)]
    records += [{"type": "error", **error_record(error)} for error in run.all_errors]
    records.append({"type": "summary", "version": VERSION, **summary_record(run)})
    return "".join(f"{_line(record)}\n" for record in records)


def _line(record: Record) -> str:
    """One line, whatever a reader takes for the end of one: U+2028 and its kin are escaped."""
    text = json.dumps(record, ensure_ascii=False)
    return text if len(text.splitlines()) == 1 else json.dumps(record)
