"""PyTorch's modules as programs see them: classes, constructors, and what every module has.

Torch itself is never read. What a layer creates stands in ``rules/layers``; layers made of layers
are written down in :mod:`wdlint.interpret.layers` as ordinary classes, which the machine follows
like the program's own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import (
    expressions,
    families,
    machine,
    methods,
    objects,
    optimizers,
    packages,
    stdlib,
    tensors,
)
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Bound,
    Builtin,
    Class,
    Dict,
    Function,
    Instance,
    Keywords,
    List,
    Node,
    OneShot,
    Param,
    Star,
    Table,
    Tensor,
    Value,
    is_module,
    is_subclass,
    join,
    options,
    unbound,
)
from wdlint.knowledge import Layer, catalogue, layers

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine
    from wdlint.interpret.modules import Module


MODULE: Final = "torch.nn.Module"
OPTIMIZER: Final = "torch.optim.Optimizer"

_PARENTS: Final[dict[str, tuple[str, ...]]] = {
    MODULE: (),
    OPTIMIZER: (),
    "torch.Tensor": (),
    "torch.nn.Parameter": ("torch.Tensor",),
    "torch.nn.UninitializedParameter": ("torch.nn.Parameter",),
    "torch.nn.Sequential": (MODULE,),
    "torch.nn.ModuleList": (MODULE,),
    "torch.nn.ModuleDict": (MODULE,),
    "torch.nn.ParameterList": (MODULE,),
    "torch.nn.ParameterDict": (MODULE,),
    "torch.nn.modules.batchnorm._NormBase": (MODULE,),
    "torch.nn.modules.batchnorm._BatchNorm": ("torch.nn.modules.batchnorm._NormBase",),
    "torch.nn.modules.instancenorm._InstanceNorm": ("torch.nn.modules.batchnorm._NormBase",),
    "torch.nn.modules.conv._ConvNd": (MODULE,),
    "torch.nn.modules.conv._ConvTransposeNd": ("torch.nn.modules.conv._ConvNd",),
    "torch.nn.RNNBase": (MODULE,),
    "torch.nn.RNNCellBase": (MODULE,),
}
_FAMILIES: Final = (
    (re.compile(r"^(Lazy|Sync)?BatchNorm(\dd)?$"), "torch.nn.modules.batchnorm._BatchNorm"),
    (re.compile(r"^(Lazy)?InstanceNorm\dd$"), "torch.nn.modules.instancenorm._InstanceNorm"),
    (re.compile(r"^(Lazy)?ConvTranspose\dd$"), "torch.nn.modules.conv._ConvTransposeNd"),
    (re.compile(r"^(Lazy)?Conv\dd$"), "torch.nn.modules.conv._ConvNd"),
    (re.compile(r"^(RNN|LSTM|GRU)Cell$"), "torch.nn.RNNCellBase"),
)
_NORMS: Final = frozenset(
    {"torch.nn.modules.batchnorm._NormBase", "torch.nn.LayerNorm", "torch.nn.GroupNorm", "torch.nn.RMSNorm"}
    | {"torch.nn.LocalResponseNorm", "torch.nn.CrossMapLRN2d"}
)

_MODULE_LIKE: Final = re.compile(r"(^|\.)(LightningModule|LightningDataModule|MessagePassing|ModelMixin)$")
"""Classes of other packages that are modules without parameters of their own."""

_PLAIN_BASE: Final = re.compile(
    r"(^|\.)(ABC|object|Generic|Protocol|Exception|Thread|Dataset|IterableDataset|Mixin|\w+Mixin|ABCMeta|ConfigMixin"
    r"|Callback|TypedDict|PushToHubMixin|GenerationMixin|PyTorchModelHubMixin)$"
)
"""Bases that add neither parameters nor attributes that matter."""

_CONTAINERS: Final = frozenset(
    f"torch.nn.{n}" for n in ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
)


# ----------------------------------------------------------------------------- classes


def native_class(m: Machine, name: str) -> Class:
    """The built-in class of a dotted name; made once a run, so that it is always the same object."""
    known = m.singletons.get(name)
    if known is not None:
        return known
    layer = layers().get(name)
    last = name.rpartition(".")[2]
    if name in _PARENTS:
        parents = _PARENTS[name]
    elif layer is not None and name.startswith("torch.nn."):
        parents = next(((f,) for pattern, f in _FAMILIES if pattern.match(last)), (MODULE,))
    elif layer is not None:
        parents = (MODULE,)
    elif catalogue().get(name) is not None and name != OPTIMIZER:
        parents = (OPTIMIZER,)
    else:
        parents = ()
    cls = Class(last, [native_class(m, p) for p in parents], qualname=name, layer=layer)
    m.singletons[name] = cls
    return cls


def lookup(m: Machine, name: str) -> Value:
    """The class or function behind a dotted name of torch or of a package with known layers; else ABSENT."""
    name = canonical(name)
    if name.startswith("torch.nn.") and (composite := _composite(m, name)) is not ABSENT:
        return composite
    layer = layers().get(name)
    if layer is not None:
        return native_class(m, layer.name)
    if name in _PARENTS:
        return native_class(m, name)
    if name in tensors.FUNCTIONS:
        return Builtin(name, tensors.FUNCTIONS[name])
    optimizer = catalogue().get(name)
    if optimizer is not None and optimizer.framework == "torch":
        return native_class(m, optimizer.name)
    return ABSENT


_SAME: Final = re.compile(r"^torch\.nn\.modules\.\w+\.(?=[A-Z])")
_ALIASES: Final = {
    "torch.nn.parameter.Parameter": "torch.nn.Parameter",
    "torch.nn.modules.Module": MODULE,
    "torch.jit.ScriptModule": MODULE,
    "torch.optim.optimizer.Optimizer": OPTIMIZER,
    "torch.nn.modules.batchnorm.SyncBatchNorm": "torch.nn.SyncBatchNorm",
    "torch.nn.utils.clip_grad_norm": "torch.nn.utils.clip_grad_norm_",
    "torch.nn.Buffer": "torch.tensor",
    "torch.FloatTensor": "torch.Tensor",
}


def canonical(name: str) -> str:
    name = _ALIASES.get(name, name)
    return _SAME.sub("torch.nn.", name)


def _composite(m: Machine, name: str) -> Value:
    """A layer made of layers, from the classes written down for the machine."""
    last = name.removeprefix("torch.nn.")
    module = _written_layers(m)
    makers = module.pending.makers.get(last, ())
    if not any(isinstance(s, ast.ClassDef) for s in makers):
        return ABSENT
    value = m.importer.member(module, last)
    if isinstance(value, Class):
        value.qualname = name
    return value


def _written_layers(m: Machine) -> Module:
    module = m.library.module(machine.LAYERS, "torch.nn")
    assert module is not None
    return module


def foreign_class(m: Machine, name: str) -> Value:
    """A base class of a package that is not read, as far as its name says what it is."""
    found = stdlib.external(m, name)
    if isinstance(found, Class):
        return found
    if _MODULE_LIKE.search(name):
        return native_class(m, MODULE)
    if _PLAIN_BASE.search(name):
        return native_class(m, f"builtins.{name.rpartition('.')[2]}")
    if name in ("builtins.dict", "builtins.list", "builtins.str", "builtins.int", "builtins.object"):
        return native_class(m, name)
    return packages.foreign_class(m, name)


def class_attribute(m: Machine, cls: Class, name: str) -> Value:
    """An attribute of a class that is inherited from ``nn.Module``, unbound, or a function of the class."""
    if (function := tensors.FUNCTIONS.get(f"{cls.qualname}.{name}")) is not None:
        return Builtin(name, function)
    if is_subclass(cls, MODULE) and name in MODULE_METHODS:
        run = MODULE_METHODS[name]
        return Builtin(name, lambda m, args, kw, node: _on_each(run, m, args, kw, node))
    if name in ("from_pretrained", "from_config"):
        return packages.class_method(m, cls, name)
    return ABSENT


# -------------------------------------------------------------------------- constructors


def prepare(m: Machine, owner: Instance) -> None:
    """What an object has before its constructor runs: the elements of a container."""
    m.made += 1
    if is_module(owner):
        m.modules.append(owner)
    for cls in owner.cls.mro:
        match cls.qualname:
            case "torch.nn.ModuleList" | "torch.nn.Sequential" | "torch.nn.ParameterList" | "builtins.list":
                owner.payload = List()
            case "torch.nn.ModuleDict" | "torch.nn.ParameterDict" | "builtins.dict":
                owner.payload = Dict()
            case _:
                continue
        return


def build(
    m: Machine,
    owner: Instance,
    cls: Class,
    args: Args,
    keywords: Keywords,
    node: Node,
    rest: Sequence[Class] = (),
) -> bool:
    """The constructor of a built-in class; whether ``cls`` has one."""
    name = cls.qualname
    if name in ("torch.nn.ModuleList", "torch.nn.ParameterList"):
        if args or "modules" in keywords:
            objects.extend(m, owner.payload, args[0] if args else keywords["modules"])
        if name == "torch.nn.ParameterList":
            owner.payload.data = [_as_parameter(v, node, m) for v in owner.payload.data]
        return True
    if name == "torch.nn.Sequential":
        if len(args) == 1 and isinstance(args[0], Dict):
            owner.payload = Dict(args[0].data)
        else:
            owner.payload.data = list(args)
        return True
    if name in ("torch.nn.ModuleDict", "torch.nn.ParameterDict", "builtins.dict"):
        for each in args[:1]:
            expressions.update(m, owner.payload, each)
        for key, value in keywords.items():
            expressions.set_item(m, owner.payload, Dict.REST if key == "**" else key, value)
        if name == "torch.nn.ParameterDict":
            owner.payload.data = {k: _as_parameter(v, node, m) for k, v in owner.payload.data.items()}
        return True
    if name == "builtins.list":
        owner.payload = List(expressions.elements(m, args[0]) or () if args else ())
        return True
    if cls.layer is not None:
        _fill(m, owner, cls.layer, args, keywords, node)
        return True
    if name == OPTIMIZER or any(c.qualname == OPTIMIZER for c in cls.mro):
        optimizers.build(m, owner, cls, args, keywords)
        return True
    return name == MODULE


def _as_parameter(value: Value, node: Node, m: Machine) -> Value:
    if isinstance(value, Tensor):
        made, module = m.origin(node)
        return Param(value.ndim, made=made, module=module)
    return Star(_as_parameter(value.value, node, m)) if type(value) is Star else value


def _fill(m: Machine, owner: Instance, layer: Layer, args: Args, keywords: Keywords, node: Node) -> None:
    """Give a layer the parameters that ``rules/layers`` lists for it."""
    given = dict(zip(layer.arguments, (a for a in args if type(a) is not Star), strict=False))
    given |= keywords
    data = dict(owner.data)
    for name, value in given.items():
        if name in ("bias", "weight", "**"):
            continue
        data.setdefault(name, value)
    unseen = "**" in keywords
    for parameter in layer.parameters:
        present: list[bool | None] = []
        for flag in parameter.needs:
            value = given.get(flag, layer.flags.get(flag, True))
            truth = objects.truth_of(value)
            present.append(None if unseen and flag not in given and truth is False else truth)
        if False in present:
            place(data, parameter.name, None)
            continue
        ndim = parameter.ndim
        if ndim is None and parameter.ndim_of:
            ndim = _axes(given.get(parameter.ndim_of))
        made = Param(ndim, kind=parameter.kind, made=owner.made, module=owner.module)
        doubtful = parameter.maybe or None in present
        place(data, parameter.name, Alt((made, ABSENT)) if doubtful else made)
    for prefix, argument in layer.submodules.items():
        if argument in given:
            place(data, prefix, given[argument])
    m.heap.touch(owner)
    owner.data = data


def place(data: dict[str, Value], path: str, value: Value) -> None:
    """Put a value at a dotted path; the parts in between are modules."""
    first, _, rest = path.partition(".")
    if not rest:
        data[first] = value
        return
    inner = data.get(first)
    if not isinstance(inner, Instance):
        inner = data[first] = Instance(_PART)
    place(inner.data, rest, value)


_PART: Final = Class("Module", [Class("Module", qualname=MODULE)], qualname="torch.nn.Part")


def _axes(shape: Value) -> int | None:
    """The rank a shape argument gives."""
    if isinstance(shape, tuple):
        return None if any(type(s) is Star for s in shape) else len(shape)
    if isinstance(shape, List):
        return None if any(type(s) is Star for s in shape.data) else len(shape.data)
    if isinstance(shape, Alt):
        found = {_axes(o) for o in options(shape)}
        return found.pop() if len(found) == 1 else None
    return 1


# ------------------------------------------------------------------------------ modules


def children(owner: Instance) -> Iterator[tuple[str, Value]]:
    """The attributes and elements of a module by name; an index that is not known is ``*``."""
    yield from owner.data.items()
    payload = owner.payload
    if isinstance(payload, List):
        certain = True
        for i, each in enumerate(payload.data):
            starred = type(each) is Star
            yield (str(i) if certain and not starred else "*"), (each.value if starred else each)
            certain = certain and not starred and not (type(each) is Alt and ABSENT in each.options)
    elif isinstance(payload, Dict):
        for key, value in payload.data.items():
            yield (str(key) if isinstance(key, str | int) else "*"), value


def walk(owner: Instance, prefix: str = "", seen: set[Any] | None = None) -> Iterator[tuple[str, Instance]]:
    """Every module below one, with its name; each once."""
    seen = set() if seen is None else seen
    if owner in seen:
        return
    seen.add(owner)
    yield prefix, owner
    for name, value in children(owner):
        for each in options(value):
            if isinstance(each, Instance) and is_module(each):
                yield from walk(each, f"{prefix}.{name}" if prefix else name, seen)


def own_parameters(owner: Instance) -> Iterator[tuple[str, Param]]:
    """The parameters a module holds itself."""
    for name, value in children(owner):
        for each in options(value):
            if isinstance(each, Param):
                yield name, each


def named_parameters(owner: Instance, *, recurse: bool = True) -> Iterator[tuple[str, Param]]:
    """(name, parameter) for every parameter, each once; an index that may be any is ``*``."""
    seen: set[Param] = set()
    for prefix, module in walk(owner) if recurse else [("", owner)]:
        for name, parameter in own_parameters(module):
            if parameter not in seen:
                seen.add(parameter)
                full = f"{prefix}.{name}" if prefix else name
                yield full, parameter


def layer_table(m: Machine) -> Value:
    """``nn.__dict__``: the layers by their names."""
    names = [name.removeprefix("torch.nn.") for name in layers().names() if name.startswith("torch.nn.")]
    return Dict({name: lookup(m, f"torch.nn.{name}") for name in names if "." not in name})


def _given_names(m: Machine, name: str) -> str:
    """A name as the program gets it, ``*`` written 0: comparisons with it, or with a part of it, are kept."""
    given = name.replace("*", "0")
    m.names.add(given)
    m.names.add(given.rpartition(".")[2])
    if given != name:
        m.numbered[given] = name
    return given


def _named_parameters(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    m.walked.append(owner)
    recurse = kw.get("recurse", args[1] if len(args) > 1 else True)
    prefix = kw.get("prefix", args[0] if args else "")
    start = f"{prefix}." if isinstance(prefix, str) and prefix else ""
    pairs = named_parameters(owner, recurse=objects.truth_of(recurse) is not False)
    return OneShot([(_given_names(m, start + name), parameter) for name, parameter in pairs])


def _parameters(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    m.walked.append(owner)
    recurse = kw.get("recurse", args[0] if args else True)
    pairs = named_parameters(owner, recurse=objects.truth_of(recurse) is not False)
    return OneShot([parameter for _, parameter in pairs])


def _named_modules(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    m.walked.append(owner)
    prefix = kw.get("prefix", "")
    start = prefix if isinstance(prefix, str) else ""
    return OneShot([(_given_names(m, name), module) for name, module in walk(owner, start)])


def _modules(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    m.walked.append(owner)
    return OneShot([module for _, module in walk(owner)])


def _named_children(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    m.walked.append(owner)
    found = [
        (_given_names(m, name), each)
        for name, value in children(owner)
        for each in options(value)
        if isinstance(each, Instance) and is_module(each)
    ]
    if families.has_no_order(owner) and len(found) > 1:
        return OneShot([Star(Alt((*found, ABSENT), node))])
    return OneShot(found)


def _children(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    found = []
    for pair in _named_children(m, owner, args, kw, node).data:
        if type(pair) is Star:
            found.append(Star(Alt((*(each for _, each in options(pair.value)), ABSENT), node)))
        else:
            found.append(pair[1])
    return OneShot(found)


def _itself(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    return owner


def _requires_grad(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    wanted = args[0] if args else kw.get("requires_grad", True)
    for _, parameter in named_parameters(owner):
        m.heap.touch(parameter)
        parameter.data["requires_grad"] = wanted
    return owner


def _apply(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    """``apply(fn)``: followed for functions that freeze, replace or collect, not for initialisers."""
    function = args[0] if args else None
    inner = function.function if isinstance(function, Bound) else function
    if isinstance(inner, Function) and _ACTS.search(ast.unparse(inner.node)):
        for _, module in reversed(list(walk(owner))):  # children come before their parents
            objects.call(m, function, [module], {}, node)
    return owner


_ACTS: Final = re.compile(r"requires_grad|\.(append|extend|add|update|register_\w+)\(|setattr\(|\[[^]]*\] = ")


def _add_module(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    name = args[0] if args else kw.get("name")
    value = args[1] if len(args) > 1 else kw.get("module", kw.get("param"))
    text = str(name) if isinstance(name, str) else "*"
    if isinstance(owner.payload, List):
        owner.payload = Dict({str(i): v for i, v in enumerate(owner.payload.data)})
    if isinstance(owner.payload, Dict):
        m.heap.touch(owner.payload)
        owner.payload.data[text] = value
        return None
    m.heap.touch(owner)
    owner.data[text] = value
    return None


def _list_method(name: str) -> Callable[..., Value]:
    def run(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
        target = owner.payload if owner.payload is not None else List()
        objects.call(m, methods.method(m, target, name), args, kw, node)
        return owner

    return run


def _get_submodule(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    value: Value = owner
    for part in str(args[0]).split(".") if args and isinstance(args[0], str) and args[0] else []:
        if part.isdigit() and isinstance(value, Instance) and value.payload is not None:
            value = expressions.get_item(m, value, int(part), node)
        else:
            value = objects.get_attribute(m, value, part, node)
    return value


def _register_buffer(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    name = args[0] if args else kw.get("name")
    if isinstance(name, str):
        value = args[1] if len(args) > 1 else kw.get("tensor")
        m.heap.touch(owner)
        owner.data[str(name)] = Tensor(value.ndim) if isinstance(value, Param) else value
    return None


def _state_dict(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    return Dict({_given_names(m, name): Tensor(p.ndim) for name, p in named_parameters(owner)})


def _no_gradient(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    return m.unknown("it is not followed", node)


MODULE_METHODS: Final[dict[str, Callable[..., Value]]] = {
    "named_parameters": _named_parameters,
    "parameters": _parameters,
    "named_modules": _named_modules,
    "modules": _modules,
    "named_children": _named_children,
    "children": _children,
    "requires_grad_": _requires_grad,
    "apply": _apply,
    "add_module": _add_module,
    "register_module": _add_module,
    "register_parameter": _add_module,
    "register_buffer": _register_buffer,
    "get_submodule": _get_submodule,
    "get_parameter": _get_submodule,
    "state_dict": _state_dict,
    "load_state_dict": _no_gradient,
    "save_hyperparameters": _no_gradient,
    **dict.fromkeys(
        (
            *("to", "cuda", "cpu", "half", "float", "double", "bfloat16", "train", "eval", "type"),
            *("to_empty", "share_memory", "xpu", "requires_grad", "compile"),
        ),
        _itself,
    ),
}
ASKING: Final = frozenset(
    {"named_parameters", "parameters", "named_modules", "modules", "named_children", "children"}
)
"""Methods that ask a module for what it holds."""

_LIST_METHODS: Final = {
    name: _list_method(name) for name in ("append", "extend", "insert", "update", "pop", "clear")
}


def module_attribute(m: Machine, owner: Instance, name: str) -> Value:
    """What every module has: its methods, its tables of parameters and children."""
    if name in MODULE_METHODS:
        return Bound(Builtin(name, unbound(MODULE_METHODS[name])), owner)
    if owner.payload is not None and name in _LIST_METHODS:
        return Bound(Builtin(name, unbound(_LIST_METHODS[name])), owner)
    match name:
        case "_parameters":
            return Table(
                owner, {n: v for n, v in children(owner) if any(isinstance(o, Param) for o in options(v))}
            )
        case "_modules":
            return Table(owner, {n: v for n, v in children(owner) if any(is_module(o) for o in options(v))})
        case "_buffers":
            return Dict()
        case "training":
            return True
        case "module" if owner.payload is None:
            return ABSENT
        case "device" | "dtype":
            return m.unknown("a device")
        case "hparams":
            return _hyper_parameters(m, owner)
    if isinstance(owner.payload, Dict) and name in owner.payload.data:
        return owner.payload.data[name]
    if isinstance(owner.payload, List) and name.isdigit() and int(name) < len(owner.payload.data):
        return owner.payload.data[int(name)]
    if "_orig_mod" in owner.data:
        return objects.find_attribute(m, owner.data["_orig_mod"], name)
    return ABSENT


def _hyper_parameters(m: Machine, owner: Instance) -> Value:
    """``self.hparams`` after ``save_hyperparameters()``: the constructor's arguments."""
    for frame in reversed(m.frames):
        if frame.owner is owner and frame.function is not None and frame.function.name == "__init__":
            return Dict({k: v for k, v in frame.env.data.items() if k != "self"}, kind="namespace")
    kept = owner.data.get("__arguments__")
    return kept if isinstance(kept, Dict) else m.unknown("the hyper-parameters are not known")


def _on_each(method: Callable[..., Value], m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``nn.Module.add_module(owner, ...)``, on each module that the owner may be."""
    found = [method(m, each, args[1:], kw, node) for each in options(args[0]) if isinstance(each, Instance)]
    return join(found) if found else m.unknown("what it is called on is not known", node)
