"""What calls give: known functions of other packages, methods of containers, functions of the file.

A call that is not known here gives :class:`~wdlint.reason.values.Made` when its function is
another package's, and is followed into the body when it is the file's own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from wdlint.reason import arithmetic, members
from wdlint.reason.arguments import bind
from wdlint.reason.loaders import LOADERS, turns_into_namespace
from wdlint.reason.scopes import ModuleIndex, dotted
from wdlint.reason.values import (
    LONGEST,
    Abstract,
    Code,
    Constant,
    Entries,
    External,
    Frame,
    Instance,
    Item,
    Items,
    Lazy,
    LocalClass,
    LocalFunction,
    Made,
    Opaque,
    Options,
    Parameters,
    Partial,
    Picked,
    alternatives,
    choice,
    numeric,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

Known: TypeAlias = "Callable[[Evaluator, ast.Call, Frame], Abstract]"


def call(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """The value of a call."""
    if isinstance(node.func, ast.Attribute):
        method = _METHODS.get(node.func.attr)
        if method is not None and (value := method(evaluator, node, node.func, frame)) is not None:
            return value
    function = evaluator.evaluate(node.func, frame)
    return choice(apply(evaluator, each, node, frame) for each in alternatives(function))


def apply(evaluator: Evaluator, function: Abstract, node: ast.Call, frame: Frame) -> Abstract:
    """The value of calling ``function`` with the arguments of a call."""
    match function:
        case External(name=name):
            last = name.rpartition(".")[2]
            known = _FUNCTIONS.get(name) or _BY_LAST_NAME.get(last)
            if known is None and turns_into_namespace(last):
                known = _first
            return known(evaluator, node, frame) if known else Made(function, Code(node, frame))
        case LocalClass():
            return members.instance(evaluator, function, Code(node, frame))
        case LocalFunction(node=target):
            passed = bind(node, target, frame, evaluator.of(function.frame.scope))
            if isinstance(target, ast.FunctionDef) and turns_into_namespace(target.name):
                return _first(evaluator, node, frame)
            if passed is None:
                return Opaque(f"the arguments of {_called(node)} are not known")
            return evaluator.call_function(function, passed, frame.depth)
        case Partial(function=inner):
            return apply(evaluator, inner, node, frame)
        case Opaque(why=why):
            return Opaque(f"{_called(node)} returns it" if node.args or node.keywords else why)
    return Opaque(f"{_called(node)} returns it")


def _called(node: ast.Call) -> str:
    return f"{dotted(node.func) or 'a call'}()"


# --------------------------------------------------------------------------- methods


def _parameters(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    receiver = Code(func.value, frame)
    module = evaluator.force(receiver)
    if isinstance(module, LocalClass) or (isinstance(module, External) and module.name.startswith("torch.")):
        return None
    for own in alternatives(module):
        if isinstance(own, Instance):
            methods = (m for c in members.lineage(evaluator, own.cls) for m in members.methods(c))
            if any(m.name in ("parameters", "named_parameters") for m in methods):
                return None  # the class has its own idea of them
    return Parameters((Picked(module, receiver),), named=func.attr == "named_parameters", one_shot=True)


def _get(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    """``mapping.get(key, default)``."""
    holder = evaluator.evaluate(func.value, frame)
    if not isinstance(holder, Entries | Options) or not node.args:
        return None
    key = evaluator.evaluate(node.args[0], frame)
    if isinstance(holder, Entries) and isinstance(key, Constant) and key.value not in holder.entries:
        default = evaluator.evaluate(node.args[1], frame) if len(node.args) > 1 else Constant(None)
        return choice([default, Opaque("the mapping may hold it")]) if holder.open else default
    return evaluator.entry(holder, key)


def _options(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    return Options("the command line", _parser_homes(evaluator, func.value, frame))


def _parser_homes(evaluator: Evaluator, parser: ast.expr, frame: Frame) -> tuple[ModuleIndex, ...]:
    """The modules that take part in a parser: where it parses, where it was made, its parents'."""
    found = {frame.scope.index: None}
    if evaluator.modules is not None:
        if isinstance(frame.self_value, Instance):
            found |= {cls.scope.index: None for cls in members.lineage(evaluator, frame.self_value.cls)}
        for made in alternatives(evaluator.evaluate(parser, frame)):
            if isinstance(made, Made) and isinstance(made.call.node, ast.Call):
                found[made.call.frame.scope.index] = None
                for keyword in made.call.node.keywords:
                    if keyword.arg == "parents" and isinstance(keyword.value, ast.List):
                        for parent in keyword.value.elts:
                            found |= dict.fromkeys(_parser_homes(evaluator, parent, made.call.frame))
    return tuple(found)


