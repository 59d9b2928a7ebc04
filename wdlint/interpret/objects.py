"""Attributes, calls and classes: how the objects of a program behave."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import (
    builtin,
    expressions,
    hugging_face,
    machine,
    methods,
    optimizers,
    packages,
    records,
    stdlib,
    tensors,
    torch,
)
from wdlint.interpret.heap import ProgramRaise
from wdlint.interpret.modules import last_name
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    AtLeast,
    Bound,
    Builtin,
    Class,
    ClassMethod,
    Dict,
    Env,
    External,
    Function,
    Instance,
    List,
    ModuleValue,
    OneShot,
    Param,
    Partial,
    Property,
    Ref,
    Set,
    Star,
    StaticMethod,
    Super,
    Tensor,
    Unknown,
    Value,
    is_module,
    is_subclass,
    join,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine

SKIPPED: Final = re.compile(
    r"^(forward|extra_repr|_?(re)?set_?parameters?|_?(re)?(init|reset|initiali[sz]e)_?\w*(weight|param|bias)\w*"
    r"|init_zero\w*|load_\w*(weights?|state_dict|checkpoint|pretrained)\w*|_load_from_state_dict|save_hyperparameters)$"
)
"""Methods of modules that make no parameters: they compute, initialise or load."""

_REGISTERS: Final = re.compile(r"regist|[A-Z]{4}|\badd\b|\w_?model$")
"""Decorators that are followed: those that keep what they decorate somewhere. Others wrap it."""

AVAILABLE: Final = re.compile(r"^_?is_(\w+)_available$")

_RECURSION: Final = 2
"""Activations of one function at a time under an undecided condition."""


# ------------------------------------------------------------------------------- truth


def truth_of(value: Value) -> bool | None:
    return machine.truth_of(value)


def truth(value: Value) -> bool | None:
    """The truth of an object; None when it is not known."""
    match value:
        case List() | Set() | OneShot():
            if not value.data:
                return False
            certain = any(
                type(v) is not Star and not (type(v) is Alt and ABSENT in v.options) for v in value.data
            )
            return True if certain or isinstance(value, OneShot) else None
        case Dict():
            there = [v for k, v in value.data.items() if k is not Dict.REST and v is not ABSENT]
            if not there:
                return None if value.open else False
            return True if any(not (type(v) is Alt and ABSENT in v.options) for v in there) else None
        case Instance(payload=payload) if payload is not None:
            return truth(payload) if isinstance(payload, Ref) else bool(payload)
        case AtLeast():
            return True if value.least > 0 else None
        case Unknown() | Tensor():
            return None
        case External():
            return None if value.name.endswith(("available", "AVAILABLE")) else True
    return True


# -------------------------------------------------------------------------- attributes


def get_attribute(m: Machine, holder: Value, name: str, node: ast.AST | None = None) -> Value:
    """``holder.name``; Unknown when it is not known, or not there."""
    if type(holder) is Alt:
        found = [f for o in options(holder) if not _missing(f := get_attribute(m, o, name, node))]
        return join(found, node) if found else m.unknown(f"it has no attribute {name}", node)
    value = find_attribute(m, holder, name, node)
    if value is ABSENT:
        return m.unknown(f"it has no attribute {name}", node)
    if type(value) is Alt and ABSENT in value.options:
        return join([o for o in value.options if o is not ABSENT])
    return value


def _missing(value: Value) -> bool:
    return isinstance(value, Unknown) and value.why.startswith("it has no attribute")


def find_attribute(m: Machine, holder: Value, name: str, node: ast.AST | None = None) -> Value:
    """The attribute, or ABSENT where it is certainly not there."""
    match holder:
        case Instance():
            return _of_instance(m, holder, name, node)
        case Class():
            return _of_class(m, holder, name)
        case Super(cls=cls, owner=owner):
            return _of_super(m, cls, owner, name)
        case ModuleValue(module=module):
            if name == "__dict__":
                return builtin.Names(m, module)
            value = m.importer.member(module, name)
            return value if value is not ABSENT else External(f"{module.name}.{name}")
        case External(name=dotted):
            return stdlib.external(m, f"{dotted}.{name}")
        case Param() | Tensor():
            return tensors.attribute(m, holder, name)
        case Unknown():
            if name in torch.ASKING and m.understudy is not None:
                standing_in = m.understudy(holder)
                if standing_in is not None:
                    return get_attribute(m, standing_in, name, node)
            return m.unknown(holder.why, node)
        case Function():
            if holder.attributes is not None and name in holder.attributes.data:
                return holder.attributes.data[name]
            if name in ("__name__", "__qualname__"):
                return holder.name
            return holder.env.module.name if name == "__module__" else ABSENT
        case Bound(function=function, owner=owner):
            if name == "__self__":
                return owner
            return function if name == "__func__" else find_attribute(m, function, name, node)
        case Partial(function=function, args=args, keywords=keywords):
            kept = {"func": function, "args": args, "keywords": Dict(keywords)}
            return kept.get(name, ABSENT)
        case Property(getter=getter):
            if name == "setter":
                return Builtin("setter", lambda m, args, kw, node: Property(getter, args[0]))
            return ABSENT
        case Builtin(name=own):
            if name in ("__name__", "__qualname__"):
                return own.rpartition(".")[2]
            return stdlib.function_attribute(f"{own}.{name}")
        case None if m.caught and not hasattr(None, name):
            raise ProgramRaise("AttributeError")
    return methods.method(m, holder, name)


def _of_instance(m: Machine, holder: Instance, name: str, node: ast.AST | None) -> Value:
    name = renamed(holder, name)
    if name in holder.data:
        value = holder.data[name]
        if not (type(value) is Alt and ABSENT in value.options):
            return value
        inherited = _from_classes(m, holder, name)
        return value if inherited is ABSENT else join([*options(value), inherited])
    if name == "__class__":
        return holder.cls
    if name == "__dict__":
        return Dict(holder.data)
    value = _from_classes(m, holder, name)
    if value is not ABSENT:
        return value
    native = ABSENT
    if is_module(holder):
        native = torch.module_attribute(m, holder, name)
    elif is_subclass(holder.cls, torch.OPTIMIZER):
        native = optimizers.attribute(m, holder, name)
    if native is not ABSENT:
        return native
    if holder.payload is not None or isinstance(
        holder.data.get("value"), str
    ):  # or a member of an enum of texts
        found = methods.method(
            m, holder.data.get("value") if holder.payload is None else holder.payload, name
        )
        if found is not ABSENT:
            return found
    dynamic = _class_value(holder.cls, "__getattr__")
    if isinstance(dynamic, Function):
        return call(m, dynamic, [holder, name], {}, node)
    if holder.cls.strangers:
        return m.unknown(f"it may be inherited from {describe(holder.cls.strangers[0])}", node)
    return ABSENT


def renamed(holder: Instance, name: str) -> str:
    """The attribute that ``attribute_map`` of a configuration of transformers says is meant."""
    if name in holder.data or holder.payload is not None or name.startswith("_"):
        return name
    renamed = _class_value(holder.cls, "attribute_map")
    return str(renamed.data.get(name, name)) if isinstance(renamed, Dict) else name


def _class_value(cls: Class, name: str) -> Value:
    return next((c.data[name] for c in cls.mro if name in c.data), ABSENT)


def _from_classes(m: Machine, holder: Instance, name: str) -> Value:
    value = _class_value(holder.cls, name)
    return value if value is ABSENT else _bound(m, value, holder, holder.cls)


def _bound(m: Machine, value: Value, owner: Value, cls: Class) -> Value:
    """A class attribute as its instance (or, for ``owner`` None, the class) sees it."""
    match value:
        case Function() | Builtin() if owner is not None:
            return Bound(value, owner)
        case Property(getter=getter) if owner is not None:
            return call(m, getter, [owner], {}, None)
        case StaticMethod(function=function):
            return function
        case ClassMethod(function=function):
            return Bound(function, cls)
        case Alt() if owner is not None:
            return join([_bound(m, o, owner, cls) if o is not ABSENT else o for o in value.options])
    return value


def _of_class(m: Machine, cls: Class, name: str) -> Value:
    value = _class_value(cls, name)
    if value is not ABSENT:
        return _bound(m, value, None, cls)
    match name:
        case "__name__" | "__qualname__":
            return cls.name
        case "__module__":
            return cls.module.name if cls.module else cls.qualname.rpartition(".")[0]
        case "__mro__":
            return cls.mro
        case "__members__" if is_subclass(cls, "enum.Enum"):
            return Dict({k: v for k, v in cls.data.items() if isinstance(v, Instance)})
        case "__init__":
            return Builtin("__init__", lambda m, args, kw, node: initialise(m, cls, args, kw, node))
        case "__dict__":
            return Dict(cls.data)
    native = torch.class_attribute(m, cls, name)
    if native is ABSENT and cls.strangers:
        return m.unknown(f"it may be inherited from {describe(cls.strangers[0])}")
    return native


def _of_super(m: Machine, cls: Class, owner: Value, name: str) -> Value:
    of = owner.cls if isinstance(owner, Instance) else owner
    assert isinstance(of, Class)
    mro = of.mro
    after = mro[mro.index(cls) + 1 :] if cls in mro else cls.mro[1:]
    for each in after:
        if name in each.data:
            return _bound(m, each.data[name], owner if isinstance(owner, Instance) else None, of)
        if each.layer is not None and name == "__init__":
            break
    if name == "__init__":
        rest = after
        return Builtin("__init__", lambda m, args, kw, node: _native_init(m, owner, rest, args, kw, node))
    if name == "__setattr__" and isinstance(owner, Instance):
        return Builtin(name, lambda m, args, kw, node: _put(m, owner, str(args[0]), args[1]))
    if name == "__new__":
        return Builtin(name, _new)
    if isinstance(owner, Instance) and is_module(owner):
        native = torch.module_attribute(m, owner, name)
        if native is not ABSENT:
            return native
    return Builtin(name, lambda m, args, kw, node: m.unknown(f"{name} of a base class is not read", node))


def _new(m: Machine, args: list[Value], kw: dict[str, Value], node: ast.AST | None) -> Value:
    """``object.__new__(cls)``."""
    if args and isinstance(args[0], Class):
        return Instance(args[0], node, m.frame.env.module)
    return m.unknown("its class is not known", node)


def super_of(cls: Value, owner: Value, m: Machine) -> Value:
    """``super(cls, owner)``."""
    if isinstance(cls, Class) and isinstance(owner, Instance | Class):
        return Super(cls, owner)
    return m.unknown("super() of something unknown")


def super_of_frame(m: Machine) -> Value:
    """``super()``: of the class whose body defines the function that runs."""
    for frame in reversed(m.frames):
        function = frame.function
        if function is not None and function.owner is not None:
            owner = frame.owner
            if owner is not None:
                return Super(function.owner, owner)
    return m.unknown("super() outside a method")


def set_attribute(m: Machine, holder: Value, name: str, value: Value, node: ast.AST | None = None) -> None:
    match holder:
        case Instance():
            name = renamed(holder, name)
            slot = _class_value(holder.cls, name)
            if isinstance(slot, Property) and slot.setter is not None:
                call(m, slot.setter, [holder, value], {}, node)
                return
            _put(m, holder, name, value)
        case Param():
            m.heap.touch(holder)
            holder.data[name] = value
            if name == "data" and isinstance(value, Tensor | Param) and holder.ndim is None:
                holder.ndim = value.ndim
        case Class():
            m.heap.touch(holder)
            holder.data[name] = value
        case Function():
            if holder.attributes is None:
                holder.attributes = Dict()
            m.heap.touch(holder.attributes)
            holder.attributes.data[name] = value
        case ModuleValue(module=module):
            module.data[name] = value


def delete_attribute(m: Machine, holder: Instance, name: str) -> None:
    """``del holder.name``: an attribute, or the element of a container."""
    payload = holder.payload if is_module(holder) else None
    if isinstance(payload, Dict) and name in payload.data:
        m.heap.touch(payload)
        payload.data.pop(name)
    elif name in holder.data:
        m.heap.touch(holder)
        holder.data.pop(name)


def _put(m: Machine, holder: Instance, name: str, value: Value) -> None:
    """Set an attribute; a container's element of that name is replaced."""
    if name == "__dict__":  # ``self.__dict__ = self``, or a mapping that is taken over
        entries = Dict()
        expressions.update(m, entries, value)
        m.heap.touch(holder)
        holder.data.update({str(k): v for k, v in entries.data.items() if isinstance(k, str)})
        return
    payload = holder.payload if is_module(holder) else None
    if isinstance(payload, Dict) and name in payload.data:
        m.heap.touch(payload)
        payload.data[name] = value
    elif isinstance(payload, List) and name.isdigit() and int(name) < len(payload.data):
        m.heap.touch(payload)
        payload.data[int(name)] = value
    else:
        m.heap.touch(holder)
        holder.data[name] = value


