"""The parameters of a module class of this file, listed from its constructor.

A first, honest layer: every layer a constructor visibly builds is listed with its kind and rank;
whatever else may be a module makes the inventory incomplete, and what stands under a condition is
marked *maybe*. Nothing is imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from wdlint.facts import Model, Parameter, ParameterKind
from wdlint.knowledge import Layer, layers
from wdlint.reason import members
from wdlint.reason.scopes import FunctionNode, last_name
from wdlint.reason.values import (
    LONGEST,
    Abstract,
    Code,
    Constant,
    External,
    Instance,
    LocalClass,
    Made,
    alternatives,
)

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator

_DEPTH: Final = 4
_CONDITIONS: Final = (ast.If, ast.Try, ast.While, ast.Match)
_MODULE_BASE: Final = re.compile(r"^torch\.nn\.|(^|\.)(LightningModule|Module|PreTrainedModel)$")
_BUILDERS: Final = re.compile(r"^(__init__|setup|configure_model|_?(build|make|create|init)\w*)$")
_NORM_CLASS: Final = re.compile(r"norm|^bn$|^ln$", re.I)
_CONTAINERS: Final = frozenset(
    f"torch.nn.{name}"
    for name in ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
)
_NO_MODULE: Final = frozenset(
    {
        "__init__",
        "save_hyperparameters",
        "register_buffer",
        "apply",
        "reset_parameters",
        "init_weights",
        "format",
    }
)
_FILLERS: Final = frozenset({"zeros", "ones", "empty", "rand", "randn", "full"})


def model_of(evaluator: Evaluator, module: Abstract) -> Model | None:
    """What is known of the module an expression stands for; None when it is not of this file."""
    models = [_one(evaluator, each) for each in alternatives(module)]
    found = [m for m in models if m is not None]
    if len(found) != len(models) or not found:
        return None
    return found[0] if len(found) == 1 else Model(" or ".join(m.name for m in found))


def _one(evaluator: Evaluator, module: Abstract) -> Model | None:
    match module:
        case Instance(cls=cls) if is_module(evaluator, cls):
            return class_inventory(evaluator, cls)
        case Made(function=External(name=name), call=call):
            layer = layers().get(name)
            if layer is not None and isinstance(call.node, ast.Call):
                parameters = tuple(_of_layer(evaluator, layer, call, "", maybe=False))
                return Model(layer.name, parameters, complete=True, where=evaluator.place_of(call))
    return None


def is_module(evaluator: Evaluator, cls: LocalClass) -> bool:
    return any(_MODULE_BASE.search(name) for name in members.foreign_bases(evaluator, cls))


def class_inventory(evaluator: Evaluator, cls: LocalClass, depth: int = 0) -> Model:
    """The parameters the constructor of a class visibly creates, its bases' in this file included."""
    evaluator = evaluator.of(cls.scope)
    known = evaluator.inventories.get(cls.node)
    if known is not None:
        return known
    evaluator.inventories[cls.node] = Model(cls.node.name)  # a module that contains itself stays incomplete
    listing = _Listing(evaluator, depth)
    overridden: set[str] = set()
    for each in members.lineage(evaluator, cls):
        for method in members.methods(each):
            if _BUILDERS.match(method.name) and method.name not in overridden:
                listing.read(each, method)
        overridden.update(m.name for m in members.methods(each) if m.name != "__init__")
    strange = [b for b in members.foreign_bases(evaluator, cls) if not b.endswith("Module")]
    model = Model(
        cls.node.name,
        tuple(listing.parameters),
        complete=listing.complete and not strange,
        where=evaluator.place(cls.node),
    )
    evaluator.inventories[cls.node] = model
    return model


