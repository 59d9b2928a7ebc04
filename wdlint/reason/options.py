"""The options a file declares for its command line, and their defaults.

argparse (any object's ``add_argument``, so groups and sub-parsers too), absl flags, and
``set_defaults``. click and typer declare theirs on a function; :func:`decorated_default` reads
those. Only declarations are read here; values are the evaluator's business.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from wdlint.reason.scopes import FunctionNode, ModuleIndex, last_name


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One declared option: its attribute, its spelling, the default's code (None: no default)."""

    dest: str
    spelled: str
    default: ast.expr | None
    statement: ast.stmt


class DeclaredOptions:
    """Every option the file declares, by the attribute it ends up under."""

    def __init__(self, index: ModuleIndex) -> None:
        self._by_dest: dict[str, list[Declaration]] = {}
        for declaration in _declarations(index):
            self._by_dest.setdefault(declaration.dest, []).append(declaration)

    def get(self, dest: str) -> list[Declaration]:
        return self._by_dest.get(dest, [])

    def __contains__(self, dest: str) -> bool:
        return dest in self._by_dest

    def __bool__(self) -> bool:
        return bool(self._by_dest)


def _declarations(index: ModuleIndex) -> Iterator[Declaration]:
    for method in ("add_argument", "add_option"):
        for call, statement in index.calls_named.get(method, ()):
            yield from _argparse(call, statement)
    for call, statement in index.calls_named.get("set_defaults", ()):
        for keyword in call.keywords:
            if keyword.arg:
                yield Declaration(keyword.arg, "set_defaults()", keyword.value, statement)
    for name, calls in index.calls_named.items():
        if name.startswith("DEFINE_"):
            for call, statement in calls:
                if (flag := _string(call, 0)) is not None:
                    default = call.args[1] if len(call.args) > 1 else _keyword(call, "default")
                    yield Declaration(flag, f"--{flag}", default, statement)


def _argparse(call: ast.Call, statement: ast.stmt) -> Iterator[Declaration]:
    spellings = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if not spellings:
        return
    long = next((s for s in spellings if s.startswith("--")), spellings[0])
    dest = _keyword(call, "dest")
    if isinstance(dest, ast.Constant) and isinstance(dest.value, str):
        name = dest.value
    else:
        name = long.lstrip("-").replace("-", "_")
    default = _keyword(call, "default")
    if isinstance(default, ast.Constant) and isinstance(default.value, str) and _is_number(call):
        default = ast.copy_location(
            ast.Call(ast.copy_location(ast.Name("float"), call), [default], []), default
        )
    if default is None:
        action = _keyword(call, "action")
        match action.value if isinstance(action, ast.Constant) else None:
            case "store_true":
                default = ast.copy_location(ast.Constant(False), call)
            case "store_false":
                default = ast.copy_location(ast.Constant(True), call)
    yield Declaration(name, long, default, statement)


def _is_number(call: ast.Call) -> bool:
    """``type=float``: argparse converts a default that is a string."""
    return last_name(_keyword(call, "type") or call) in ("float", "int")


def decorated_default(function: FunctionNode, parameter: str) -> tuple[ast.expr, str] | None:
    """The default a click decorator or a typer annotation gives a parameter, and the option's name."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or last_name(decorator.func) not in ("option", "argument"):
            continue
        names = [a.value for a in decorator.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        plain = [n for n in names if not n.startswith("-")]
        long = next((n for n in names if n.startswith("--")), "")
        if parameter in plain or (
            not plain and long.partition("/")[0].lstrip("-").replace("-", "_") == parameter
        ):
            default = _keyword(decorator, "default")
            return (default, long or parameter) if default is not None else None
    return None


def typer_default(default: ast.expr, parameter: str) -> tuple[ast.expr, str] | None:
    """The value inside ``= typer.Option(1e-4, "--wd")``."""
    if isinstance(default, ast.Call) and last_name(default.func) in ("Option", "Argument"):
        value = default.args[0] if default.args else _keyword(default, "default")
        if value is not None:
            return value, "--" + parameter.replace("_", "-")
    return None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _string(call: ast.Call, position: int) -> str | None:
    if len(call.args) > position:
        node = call.args[position]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
    return None