# ------------------------------------------------------------------------------- calls


def call(
    m: Machine, function: Value, args: list[Value], keywords: dict[str, Value], node: ast.AST | None
) -> Value:
    """The result of calling a value."""
    m.spend()
    match function:
        case Function():
            return call_function(m, function, args, keywords, node)
        case Bound(function=inner, owner=owner):
            if isinstance(inner, Function) and _skips(inner, owner):
                return m.unknown(f"{inner.name}() is not followed", node)
            return call(m, inner, [owner, *args], keywords, node)
        case Class():
            return instantiate(m, function, args, keywords, node)
        case Builtin(run=run):
            return run(m, args, keywords, node)
        case Partial(function=inner, args=first, keywords=preset):
            return call(m, inner, [*first, *args], {**preset, **keywords}, node)
        case Alt():
            several = list(options(function))
            arms = [lambda f=f: call(m, f, args, keywords, node) for f in several]
            return join(m.heap.fork(arms, function.node), function.node)
        case Instance():
            return _call_instance(m, function, args, keywords, node)
        case External(name=name):
            return stdlib.call_external(m, name, args, keywords, node)
        case StaticMethod(function=inner) | ClassMethod(function=inner):
            return call(m, inner, args, keywords, node)
        case Unknown(why=why):
            return m.unknown(why, node)
    return m.unknown("what is called is not known", node)


