"""WD202 and WD205: names that meet this model's norms and biases, in place of those that do not.

A candidate is only offered if it was seen to be right: the program is followed again with the edit
in it, and every parameter that was decayed against the author's intent has to be exempt while all
others fare as before. Where no name does that, the test on names becomes one on the rank.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from wdlint.accounts import (
    Account,
    Verdict,
    account_of,
    dead_for,
    decayed_against_intent,
    topic_of,
    topics_of,
)
from wdlint.facts import (
    Edit,
    FileFacts,
    Finding,
    Fix,
    Grouping,
    Membership,
    NameTest,
    OptimizerSite,
    Parameter,
    Span,
)
from wdlint.fixes.edits import edited
from wdlint.fixes.locate import expression_at, parent_of
from wdlint.fixes.telling_names import telling_names
from wdlint.fixes.withheld import Withheld
from wdlint.sources.text import Source, SourceError, parse


class Examined(NamedTuple):
    """What a program does with its optimizers, and how to find that out for a changed one."""

    sites: tuple[OptimizerSite, ...]
    again: Callable[[Source, ast.Module], FileFacts]


_MOST_CANDIDATES: Final = 5
"""Following a program takes up to a second; an author would not try more, either."""
_FEW: Final = 3
_SHOWN: Final = 3


def mend_names(finding: Finding, source: Source, tree: ast.Module, examined: Examined) -> Fix | None:
    """Correct the names, or the test that uses them, at the finding's site.

    Raises:
        Withheld: no change to this file is seen to do what the author meant, with the reason.
    """
    site = finding.site
    if site is None:
        return None
    wrong = _Wrong.at(site, dead_for if finding.code == "WD205" else decayed_against_intent)
    if not wrong.verdicts:
        return Fix("delete it if it is left over: nothing is decayed for it", "display")
    if not wrong.tests:
        return Fix(_by_hand(wrong), "display")
    index = next(i for i, each in enumerate(examined.sites) if each.place == site.place)
    for message, edits in islice(_candidates(source, tree, wrong), _MOST_CANDIDATES):
        after = _followed(source, edits, examined)
        if after is not None and _mended(wrong, site, after, index):
            cautions = tuple(_cautions(wrong, site, finding))
            moved = _moved(wrong.members)
            return Fix(f"{message}, so that {moved}", "unsafe" if cautions else "safe", edits, cautions)
    raise Withheld(_advice(wrong, source))


# ------------------------------------------------------------------------ what is wrong


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is decayed against the author's intent, over all models that reach a site."""

    accounts: tuple[Account, ...]
    verdicts: tuple[Verdict, ...]
    judge: Callable[[Account], Verdict | None]

    @classmethod
    def at(cls, site: OptimizerSite, judge: Callable[[Account], Verdict | None]) -> _Wrong:
        if any(grouping.basis == "probes" for grouping in site.groupings):
            raise Withheld("the model is not known, so nobody can say which names it has")
        accounts = tuple(map(account_of, site.groupings))
        verdicts = tuple(v for account in accounts if (v := judge(account)) is not None)
        return cls(accounts, verdicts, judge)

    @property
    def members(self) -> list[Membership]:
        return [member for verdict in self.verdicts for member in verdict.members]

    @property
    def missed(self) -> list[Parameter]:
        return list(dict.fromkeys(member.parameter for member in self.members))

    @property
    def kept(self) -> list[Parameter]:
        """What has to stay decayed: what convention does not exempt, and what stays where it is."""
        missed = set(self.missed)
        everything = (m for a in self.accounts for m in a.grouping.members if m not in a.exempt)
        return [
            m.parameter for m in everything if m.parameter not in missed and topic_of(m.parameter) is None
        ]

    @property
    def tests(self) -> list[NameTest]:
        """The texts to correct: dead ones, or those that pass by what is decayed."""
        found = dict.fromkeys(test for verdict in self.verdicts for test in verdict.tests)
        if self.judge is dead_for or found:
            return list(found)
        topics = {topic_of(parameter) for parameter in self.missed}
        others = (t for a in self.accounts for t in a.tests if topics_of(t.pattern) & topics)
        return list(dict.fromkeys((*others, *(t for a in self.accounts for t in a.tests))))[:1]

    @property
    def shared(self) -> bool:
        """Whether the model comes through a call, so that others may come that way, too."""
        return any(account.grouping.caller is not None for account in self.accounts)


def _moved(members: Sequence[Membership]) -> str:
    names = [f"`{name}`" for name in dict.fromkeys(m.parameter.name for m in members)]
    more = len(names) - _SHOWN
    shown = [*names[:_SHOWN], f"{more} more"] if more > 0 else names
    verb = "is" if len(names) == 1 else "are"
    return f"{' and '.join(filter(None, [', '.join(shown[:-1]), shown[-1]]))} {verb} no longer decayed"


_Candidate: TypeAlias = tuple[str, tuple[Edit, ...]]


