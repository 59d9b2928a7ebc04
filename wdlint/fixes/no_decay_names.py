"""WD202 and WD205: names that meet this model's norms and biases, in place of those that do not.

A candidate is only offered if it was seen to be right: the program is followed again with the edit
in it, and every parameter that was decayed against the author's intent has to be exempt while all
others fare as before. Where no name does that, the test on names becomes one on the rank.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from wdlint.accounts import dead_for, decayed_against_intent
from wdlint.facts import Finding, Fix, Grouping, Membership, OptimizerSite, ParamGroup
from wdlint.fixes.hazards import told
from wdlint.fixes.name_candidates import candidates
from wdlint.fixes.rehearsal import Examined, concrete, mended, rehearsed
from wdlint.fixes.telling_names import telling_names
from wdlint.fixes.withheld import Withheld
from wdlint.fixes.wronged import Wrong
from wdlint.sources.text import Source
from wdlint.wording import listed, quoted

_MOST_CANDIDATES: Final = 5
"""Following a program takes up to a second; an author would not try more, either."""
_SHOWN: Final = 3


def mend_names(finding: Finding, source: Source, tree: ast.Module, examined: Examined) -> Fix | None:
    """Correct the names, or the test that uses them, at the finding's site.

    Raises:
        Withheld: no change to this file is seen to do what the author meant, with the reason.
    """
    site = finding.site
    if site is None:
        return None
    wrong = Wrong.at(site, dead_for if finding.code == "WD205" else decayed_against_intent)
    if not wrong.verdicts:
        return Fix("delete it if it is left over: nothing is decayed for it", "display")
    if not wrong.tests:
        return Fix(_by_hand(wrong), "display")
    for message, edits in islice(candidates(source, tree, wrong), _MOST_CANDIDATES):
        after = rehearsed(source, site, edits, examined)
        if after is not None and mended(wrong, after):
            cautions = (*_cautions(site, finding), *_moved_besides(site, after))
            moved = _moved(wrong.members)
            return Fix(f"{message}, so that {moved}", "unsafe" if cautions else "safe", edits, cautions)
    raise Withheld(_advice(wrong, source))


def _moved(members: Sequence[Membership]) -> str:
    names = [f"`{name}`" for name in dict.fromkeys(m.parameter.name for m in members)]
    more = len(names) - _SHOWN
    shown = [*names[:_SHOWN], f"{more} more"] if more > 0 else names
    verb = "is" if len(names) == 1 else "are"
    return f"{listed(shown)} {verb} no longer decayed"


def _cautions(site: OptimizerSite, finding: Finding) -> Iterator[str]:
    yield from dict.fromkeys(
        f"{told(h, site)}: the sizes of the groups change, so an old state does not fit"
        for h in site.hazards
        if h.kind == "loads-state"
    )
    for grouping in site.groupings:
        if grouping.basis == "family":
            yield f"the names are those of {grouping.family} as it is known; its source was not read"
        elif not grouping.model.complete:
            yield f"parts of {grouping.model.name} are not seen"
    if finding.certainty == "possible":
        yield "it is only possible that these are meant to be exempt"


def _moved_besides(site: OptimizerSite, after: OptimizerSite) -> Iterator[str]:
    """What else the parameters get with their new group, such as its learning rate."""
    keys: dict[str, None] = {}
    for before, now in zip(site.groupings, after.groupings, strict=True):
        if len(before.groups) == len(site.groups):
            was = {concrete(m.parameter): m.groups for m in before.members}
            moves = {(was.get(concrete(m.parameter), m.groups), m.groups) for m in now.members}
            for old, new in moves:
                for one, other in zip(old, new, strict=False):
                    keys |= dict.fromkeys(_differences(site.groups[one], site.groups[other]))
    if keys:
        yield f"their `{'` and `'.join(sorted(keys))}` changes with the group, too"


def _differences(one: ParamGroup, other: ParamGroup) -> list[str]:
    """The options, the decay aside, in which two groups differ."""
    aside = {"weight_decay", "name"}
    a, b = ({k.name: k.value for k in g.keys if k.name not in aside} for g in (one, other))
    return [name for name in {**a, **b} if a.get(name) != b.get(name)]


# ------------------------------------------------------------------------------ advice


def _by_hand(wrong: Wrong) -> str:
    """What to write where the code that makes the groups looks at no names."""
    names = next(telling_names(wrong.missed, wrong.kept), ())
    if names:
        return f"exempt by name as well: {quoted(names)} would meet just what is missed"
    return "exempt norms by the type of their layer and biases by name"


def _advice(wrong: Wrong, source: Source) -> str:
    """What the author can do where no edit is seen to be right, and where."""
    names = next(telling_names(wrong.missed, wrong.kept), ())
    if names:
        elsewhere = next((t.place for t in wrong.tests if t.place.path != source.path), None)
        where = "" if elsewhere is None else f"; the names stand in {elsewhere.path}, line {elsewhere.line}"
        return f"{quoted(names)} would meet what is missed, but what else would change is not seen{where}"
    if all(_rank_separates(account.grouping) for account in wrong.accounts):
        return "no name tells them apart; `p.ndim < 2` does: just the norms and biases of this model"
    return "exempt norms by the type of their layer and biases by name"


def _rank_separates(grouping: Grouping) -> bool:
    """Whether norms and biases have rank 0 or 1, and weights more, as far as they are known."""
    parameters = grouping.model.parameters
    exempt = [p.ndim for p in parameters if p.kind in ("norm", "bias")]
    weights = [p.ndim for p in parameters if p.kind == "weight"]
    return all(n is not None and n < 2 for n in exempt) and all(n is not None and n > 1 for n in weights)