def _skips(function: Function, owner: Value) -> bool:
    return SKIPPED.match(function.name) is not None and is_module(owner)


def _call_instance(
    m: Machine, owner: Instance, args: list[Value], keywords: dict[str, Value], node: ast.AST | None
) -> Value:
    if is_module(owner):  # only a layer's result is surely a tensor
        return Tensor() if owner.cls.layer is not None else m.unknown("it is computed", node)
    method = _class_value(owner.cls, "__call__")
    if method is not ABSENT:
        return call(m, method, [owner, *args], keywords, node)
    return m.unknown(f"a {owner.cls.name} is called", node)


def call_method(
    m: Machine, owner: Value, name: str, args: Sequence[Value], node: ast.AST | None = None
) -> Value:
    """``owner.name(*args)``; Unknown where there is no such method."""
    method = find_attribute(m, owner, name, node)
    if method is ABSENT:
        return m.unknown(f"it has no method {name}", node)
    return call(m, method, list(args), {}, node)


def available(m: Machine, what: str, node: ast.AST | None) -> Value:
    """``is_..._available()``."""
    return True if what == "torch" else m.unknown("what is installed is not known", node)


def call_function(
    m: Machine, function: Function, args: list[Value], keywords: dict[str, Value], node: ast.AST | None
) -> Value:
    if function.name in packages.HOOKED:
        name = function.name if function.owner is None else f"{function.owner.name}.{function.name}"
        hook = packages.HOOKS.get((function.env.module.name, name))
        if hook is not None:
            return hook(m, args, keywords, node)
    if (asks := AVAILABLE.match(function.name)) is not None:
        return available(m, asks[1], node)
    active = sum(f.function is not None and f.function.node is function.node for f in m.frames)
    if len(m.frames) > machine.DEPTH or (active >= _RECURSION and m.heap.undecided):
        return m.unknown("it calls itself too often", node)
    env = bind_arguments(m, function, args, keywords)
    if function.attributes is not None:
        hugging_face.keep_arguments(m, function, env)
    owner = None
    if function.owner is not None and args:
        first = args[0]
        owner = first if isinstance(first, Instance | Class) else None
    body = function.node
    if isinstance(body, ast.Lambda):
        m.frames.append(machine.Frame(env, function, owner))
        try:
            return m.evaluate(body.body, env)
        finally:
            m.frames.pop()
    frame = machine.Frame(env, function, owner)
    frame.generator = _is_generator(body)
    m.frames.append(frame)
    try:
        outcome = m.block(body.body, env)
    finally:
        m.frames.pop()
    if frame.generator:
        return OneShot(frame.yields.data)
    if "end" in outcome:
        frame.returns.append(None)
    return join(frame.returns, node)


