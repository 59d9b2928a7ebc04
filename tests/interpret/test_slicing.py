"""Which statements matter for a call."""

from __future__ import annotations

import ast
from textwrap import dedent

from wdlint.interpret.slicing import path_to, slice_of


def kept(program: str) -> list[str]:
    """The first words of the simple statements that are kept; the call to come to is ``goal(...)``."""
    body = ast.parse(dedent(program)).body
    call = next(
        node
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "goal"
    )
    cut = slice_of(body, path_to(body, call))
    return [ast.unparse(s).partition("\n")[0] for s in body if s not in cut.skipped]


def test_what_does_not_lead_to_the_call_is_left_out() -> None:
    assert kept("a = 1\nb = 2\nprint(b)\ngoal(a)") == ["a = 1", "goal(a)"]


def test_what_comes_after_the_call_is_left_out() -> None:
    assert kept("a = 1\ngoal(a)\na = 2") == ["a = 1", "goal(a)"]


def test_a_change_in_place_is_kept() -> None:
    assert kept("a = []\na.append(1)\nf(a)\na[0].x = 2\ngoal(a)")[1:-1] == [
        "a.append(1)",
        "f(a)",
        "a[0].x = 2",
    ]


def test_a_change_under_another_name_is_kept() -> None:
    program = "a, b = [], []\nfor x in y:\n    t = a if x else b\n    t.append(x)\ngoal(a)"
    assert kept(program)[1:] == ["for x in y:", "goal(a)"]


def test_a_change_of_one_of_two_is_kept() -> None:
    assert "(b if c else a).append(1)" in kept("a, b = [], []\n(b if c else a).append(1)\ngoal(a)")


def test_a_call_of_a_function_that_changes_it_is_kept() -> None:
    program = "a = []\ndef visit(m):\n    a.append(m)\nmodel.apply(visit)\ngoal(a)"
    assert "model.apply(visit)" in kept(program)


def test_a_continue_in_a_loop_that_matters_is_kept() -> None:
    program = "a = []\nfor p in q:\n    if p.x:\n        continue\n    print(p)\n    a.append(p)\ngoal(a)"
    body = ast.parse(program).body
    call = body[-1].value  # type: ignore[attr-defined]
    skipped = {ast.unparse(s) for s in slice_of(body, path_to(body, call)).skipped}
    assert skipped == {"print(p)"}
