"""Groups that more than one optimizer is built from: a split of them is a split for all.

``SGD(groups, ...) if args.sgd else AdamW(groups, ...)``: the finding is about one of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wdlint.fixes.locate import ancestors


def others_with(tree: ast.Module, call: ast.Call, groups: ast.expr | None) -> Iterator[str]:
    """One line for each other call, in the same function, that decays the groups of a variable."""
    if not isinstance(groups, ast.Name):
        return
    *_, around = ancestors(tree, call)
    for node in ast.walk(around):
        if isinstance(node, ast.Call) and node is not call and _takes(node, groups.id):
            name = ast.unparse(node.func).rpartition(".")[2]
            yield f"line {node.lineno} builds {name} from the same groups, whose decay changes, too"


def _takes(call: ast.Call, name: str) -> bool:
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "params")]
    decays = any(k.arg in ("weight_decay", None) for k in call.keywords)
    return decays and any(isinstance(each, ast.Name) and each.id == name for each in given)