class _Listing:
    """Collects parameters from the statements of constructors."""

    def __init__(self, evaluator: Evaluator, depth: int) -> None:
        self.evaluator = evaluator
        self.depth = depth
        self.parameters: list[Parameter] = []
        self.complete = True

    def read(self, cls: LocalClass, method: FunctionNode) -> None:
        self.evaluator = self.evaluator.of(cls.scope)
        own = members.first_parameter(method)
        if self.complete and own is not None:
            self.complete = not self._keeps_given_modules(cls, method, own)
        index = self.evaluator.index
        doubtful = method.name != "__init__" and not index.calls_named.get(method.name)
        for call, statement in index.calls_in(method):
            attribute = _assigned(statement, own)
            around = any(isinstance(e, _CONDITIONS) for e in index.enclosing(statement))
            maybe = doubtful or around or _is_one_of_several(statement, call)
            direct = isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is call
            prefix = f"{attribute or '*'}." if direct else f"{attribute}.*." if attribute else "*."
            self._call(cls, call, statement, prefix, maybe=maybe)

    def _keeps_given_modules(self, cls: LocalClass, method: FunctionNode, own: str) -> bool:
        """Whether ``self.x = x`` keeps something not built here that the class then calls: a module."""
        called = self._called_on_self(cls)
        scope = self.evaluator.index.scope_of[method]
        for name in scope.names:
            holder, _, attribute = name.partition(".")
            if holder != own or attribute not in called:
                continue
            bindings, _ = self.evaluator.index.reaching(name, None, scope)
            if any(not isinstance(b.value, ast.Call) for b in bindings if b.kind != "mutation"):
                return True
        return False

    def _called_on_self(self, cls: LocalClass) -> set[str]:
        """The attributes the methods of a class call: ``self.x(...)``."""
        found: set[str] = set()
        for method in members.methods(cls):
            own = members.first_parameter(method)
            for call, _ in self.evaluator.index.calls_in(method):
                match call.func:
                    case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == own:
                        found.add(attribute)
        return found

    def _call(
        self, cls: LocalClass, call: ast.Call, statement: ast.stmt, prefix: str, *, maybe: bool
    ) -> None:
        frame = self.evaluator.frame(statement, self.evaluator.index.hidden.get(call, frozenset()))
        function = self.evaluator.evaluate(call.func, frame)
        several = list(alternatives(function))
        for each in several:
            match each:
                case External(name="torch.nn.Parameter" | "torch.nn.parameter.Parameter"):
                    self.parameters.append(self._raw(cls, call, prefix, maybe=maybe))
                case External(name=name) if (layer := layers().get(name)) is not None:
                    found = _of_layer(
                        self.evaluator, layer, Code(call, frame), prefix, maybe=maybe or len(several) > 1
                    )
                    self.parameters.extend(found)
                case External(name=name) if name in _CONTAINERS:
                    self.complete = self.complete and all(map(_is_written_out, call.args))
                case External(name=name) if _harmless(name):
                    pass
                case LocalClass() if is_module(self.evaluator, each):
                    self._child(each, prefix, maybe=maybe or len(several) > 1)
                case LocalClass():
                    pass
                case _:
                    if not _is_harmless_method(call):
                        self.complete = False

    def _child(self, cls: LocalClass, prefix: str, *, maybe: bool) -> None:
        if self.depth >= _DEPTH:
            self.complete = False
            return
        inner = class_inventory(self.evaluator, cls, self.depth + 1)
        self.complete = self.complete and inner.complete
        if len(self.parameters) + len(inner.parameters) > LONGEST:
            self.complete = False
            return
        for p in inner.parameters:
            self.parameters.append(Parameter(prefix + p.name, p.kind, p.ndim, p.where, maybe or p.maybe))

    def _raw(self, cls: LocalClass, call: ast.Call, prefix: str, *, maybe: bool) -> Parameter:
        name = prefix.rstrip(".*") or "*"
        ndim = _rank(call.args[0]) if call.args else None
        kind: ParameterKind = "other"
        if "bias" in name:
            kind = "bias"
        elif _NORM_CLASS.search(cls.node.name):
            kind = "norm"
        elif ndim is not None and ndim <= 1:
            kind = "scale"
        return Parameter(name, kind, ndim, self.evaluator.place(call), maybe)


