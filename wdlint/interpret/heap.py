"""What two branches of an undecided condition make of the heap, and how they meet again.

Each branch runs on the same heap. Before anything is changed for the first time its state is put
into the branch's journal, so that the branch can be taken back; afterwards the states that the
branches left behind are joined.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, ClassVar, Final

from wdlint.interpret.values import ABSENT, Alt, Ref, Star, Value, join


class ProgramRaise(Exception):
    """The program raises here; ``kind`` is the exception's class by its last name."""

    def __init__(self, kind: str, value: Value = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value


class Journal(dict[Ref, Any]):
    """The states of what a branch changed, as they were before it; what it made itself is not in it."""

    _marks: ClassVar[Iterator[int]] = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.began = next(self._marks)
        self._clock = Ref.clock
        Ref.clock = self.began

    def close(self) -> None:
        """What is made from now on is made outside the branch."""
        Ref.clock = self._clock

    def keep(self, ref: Ref, state: Any) -> None:
        if ref.born < self.began:
            self.setdefault(ref, state)


class Heap:
    """The journals of the branches under way, innermost last."""

    def __init__(self) -> None:
        self.journals: list[Journal] = []

    @property
    def undecided(self) -> bool:
        """Whether what happens now happens only perhaps."""
        return bool(self.journals)

    @contextmanager
    def before_all_branches(self) -> Iterator[None]:
        """What happens now happened before the branches under way: a module is one for all of them."""
        journals, self.journals = self.journals, []
        clock, Ref.clock = Ref.clock, 0
        try:
            yield
        finally:
            self.journals, Ref.clock = journals, clock

    def touch(self, ref: Ref) -> None:
        """Must be called before ``ref.data`` changes."""
        if self.journals:
            journal = self.journals[-1]
            if ref.born < journal.began and ref not in journal:
                journal[ref] = ref.data
                ref.data = ref.data.copy()

    def fork(self, arms: Sequence[Callable[[], Value]], node: ast.AST | None = None) -> list[Value]:
        """Run every arm on the heap as it is now and join what they leave; the results that came.

        An arm that raises did not happen.

        Raises:
            ProgramRaise: all arms raise.
        """
        results: list[Value] = []
        states: list[dict[Ref, Any]] = []
        failure: ProgramRaise | None = None
        for arm in arms:
            journal = Journal()
            self.journals.append(journal)
            try:
                results.append(arm())
                states.append({ref: ref.data for ref in journal})
            except ProgramRaise as error:
                failure = error
            finally:
                self.journals.pop().close()
                for ref, before in journal.items():
                    ref.data = before
        if failure is not None and not results:
            raise failure
        for ref in dict.fromkeys(ref for state in states for ref in state):
            versions = [state.get(ref, ref.data) for state in states]
            joined = versions[0] if len(versions) == 1 else _join_states(versions, node)
            if self.journals:
                self.journals[-1].keep(ref, ref.data)
            ref.data = joined
        return results

    def repeat(self, body: Callable[[], Value]) -> Value:
        """Run the body of a loop once for all its rounds; lists that grew hold any number of those."""
        journal = Journal()
        self.journals.append(journal)
        try:
            return body()
        finally:
            self.journals.pop().close()
            for ref, before in journal.items():
                if self.journals:
                    self.journals[-1].keep(ref, before)
                if isinstance(before, list) and len(ref.data) > len(before):
                    old, new = ref.data[: len(before)], ref.data[len(before) :]
                    ref.data = [*old, *(v if type(v) is Star else Star(v) for v in new)]


_MOST_ELEMENTS: Final = 512


def _join_states(versions: Sequence[Any], node: ast.AST | None) -> Any:
    first = versions[0]
    if isinstance(first, dict):
        keys = dict.fromkeys(key for version in versions for key in version)
        return {key: join([v.get(key, ABSENT) for v in versions], node) for key in keys}
    joined = first
    for version in versions[1:]:
        joined = join_lists(joined, version, node)
    return joined[:_MOST_ELEMENTS]


def join_lists(a: list[Value], b: list[Value], node: ast.AST | None) -> list[Value]:
    """Lists are joined element by element; what only the longer one has is there perhaps."""
    longer = a if len(a) > len(b) else b
    joined = [_join_elements(x, y, node) for x, y in zip(a, b, strict=False)]
    return [*joined, *(v if type(v) is Star else perhaps(v, node) for v in longer[len(joined) :])]


def _join_elements(x: Value, y: Value, node: ast.AST | None) -> Value:
    if type(x) is Star or type(y) is Star:
        return Star(join([v.value if type(v) is Star else v for v in (x, y)], node))
    return join([x, y], node)


def perhaps(value: Value, node: ast.AST | None = None) -> Value:
    """The value, or nothing."""
    if type(value) is Alt:
        return value if ABSENT in value.options else Alt((*value.options, ABSENT), node)
    return Alt((value, ABSENT), node)