def _known_options(
    evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame
) -> Abstract | None:
    options = Options("the command line", _parser_homes(evaluator, func.value, frame))
    return Items((Item(options), Item(Opaque("the rest of the command line"))))


def _dataclasses(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    """``HfArgumentParser((A, B)).parse_args_into_dataclasses()``: an instance of each class."""
    parser = evaluator.evaluate(func.value, frame)
    if (
        not isinstance(parser, Made)
        or not isinstance(parser.call.node, ast.Call)
        or not parser.call.node.args
    ):
        return None
    classes = evaluator.evaluate(parser.call.node.args[0], parser.call.frame)
    several = [evaluator.force(i.value) for i in classes.items] if isinstance(classes, Items) else [classes]
    return Items(
        tuple(
            Item(
                members.instance(evaluator, c)
                if isinstance(c, LocalClass)
                else Opaque("a class that is not read")
            )
            for c in several
        )
    )


def _itself(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    """Methods that return the module they are called on: ``model.to(device)``."""
    holder = evaluator.evaluate(func.value, frame)
    fluent = all(isinstance(each, Instance | Made | Entries) for each in alternatives(holder))
    return holder if fluent else None


def _pairs(evaluator: Evaluator, node: ast.Call, func: ast.Attribute, frame: Frame) -> Abstract | None:
    """``vars``-like methods: the options as a mapping."""
    holder = evaluator.evaluate(func.value, frame)
    return holder if isinstance(holder, Options | Entries) else None


_METHODS: Final[Mapping[str, Callable[[Evaluator, ast.Call, ast.Attribute, Frame], Abstract | None]]] = {
    "parameters": _parameters,
    "named_parameters": _parameters,
    "get": _get,
    "pop": _get,
    "parse_args": _options,
    "parse_known_args": _known_options,
    "parse_args_into_dataclasses": _dataclasses,
    "parse_args_and_config": _dataclasses,
    **dict.fromkeys(
        (
            "to",
            "cuda",
            "cpu",
            "train",
            "eval",
            "half",
            "float",
            "double",
            "bfloat16",
            "apply",
            "requires_grad_",
        ),
        _itself,
    ),
    **dict.fromkeys(("copy", "_asdict", "to_dict", "_get_kwargs"), _pairs),
}


# ------------------------------------------------------------------------- functions


def _first(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    if node.args and not isinstance(node.args[0], ast.Starred):
        return evaluator.evaluate(node.args[0], frame)
    return Opaque(f"{_called(node)} returns it")


def _collection(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``list(x)``, ``tuple(x)``, ``set(x)``: an iterator becomes a collection."""
    if not node.args:
        return Items(())

    def one(value: Abstract) -> Abstract:
        if isinstance(value, Parameters):
            return Parameters(value.picked, value.named, False, value.loose)
        return value if isinstance(value, Items) else Opaque(f"{_called(node)} returns it")

    return choice(one(each) for each in alternatives(_first(evaluator, node, frame)))


def _iterator(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    value = _first(evaluator, node, frame)
    if isinstance(value, Parameters):
        return Parameters(value.picked, value.named, True, value.loose)
    return Opaque(f"{_called(node)} returns it")


def _filter(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``filter(lambda p: p.requires_grad, model.parameters())``."""
    if len(node.args) != 2:
        return Opaque("filter() returns it")
    predicate = node.args[0]
    test = predicate.body if isinstance(predicate, ast.Lambda) else predicate

    def one(over: Abstract) -> Abstract:
        if not isinstance(over, Parameters):
            return Opaque("filter() returns it")
        picked = tuple(Picked(p.module, p.receiver, (*p.conditions, test)) for p in over.picked)
        return Parameters(picked, over.named, True, over.loose)

    return choice(one(each) for each in alternatives(evaluator.evaluate(node.args[1], frame)))


def _chain(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``itertools.chain(a.parameters(), b.parameters())``."""
    values: list[Abstract] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            return Opaque("chain() returns it")
        values.append(evaluator.evaluate(argument, frame))
    return _joined(evaluator, values)


def _chain_from(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    value = _first(evaluator, node, frame)
    if isinstance(value, Items) and not value.open:
        return _joined(evaluator, [evaluator.force(i.value) for i in value.items])
    return Opaque("chain.from_iterable() returns it")


def _joined(evaluator: Evaluator, values: Sequence[Abstract]) -> Abstract:
    joined = union(evaluator, values)
    if joined is None:
        return Opaque("chain() returns it")
    return Parameters(joined.picked, joined.named, True, joined.loose)


def union(evaluator: Evaluator, values: Sequence[Abstract]) -> Parameters | None:
    """Several collections joined into one; None when one of them holds no parameters."""
    picked: list[Picked] = []
    loose = False
    for value in values:
        match value:
            case Parameters():
                picked.extend(value.picked)
                loose |= value.loose
            case Items(open=False):
                for item in value.items:
                    inner = evaluator.force(item.value)
                    if item.spread and isinstance(inner, Parameters):
                        picked.extend(inner.picked)
                    elif isinstance(inner, Entries | Constant):
                        return None
                    else:
                        loose = True
            case _:
                return None
        if len(picked) > LONGEST:
            return None
    return Parameters(tuple(picked), loose=loose)


def _getattr(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    if len(node.args) < 2:
        return Opaque("getattr() returns it")
    holder = evaluator.evaluate(node.args[0], frame)
    found: list[Abstract] = []
    for name in alternatives(evaluator.evaluate(node.args[1], frame)):
        if isinstance(name, Constant) and isinstance(name.value, str):
            found.extend(members.member(evaluator, each, name.value, frame) for each in alternatives(holder))
            if name.default_of:
                found.append(Opaque(f"{name.default_of} may name another one"))
        else:
            found.append(Opaque("the attribute's name is not known"))
    if len(node.args) == 3:
        missing = [f for f in found if isinstance(f, Opaque)]
        if missing:
            found.append(evaluator.evaluate(node.args[2], frame))
    return choice(found)


def _partial(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    return Partial(_first(evaluator, node, frame), Code(node, frame))


def _mapping(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``dict(a=1, **rest)``, ``SimpleNamespace(a=1)``, ``EasyDict({...})``."""
    entries: dict[str, tuple[Abstract | Code, ...]] = {}
    places: dict[str, Code] = {}
    is_open = False
    merged = [evaluator.evaluate(a, frame) for a in node.args]
    merged += [evaluator.evaluate(k.value, frame) for k in node.keywords if k.arg is None]
    for value in merged:
        if not isinstance(value, Entries) or value.open:
            is_open = True
            entries = may_be_overridden(evaluator, entries)
        if isinstance(value, Entries):
            entries |= value.entries
            places |= value.places
    for keyword in node.keywords:
        if keyword.arg is not None:
            entries[keyword.arg] = (Code(keyword.value, frame),)
            places[keyword.arg] = Code(keyword.value, frame)
    return Entries(entries, is_open, places)


def _import_module(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``importlib.import_module("conf")``."""
    name = _first(evaluator, node, frame)
    if isinstance(name, Constant) and isinstance(name.value, str) and not name.default_of:
        return evaluator.external(name.value)
    return Opaque("import_module() imports what is only known when the program runs")


def _number(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``float("1e-4")``, ``int(x)``."""

    def one(value: Abstract) -> Abstract:
        if isinstance(value, Constant):
            if isinstance(value.value, str):
                try:
                    return Constant(float(value.value), value.where, value.default_of)
                except ValueError:
                    return Opaque("it is computed")
            if numeric(value.value) is not None:
                return value
        return value if isinstance(value, Opaque) else Opaque("it is computed")

    return choice(one(each) for each in alternatives(_first(evaluator, node, frame)))


def _from_command_line(evaluator: Evaluator, node: ast.Call, frame: Frame) -> Abstract:
    """``tyro.cli(Config)``, ``pyrallis.parse(config_class=Config)``: an instance of the class."""
    candidates = [*node.args, *(k.value for k in node.keywords if k.arg in ("config_class", "cls", "f"))]
    for candidate in candidates:
        value = evaluator.evaluate(candidate, frame)
        if isinstance(value, LocalClass):
            return members.instance(evaluator, value)
    return Opaque(f"{_called(node)} returns it")


_FUNCTIONS: Final[Mapping[str, Known]] = {
    **LOADERS,
    "builtins.list": _collection,
    "builtins.tuple": _collection,
    "builtins.set": _collection,
    "builtins.sorted": _collection,
    "builtins.iter": _iterator,
    "builtins.filter": _filter,
    "builtins.getattr": _getattr,
    "builtins.dict": _mapping,
    "builtins.vars": _first,
    "builtins.float": _number,
    "builtins.int": _number,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "functools.partial": _partial,
    "importlib.import_module": _import_module,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "dataclasses.asdict": _first,
    "argparse.Namespace": _mapping,
    "types.SimpleNamespace": _mapping,
    "collections.OrderedDict": _mapping,
    "tyro.cli": _from_command_line,
    "pyrallis.parse": _from_command_line,
    "draccus.parse": _from_command_line,
    "simple_parsing.parse": _from_command_line,
    "torch.compile": _first,
    "torch.nn.DataParallel": _first,
    "torch.nn.parallel.DistributedDataParallel": _first,
    "torch.nn.parallel.DataParallel": _first,
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm": _first,
}

_BY_LAST_NAME: Final[Mapping[str, Known]] = {
    "EasyDict": _mapping,
    "edict": _mapping,
    "AttrDict": _mapping,
    "Munch": _mapping,
    "ConfigDict": _mapping,
    "DotDict": _mapping,
    "DotMap": _mapping,
    "Box": _mapping,
    "DictConfig": _mapping,
    "DistributedDataParallel": _first,
}


# -------------------------------------------------------------------------- mutations


def mutate(
    evaluator: Evaluator, value: Abstract, statement: ast.stmt, code: Code, guards: tuple[ast.stmt, ...]
) -> Abstract:
    """``value`` after a statement that changes it in place; ``code`` is what it adds or the call."""
    match statement:
        case ast.Delete(targets=[ast.Subscript(value=ast.Name() | ast.Attribute())]):
            return _without(value, evaluator.force(code))
        case (
            ast.Delete()
            | ast.AugAssign(target=ast.Subscript())
            | ast.Assign(targets=[ast.Subscript(value=ast.Subscript())])
        ):
            return Opaque("it is changed in place")
        case ast.AugAssign(op=op):
            if isinstance(value, Items):
                return Items((*value.items, *evaluator.spread(code, guards)), value.open)
            if isinstance(value, Parameters) and (joined := union(evaluator, (value, evaluator.force(code)))):
                return joined
            changed = arithmetic.combine(evaluator, op, value, evaluator.force(code))
            return choice([value, changed]) if guards else changed
        case ast.Assign(targets=[ast.Subscript(slice=key)]) | ast.AnnAssign(target=ast.Subscript(slice=key)):
            return _set_entry(evaluator, value, evaluator.evaluate(key, code.frame), code, key, guards)
    if isinstance(code.node, ast.Call) and isinstance(code.node.func, ast.Attribute):
        return _method(evaluator, value, code.node, code.frame, guards)
    return value


def _set_entry(
    evaluator: Evaluator,
    value: Abstract,
    key: Abstract,
    code: Code,
    written: ast.expr,
    guards: tuple[ast.stmt, ...] = (),
) -> Abstract:
    if not isinstance(value, Entries):
        return Opaque("an element of it is assigned") if isinstance(value, Items) else value
    if not (isinstance(key, Constant) and isinstance(key.value, str)):
        return Entries(value.entries, True, value.places)
    name = key.value
    new: Lazy = code
    if guards:  # only perhaps
        before = value.entries.get(name)
        old = evaluator.force(before[-1]) if before else Opaque(f"key {name!r} is set under a condition")
        new = choice([old, evaluator.force(code)])
    places = {**value.places, name: Code(written, code.frame)}
    return Entries({**value.entries, name: (new,)}, value.open, places)


def _without(value: Abstract, key: Abstract) -> Abstract:
    """A dict after ``del d[key]`` or ``d.pop(key)``."""
    if isinstance(value, Entries) and isinstance(key, Constant) and not key.default_of:
        rest = {name: v for name, v in value.entries.items() if name != key.value}
        return Entries(rest, value.open, value.places)
    return Opaque("something is taken out of it")


def may_be_overridden(
    evaluator: Evaluator, entries: Mapping[str, tuple[Lazy, ...]]
) -> dict[str, tuple[Lazy, ...]]:
    """Entries that a mapping nobody can read is merged over."""
    unseen = Opaque("a mapping that is not known may override it")
    return {name: (choice([evaluator.force(values[-1]), unseen]),) for name, values in entries.items()}


def _method(
    evaluator: Evaluator, value: Abstract, node: ast.Call, frame: Frame, guards: tuple[ast.stmt, ...]
) -> Abstract:
    assert isinstance(node.func, ast.Attribute)
    arguments = [Code(a, frame) for a in node.args if not isinstance(a, ast.Starred)]
    match node.func.attr, value:
        case (("append" | "add"), Items()) if len(arguments) == 1:
            return Items((*value.items, Item(arguments[0], guards=guards)), value.open)
        case (("append" | "add"), Opaque()) if len(arguments) == 1:
            return Items((Item(arguments[0], guards=guards),), open=True)
        case "insert", Items() if len(arguments) == 2:
            return Items((*value.items, Item(arguments[1], guards=guards)), value.open)
        case (("extend" | "update"), Items()) if len(arguments) == 1:
            return Items((*value.items, *evaluator.spread(arguments[0], guards)), value.open)
        case "extend", Parameters() if len(arguments) == 1:
            return union(evaluator, (value, evaluator.force(arguments[0]))) or Opaque("it is extended")
        case "append", Parameters():
            return Parameters(value.picked, value.named, value.one_shot, loose=True)
        case "update", Entries():
            added = _mapping(evaluator, node, frame)
            assert isinstance(added, Entries)
            before = may_be_overridden(evaluator, value.entries) if added.open or guards else value.entries
            entries = {**before, **added.entries}
            return Entries(entries, value.open or added.open, {**value.places, **added.places})
        case "setdefault", Entries() if len(arguments) == 2:
            key = evaluator.force(arguments[0])
            if isinstance(key, Constant) and key.value in value.entries:
                return value
            return _set_entry(evaluator, value, key, arguments[1], arguments[0].node, guards)
        case "pop", Entries() if arguments:
            return _without(value, evaluator.force(arguments[0]))
        case (("sort" | "reverse"), _):
            return value
    if isinstance(value, Items | Entries | Parameters):
        return Opaque(f"{node.func.attr}() changes it")
    return value
