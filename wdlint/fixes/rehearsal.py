"""Follows a program with an edit in it, to see that the edit does what it is offered for and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from wdlint.accounts import Account, account_of, dead_for
from wdlint.facts import Edit, FileFacts, Membership, OptimizerSite, Parameter
from wdlint.fixes.edits import edited
from wdlint.fixes.wronged import Wrong
from wdlint.sources.text import Source, SourceError, parse


class Examined(NamedTuple):
    """What a program does with its optimizers, and how to find that out for a changed one."""

    sites: tuple[OptimizerSite, ...]
    again: Callable[[Source, ast.Module], FileFacts]


def followed(source: Source, edits: Iterable[Edit], examined: Examined) -> tuple[OptimizerSite, ...] | None:
    """The sites of the program with the edits in it; None if it is no program any more."""
    changed = Source(edited(source.text, sorted(set(edits))), source.path)
    try:
        return examined.again(changed, parse(changed)).sites
    except SourceError:
        return None


def rehearsed(
    source: Source, site: OptimizerSite, edits: Iterable[Edit], examined: Examined
) -> OptimizerSite | None:
    """A site in the program with the edits in it; None if it, or a model of it, is not found again."""
    after = followed(source, edits, examined) or ()
    index = next(i for i, each in enumerate(examined.sites) if each.place == site.place)
    if index >= len(after) or len(after[index].groupings) != len(site.groupings):
        return None
    return after[index]


def mended(wrong: Wrong, after: OptimizerSite) -> bool:
    """Whether every wronged parameter is exempt now, and every other one where it was, model by model."""
    missed = set(wrong.missed)
    for account, grouping in zip(wrong.accounts, after.groupings, strict=True):
        now = account_of(grouping)
        if wrong.judge(now) is not None or dead_for(now) is not None:
            return False
        if len(grouping.groups) != len(account.grouping.groups) or not _as_meant(account, now, missed):
            return False
    return True


def _as_meant(before: Account, now: Account, missed: set[Parameter]) -> bool:
    """Whether each row fares as its row of before, or is exempt if that was missed.

    Which rows are written as one pattern depends on how they fare, so a row may come apart.
    """
    rows = [(m, _matcher(m.parameter.name)) for m in before.grouping.members]
    exempt = set(now.exempt)
    found: set[Membership] = set()
    for member in now.grouping.members:
        name = concrete(member.parameter)
        was = next((m for m, same in rows if _alike_rows(m, member) and same(name)), None)
        if was is None:
            return False
        found.add(was)
        same_place = (was.groups, was.maybe) == (member.groups, member.maybe)
        if not (member in exempt if was.parameter in missed else same_place):
            return False
    return len(found) == len(set(before.grouping.members))


def concrete(parameter: Parameter) -> str:
    """One name a row stands for; its pattern depends on how its neighbours fare."""
    return parameter.example or parameter.name


def _matcher(pattern: str) -> Callable[[str], object]:
    return re.compile(re.escape(pattern).replace(r"\*", r"[^.]+")).fullmatch


def _alike_rows(one: Membership, other: Membership) -> bool:
    a, b = one.parameter, other.parameter
    return (a.kind, a.ndim, a.owner) == (b.kind, b.ndim, b.owner)