def _of_layer(
    evaluator: Evaluator, layer: Layer, code: Code, prefix: str, *, maybe: bool
) -> Iterator[Parameter]:
    assert isinstance(code.node, ast.Call)
    where = evaluator.place_of(code)
    for parameter in layer.parameters:
        present = [_flag(evaluator, layer, flag, code) for flag in parameter.needs]
        if False in present:
            continue
        ndim = parameter.ndim
        if ndim is None and parameter.ndim_of:
            ndim = _axes(evaluator, layer, parameter.ndim_of, code)
        doubtful = maybe or parameter.maybe or None in present
        yield Parameter(prefix + parameter.name, parameter.kind, ndim, where, doubtful)


def _flag(evaluator: Evaluator, layer: Layer, flag: str, code: Code) -> bool | None:
    """The value of a layer's flag (``bias=``, ``affine=``); None when it is not known."""
    assert isinstance(code.node, ast.Call)
    written = _argument(layer, flag, code.node)
    if written is None:
        return layer.flags[flag] if not any(k.arg is None for k in code.node.keywords) else None
    value = evaluator.evaluate(written, code.frame)
    return bool(value.value) if isinstance(value, Constant) and not value.default_of else None


def _axes(evaluator: Evaluator, layer: Layer, argument: str, code: Code) -> int | None:
    """The rank a shape argument gives: of a LayerNorm's gain, how many axes it normalises over."""
    assert isinstance(code.node, ast.Call)
    match _argument(layer, argument, code.node):
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return len(elements)
        case ast.expr() as shape:
            value = evaluator.evaluate(shape, code.frame)
            return 1 if isinstance(value, Constant) and isinstance(value.value, int) else None
    return None


def _argument(layer: Layer, name: str, call: ast.Call) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    position = layer.arguments.index(name) if name in layer.arguments else len(call.args)
    return call.args[position] if position < len(call.args) else None


def _is_one_of_several(statement: ast.stmt, call: ast.Call) -> bool:
    """Whether a call stands in an arm of ``a if c else b`` or behind ``and`` or ``or``."""
    for node in ast.walk(statement):
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                arms = [body, orelse]
            case ast.BoolOp(values=[_, *rest]):
                arms = rest
            case _:
                continue
        if any(inner is call for arm in arms for inner in ast.walk(arm)):
            return True
    return False


def _assigned(statement: ast.stmt, own: str | None) -> str:
    """``x`` of ``self.x = ...``."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        match target:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == own:
                return attribute
    return ""


def _rank(node: ast.expr) -> int | None:
    """The rank of ``torch.zeros(1, n, d)`` and its kin; None where the shape is not written out."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _rank(left) if _rank(left) is not None else _rank(right)
        case ast.Call(func=func, args=arguments) if last_name(func) in _FILLERS and arguments:
            first = arguments[0]
            if isinstance(first, ast.Tuple | ast.List):
                return len(first.elts)
            plain = all(not isinstance(a, ast.Starred) for a in arguments)
            return len(arguments) if plain and last_name(func) != "full" else None
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner)):
            return _rank(inner)
    return None


def _is_written_out(node: ast.expr) -> bool:
    """Whether a container's argument shows what is in it: calls, and lists and comprehensions of calls."""
    match node:
        case ast.Call():
            return True
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return all(map(_is_written_out, elements))
        case ast.Dict(values=values):
            return all(map(_is_written_out, values))
        case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
            return _is_written_out(element)
    return False


def _is_harmless_method(call: ast.Call) -> bool:
    """Calls that register no module but what stands in them: ``super().__init__()``, ``x.append(nn.Y())``."""
    match call.func:
        case ast.Name(id="super") | ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return True
        case ast.Attribute(attr="append") if len(call.args) == 1:
            return _is_written_out(call.args[0])
    return last_name(call.func) in _NO_MODULE


def _harmless(name: str) -> bool:
    """Functions that make no module: builtins, torch's own functions, the standard library."""
    root = name.partition(".")[0]
    if name == "builtins.setattr":
        return False
    if name.startswith("torch.nn.") and not name.startswith(("torch.nn.init", "torch.nn.functional")):
        return False
    return root in (
        "builtins",
        "torch",
        "math",
        "numpy",
        "copy",
        "functools",
        "itertools",
        "collections",
        "typing",
    )
