"""Runs the reasoner over a program given as text."""

from __future__ import annotations

import ast
import textwrap

from wdlint.facts import FileFacts, OptimizerSite
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.sources.text import Source


def facts(program: str, path: str = "train.py") -> FileFacts:
    text = textwrap.dedent(program)
    return examine(Source(text, path), ast.parse(text), catalogue())


def only_site(program: str) -> OptimizerSite:
    sites = facts(program).sites
    assert len(sites) == 1, [s.spelled for s in sites]
    return sites[0]