def _candidates(source: Source, tree: ast.Module, wrong: _Wrong) -> Iterator[_Candidate]:
    """A few names before the rank, and the rank before many names."""
    lists = list(telling_names(wrong.missed, wrong.kept))
    few = [names for names in lists if len(names) <= _FEW]
    yield from _by_name(source, tree, wrong, few)
    yield from _by_rank(source, tree, wrong)
    yield from _by_name(source, tree, wrong, [names for names in lists if names not in few])


# ----------------------------------------------------------------------------- by name


def _by_name(
    source: Source, tree: ast.Module, wrong: _Wrong, lists: Iterable[tuple[str, ...]]
) -> Iterator[_Candidate]:
    """Other texts in place of the dead ones, or beside those that meet only some."""
    literals = [
        (test, literal)
        for test in wrong.tests
        if (literal := expression_at(tree, source, test.place, ast.Constant)) is not None
        and literal.value == test.pattern
    ]
    if not literals or len(literals) < len(wrong.tests):
        return
    for names in lists:
        replaced = [test for test, _ in literals if not test.matches and not wrong.shared]
        first = literals[0][0].pattern
        edits = []
        for test, literal in literals:
            if test.pattern == first:
                texts = names if test in replaced else (test.pattern, *names)
                edits.append(_respelled(source, tree, literal, texts))
            elif test in replaced:
                edits.append(_without(source, tree, literal))
        if all(edit is not None for edit in edits):
            becomes = "becomes" if replaced else "is joined by"
            yield f'"{first}" {becomes} {_quoted(names)}', tuple(e for e in edits if e is not None)


def _respelled(source: Source, tree: ast.Module, literal: ast.Constant, texts: Sequence[str]) -> Edit | None:
    """Put texts where one stands, in its quotes; None where only one has room."""
    span = source.span(literal)
    quote = source.text[span.start]
    if quote not in "'\"" or source.text.startswith(quote * 3, span.start):
        return None
    written = [f"{quote}{text}{quote}" for text in texts]
    if len(written) == 1:
        return Edit(span, written[0])
    parent = parent_of(tree, literal)
    match parent:
        case ast.List() | ast.Tuple() | ast.Set():
            return Edit(span, ", ".join(written))
        case ast.Call(func=ast.Attribute(attr="endswith" | "startswith"), args=[only]) if only is literal:
            return Edit(span, f"({', '.join(written)})")
        case ast.Compare(ops=[ast.In() | ast.NotIn() as operator], comparators=[where], left=left):
            if left is literal and isinstance(where, ast.Name | ast.Attribute):
                return _one_by_one(source, tree, parent, operator, where, written)
    return None


def _one_by_one(
    source: Source,
    tree: ast.Module,
    test: ast.Compare,
    operator: ast.In | ast.NotIn,
    where: ast.expr,
    written: Sequence[str],
) -> Edit:
    """``"a" in name`` for several texts, in parentheses where the operator around it binds otherwise."""
    word, join = (" in ", " or ") if isinstance(operator, ast.In) else (" not in ", " and ")
    text = join.join(f"{each}{word}{source.slice(source.span(where))}" for each in written)
    around = parent_of(tree, test)
    flat = ast.Or if isinstance(operator, ast.In) else ast.And
    if not (isinstance(around, ast.BoolOp) and isinstance(around.op, flat)):
        text = f"({text})"
    return Edit(source.span(test), text)


def _without(source: Source, tree: ast.Module, literal: ast.Constant) -> Edit | None:
    """Take a second dead text out of the list it stands in."""
    parent = parent_of(tree, literal)
    if not isinstance(parent, ast.List | ast.Tuple | ast.Set) or len(parent.elts) < 3:
        return None
    at = next(i for i, element in enumerate(parent.elts) if element is literal)
    span = source.span(literal)
    start, end = span
    if at:
        start = source.span(parent.elts[at - 1]).end
    else:
        end = source.span(parent.elts[1]).start
    between = source.text[start : span.start] + source.text[span.end : end]
    return None if between.strip(", \t\r\n") else Edit(Span(start, end), "")


# ----------------------------------------------------------------------------- by rank


def _by_rank(source: Source, tree: ast.Module, wrong: _Wrong) -> Iterator[_Candidate]:
    """``p.ndim < 2`` in place of the whole test on names, where ``p`` is the parameter of that name."""
    uses = [
        (test, expression)
        for account in wrong.accounts
        for test in account.tests
        if (expression := expression_at(tree, source, test.test, ast.expr)) is not None
    ]
    if not uses:
        return
    whole = _whole_test(tree, uses[0][1])
    inside = {id(node) for node in ast.walk(whole)}
    if any(id(expression) not in inside for _, expression in uses):
        return
    edits = []
    for each in _alike(tree, whole):
        variable = _parameter_beside(tree, each)
        if variable is None:
            return
        around = parent_of(tree, each)
        if isinstance(around, ast.UnaryOp) and isinstance(around.op, ast.Not):
            edits.append(Edit(source.span(around), f"{variable} >= 2"))
        else:
            edits.append(Edit(source.span(each), f"{variable} < 2"))
    yield "the test on names becomes one on the rank, `ndim < 2`", tuple(dict.fromkeys(edits))


