"""Attributes: of instances, classes and modules of the project, of options, of other packages."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wdlint.reason.arguments import as_default
from wdlint.reason.scopes import FunctionNode, ModuleIndex, all_parameters, dotted, last_name
from wdlint.reason.values import (
    Abstract,
    Code,
    Constant,
    Entries,
    External,
    Frame,
    Instance,
    Lazy,
    LocalClass,
    LocalFunction,
    LocalModule,
    Made,
    Opaque,
    Options,
    choice,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_WRAPPED = frozenset({"module", "_orig_mod", "_fabric_module", "_forward_module"})
"""Attributes under which DistributedDataParallel, torch.compile and friends keep the model."""

_FIELD_CLASSES = frozenset({"NamedTuple", "BaseModel", "TypedDict", "BaseSettings", "PretrainedConfig"})


def instance(evaluator: Evaluator, cls: LocalClass, call: Code | None = None) -> Instance:
    """An object of a local class; the same object for the same class and call, so that it compares."""
    key = (cls.node, call.node if call else None, id(call.frame) if call else 0)
    known = evaluator.instances.get(key)
    if known is None:
        known = evaluator.instances[key] = Instance(cls, call)
    return known


def member(evaluator: Evaluator, holder: Abstract, attribute: str, frame: Frame) -> Abstract:
    """``holder.attribute``."""
    match holder:
        case External(name="absl.flags.FLAGS"):
            return option(evaluator, attribute)
        case External(name=name):
            return evaluator.external(f"{name}.{attribute}")
        case LocalModule(path=path):
            assert evaluator.modules is not None
            return evaluator.modules.attribute(path, attribute)
        case Options(homes=homes):
            return option(evaluator, attribute, homes)
        case Instance():
            return _of_instance(evaluator, holder, attribute)
        case LocalClass():
            found = list(class_attribute(evaluator, holder, attribute, None))
            return (
                choice(found)
                if found
                else Opaque(f"`{holder.node.name}.{attribute}` is set nowhere that is read")
            )
        case Entries(entries=entries) if attribute in entries:
            return evaluator.force(entries[attribute][-1])
        case Made(function=External(name=name)) if attribute in _WRAPPED:
            return holder
        case Opaque() if attribute in evaluator.options:
            return option(evaluator, attribute)
        case Opaque():
            return _unique_field(evaluator, attribute) or Opaque(
                f"`.{attribute}` of an object that is not known"
            )
        case Made(function=External(name=name)):
            return Opaque(f"`.{attribute}` of what {name.lstrip('.')}() returns")
    return Opaque(f"`.{attribute}` of a value that has none")


def option(evaluator: Evaluator, dest: str, homes: Sequence[ModuleIndex] = ()) -> Abstract:
    """The default of an option declared in this file or in the modules that take part in it."""
    return options_default(evaluator, dest, homes) or Opaque(
        f"option `{dest}` is declared nowhere that is read"
    )


def options_default(evaluator: Evaluator, dest: str, homes: Sequence[ModuleIndex]) -> Abstract | None:
    """The same, but None where no such option is declared."""
    files = {evaluator.index: evaluator}
    if evaluator.modules is not None:
        files |= {home: evaluator.modules.evaluator(home) for home in homes}
    values = [declared_option(each, dest) for each in files.values() if dest in each.options]
    return choice(values) if values else None


def declared_option(evaluator: Evaluator, dest: str) -> Abstract:
    """The default that the declarations of this file give an option."""
    values: list[Abstract] = []
    for declaration in evaluator.options.get(dest):
        if declaration.default is None:
            values.append(Opaque(f"{declaration.spelled} has no default"))
        else:
            frame = evaluator.frame(declaration.statement)
            values.append(as_default(evaluator.evaluate(declaration.default, frame), declaration.spelled))
    return choice(values)


def homes(evaluator: Evaluator, value: Abstract) -> Iterator[Evaluator]:
    """The evaluators of the modules an object comes from."""
    match value:
        case Options(homes=indices) if evaluator.modules is not None:
            yield from (evaluator.modules.evaluator(index) for index in indices)
        case LocalClass(scope=scope):
            yield evaluator.of(scope)
        case Instance(cls=cls, call=call):
            yield evaluator.of(cls.scope)
            if call is not None:
                yield evaluator.of(call.frame.scope)


# ------------------------------------------------------------------------- instances


def _of_instance(evaluator: Evaluator, holder: Instance, attribute: str) -> Abstract:
    own = list(_set_on_self(evaluator, holder, attribute))
    if own:
        return choice(own)
    if (passed := _field_argument(evaluator, holder, attribute)) is not None:
        return passed
    inherited = list(class_attribute(evaluator, holder.cls, attribute, holder))
    if inherited:
        unseen = [Opaque("a mapping that is not known may set it")] * _takes_unknown(evaluator, holder)
        return choice([*inherited, *unseen])
    if attribute == "hparams" and (saved := _hyperparameters(evaluator, holder)) is not None:
        return saved
    if attribute in _WRAPPED:
        return holder
    return Opaque(f"`self.{attribute}` is set nowhere that is read")


def lineage(evaluator: Evaluator, cls: LocalClass) -> Iterator[LocalClass]:
    """A class and its bases in the files that are read, nearest first."""
    pending, seen = [cls], set()
    while pending:
        each = pending.pop(0)
        if each.node in seen:
            continue
        seen.add(each.node)
        yield each
        frame = Frame(each.scope, each.node)
        for base in each.node.bases:
            value = evaluator.evaluate(base, frame)
            if isinstance(value, LocalClass):
                pending.append(value)


def methods(cls: LocalClass) -> Iterator[FunctionNode]:
    for statement in cls.node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement


def constructor(cls: LocalClass) -> FunctionNode | None:
    return next((m for m in methods(cls) if m.name == "__init__"), None)


def _set_on_self(evaluator: Evaluator, holder: Instance, attribute: str) -> Iterator[Abstract]:
    """Every value assigned to ``self.<attribute>`` in the methods of the class and its bases."""
    asking = evaluator
    for cls in lineage(asking, holder.cls):
        evaluator = asking.of(cls.scope)
        found = False
        for method in methods(cls):
            own = first_parameter(method)
            name = f"{own}.{attribute}"
            scope = evaluator.index.scope_of[method]
            if own is None or name not in scope.names:
                continue
            bindings, _ = evaluator.index.reaching(name, None, scope)
            if not any(b.kind != "mutation" for b in bindings):
                continue
            arguments = (
                _passed(evaluator, holder, method)
                if method.name == "__init__" and cls is holder.cls
                else None
            )
            frame = Frame(scope, None, arguments, holder, depth=1)
            found = True
            yield evaluator.evaluate(_attribute_node(evaluator, own, attribute, method), frame)
        if found:
            return


def _attribute_node(evaluator: Evaluator, own: str, attribute: str, method: FunctionNode) -> ast.expr:
    """A ``self.<attribute>`` to evaluate at the end of a method; one node each, so that it is memoised."""
    key = (method, attribute)
    node = evaluator.synthetic.get(key)
    if node is None:
        name = ast.copy_location(ast.Name(own, ast.Load()), method)
        node = ast.copy_location(ast.Attribute(name, attribute, ast.Load()), method)
        evaluator.synthetic[key] = node
    return node


def _passed(evaluator: Evaluator, holder: Instance, method: FunctionNode) -> dict[str, Lazy] | None:
    """The constructor arguments of an instance whose call is seen."""
    if holder.call is None:
        return None
    assert isinstance(holder.call.node, ast.Call)
    return evaluator.passed(holder.call, method)


def _hyperparameters(evaluator: Evaluator, holder: Instance) -> Abstract | None:
    """What ``save_hyperparameters()`` puts into ``self.hparams``: the constructor's arguments."""
    asking = evaluator
    for cls in lineage(asking, holder.cls):
        evaluator = asking.of(cls.scope)
        init = constructor(cls)
        if init is None:
            continue
        call = next(
            (
                c
                for c, s in evaluator.index.calls_named.get("save_hyperparameters", ())
                if evaluator.index.scope(s).node is init
            ),
            None,
        )
        if call is None:
            continue
        frame = Frame(evaluator.index.scope_of[init], None, _passed(evaluator, holder, init), holder, depth=1)
        if len(call.args) == 1 and not isinstance(call.args[0], ast.Constant):
            return evaluator.evaluate(call.args[0], frame)
        entries: dict[str, tuple[Lazy, ...]] = {}
        for parameter in all_parameters(init.args)[1:]:
            name = ast.copy_location(ast.Name(parameter.arg, ast.Load()), parameter)
            entries[parameter.arg] = (Code(name, frame),)
        return Entries(entries, open=True)
    return None


