"""Where names are bound in one module: scopes, statements, and which binding reaches a use.

Works on the syntax alone and knows no value. A use is answered by walking *backwards* from its
statement through the blocks that enclose it, so that branches, early exits and rebinding are
honoured without running anything.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
ScopeNode: TypeAlias = ast.Module | ast.ClassDef | FunctionNode

_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del})
_BLOCK_FIELDS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp})
_MUTATORS = frozenset(
    {"append", "extend", "insert", "update", "setdefault", "add"}
    | {"pop", "popitem", "remove", "discard", "clear", "sort", "reverse"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One way a name gets its value.

    ``value`` is the expression assigned, iterated over or augmented with; ``path`` are the
    indices that lead into it for an unpacked target. ``target`` is the imported dotted name
    (relative ones start with a dot) or, for ``definition``, nothing. A ``mutation`` changes the
    object a name holds (``x.append(...)``, ``x[k] = ...``, ``x += ...``) and binds nothing.
    """

    name: str
    kind: Literal["assign", "loop", "with", "import", "definition", "mutation", "other"]
    statement: ast.stmt | None
    value: ast.expr | None = None
    path: tuple[int, ...] = ()
    target: str = ""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function, with the names it binds anywhere in its body.

    ``index`` is that of the module it is in, which tells whose evaluator its code is for.
    """

    node: ScopeNode
    parent: Scope | None
    index: ModuleIndex
    names: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    star_imports: list[str] = field(default_factory=list)

    @property
    def qualname(self) -> str:
        parts: list[str] = []
        scope: Scope | None = self
        while scope is not None and not isinstance(scope.node, ast.Module):
            parts.append(scope.node.name)
            scope = scope.parent
        return ".".join(reversed(parts))


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a statement stands: in which list of statements, under which statement."""

    block: Sequence[ast.stmt]
    index: int
    parent: ast.stmt | None
    scope: Scope