@lru_cache(maxsize=4096)
def _is_generator(node: ast.AST) -> bool:
    return _has_yield(node)


def _has_yield(node: ast.AST) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and _has_yield(child):
            return True
    return False


def bind_arguments(m: Machine, function: Function, args: list[Value], keywords: dict[str, Value]) -> Env:
    """The environment of a call: parameters bound to what is passed, or to their defaults."""
    signature = function.node.args
    env = Env(function.env.module, function.env)
    positional = [*signature.posonlyargs, *signature.args]
    given = list(args)
    starred = next((i for i, a in enumerate(given) if type(a) is Star), None)
    rest_unknown: Value = None
    if starred is not None:
        rest_unknown = given[starred].value
        if signature.vararg is None or starred < len(positional):
            tail = given[starred:]
            given = given[:starred]
            rest_unknown = join([t.value if type(t) is Star else t for t in tail])
    unseen = keywords.get("**", ABSENT)
    left = {k: v for k, v in keywords.items() if k != "**"}
    defaults = dict(
        zip(
            [p.arg for p in positional][len(positional) - len(function.defaults) :],
            function.defaults,
            strict=True,
        )
    )
    for i, parameter in enumerate(positional):
        name = parameter.arg
        if i < len(given):
            env.data[name] = _or_by_annotation(m, function, parameter, given[i])
        elif name in left:
            value = _defaulted(left.pop(name), defaults.get(name, ABSENT))
            env.data[name] = _or_by_annotation(m, function, parameter, value)
        elif rest_unknown is not None:
            env.data[name] = rest_unknown
        elif name in defaults:
            env.data[name] = defaults[name] if unseen is ABSENT else _perhaps_given(defaults[name], unseen)
        elif unseen is ABSENT:
            env.data[name] = _by_annotation(m, function, parameter)
        else:
            env.data[name] = unseen
    if signature.vararg is not None:
        more = given[len(positional) :]
        env.data[signature.vararg.arg] = tuple(more)
    for parameter in signature.kwonlyargs:
        name = parameter.arg
        if name in left:
            env.data[name] = _defaulted(left.pop(name), function.keyword_defaults.get(name, ABSENT))
        else:
            default = function.keyword_defaults.get(name, ABSENT)
            env.data[name] = _by_annotation(m, function, parameter) if default is ABSENT else default
    if signature.kwarg is not None:
        rest = Dict(left)
        if unseen is not ABSENT:
            rest.data[Dict.REST] = unseen
        env.data[signature.kwarg.arg] = rest
    return env


