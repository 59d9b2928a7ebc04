"""What the machine makes of statements."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interpret.programs import any_of, value_of
from wdlint.interpret.machine import Exhausted
from wdlint.interpret.values import ABSENT, Alt, External, Star, Unknown

UNDECIDED = "import os\nflag = os.environ.get('FLAG')\n"


def test_what_is_known_is_computed() -> None:
    assert value_of("[x ** 2 for x in range(4) if x % 2]").data == [1, 9]


# ------------------------------------------------------------------------------ branches


def test_both_branches_of_an_undecided_condition_are_joined() -> None:
    assert any_of(value_of("x", UNDECIDED + "if flag:\n    x = 1\nelse:\n    x = 2")) == {1, 2}


def test_a_branch_that_raises_did_not_happen() -> None:
    assert value_of("x", UNDECIDED + "x = 1\nif flag:\n    x = 2\n    raise ValueError(flag)") == 1


def test_what_one_branch_appends_is_there_perhaps() -> None:
    found = value_of("x", UNDECIDED + "x = [1]\nif flag:\n    x.append(2)").data
    assert found[0] == 1
    assert type(found[1]) is Alt and set(found[1].options) == {2, ABSENT}


def test_what_one_branch_adds_to_a_set_is_there_perhaps() -> None:
    program = UNDECIDED + "x = {1}\nif flag:\n    x.add(2)"
    assert value_of("1 in x", program) is True
    assert isinstance(value_of("2 in x", program), Unknown)


def test_what_a_branch_makes_itself_is_not_joined_with_nothing() -> None:
    program = UNDECIDED + "x = {}\nif flag:\n    y = {}\n    y['a'] = 1\nelse:\n    y = {}\n    y['a'] = 2"
    assert any_of(value_of("y['a']", program)) == {1, 2}


def test_a_return_deep_in_an_undecided_branch_leaves_the_rest_undecided() -> None:
    program = (
        UNDECIDED
        + """
seen = []
def f():
    for x in (1, 2):
        if flag:
            if x == 2:
                return
    seen.append(1)
"""
    )
    found = value_of("(f(), seen)[1]", program).data
    assert len(found) == 1 and ABSENT in found[0].options


def test_a_return_in_a_loop_that_may_not_run_does_not_end_the_function() -> None:
    program = UNDECIDED + "def f():\n    for x in flag:\n        return 1\n    return 2"
    assert any_of(value_of("f()", program)) == {1, 2}


def test_a_condition_narrows_what_its_branch_knows() -> None:
    program = UNDECIDED + "x = 1 if flag else None\nif x is None:\n    x = 3"
    assert any_of(value_of("x", program)) == {1, 3}


def test_names_of_a_module_stay_one_after_an_undecided_condition() -> None:
    program = UNDECIDED + "x = []\nif flag:\n    y = 1\nfor i in range(3):\n    x += [i]"
    assert value_of("x", program).data == [0, 1, 2]


def test_match_takes_sequences_apart() -> None:
    program = """
def f(name):
    match name.split("."):
        case [*_, "bias"]:
            return 0
        case ["blocks", index, *rest]:
            return index
        case _:
            return 2
"""
    assert value_of("[f('a.bias'), f('blocks.7.fc.weight'), f('head')]", program).data == [0, "7", 2]


# --------------------------------------------------------------------------------- loops


def test_rounds_after_a_break_that_may_happen_happen_perhaps() -> None:
    found = value_of(
        "x", UNDECIDED + "x = []\nfor i in range(2):\n    x.append(i)\n    if flag:\n        break"
    ).data
    assert found[0] == 0
    assert ABSENT in found[1].options


def test_a_loop_of_unknown_length_gives_any_number_of_elements() -> None:
    found = value_of("x", UNDECIDED + "x = []\nfor i in range(int(flag)):\n    x.append('a')").data
    assert [type(f) for f in found] == [Star]


def test_what_a_loop_of_unknown_length_counts_is_no_particular_number() -> None:
    program = UNDECIDED + "x, i = [], 0\nfor _ in flag:\n    x.append(i == 0)\n    i += 1"
    assert isinstance(value_of("x", program).data[0].value, Unknown)


def test_a_while_loop_runs_while_its_condition_is_known() -> None:
    assert value_of("x", "x = 1\nwhile x < 50:\n    x *= 2") == 64


# ------------------------------------------------------------------------------- budgets


def test_recursion_without_end_is_given_up() -> None:
    assert isinstance(value_of("f(0)", "def f(n):\n    return f(n + 1)"), Unknown)


def test_recursion_in_both_branches_of_an_undecided_condition_ends_soon() -> None:
    program = UNDECIDED + "def f(n):\n    return f(n + 1) if flag else f(n + 2)"
    began = time.monotonic()
    value_of("f(0)", program)
    assert time.monotonic() - began < 1


def test_a_program_that_costs_too_much_ends_with_the_budget() -> None:
    program = "def f(n):\n    return [f(n - 1), f(n - 1)] if n else []\nx = f(30)"
    began = time.monotonic()
    with pytest.raises(Exhausted):
        value_of("x", program, steps=100_000)
    assert time.monotonic() - began < 2


def test_conditions_in_a_row_do_not_double_the_work_each() -> None:
    program = UNDECIDED + "def f():\n" + "    if flag:\n        return 1\n" * 40 + "    return 2"
    assert any_of(value_of("f()", program)) == {1, 2}


# ------------------------------------------------------------------------------ functions


def test_a_generator_is_empty_the_second_time() -> None:
    program = "def f():\n    yield 1\n    yield 2\ng = f()\na = list(g)\nb = list(g)"
    assert value_of("a", program).data == [1, 2]
    assert value_of("(a, b)[1]", program).data == []


def test_a_generator_yields_perhaps_what_it_yields_under_an_undecided_condition() -> None:
    found = value_of("list(f())", UNDECIDED + "def f():\n    yield 1\n    if flag:\n        yield 2").data
    assert found[0] == 1
    assert ABSENT in found[1].options


def test_a_closure_shares_the_variables_around_it() -> None:
    program = """
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    return up
up = counter()
"""
    assert value_of("(up(), up())", program) == (1, 2)


def test_a_default_is_one_object_for_all_calls() -> None:
    program = "def f(x, into=[]):\n    into.append(x)\n    return into"
    assert value_of("(f(1), f(2))[1]", program).data == [1, 2]


def test_a_decorator_that_wraps_is_seen_through() -> None:
    program = """