# ----------------------------------------------------------------- class attributes


def class_attribute(
    evaluator: Evaluator, cls: LocalClass, attribute: str, holder: Instance | None
) -> Iterator[Abstract]:
    asking = evaluator
    for each in lineage(asking, cls):
        evaluator = asking.of(each.scope)
        scope = evaluator.index.scope_of[each.node]
        if attribute not in scope.names:
            continue
        method = next((m for m in methods(each) if m.name == attribute), None)
        if method is not None:
            function = LocalFunction(method, Frame(scope, method), holder)
            if any(last_name(d) in ("property", "cached_property") for d in method.decorator_list):
                yield evaluator.call_function(function, {})
            else:
                yield function
            return
        name = ast.copy_location(ast.Name(attribute, ast.Load()), each.node)
        value = evaluator.evaluate(
            _field_default(evaluator, name, scope_frame := Frame(scope, None)), scope_frame
        )
        if is_field_class(each) or (holder is not None and _takes_fields(asking, cls)):
            value = as_default(value, f"field `{attribute}` of {each.node.name}")
        yield value
        return


def _field_default(evaluator: Evaluator, name: ast.Name, frame: Frame) -> ast.expr:
    """The default in ``x: float = field(default=0.1)``, else the name itself."""
    bindings, _ = evaluator.index.reaching(name.id, None, frame.scope)
    value = bindings[-1].value if len(bindings) == 1 else None
    if isinstance(value, ast.Call) and last_name(value.func) in ("field", "Field", "ib", "attrib"):
        for keyword in value.keywords:
            if keyword.arg == "default":
                return keyword.value
            if keyword.arg == "default_factory" and isinstance(keyword.value, ast.Lambda):
                return keyword.value.body
        if value.args and last_name(value.func) == "Field":
            return value.args[0]
    return name