def _or_by_annotation(m: Machine, function: Function, parameter: ast.arg, value: Value) -> Value:
    """An argument, or what its annotation says of it where it is not known."""
    if isinstance(value, Unknown) and parameter.annotation is not None:
        made = _by_annotation(m, function, parameter)
        return value if isinstance(made, Unknown) else made
    return value


def _by_annotation(m: Machine, function: Function, parameter: ast.arg) -> Value:
    """An argument nobody passes: an object of the class it is annotated with, if that is the program's."""
    annotation = parameter.annotation
    unknown = m.unknown(f"`{parameter.arg}` is not passed")
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return unknown
    if not isinstance(annotation, ast.Name | ast.Attribute) or parameter.arg in ("self", "cls"):
        return unknown
    cls = m.evaluate(annotation, function.env)
    if not isinstance(cls, Class) or cls.node is None or cls in m.imagined:
        return unknown
    m.imagined.append(cls)
    try:
        made = instantiate(m, cls, [], {}, annotation)
    except ProgramRaise:
        return unknown
    finally:
        m.imagined.pop()
    if not isinstance(made, Instance):
        return unknown
    made.assumed = True
    return made


def _defaulted(value: Value, default: Value) -> Value:
    """An argument that may not be passed is its default then."""
    if type(value) is Alt and ABSENT in value.options:
        return join([o for o in value.options if o is not ABSENT] + ([] if default is ABSENT else [default]))
    return value


def _perhaps_given(default: Value, unseen: Value) -> Value:
    """A default that a mapping nobody can read may override: classes stay, numbers and flags are open."""
    return unseen if default is None or isinstance(default, bool | int | str) else default


# ------------------------------------------------------------------------------ classes


def instantiate(
    m: Machine, cls: Class, args: list[Value], keywords: dict[str, Value], node: ast.AST | None
) -> Value:
    """The object a call of a class makes."""
    made = records.construct(m, cls, args, keywords, node)
    if made is not ABSENT:
        return made
    if is_subclass(cls, "torch.Tensor"):
        kind = "torch.nn.Parameter" if is_subclass(cls, "torch.nn.Parameter") else "torch.Tensor"
        return tensors.FUNCTIONS[kind](m, args, keywords, node)
    new = _class_value(cls, "__new__")
    if isinstance(new, StaticMethod):
        new = new.function
    if isinstance(new, Function):
        value = call(m, new, [cls, *args], keywords, node)
        if not (isinstance(value, Instance) and is_subclass(value.cls, cls.qualname)):
            return value
        instance = value
    else:
        instance = Instance(cls, *m.origin(node))
    torch.prepare(m, instance)
    initialise(m, cls, [instance, *args], keywords, node)
    return instance