import functools
def timed(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper
@timed
def f(x):
    return x + 1
"""
    assert value_of("f(1)", program) == 2


def test_a_registry_is_filled_by_decorators() -> None:
    program = """
KNOWN = {}
def register(name):
    def keep(function):
        KNOWN[name] = function
        return function
    return keep
@register("one")
def f():
    return 1
"""
    assert value_of("KNOWN['one']()", program) == 1


# -------------------------------------------------------------------------------- classes


def test_every_object_of_a_dataclass_gets_its_own_default() -> None:
    program = """
from dataclasses import dataclass, field
@dataclass
class C:
    a: int
    b: list = field(default_factory=list)
x, y = C(1), C(a=2)
x.b.append(3)
"""
    assert value_of("x.b", program).data == [3]
    assert value_of("(x.b, y.b)[1]", program).data == []


def test_a_property_is_computed_when_it_is_asked_for() -> None:
    program = "class C:\n    n = 1\n    @property\n    def twice(self):\n        return self.n * 2\nc = C()\nc.n = 4"
    assert value_of("c.twice", program) == 8


@pytest.mark.parametrize("spelled", ["super()", "super(C, self)"])
def test_super_goes_on_along_the_order_of_the_bases(spelled: str) -> None:
    program = f"""
class A:
    def f(self):
        return ["a"]
class B(A):
    def f(self):
        return super().f() + ["b"]
class Mixin(A):
    def f(self):
        return super().f() + ["mixin"]
class C(B, Mixin):
    def f(self):
        return {spelled}.f() + ["c"]
"""
    assert value_of("C().f()", program).data == ["a", "mixin", "b", "c"]


def test_members_of_an_enum_are_told_apart() -> None:
    program = "from enum import Enum\nclass E(Enum):\n    A = 'x'\n    B = 'y'\n    C = 'x'"
    assert value_of("{E.A: 1, E.B: 2}[E('y')]", program) == 2
    assert value_of("E.A == 'x'", program) is False
    assert value_of("E.A is E.C", program) is True
    assert value_of("[e.name for e in E]", program).data[:2] == ["A", "B"]


def test_a_member_of_an_enum_of_texts_equals_its_text() -> None:
    program = "from enum import Enum\nclass E(str, Enum):\n    A = 'x'"
    assert value_of("E.A == 'x'", program) is True


# -------------------------------------------------------------------------------- modules


def test_a_module_runs_only_what_makes_the_name_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("x = 1\nx += 1\nraise ValueError\ny = undefined()")
    assert value_of("x", "from other import x", root=str(tmp_path)) == 2


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import g\ndef f():\n    return 1\ndef h():\n    return g()")
    (tmp_path / "b.py").write_text("from a import f\ndef g():\n    return f() + 1")
    assert value_of("h()", "from a import h", root=str(tmp_path)) == 2


def test_a_name_that_is_imported_in_a_circle_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import x")
    (tmp_path / "b.py").write_text("from a import x")
    assert isinstance(value_of("x", "from a import x", root=str(tmp_path)), Unknown | External)


def test_star_imports_are_searched(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import *")
    (tmp_path / "b.py").write_text("x = 5")
    assert value_of("x", "from a import *", root=str(tmp_path)) == 5


def test_globals_has_what_is_imported_with_a_star(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import *\ndef get(name):\n    return globals()[name]")
    (tmp_path / "b.py").write_text("x = 5")
    assert value_of("get('x')", "from a import get", root=str(tmp_path)) == 5
    assert value_of("a.__dict__['x']", "import a", root=str(tmp_path)) == 5