def _whole_test(tree: ast.Module, part: ast.expr) -> ast.expr:
    """The condition a comparison of names is a part of: through ``or``, and the ``any()`` around it."""
    whole = part
    while True:
        around = parent_of(tree, whole)
        match around:
            case ast.BoolOp(op=ast.Or()):
                whole = around
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element) if element is whole:
                call = parent_of(tree, around)
                if not (
                    isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "any"
                ):
                    return whole
                whole = call
            case _:
                return whole


def _alike(tree: ast.Module, expression: ast.expr) -> list[ast.expr]:
    """Every spelling of the same condition in a file."""
    wanted = ast.dump(expression)
    return [n for n in ast.walk(tree) if isinstance(n, type(expression)) and ast.dump(n) == wanted]


def _parameter_beside(tree: ast.Module, test: ast.expr) -> str | None:
    """``p.ndim`` in the loop over ``named_parameters()`` around a test; None outside of one."""
    node: ast.AST | None = test
    while node is not None:
        clauses: list[tuple[ast.expr, ast.expr]] = []
        match node:
            case ast.For(target=target, iter=over):
                clauses = [(target, over)]
            case ast.ListComp(generators=generators) | ast.GeneratorExp(generators=generators):
                clauses = [(g.target, g.iter) for g in generators]
            case ast.SetComp(generators=generators) | ast.DictComp(generators=generators):
                clauses = [(g.target, g.iter) for g in generators]
        for target, over in clauses:
            match target, over:
                case (
                    ast.Tuple(elts=[ast.Name(), ast.Name(id=variable)]),
                    ast.Call(func=ast.Attribute(attr="named_parameters")),
                ):
                    return f"{variable}.ndim"
        node = parent_of(tree, node)
    return None


# ------------------------------------------------------------------------- seen to be right


def _followed(source: Source, edits: Iterable[Edit], examined: Examined) -> tuple[OptimizerSite, ...] | None:
    """The sites of the program with the edits in it; None if it is no program any more."""
    changed = Source(edited(source.text, sorted(edits)), source.path)
    try:
        return examined.again(changed, parse(changed)).sites
    except SourceError:
        return None


def _mended(wrong: _Wrong, site: OptimizerSite, after: Sequence[OptimizerSite], index: int) -> bool:
    """Whether every wronged parameter is exempt now, and every other one where it was, model by model."""
    if index >= len(after) or len(after[index].groupings) != len(site.groupings):
        return False
    missed = set(wrong.missed)
    for account, grouping in zip(wrong.accounts, after[index].groupings, strict=True):
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
        name = member.parameter.example or member.parameter.name
        was = next((m for m, same in rows if _alike_rows(m, member) and same(name)), None)
        if was is None:
            return False
        found.add(was)
        same_place = (was.groups, was.maybe) == (member.groups, member.maybe)
        if not (member in exempt if was.parameter in missed else same_place):
            return False
    return len(found) == len(set(before.grouping.members))


def _matcher(pattern: str) -> Callable[[str], object]:
    return re.compile(re.escape(pattern).replace(r"\*", r"[^.]+")).fullmatch


def _alike_rows(one: Membership, other: Membership) -> bool:
    a, b = one.parameter, other.parameter
    return (a.kind, a.ndim, a.owner) == (b.kind, b.ndim, b.owner)


def _cautions(wrong: _Wrong, site: OptimizerSite, finding: Finding) -> Iterator[str]:
    yield from dict.fromkeys(
        f"line {h.place.line} {h.text}: the sizes of the groups change, so an old state does not fit"
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


# ------------------------------------------------------------------------------ advice


def _by_hand(wrong: _Wrong) -> str:
    """What to write where the code that makes the groups looks at no names."""
    names = next(telling_names(wrong.missed, wrong.kept), ())
    if names:
        return f"exempt by name as well: {_quoted(names)} would meet just what is missed"
    return "exempt norms by the type of their layer and biases by name"


def _advice(wrong: _Wrong, source: Source) -> str:
    """What the author can do where no edit is seen to be right, and where."""
    names = next(telling_names(wrong.missed, wrong.kept), ())
    if names:
        elsewhere = next((t.place for t in wrong.tests if t.place.path != source.path), None)
        where = "" if elsewhere is None else f"; the names stand in {elsewhere.path}, line {elsewhere.line}"
        return f"{_quoted(names)} would meet what is missed, but what else would change is not seen{where}"
    if all(_rank_separates(account.grouping) for account in wrong.accounts):
        return "no name tells them apart; `p.ndim < 2` does: just the norms and biases of this model"
    return "exempt norms by the type of their layer and biases by name"


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)


def _rank_separates(grouping: Grouping) -> bool:
    """Whether norms and biases have rank 0 or 1, and weights more, as far as they are known."""
    parameters = grouping.model.parameters
    exempt = [p.ndim for p in parameters if p.kind in ("norm", "bias")]
    weights = [p.ndim for p in parameters if p.kind == "weight"]
    return all(n is not None and n < 2 for n in exempt) and all(n is not None and n > 1 for n in weights)