def initialise(
    m: Machine, cls: Class, args: list[Value], keywords: dict[str, Value], node: ast.AST | None
) -> Value:
    """Run ``cls.__init__`` on ``args[0]``."""
    owner = args[0] if args else None
    init = _class_value(cls, "__init__")
    if isinstance(init, Function):
        return call_function(m, init, args, keywords, node)
    return _native_init(m, owner, cls.mro, args[1:], keywords, node)


def _native_init(
    m: Machine,
    owner: Value,
    mro: Sequence[Class],
    args: list[Value],
    keywords: dict[str, Value],
    node: ast.AST | None,
) -> Value:
    """The constructor of the first built-in class among the bases, or of a dataclass."""
    if not isinstance(owner, Instance):
        return None
    for i, cls in enumerate(mro):
        init = cls.data.get("__init__")
        if isinstance(init, Function):
            return call_function(m, init, [owner, *args], keywords, node)
        if isinstance(init, Builtin):
            return init.run(m, [owner, *args], keywords, node)
        if cls.layer is not None or cls.node is None:
            if torch.build(m, owner, cls, args, keywords, node, rest=mro[i + 1 :]):
                return None
        if records.fill_fields(m, owner, cls, args, keywords):
            return None
    return None


def is_instance(m: Machine, value: Value, classes: Value) -> bool | None:
    """``isinstance(value, classes)``; None when it is not known."""
    if type(value) is Alt:
        found = {is_instance(m, o, classes) for o in options(value)}
        return found.pop() if len(found) == 1 else None
    verdict: bool | None = False
    among = classes if isinstance(classes, tuple) else (classes,)
    for each in among:
        if isinstance(each, tuple | List):
            inner = is_instance(m, value, tuple(each.data) if isinstance(each, List) else each)
        else:
            inner = _is_a(m, value, each)
        if inner:
            return True
        verdict = None if inner is None else verdict
    return verdict


def _is_a(m: Machine, value: Value, cls: Value) -> bool | None:
    if isinstance(value, Unknown) or isinstance(cls, Unknown):
        return None
    if type(cls) is Star or type(cls) is Alt:
        return None
    if isinstance(cls, Class):
        of = class_of(m, value)
        if of is None:
            return builtin.is_builtin_instance(value, cls.name)
        if any(c is cls or c.qualname == cls.qualname for c in of.mro):
            return True
        return None if any(_may_be(s, cls) for s in of.strangers) else False
    if isinstance(cls, External | Builtin):
        name = cls.name.rpartition(".")[2]
        known = builtin.is_builtin_instance(value, name)
        if known is not None:
            return known
        if isinstance(value, Instance):
            names = {c.name for c in value.cls.mro} | {
                describe(s).rpartition(".")[2] for s in value.cls.strangers
            }
            return name in names
        return False
    return None


def _may_be(stranger: Value, cls: Class) -> bool:
    """Whether an unread base class may descend from ``cls``; torch's own layers are never its bases."""
    return isinstance(stranger, Unknown)


def class_of(m: Machine, value: Value) -> Class | None:
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Param):
        return torch.native_class(m, "torch.nn.Parameter")
    if isinstance(value, Tensor):
        return torch.native_class(m, "torch.Tensor")
    return None


def as_class(m: Machine, value: Value) -> Value:
    """A base class: what is not read becomes a class of its own kind where one is known."""
    if isinstance(value, External):
        return torch.foreign_class(m, value.name)
    if isinstance(value, Builtin):
        return torch.native_class(m, value.name)
    return value


