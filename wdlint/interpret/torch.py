"""PyTorch as programs see it: modules, parameters, tensors' ranks, and optimizers.

Torch itself is never read. What a layer creates stands in ``rules/layers``; layers made of layers
are written down in :mod:`wdlint.interpret.layers` as ordinary classes, which the machine follows
like the program's own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import expressions, families, machine, methods, objects, packages, stdlib, vectors
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Bound,
    Builtin,
    Class,
    Dict,
    External,
    Function,
    Instance,
    Keywords,
    List,
    Node,
    OneShot,
    Param,
    Run,
    Star,
    Table,
    Tensor,
    Unknown,
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
    name = _canonical(name)
    if name.startswith("torch.nn.") and (composite := _composite(m, name)) is not ABSENT:
        return composite
    layer = layers().get(name)
    if layer is not None:
        return native_class(m, layer.name)
    if name in _PARENTS:
        return native_class(m, name)
    if name in FUNCTIONS:
        return Builtin(name, FUNCTIONS[name])
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


def _canonical(name: str) -> str:
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
    if (function := FUNCTIONS.get(f"{cls.qualname}.{name}")) is not None:
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
        _optimizer(m, owner, cls, args, keywords)
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
            _place(data, parameter.name, None)
            continue
        ndim = parameter.ndim
        if ndim is None and parameter.ndim_of:
            ndim = _axes(given.get(parameter.ndim_of))
        made = Param(ndim, kind=parameter.kind, made=owner.made, module=owner.module)
        doubtful = parameter.maybe or None in present
        _place(data, parameter.name, Alt((made, ABSENT)) if doubtful else made)
    for prefix, argument in layer.submodules.items():
        if argument in given:
            _place(data, prefix, given[argument])
    m.heap.touch(owner)
    owner.data = data


def _place(data: dict[str, Value], path: str, value: Value) -> None:
    """Put a value at a dotted path; the parts in between are modules."""
    first, _, rest = path.partition(".")
    if not rest:
        data[first] = value
        return
    inner = data.get(first)
    if not isinstance(inner, Instance):
        inner = data[first] = Instance(_PART)
    _place(inner.data, rest, value)


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


# ------------------------------------------------------------------------------ tensors


def tensor_attribute(m: Machine, holder: Param | Tensor, name: str) -> Value:
    """An attribute of a parameter or tensor: its rank, and methods that change or keep it."""
    if isinstance(holder, Param) and name in holder.data:
        return holder.data[name]
    if isinstance(holder, Tensor) and holder.values is not None:
        computed = vectors.method(m, holder, name)
        if computed is not None:
            return computed
    ndim = holder.ndim
    match name:
        case "ndim":
            return m.unknown("its rank is not known") if ndim is None else ndim
        case "shape":
            return _shape(m, ndim)
        case "requires_grad":
            return False
        case "data" | "T" | "mT" | "real":
            return holder if isinstance(holder, Param) and name == "data" else Tensor(ndim)
        case "grad":
            return m.unknown("a gradient")
        case "is_leaf":
            return True
        case "dim" | "ndimension":
            return Builtin(name, lambda m, a, k, n: m.unknown("its rank", n) if ndim is None else ndim)
        case "size":
            return Builtin(name, lambda m, a, k, n: m.unknown("a size", n) if a else _shape(m, ndim))
        case "numel" | "nelement" | "item":
            return Builtin(name, lambda m, a, k, n: m.unknown("a number of elements", n))
        case "requires_grad_":
            return Builtin(name, lambda m, a, k, n: _set_requires_grad(m, holder, a, k))
        case "unsqueeze" | "unsqueeze_":
            return _ranked(name, None if ndim is None else ndim + 1)
        case "view" | "reshape" | "expand" | "repeat" | "permute" | "tile":
            return Builtin(name, lambda m, a, k, n: Tensor(_count(a)))
        case (
            "squeeze"
            | "sum"
            | "mean"
            | "max"
            | "min"
            | "norm"
            | "flatten"
            | "topk"
            | "split"
            | "chunk"
            | "unbind"
        ):
            return _ranked(name, None)
        case "shape_as" | "tolist" | "numpy":
            return Builtin(name, lambda m, a, k, n: m.unknown("its elements", n))
        case "device" | "dtype" | "layout" | "is_cuda" | "is_sparse" | "is_shared" | "storage" | "data_ptr":
            return m.unknown(f"its {name}")
    if isinstance(holder, Param) and not hasattr_of_tensor(name):
        return ABSENT
    if name.endswith("_") and not name.startswith("_"):
        return Builtin(name, lambda m, a, k, n: holder)
    return _ranked(name, ndim)


_TENSOR_METHODS: Final = re.compile(
    r"^(clone|detach|to|cuda|cpu|float|half|double|long|int|bool|type|abs|exp|log|sqrt|pow|mul|add|sub|div"
    r"|contiguous|t|transpose|clamp|normal|uniform|fill|copy|zero|bfloat16|new_\w+|zeros_like|backward|register_hook"
    r"|index_select|masked_fill|sigmoid|tanh|softmax|triu|tril|roll|eq|ne|lt|gt|matmul|mm|bmm|flip|argsort|sort|cos|sin"
    r"|round|retain_grad|is_floating_point|is_complex|rsqrt|neg|element_size|pin_memory|share_memory)_?$"
)


def hasattr_of_tensor(name: str) -> bool:
    """Whether tensors have an attribute: what code hangs on a parameter itself is not one of them."""
    return _TENSOR_METHODS.match(name) is not None


def _ranked(name: str, ndim: int | None) -> Builtin:
    return Builtin(name, lambda m, a, k, n: Tensor(ndim))


def _shape(m: Machine, ndim: int | None) -> Value:
    if ndim is None:
        return m.unknown("its shape is not known")
    return tuple(m.unknown("a size") for _ in range(ndim))


def _count(args: Args) -> int | None:
    """The rank that sizes give: as many as there are, or as a tuple holds."""
    if any(type(a) is Star for a in args):
        return None
    if len(args) == 1 and isinstance(args[0], tuple | List):
        items = args[0].data if isinstance(args[0], List) else args[0]
        return None if any(type(i) is Star for i in items) else len(items)
    return len(args)


def _set_requires_grad(m: Machine, holder: Param | Tensor, args: Args, kw: Keywords) -> Value:
    if isinstance(holder, Param):
        m.heap.touch(holder)
        holder.data["requires_grad"] = args[0] if args else kw.get("requires_grad", True)
    return holder


# ---------------------------------------------------------------------------- functions


def _parameter(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    data = args[0] if args else kw.get("data")
    trainable = kw.get("requires_grad", args[1] if len(args) > 1 else True)
    ranks = {o.ndim if isinstance(o, Tensor | Param) else None for o in options(data)}
    where, module = m.origin(node)
    made = Param(ranks.pop() if len(ranks) == 1 else None, made=where, module=module)
    made.data["requires_grad"] = trainable
    m.made += 1
    return made


def _sized(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``torch.zeros(2, 3)``, ``torch.zeros((2, 3))``, ``torch.zeros(size=(2, 3))``."""
    if not args and "size" in kw:
        return Tensor(_count([kw["size"]]))
    first = args[0] if args else None
    if isinstance(first, Alt):
        ranks = {_count([o, *args[1:]]) for o in options(first)}
        return Tensor(ranks.pop() if len(ranks) == 1 else None)
    return Tensor(_count([a for a in args if not isinstance(a, External)]) if args else None)


