"""``json``: the parameters for a program, in a shape that is versioned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from wdlint.facts import Decay, Gap, Place, Unknown, number
from wdlint.reports import Look
from wdlint.reports.json import valid
from wdlint.reports.parameters import ParameterReport, Row, Sheet, sheet_of, sheets_of, unknown_text

VERSION: Final = 1

Record: TypeAlias = dict[str, Any]


def render(reports: Sequence[ParameterReport], look: Look) -> str:
    """One JSON document; sites name their models by index."""
    sites: list[Record] = []
    models: list[Record] = []
    for report in reports:
        if report.model is not None:
            models.append(_model(report.path, sheet_of(report.path, report.model)))
        for site in report.sites:
            sheets = list(sheets_of(report.path, site))
            decays = [g.decay for g in (sheets[0].groups if sheets else site.groups)]
            sites.append(
                {
                    "path": valid(site.place.path),
                    "line": site.place.line,
                    "optimizer": site.optimizer.name,
                    "groups": [_group(i, decay) for i, decay in enumerate(decays)],
                    "models": list(range(len(models), len(models) + len(sheets))),
                    "unknown": None if sheets else valid(unknown_text(site)),
                }
            )
            models.extend(_model(report.path, sheet) for sheet in sheets)
    return (
        json.dumps({"version": VERSION, "sites": sites, "models": models}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _group(index: int, decay: Decay) -> Record:
    return {
        "index": index,
        "weight_decay": number(decay.value),
        "unknown": valid(decay.value.why) if isinstance(decay.value, Unknown) else None,
        "origin": decay.origin,
        **_at(decay.place),
    }


def _model(path: str, sheet: Sheet) -> Record:
    model = sheet.model
    return {
        "class": valid(model.name),
        "path": valid(model.where.path) if model.where else valid(path),
        "line": model.where.line if model.where else None,
        "complete": model.complete,
        "basis": valid(sheet.basis) or None,
        "caller": _at(sheet.caller) if sheet.caller else None,
        "count": sheet.total,
        "decayed": sheet.decayed,
        "groups": [_group(i, group.decay) for i, group in enumerate(sheet.groups)],
        "parameters": [_parameter(row) for row in sheet.rows],
        "gaps": [_gap(gap) for gap in model.gaps],
    }


def _parameter(row: Row) -> Record:
    parameter = row.parameter
    return {
        "pattern": valid(parameter.name),
        "example": valid(parameter.example) or None,
        "count": row.times,
        "kind": parameter.kind,
        "ndim": parameter.ndim,
        "trainable": parameter.trainable,
        "certainty": row.certainty,
        "group": row.groups[0] if len(row.groups) == 1 else None,
        "groups": list(row.groups),
        "maybe_groups": list(row.maybe),
        "weight_decay": None if row.decay is None else number(row.decay.value),
        "owner": valid(parameter.owner) or None,
        "why": valid(row.why),
        **_at(parameter.where),
    }


def _gap(gap: Gap) -> Record:
    return {"name": valid(gap.name), "why": valid(gap.why), **_at(gap.place)}


def _at(place: Place | None) -> Record:
    return {"path": valid(place.path) if place else None, "line": place.line if place else None}