class ModuleIndex:
    """One walk over a module: its scopes, calls, classes and functions, and every statement's seat."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.module = Scope(tree, None, self)
        self.scope_of: dict[ScopeNode, Scope] = {tree: self.module}
        self.calls: list[tuple[ast.Call, ast.stmt]] = []
        self.hidden: dict[ast.Call, frozenset[str]] = {}
        self.subscripts: list[tuple[ast.Subscript, ast.stmt]] = []
        self.comparisons: list[tuple[ast.Compare, ast.stmt]] = []
        self.loops: list[ast.For] = []
        self.calls_named: dict[str, list[tuple[ast.Call, ast.stmt]]] = {}
        self.classes: dict[str, list[ast.ClassDef]] = {}
        self.functions: dict[str, list[FunctionNode]] = {}
        self._calls_by_scope: dict[ScopeNode, list[tuple[ast.Call, ast.stmt]]] | None = None
        self._leaves: Callable[[Sequence[ast.stmt]], bool] = leaves
        self._returns: dict[ScopeNode, list[ast.Return]] = {}
        self._generators: set[ScopeNode] = set()
        self._seats: dict[ast.stmt, _Seat] = {}
        self._named: dict[ast.stmt, list[ast.NamedExpr]] = {}
        self._bindings: dict[ast.stmt, tuple[Binding, ...]] = {}
        self._inside: dict[ast.stmt, frozenset[str]] = {}
        self._seat_block(tree.body, None, self.module)

    # ------------------------------------------------------------------ building

    def _seat_block(self, block: Sequence[ast.stmt], parent: ast.stmt | None, scope: Scope) -> None:
        pending: list[tuple[Sequence[ast.stmt], ast.stmt | None, Scope]] = [(block, parent, scope)]
        while pending:
            block, parent, scope = pending.pop()
            for index, statement in enumerate(block):
                self._seats[statement] = _Seat(block, index, parent, scope)
                self._note_expressions(statement, scope)
                scope.names.update([b.name for b in self.bindings(statement) if b.kind != "mutation"])
                if isinstance(statement, ast.ImportFrom) and any(a.name == "*" for a in statement.names):
                    scope.star_imports.append(import_base(statement))
                if isinstance(statement, ast.Global | ast.Nonlocal):
                    scope.globals.update(statement.names)
                if isinstance(statement, ast.Return) and statement.value is not None:
                    self._returns.setdefault(scope.node, []).append(statement)
                if isinstance(statement, ast.For):
                    self.loops.append(statement)
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner = Scope(statement, scope, self)
                    self.scope_of[statement] = inner
                    if isinstance(statement, ast.ClassDef):
                        self.classes.setdefault(statement.name, []).append(statement)
                    else:
                        self.functions.setdefault(statement.name, []).append(statement)
                        inner.names.update(a.arg for a in all_parameters(statement.args))
                    pending.append((statement.body, None, inner))
                else:
                    pending.extend((arm, statement, scope) for arm in blocks(statement))

    def _note_expressions(self, statement: ast.stmt, scope: Scope) -> None:
        """Collect what is asked for by kind later, in the one walk over the statement's expressions."""
        nothing: frozenset[str] = frozenset()
        stack: list[tuple[ast.AST, frozenset[str]]] = [(e, nothing) for e in own_expressions(statement)]
        while stack:
            node, hidden = stack.pop()
            kind = type(node)
            if kind in _LEAVES:
                continue
            if kind is ast.Call:
                self._note_call(node, statement, hidden)  # type: ignore[arg-type]
            elif kind is ast.Subscript:
                self.subscripts.append((node, statement))  # type: ignore[arg-type]
            elif kind is ast.Compare:
                self.comparisons.append((node, statement))  # type: ignore[arg-type]
            elif kind is ast.NamedExpr:
                self._named.setdefault(statement, []).append(node)  # type: ignore[arg-type]
            elif kind is ast.Yield or kind is ast.YieldFrom:
                self._generators.add(scope.node)
            elif kind is ast.Lambda:
                hidden = hidden | {a.arg for a in all_parameters(node.args)}  # type: ignore[attr-defined]
            elif kind in _COMPREHENSIONS:
                hidden = hidden | comprehension_names(node)  # type: ignore[arg-type]
            for name in node._fields:
                value = getattr(node, name)
                if isinstance(value, ast.AST):
                    stack.append((value, hidden))
                elif isinstance(value, list):
                    stack.extend([(child, hidden) for child in value if isinstance(child, ast.AST)])

    def _note_call(self, call: ast.Call, statement: ast.stmt, hidden: frozenset[str]) -> None:
        self.calls.append((call, statement))
        if hidden:
            self.hidden[call] = hidden
        if name := last_name(call.func):
            self.calls_named.setdefault(name, []).append((call, statement))

    # ------------------------------------------------------------------- asking

    @cached_property
    def read_keys(self) -> frozenset[str]:
        """The constant keys the module reads from some mapping: ``group["wd_mult"]``, ``.get("x")``."""
        keys = [s.slice for s, _ in self.subscripts if isinstance(s.ctx, ast.Load)]
        keys += [
            c.args[0]
            for name in ("get", "pop", "setdefault")
            for c, _ in self.calls_named.get(name, ())
            if c.args
        ]
        return frozenset(k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str))

    def changed_elsewhere(self, name: str, scope: Scope) -> bool:
        """Whether another function changes in place what a name of this scope, or of ``self``, holds."""
        root = name.partition(".")[0]
        return any(
            other is not scope and (root == "self" or root not in other.names)
            for other in self._changes.get(name, ())
        )

    @cached_property
    def _changes(self) -> dict[str, list[Scope]]:
        """The scopes in which a name's object is changed in place."""
        found: dict[str, list[Scope]] = {}
        for binding in self.all_bindings():
            if binding.kind == "mutation" and binding.statement is not None:
                found.setdefault(binding.name, []).append(self.scope(binding.statement))
        return found

    @cached_property
    def set_globally(self) -> dict[str, list[Binding]]:
        """Bindings of module names in functions that declare them ``global``."""
        found: dict[str, list[Binding]] = {}
        for binding in self.all_bindings():
            if binding.statement is not None and binding.name in self.scope(binding.statement).globals:
                found.setdefault(binding.name, []).append(binding)
        return found

    @cached_property
    def attributes_set(self) -> dict[str, list[Binding]]:
        """Assignments to an attribute of something that is not ``self``, by the attribute."""
        found: dict[str, list[Binding]] = {}
        for binding in self.all_bindings():
            root, _, attribute = binding.name.rpartition(".")
            if binding.kind == "assign" and root and root not in ("self", "cls"):
                found.setdefault(attribute, []).append(binding)
        return found

    def scope(self, statement: ast.stmt) -> Scope:
        """The scope a statement runs in."""
        return self._seats[statement].scope

    def calls_in(self, function: FunctionNode) -> list[tuple[ast.Call, ast.stmt]]:
        """The calls in a function's own body, in source order."""
        if self._calls_by_scope is None:
            self._calls_by_scope = {}
            for call, statement in sorted(self.calls, key=lambda c: (c[0].lineno, c[0].col_offset)):
                self._calls_by_scope.setdefault(self.scope(statement).node, []).append((call, statement))
        return self._calls_by_scope.get(function, [])

    def returns(self, function: FunctionNode) -> list[ast.Return] | None:
        """The returns of a function that give a value, nested functions aside; None for generators."""
        return None if function in self._generators else self._returns.get(function, [])

    def enclosing(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        """The statements around a statement within its scope, innermost first."""
        parent = self._seats[statement].parent
        while parent is not None:
            yield parent
            parent = self._seats[parent].parent

    def only_for_types(self, statement: ast.stmt) -> bool:
        """Whether a statement stands under ``if TYPE_CHECKING:``, where no program ever comes by."""
        seat = self._seats[statement]
        while seat.parent is not None:
            match seat.parent:
                case ast.If(test=test, body=body) if (
                    seat.block is body and last_name(test) == "TYPE_CHECKING"
                ):
                    return True
            seat = self._seats[seat.parent]
        return False

    def following(self, statement: ast.stmt) -> Sequence[ast.stmt]:
        """The statements after a statement in its own block."""
        seat = self._seats[statement]
        return seat.block[seat.index + 1 :]

    def binds(self, name: str, statement: ast.stmt) -> bool:
        """Whether a statement, nested blocks included, binds or mutates a name."""
        return self._touches(name, statement)

    def all_bindings(self) -> Iterator[Binding]:
        """Every binding of the module, in no particular order."""
        for found in self._bindings.values():
            yield from found

    def bindings(self, statement: ast.stmt) -> tuple[Binding, ...]:
        """What the statement itself binds or mutates, nested blocks not included."""
        found = self._bindings.get(statement)
        if found is None:
            named = self._named.get(statement, ())
            walrus = (Binding(n.target.id, "assign", statement, n.value) for n in named)
            found = self._bindings[statement] = (*_bindings(statement), *walrus)
        return found

    def reaching(self, name: str, statement: ast.stmt | None, scope: Scope) -> tuple[list[Binding], bool]:
        """The bindings and mutations of ``name`` in ``scope`` that may reach ``statement``.

        In source order. ``statement`` None asks for the end of the scope's body, as a function
        sees the names of an enclosing scope. The flag tells whether one of them always does, so
        that the name cannot be unbound or come from a parameter.
        """
        found: list[Binding] = []
        if statement is None:
            definite = self._scan(name, scope.node.body, len(scope.node.body), found)
        else:
            definite = False
            at: ast.stmt | None = statement
            while at is not None and not definite:
                seat = self._seats[at]
                definite = self._scan(name, seat.block, seat.index, found)
                if not definite and seat.parent is not None and not isinstance(seat.parent, ast.Try):
                    definite = self._collect(name, seat.parent, found)
                at = seat.parent
        found.reverse()
        return found, definite

    def _collect(self, name: str, statement: ast.stmt, found: list[Binding]) -> bool:
        """Note what the statement itself does to a name; whether it binds it for certain."""
        mine = [b for b in self.bindings(statement) if b.name == name]
        found.extend(reversed(mine))
        return any(b.kind != "mutation" for b in mine)

    def _scan(self, name: str, block: Sequence[ast.stmt], end: int, found: list[Binding]) -> bool:
        """Walk ``block[:end]`` backwards; True once a binding reaches in every case."""
        return any(
            self._touches(name, block[i]) and self._define(name, block[i], found)
            for i in range(end - 1, -1, -1)
        )

    def _define(self, name: str, statement: ast.stmt, found: list[Binding]) -> bool:
        """Collect the bindings in one statement, nested blocks included; True if it always binds."""
        match statement:
            case ast.If():
                arms, otherwise = branches(statement)
                taken = [self._arm(name, arm, found) for arm in (otherwise, *reversed(arms))]
                return bool(otherwise) and all(taken)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                if finalbody and self._arm(name, finalbody, found):
                    return True
                handled = [self._arm(name, h.body, found) for h in reversed(handlers)]
                normal = self._arm(name, [*body, *orelse], found)
                return normal and all(handled)
            case ast.Match(cases=cases):
                cased = [self._arm(name, case.body, found) for case in reversed(cases)]
                last = cases[-1]
                exhaustive = (
                    last.guard is None
                    and isinstance(last.pattern, ast.MatchAs)
                    and last.pattern.pattern is None
                )
                return exhaustive and all(cased)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._scan(name, statement.orelse, len(statement.orelse), found)
                inside, self._leaves = self._leaves, leaves_function  # a break leads to where we come from
                self._scan(name, statement.body, len(statement.body), found)
                self._leaves = inside
                self._collect(name, statement, found)
                return False
            case ast.With() | ast.AsyncWith():
                if self._scan(name, statement.body, len(statement.body), found):
                    return True
                return self._collect(name, statement, found)
            case _:
                return self._collect(name, statement, found)

    def _arm(self, name: str, arm: Sequence[ast.stmt], found: list[Binding]) -> bool:
        """One branch: what it binds; a branch that leaves the block lets nothing through."""
        if self._leaves(arm):
            return True
        return self._scan(name, arm, len(arm), found)

    def _touches(self, name: str, statement: ast.stmt) -> bool:
        """Whether the statement, nested blocks included, binds or mutates a name (cached)."""
        if statement not in self._inside:
            pending = [statement]
            while pending:  # innermost first, without recursion: chains of elif are deep
                nested = [child for arm in inner_blocks(pending[-1]) for child in arm]
                missing = [child for child in nested if child not in self._inside]
                if missing:
                    pending.extend(missing)
                    continue
                each = pending.pop()
                own = (b.name for b in self.bindings(each))
                self._inside[each] = frozenset(own).union(*(self._inside[child] for child in nested))
        return name in self._inside[statement]


# ------------------------------------------------------------------------ syntax


def blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The lists of statements nested directly in a compound statement."""
    for attribute in ("body", "orelse", "finalbody"):
        block = getattr(statement, attribute, None)
        if block:
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def inner_blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The nested blocks that run in the same scope: none for a function or a class."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return iter(())
    return blocks(statement)


def branches(statement: ast.If) -> tuple[list[Sequence[ast.stmt]], Sequence[ast.stmt]]:
    """The bodies of ``if`` and every ``elif``, and that of ``else``, which may be empty."""
    arms: list[Sequence[ast.stmt]] = [statement.body]
    otherwise: Sequence[ast.stmt] = statement.orelse
    while len(otherwise) == 1 and isinstance(otherwise[0], ast.If):
        arms.append(otherwise[0].body)
        otherwise = otherwise[0].orelse
    return arms, otherwise


def own_expressions(statement: ast.stmt) -> list[ast.AST]:
    """The expressions of a statement that do not stand in its nested blocks, or what directly holds them."""
    found: list[ast.AST] = []
    for name in statement._fields:
        if name in _BLOCK_FIELDS:
            continue
        value = getattr(statement, name, None)
        if isinstance(value, list):
            found.extend([v for v in value if isinstance(v, ast.AST)])
        elif isinstance(value, ast.AST):
            found.append(value)
    if isinstance(statement, ast.Match):
        found.extend(case.guard for case in statement.cases if case.guard is not None)
    return found


def leaves(block: Sequence[ast.stmt]) -> bool:
    """Whether a block always ends by leaving: return, raise, break, continue, ``sys.exit()``."""
    return _ends(block, (ast.Return, ast.Raise, ast.Break, ast.Continue))


def leaves_function(block: Sequence[ast.stmt]) -> bool:
    """Whether a block always ends by leaving the function."""
    return _ends(block, (ast.Return, ast.Raise))


def _ends(block: Sequence[ast.stmt], by: tuple[type[ast.stmt], ...]) -> bool:
    if not block:
        return False
    last = block[-1]
    if isinstance(last, by):
        return True
    match last:
        case ast.If():
            arms, otherwise = branches(last)
            return bool(otherwise) and all(_ends(arm, by) for arm in (*arms, otherwise))
        case ast.With(body=body):
            return _ends(body, by)
        case ast.Expr(value=ast.Call(func=func)):
            return dotted(func) in ("exit", "quit", "sys.exit", "os._exit")
    return False


def last_name(node: ast.expr) -> str:
    """``c`` of ``a.b.c``, ``a`` of ``a``, else nothing."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for a plain chain of names, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter of a signature, ``*args`` and ``**kwargs`` included."""
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    found.extend(a for a in (arguments.vararg, arguments.kwarg) if a)
    return found


def comprehension_names(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> set[str]:
    """The names a comprehension's ``for`` clauses bind."""
    return {
        name.id
        for generator in node.generators
        for name in ast.walk(generator.target)
        if isinstance(name, ast.Name)
    }


def import_base(statement: ast.ImportFrom) -> str:
    """The module of ``from X import ...``; relative ones keep their leading dots."""
    return "." * statement.level + (statement.module or "")


# ---------------------------------------------------------------------- bindings


def _bindings(statement: ast.stmt) -> Iterator[Binding]:
    match statement:
        case ast.Import(names=names):
            for alias in names:
                if alias.asname:
                    yield Binding(alias.asname, "import", statement, target=alias.name)
                else:
                    root = alias.name.partition(".")[0]
                    yield Binding(root, "import", statement, target=root)
        case ast.ImportFrom(names=names):
            base = import_base(statement)
            joint = "" if base.endswith(".") else "."
            for alias in names:
                if alias.name != "*":
                    yield Binding(
                        alias.asname or alias.name, "import", statement, target=f"{base}{joint}{alias.name}"
                    )
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield Binding(name, "definition", statement)
        case ast.Assign(targets=targets, value=value):
            match value:
                case ast.Call(func=ast.Attribute(value=holder, attr="pop")) if name := dotted(holder):
                    yield Binding(name, "mutation", statement, value)
            for target in targets:
                yield from _targets(target, value, statement, "assign")
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _targets(target, value, statement, "assign")
        case ast.AugAssign(target=target, value=value):
            if name := dotted(_held_in(target)):
                yield Binding(name, "mutation", statement, value)
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            yield from _targets(target, iterable, statement, "loop")
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _targets(item.optional_vars, item.context_expr, statement, "with")
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder, attr=method)) as call) if (
            method in _MUTATORS
        ):
            if name := dotted(holder):
                yield Binding(name, "mutation", statement, call)
        case ast.Try(handlers=handlers):
            for handler in handlers:
                if handler.name:
                    yield Binding(handler.name, "other", statement)
        case ast.Delete(targets=targets):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Binding(target.id, "other", statement)
                elif isinstance(target, ast.Subscript) and (name := dotted(_held_in(target))):
                    yield Binding(name, "mutation", statement, target.slice)


def _targets(
    target: ast.expr,
    value: ast.expr,
    statement: ast.stmt,
    kind: Literal["assign", "loop", "with"],
    path: tuple[int, ...] = (),
) -> Iterator[Binding]:
    match target:
        case ast.Name(id=name):
            yield Binding(name, kind, statement, value, path)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            starred = next((i for i, e in enumerate(elements) if isinstance(e, ast.Starred)), None)
            for i, element in enumerate(elements):
                if starred is not None and i >= starred:
                    i -= len(elements)
                yield from _targets(element, value, statement, kind, (*path, i))
        case ast.Starred(value=ast.Name(id=name)):
            yield Binding(name, "other", statement)
        case ast.Attribute():
            if name := dotted(target):
                yield Binding(name, kind, statement, value, path)
        case ast.Subscript():
            if name := dotted(_held_in(target)):
                yield Binding(name, "mutation", statement, value)


def _held_in(node: ast.expr) -> ast.expr:
    """``a.b`` of ``a.b[i][j]``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node
