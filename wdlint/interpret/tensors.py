"""Tensors and parameters as programs see them: their ranks, and the functions that make and change them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from wdlint.interpret import (
    torch,
    vectors,
)
from wdlint.interpret.values import (
    ABSENT,
    Alt,
    Args,
    Builtin,
    Class,
    External,
    Instance,
    Keywords,
    List,
    Node,
    Param,
    Run,
    Star,
    Tensor,
    Unknown,
    Value,
    is_module,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


def attribute(m: Machine, holder: Param | Tensor, name: str) -> Value:
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
    made = Instance(Class("DataParallel", [torch.native_class(m, torch.MODULE)]), node, m.frame.env.module)
    m.modules.append(made)
    made.data["module"] = args[0] if args else kw.get("module")
    return made


def _compiled(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``torch.compile(model)``: a module that holds the model as ``_orig_mod``; anything else as it is."""
    model = args[0] if args else kw.get("model")
    if not is_module(model):
        return model
    made = Instance(Class("OptimizedModule", [torch.native_class(m, torch.MODULE)]), node, m.frame.env.module)
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
                        torch.place(data, path, inner)
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
            torch.place(data, f"parametrizations.{name}.original", parameter)
        torch.place(data, f"parametrizations.{name}.0", made)
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
    name = torch.canonical(name)
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
