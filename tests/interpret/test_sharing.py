"""When a loop over parameters says that it is about all of them."""

from __future__ import annotations

import ast
from textwrap import dedent, indent

import pytest

from wdlint.interpret.sharing import shares_out

SPLIT = """
if p.ndim > 1:
    decay.append(p)
else:
    rest.append(p)
"""
CHAIN = """
if n.endswith("bias"):
    rest.append(p)
    continue
if p.ndim > 1:
    decay.append(p)
"""


def _loop(body: str) -> ast.stmt:
    return ast.parse(f"for n, p in model.named_parameters():\n{indent(dedent(body), '    ')}").body[0]


@pytest.mark.parametrize(
    "body",
    [SPLIT, CHAIN, f"if not p.requires_grad:\n    continue\n{SPLIT}"],
    ids=["two lists", "a chain of ifs", "frozen ones are passed over"],
)
def test_a_loop_that_fills_several_lists_shares_out(body: str) -> None:
    assert shares_out([_loop(body)])


@pytest.mark.parametrize(
    "body",
    [
        "if any(t in n for t in patterns):" + indent(SPLIT, "    "),
        f"if 'head' in n:\n    continue\n{SPLIT}",
        "if p.ndim > 1:\n    decay.append(p)\n",
    ],
    ids=["a condition around the split", "some are passed over by name", "one list"],
)
def test_a_loop_that_chooses_does_not(body: str) -> None:
    assert not shares_out([_loop(body)])