def decorate(m: Machine, value: Value, decorator: ast.expr, env: Env) -> Value:
    """A definition under a decorator; what a decorator that is not read makes of it is ignored."""
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    last = last_name(name)
    match last:
        case "property" | "cached_property" | "lazy_property":
            return Property(value)
        case "staticmethod":
            return StaticMethod(value)
        case "classmethod":
            return ClassMethod(value)
        case "setter":
            return _setter(m, value, name, env)
        case "dataclass" | "dataclass_transform" | "attrs" | "define" | "s" if isinstance(value, Class):
            value.data["__dataclass__"] = True
            return value
        case "contextmanager" | "wraps" | "no_grad" | "lru_cache" | "cache" | "abstractmethod" | "overload":
            return value
    if not _REGISTERS.search(ast.unparse(name)) and not _is_of_registry(m, name, env):
        return value
    function = m.evaluate(decorator, env)
    if isinstance(function, Unknown | External):
        return value
    try:
        result = call(m, function, [value], {}, decorator)
    except ProgramRaise:
        return value
    if isinstance(result, Function | Class | Bound | Partial | Property | StaticMethod | ClassMethod):
        return result if not _wraps(result, value) else value
    return value


def _is_of_registry(m: Machine, name: ast.expr, env: Env) -> bool:
    """Whether a decorator is a method of an object that the program made."""
    if not (isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name)):
        return False
    holder = m.lookup(name.value.id, env)
    return isinstance(holder, Instance) and holder.cls.node is not None


def _wraps(result: Value, value: Value) -> bool:
    """A wrapper function around what it decorates: the original says more."""
    return isinstance(result, Function) and isinstance(value, Function) and result is not value


def _setter(m: Machine, value: Value, name: ast.expr, env: Env) -> Value:
    holder = m.evaluate(name.value, env) if isinstance(name, ast.Attribute) else None
    return Property(holder.getter, value) if isinstance(holder, Property) else value


# ----------------------------------------------------------------------------- containers


def iterate(m: Machine, holder: Instance) -> list[Value] | None:
    """The expressions.elements of an object that is iterated over."""
    if is_module(holder) and holder.payload is not None:
        payload = holder.payload
        if isinstance(payload, List) or is_subclass(holder.cls, "torch.nn.Sequential"):
            return (
                list(payload.data)
                if isinstance(payload, List)
                else [v for v in payload.data.values() if v is not ABSENT]
            )
    method = _class_value(holder.cls, "__iter__")
    if isinstance(method, Function):
        return expressions.elements(m, call(m, method, [holder], {}, None), consume=True)
    if holder.payload is not None:
        return expressions.elements(m, holder.payload)
    return None


def child_at(m: Machine, holder: Instance, key: Value, node: ast.AST | None) -> Value:
    """``container[key]`` of a Sequential, ModuleList, ModuleDict, or a subclass of a builtin."""
    payload = holder.payload
    if isinstance(payload, Dict) and is_subclass(holder.cls, "torch.nn.Sequential"):
        there = {k: v for k, v in payload.data.items() if v is not ABSENT}
        if isinstance(key, slice):
            part = Instance(holder.cls, holder.made, holder.module)
            part.payload = Dict(dict(list(there.items())[key]))
            return part
        payload = List(there.values())
    found = expressions.get_item(m, payload, key, node)
    if isinstance(found, List) and isinstance(key, slice) and is_module(holder):
        part = Instance(holder.cls, holder.made, holder.module)
        part.payload = found
        return part
    if isinstance(found, Unknown) and isinstance(_class_value(holder.cls, "__missing__"), Function):
        return call_method(m, holder, "__missing__", [key], node)
    return found


def key_of(holder: Instance, key: Value) -> Value:
    """The name of the element at an index of a Sequential whose elements have names."""
    payload = holder.payload
    if isinstance(payload, Dict) and isinstance(key, int) and is_subclass(holder.cls, "torch.nn.Sequential"):
        names = list(payload.data)
        return names[key] if -len(names) <= key < len(names) else key
    return key


def extend(m: Machine, target: List, values: Value) -> None:
    found = expressions.elements(m, values, consume=True)
    m.heap.touch(target)
    target.data.extend(
        [Star(m.unknown("the list is extended by something unknown"))] if found is None else found
    )


def entered(m: Machine, value: Value) -> Value:
    """What ``with value as x`` binds."""
    if isinstance(value, Instance):
        method = _class_value(value.cls, "__enter__")
        return call(m, method, [value], {}, None) if isinstance(method, Function) else value
    return value


def describe(value: Any) -> str:
    """A name for messages."""
    match value:
        case External(name=name) | Builtin(name=name):
            return name
        case Class(name=name):
            return name
        case Unknown():
            return "a class that is not known"
    return "something else"