def _full(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Tensor(_count([args[0] if args else kw.get("size")]))


def _like(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Tensor(args[0].ndim if args and isinstance(args[0], Param | Tensor) else None)


def _tensor(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Tensor(_depth(args[0]) if args else None)


def _depth(value: Value) -> int | None:
    if isinstance(value, Tensor | Param):
        return value.ndim
    if isinstance(value, int | float | bool):
        return 0
    if isinstance(value, List | tuple):
        items = value.data if isinstance(value, List) else value
        first = items[0] if items else None
        inner = _depth(first.value if type(first) is Star else first) if items else 0
        return None if inner is None else inner + 1
    return 0 if isinstance(value, Unknown) else None


def _raw_tensor(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``torch.Tensor(2, 3)``: sizes, or the elements themselves."""
    if len(args) == 1 and isinstance(args[0], List):
        return Tensor(_depth(args[0]))
    return _sized(m, args, kw, node)


def _stack(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Tensor(_of_first(args, 1))


def _cat(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    return Tensor(_of_first(args, 0))


def _of_first(args: Args, more: int) -> int | None:
    items = args[0].data if args and isinstance(args[0], List) else args[0] if args else ()
    first = items[0] if isinstance(items, list | tuple) and items else None
    first = first.value if type(first) is Star else first
    return first.ndim + more if isinstance(first, Tensor | Param) and first.ndim is not None else None


def _rank(ndim: int | None) -> Run:
    return lambda m, args, kw, node: Tensor(ndim)


def _passed(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """Wrappers that give back the module they are given."""
    return args[0] if args else next(iter(kw.values()), None)


def _wrapper(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``DataParallel(model)``: a module that holds the model as ``module``."""
    made = Instance(Class("DataParallel", [native_class(m, MODULE)]), node, m.frame.env.module)
    m.modules.append(made)
    made.data["module"] = args[0] if args else kw.get("module")
    return made


def _compiled(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``torch.compile(model)``: a module that holds the model as ``_orig_mod``; anything else as it is."""
    model = args[0] if args else kw.get("model")
    if not is_module(model):
        return model
    made = Instance(Class("OptimizedModule", [native_class(m, MODULE)]), node, m.frame.env.module)
    m.modules.append(made)
    made.data["_orig_mod"] = model
    return made


def _weight_norm(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``weight_norm(layer)``: the weight becomes a gain ``weight_g`` and a direction ``weight_v``."""
    name = kw.get("name", args[1] if len(args) > 1 else "weight")
    for owner in options(args[0] if args else None):
        if isinstance(owner, Instance) and isinstance(name, str):
            _replace(m, owner, name, lambda p: {f"{name}_g": p.ndim, f"{name}_v": p.ndim})
    return args[0] if args else None


def _spectral_norm(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    name = kw.get("name", args[1] if len(args) > 1 else "weight")
    for owner in options(args[0] if args else None):
        if isinstance(owner, Instance) and isinstance(name, str):
            _replace(m, owner, name, lambda p: {f"{name}_orig": p.ndim})
    return args[0] if args else None


def _replace(m: Machine, owner: Instance, name: str, made: Callable[[Param], dict[str, int | None]]) -> None:
    old = owner.data.get(name)
    for parameter in options(old):
        if isinstance(parameter, Param):
            m.heap.touch(owner)
            data = {k: v for k, v in owner.data.items() if k != name}
            for key, ndim in made(parameter).items():
                data[key] = Param(ndim, kind="weight", made=parameter.made, module=parameter.module)
            owner.data = {**data, name: Tensor(parameter.ndim)}


def _parametrized(count: int) -> Run:
    """``parametrizations.weight_norm(layer)``: originals below ``parametrizations.weight``."""

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        name = kw.get("name", args[1] if len(args) > 1 else "weight")
        for owner in options(args[0] if args else None):
            if not (isinstance(owner, Instance) and isinstance(name, str)):
                continue
            for parameter in options(owner.data.get(name)):
                if isinstance(parameter, Param):
                    m.heap.touch(owner)
                    data = dict(owner.data)
                    data[name] = Tensor(parameter.ndim)
                    for i in range(count):
                        path = f"parametrizations.{name}.original{i if count > 1 else ''}"
                        inner = Param(
                            parameter.ndim, kind="weight", made=parameter.made, module=parameter.module
                        )
                        _place(data, path, inner)
                    owner.data = data
        return args[0] if args else None

    return run


def _register_parametrization(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``register_parametrization(layer, "weight", fn)``: the weight moves below ``parametrizations``."""
    name = kw.get("tensor_name", args[1] if len(args) > 1 else "weight")
    made = kw.get("parametrization", args[2] if len(args) > 2 else None)
    for owner in options(args[0] if args else kw.get("module")):
        if not (isinstance(owner, Instance) and isinstance(name, str)):
            continue
        parameter = owner.data.get(name)
        m.heap.touch(owner)
        data = {k: v for k, v in owner.data.items() if k != name}
        if any(isinstance(each, Param) for each in options(parameter)):
            _place(data, f"parametrizations.{name}.original", parameter)
        _place(data, f"parametrizations.{name}.0", made)
        owner.data = {**data, name: Tensor()}
    return args[0] if args else None


FUNCTIONS: Final[dict[str, Run]] = {
    "torch.nn.Parameter": _parameter,
    "torch.Tensor": _raw_tensor,
    "torch.tensor": _tensor,
    "torch.as_tensor": _tensor,
    "torch.from_numpy": lambda m, a, k, n: Tensor(),
    "torch.full": _full,
    "torch.stack": _stack,
    "torch.cat": _cat,
    "torch.arange": vectors.FUNCTIONS["torch.arange"],
    "torch.linspace": vectors.FUNCTIONS["torch.linspace"],
    "torch.eye": _rank(2),
    "torch.compile": _compiled,
    "torch.jit.script": _passed,
    "torch.nn.DataParallel": _wrapper,
    "torch.nn.parallel.DataParallel": _wrapper,
    "torch.nn.parallel.DistributedDataParallel": _wrapper,
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm": _passed,
    "torch.nn.utils.weight_norm": _weight_norm,
    "torch.nn.utils.parametrize.register_parametrization": _register_parametrization,
    "torch.nn.utils.spectral_norm": _spectral_norm,
    "torch.nn.utils.parametrizations.weight_norm": _parametrized(2),
    "torch.nn.utils.parametrizations.spectral_norm": _parametrized(1),
    "torch.nn.utils.parametrizations.orthogonal": _parametrized(1),
    **dict.fromkeys(
        (f"torch.{n}" for n in ("zeros", "ones", "empty", "rand", "randn", "FloatTensor")), _sized
    ),
    **dict.fromkeys((f"torch.{n}_like" for n in ("zeros", "ones", "empty", "rand", "randn", "full")), _like),
    **dict.fromkeys(
        (
            f"torch.{n}"
            for n in ("abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "clone", "pow", "logit")
        ),
        _like,
    ),
}


def call(m: Machine, name: str, args: Args, keywords: Keywords, node: Node) -> Value:
    """A call of something of torch that has no entry; ABSENT where nothing is known."""
    name = _canonical(name)
    if name.startswith("torch.nn.init."):
        return args[0] if args else keywords.get("tensor")
    if name.startswith("torch.nn.functional."):
        return Tensor()
    last = name.rpartition(".")[2]
    if last in ("DistributedDataParallel", "DDP", "DataParallel", "FullyShardedDataParallel", "FSDP"):
        return _wrapper(m, args, keywords, node)
    if name.startswith("torch.") and name.count(".") == 1 and last[:1].islower():
        return Tensor()
    return ABSENT


# --------------------------------------------------------------------------- optimizers


def _optimizer(m: Machine, owner: Instance, cls: Class, args: Args, keywords: Keywords) -> None:
    """``Optimizer.__init__``: the groups it makes of what it is given."""
    known = catalogue().get(cls.qualname)
    names = known.arguments if known is not None else ("params", "defaults")
    given = dict(zip(names or ("params",), args, strict=False)) | keywords
    params = given.pop("params", args[0] if args else None)
    defaults = Dict({k: v for k, v in given.items() if k not in ("defaults", "**")})
    if isinstance(given.get("defaults"), Dict):
        defaults.data.update(given["defaults"].data)
    if known is not None and known.decay_argument and known.decay_argument not in defaults.data:
        defaults.data[known.decay_argument] = (
            m.unknown("it may be in a mapping that is not known")
            if "**" in given
            else known.decay_default or 0.0
        )
    m.heap.touch(owner)
    owner.data["defaults"] = defaults
    groups = List()
    owner.data["param_groups"] = groups
    owner.data["state"] = Dict()
    found = expressions.elements(m, params, consume=True) if not isinstance(params, Param) else None
    inner = [f.value if type(f) is Star else f for f in found or ()]
    if found is not None and any(isinstance(o, Dict) for f in inner for o in options(f)):
        groups.data = [_completed_as_given(m, defaults, each) for each in found]
    else:
        whole = Dict({"params": List(found) if found is not None else params})
        add_group(m, owner, whole)
    m.optimizers.append(owner)


def _completed_as_given(m: Machine, defaults: Dict, each: Value) -> Value:
    """An element of a list of groups: one, any number, or one of several that are decided by the run."""
    if type(each) is Star:
        return Star(_completed_as_given(m, defaults, each.value))
    if type(each) is Alt:
        return Alt(
            tuple(o if o is ABSENT else _completed_as_given(m, defaults, o) for o in each.options), each.node
        )
    return _completed(m, defaults, each) if isinstance(each, Dict) else m.unknown("a group is not known")


def _completed(m: Machine, defaults: Dict, group: Dict) -> Dict:
    """A group with its parameters made a list, and what it does not say inherited."""
    params = group.data.get("params")
    m.heap.touch(group)
    if isinstance(params, Param):
        group.data["params"] = List([params])
    elif (
        not isinstance(params, Unknown)
        and (found := expressions.elements(m, params, consume=True)) is not None
    ):
        group.data["params"] = List(v[1] if isinstance(v, tuple) and len(v) == 2 else v for v in found)
    group.data["__written__"] = frozenset(k for k in group.data if isinstance(k, str))
    for key, value in defaults.data.items():
        group.data.setdefault(key, value)
    return group


def add_group(m: Machine, owner: Instance, group: Dict) -> None:
    """One group more."""
    groups = owner.data["param_groups"]
    m.heap.touch(groups)
    groups.data.append(_completed(m, owner.data["defaults"], group))


def _add_param_group(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    group = args[0] if args else kw.get("param_group")
    if node is not None:
        m.grown.add(node)
    for each in options(group):
        if isinstance(each, Dict):
            add_group(m, owner, each)
    return None


def optimizer_attribute(m: Machine, owner: Instance, name: str) -> Value:
    if name == "add_param_group":
        return Bound(Builtin(name, unbound(_add_param_group)), owner)
    if name in ("step", "zero_grad", "state_dict", "load_state_dict"):
        return Builtin(name, lambda m, a, k, n: None)
    return ABSENT
