"""A page as JSON: the texts by section, and the page's data as it is."""

from __future__ import annotations

import json
from typing import Any

from wdlint.explain.page import Block, Code, Page, Section, Words


def render(page: Page) -> str:
    """One object: ``version``, the page's data, ``title``, ``summary``, ``sections``, ``references``."""
    content = {
        "version": 1,
        **page.data,
        "title": page.title,
        "summary": page.summary,
        "sections": [_section(each) for each in page.sections],
        "see": list(page.see),
        "references": [each._asdict() for each in page.references],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _section(section: Section) -> dict[str, Any]:
    return {"heading": section.heading, "blocks": [_block(each) for each in section.blocks]}


def _block(block: Block) -> dict[str, str]:
    if isinstance(block, Words):
        return {"kind": "prose", "text": block.text.strip("\n")}
    if isinstance(block, Code):
        return {"kind": block.language, "text": block.text}
    return {"kind": "latex", "text": block.latex.strip("\n")}
