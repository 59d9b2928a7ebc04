"""Where the class of an optimizer is named, and whether another one may be named there.

A class may come to a call through a variable, a table of optimizers, an attribute, ``getattr`` or
a partial. It may be renamed at the end of that way if nothing else goes there: no other line of the
module, no other file of the project.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import Final, TypeAlias

from wdlint.facts import Naming
from wdlint.reason.evaluate import Evaluator
from wdlint.reason.scopes import Binding, Scope, all_parameters
from wdlint.reason.values import Constant, External, Frame

_LONGEST_WAY: Final = 8
"""Steps from a call to the name of its class at most."""

_Step: TypeAlias = "tuple[ast.expr, Frame]"


class _NotHere(Exception):
    """Why no other class may be named; the sentence of :attr:`Naming.why`."""


class Namer:
    """Follows the classes of one module back to where they are named."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.index = evaluator.index

    def naming(self, node: ast.expr, frame: Frame) -> Naming:
        """Where the class that an expression gives is named."""
        try:
            for _ in range(_LONGEST_WAY):
                if self._is_name(node, frame):
                    return Naming(self.evaluator.place(node))
                node, frame = self._back(node, frame)
        except _NotHere as reason:
            return Naming(None, str(reason))
        return Naming(None, f"the way from line {node.lineno} to the name of the class is too long")

    # -------------------------------------------------------------------------- steps

    def _is_name(self, node: ast.expr, frame: Frame) -> bool:
        """Whether an expression names a class itself: ``optim.Adam``, or a string under ``getattr``."""
        if isinstance(node, ast.Constant):
            return True
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return False
        bindings = self._bindings(root.id, frame)
        if not bindings:  # a star import brings it
            return root.id not in self._home(root.id, frame).names
        return all(b.kind == "import" for b in bindings)

    def _back(self, node: ast.expr, frame: Frame) -> _Step:
        """One step towards the name of the class."""
        match node:
            case ast.Name(id=name):
                return self._assigned(name, frame)
            case ast.Attribute(attr=attribute):
                return self._attribute(attribute, node)
            case ast.Subscript(value=table, slice=key):
                return self._entry(table, key, frame)
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]):
                return self._entry(table, key, frame)
            case ast.Call(func=function, args=[first, *rest]):
                match self.evaluator.evaluate(function, frame):
                    case External(name="functools.partial"):
                        return first, frame
                    case External(name="builtins.getattr") if rest:
                        return self._looked_up(first, rest[0], frame)
        raise _NotHere(f"line {node.lineno} chooses the class when the program runs")

    def _looked_up(self, module: ast.expr, name: ast.expr, frame: Frame) -> _Step:
        """``getattr(torch.optim, "Adam")``: a string that may be changed in that module."""
        text, at = (name, frame) if isinstance(name, ast.Constant) else self._back(name, frame)
        holder = self.evaluator.evaluate(module, frame)
        match holder, text:
            case External(name=package), ast.Constant(value=str() as short):
                optimizer = self.evaluator.catalogue.get(f"{package}.{short}")
                if optimizer is not None and optimizer.name == f"{package}.{short}":
                    return text, at
        raise _NotHere(f"line {name.lineno} chooses the class when the program runs")

    def _assigned(self, name: str, frame: Frame) -> _Step:
        bindings = self._bindings(name, frame)
        if not bindings:
            raise _NotHere(self._arrives(name, frame))
        binding = self._only(name, bindings)
        assert binding.statement is not None and binding.value is not None
        scope = self.index.scope(binding.statement)
        uses = self._loads.get(name, [])
        if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = set(ast.walk(scope.node))
            uses = [use for use in uses if use in inside]
        else:
            self._check_private(name)
        self._check_only_use(name, uses)
        return binding.value, self.evaluator.frame(binding.statement)

    def _attribute(self, attribute: str, node: ast.Attribute) -> _Step:
        """An attribute that is set once in the module, on a class or on ``self``."""
        bindings = [b for b in self.index.all_bindings() if self._sets(b, attribute)]
        if not bindings:
            raise _NotHere(f"`{ast.unparse(node)}` is not assigned in this file")
        binding = self._only(attribute, bindings)
        assert binding.statement is not None and binding.value is not None
        self._check_private(attribute)
        self._check_only_use(attribute, self._attributes.get(attribute, []))
        return binding.value, self.evaluator.frame(binding.statement)

    def _sets(self, binding: Binding, attribute: str) -> bool:
        root, _, last = binding.name.rpartition(".")
        if last != attribute or binding.statement is None:
            return False
        return bool(root) or isinstance(self.index.scope(binding.statement).node, ast.ClassDef)

    def _entry(self, table: ast.expr, key: ast.expr, frame: Frame) -> _Step:
        """What a table of optimizers holds under a key that is always the same."""
        wanted = self.evaluator.evaluate(key, frame)
        if not isinstance(wanted, Constant) or wanted.default_of:
            raise _NotHere(f"line {key.lineno} chooses the class when the program runs")
        for _ in range(_LONGEST_WAY):
            match table:
                case ast.Dict(keys=keys, values=values):
                    found = [v for k, v in zip(keys, values, strict=True) if _is(k, wanted)]
                    if len(found) == 1 and None not in keys:
                        return found[0], frame
                    break
                case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                    named = [k.value for k in keywords if k.arg == wanted.value]
                    if len(named) == 1:
                        return named[0], frame
                    break
                case ast.Name() | ast.Attribute():
                    table, frame = self._back(table, frame)
                case _:
                    break
        raise _NotHere(f"line {key.lineno} looks the class up in a table that cannot be read")

    # -------------------------------------------------------------------------- bindings

    def _bindings(self, name: str, frame: Frame) -> list[Binding]:
        """Everything that may bind or change a name where it is used; nothing for an argument."""
        scope = self._home(name, frame)
        at = frame.statement if scope is frame.scope else None
        found, _ = self.index.reaching(name, at, scope)
        if scope is self.index.module:
            found = [*found, *self.index.set_globally.get(name, ())]
        return found

    def _home(self, name: str, frame: Frame) -> Scope:
        """The scope that binds a name, as code in the frame sees it."""
        scope = frame.scope
        while scope.parent is not None and (
            name not in scope.names or (scope is not frame.scope and isinstance(scope.node, ast.ClassDef))
        ):
            scope = scope.parent
        return scope

    def _arrives(self, name: str, frame: Frame) -> str:
        node = self._home(name, frame).node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for parameter in all_parameters(node.args):
                if parameter.arg == name:
                    return (
                        f"the class arrives as an argument (`{name}`, line {parameter.lineno}):"
                        " another one would change an interface"
                    )
        return f"`{name}` is not assigned in this file"

    def _only(self, name: str, bindings: list[Binding]) -> Binding:
        """The one assignment among the bindings of a name; several are a choice."""
        if len(bindings) != 1 or not _is_plain(bindings[0]):
            where = _lines(b.statement for b in bindings if b.statement is not None)
            raise _NotHere(f"`{name}` is not simply assigned one class ({where})")
        return bindings[0]

    # -------------------------------------------------------------------- other uses

    def _check_only_use(self, name: str, uses: list[ast.Name] | list[ast.Attribute]) -> None:
        if len(uses) > 1:
            raise _NotHere(f"`{name}` is used at {_lines(uses)}")

    def _check_private(self, name: str) -> None:
        """See that nothing asks for a name from outside: no string, no other file of the project."""
        if (text := self._strings.get(name)) is not None:
            raise _NotHere(f"line {text.lineno} names `{name}` in a string")
        if (where := self._other_file(name)) is not None:
            raise _NotHere(f"`{name}` is used elsewhere, too: {where}")

    def _other_file(self, name: str) -> str | None:
        project = self.evaluator.project
        if project is None:
            return None
        word = name.encode(errors="replace")
        for file in project.importers(project.file):
            for number, line in enumerate((project.read(file) or b"").splitlines(), 1):
                if word in line:
                    return f"{project.shown(file)}:{number}"
        return None

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name]]:
        found: dict[str, list[ast.Name]] = {}
        for node in ast.walk(self.index.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node)
        return found

    @cached_property
    def _attributes(self) -> dict[str, list[ast.Attribute]]:
        found: dict[str, list[ast.Attribute]] = {}
        for node in ast.walk(self.index.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.attr, []).append(node)
        return found

    @cached_property
    def _strings(self) -> dict[str, ast.Constant]:
        nodes = ast.walk(self.index.tree)
        return {n.value: n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _is_plain(binding: Binding) -> bool:
    """Whether a binding is ``name = value``, so that nothing but the name gets the value."""
    match binding.statement:
        case ast.Assign(targets=[_], value=value) | ast.AnnAssign(value=value):
            return binding.kind == "assign" and not binding.path and value is binding.value
    return False


def _lines(nodes: Iterable[ast.stmt | ast.expr]) -> str:
    """``line 3``, ``lines 3 and 4``; of many the first three."""
    numbers = sorted({node.lineno for node in nodes})[:3]
    return f"line{'s' * (len(numbers) > 1)} {' and '.join(map(str, numbers))}"


def _is(key: ast.expr | None, wanted: Constant) -> bool:
    return isinstance(key, ast.Constant) and key.value == wanted.value