def is_field_class(cls: LocalClass) -> bool:
    """Whether class attributes are constructor fields: dataclass, attrs, NamedTuple, pydantic."""
    decorators = {last_name(d.func if isinstance(d, ast.Call) else d) for d in cls.node.decorator_list}
    if decorators & {"dataclass", "define", "frozen", "attrs", "s", "configclass"}:
        return True
    return any(last_name(b) in _FIELD_CLASSES for b in cls.node.bases)


def _field_argument(evaluator: Evaluator, holder: Instance, attribute: str) -> Abstract | None:
    """What the constructor call passes for a field of a configuration class."""
    if holder.call is None or not _takes_fields(evaluator, holder.cls):
        return None
    call, frame = holder.call.node, holder.call.frame
    assert isinstance(call, ast.Call)
    for keyword in call.keywords:
        if keyword.arg == attribute:
            return evaluator.evaluate(keyword.value, frame)
        if keyword.arg is None:
            match evaluator.evaluate(keyword.value, frame):
                case Entries(entries=entries) if attribute in entries:
                    return evaluator.force(entries[attribute][-1])
                case Options() as options if (value := evaluator.option(options, attribute)) is not None:
                    return value
    fields = _fields(evaluator, holder.cls)
    if attribute in fields and fields.index(attribute) < len(call.args):
        return evaluator.evaluate(call.args[fields.index(attribute)], frame)
    return None


def _fields(evaluator: Evaluator, cls: LocalClass) -> list[str]:
    """The fields of a dataclass in the order of its constructor: those of its bases first."""
    statements = (s for each in reversed(list(lineage(evaluator, cls))) for s in each.node.body)
    targets = (s.target for s in statements if isinstance(s, ast.AnnAssign))
    return list(dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)))


def _takes_fields(evaluator: Evaluator, cls: LocalClass) -> bool:
    """Whether the constructor sets attributes from its keywords: a field class, or one that says so.

    ``for key, value in kwargs.items(): setattr(self, key, value)``, and ``self.__dict__.update(kwargs)``.
    """
    if is_field_class(cls):
        return True
    init = next((i for c in lineage(evaluator, cls) if (i := constructor(c)) is not None), None)
    if init is None or init.args.kwarg is None:
        return False
    home = next(evaluator.of(c.scope) for c in lineage(evaluator, cls) if constructor(c) is init)
    return any(last_name(call.func) in ("setattr", "update") for call, _ in home.index.calls_in(init))


def _takes_unknown(evaluator: Evaluator, holder: Instance) -> bool:
    """Whether the constructor call spreads a mapping that cannot be read into fields."""
    if holder.call is None or not _takes_fields(evaluator, holder.cls):
        return False
    assert isinstance(holder.call.node, ast.Call)
    spread = [k.value for k in holder.call.node.keywords if k.arg is None]
    values = [evaluator.evaluate(value, holder.call.frame) for value in spread]
    return any(not isinstance(v, Options | Entries) or (isinstance(v, Entries) and v.open) for v in values)


def _unique_field(evaluator: Evaluator, attribute: str) -> Abstract | None:
    """The default of a field that exactly one configuration class of this file has.

    For ``args.weight_decay`` where ``args`` comes from elsewhere, as HfArgumentParser hands it out.
    """
    holders = field_classes(evaluator, attribute)
    if len(holders) != 1:
        return None
    value = choice(class_attribute(evaluator, holders[0], attribute, None))
    return value if isinstance(value, Constant) else None


def field_classes(evaluator: Evaluator, attribute: str) -> list[LocalClass]:
    """The configuration classes of this file that have a field."""
    classes = [
        LocalClass(node, evaluator.index.scope_of[node].parent or evaluator.index.module)
        for nodes in evaluator.index.classes.values()
        for node in nodes
        if attribute in evaluator.index.scope_of[node].names
    ]
    return [cls for cls in classes if is_field_class(cls)]


def first_parameter(method: FunctionNode) -> str | None:
    """The name a method calls its instance by; None for static methods."""
    positional = [*method.args.posonlyargs, *method.args.args]
    if not positional or any(dotted(d) == "staticmethod" for d in method.decorator_list):
        return None
    return positional[0].arg
