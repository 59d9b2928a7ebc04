"""The formats a run can be printed in: one table, read by the command line, the settings and the reports.

Plain data and no imports of ours, since every start of the program reads it. A format is added here
and as a module with a function ``render(run, look)``, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Format(NamedTuple):
    """One way to print a run.

    ``module`` renders it. ``for_people`` tells text that is read on a terminal from documents for
    programs, which get their empty document even where there is nothing to say. ``statistics`` is
    the module with a function ``statistics(run, look)``, empty where counts have no such form.
    ``figures``: it draws, and wants findings to bring what is drawn.
    """

    module: str
    for_people: bool = False
    statistics: str = ""
    figures: bool = False


_JSON: Final = Format("wdlint.reports.json", statistics="wdlint.reports.json")
_TEXT_STATISTICS: Final = "wdlint.reports.summary"

FORMATS: Final[Mapping[str, Format]] = {
    "full": Format("wdlint.reports.full", for_people=True, statistics=_TEXT_STATISTICS),
    "concise": Format("wdlint.reports.concise", for_people=True, statistics=_TEXT_STATISTICS),
    "markdown": Format("wdlint.reports.markdown"),
    "html": Format("wdlint.reports.html", figures=True),
    "json": _JSON,
    "json-v1": _JSON,
    "json-lines": Format("wdlint.reports.json_lines"),
    "sarif": Format("wdlint.reports.sarif"),
    "github": Format("wdlint.reports.github"),
    "gitlab": Format("wdlint.reports.gitlab"),
    "junit": Format("wdlint.reports.junit"),
    "rdjson": Format("wdlint.reports.rdjson"),
}
"""By the names users give; ``json`` is the newest version of the JSON document."""

__all__ = ["FORMATS", "Format"]
