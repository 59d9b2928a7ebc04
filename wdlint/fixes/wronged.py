"""What a fix of names sets out to mend: what is decayed against the author's intent, over all models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wdlint.accounts import Account, Verdict, account_of, dead_for, topic_of, topics_of
from wdlint.facts import Membership, NameTest, OptimizerSite, Parameter
from wdlint.fixes.withheld import Withheld


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is decayed against the author's intent, over all models that reach a site."""

    accounts: tuple[Account, ...]
    verdicts: tuple[Verdict, ...]
    judge: Callable[[Account], Verdict | None]

    @classmethod
    def at(cls, site: OptimizerSite, judge: Callable[[Account], Verdict | None]) -> Wrong:
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
