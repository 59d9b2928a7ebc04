"""Packages that build objects in ways their source does not plainly say: argparse, timm, transformers.

Each entry stands for a function whose body would lead through registries, downloads or reflection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from wdlint.interpret import families, hugging_face, objects, torch
from wdlint.interpret.values import (
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
    Run,
    Unknown,
    Value,
    option,
    unbound,
)
from wdlint.knowledge import layers

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


# ----------------------------------------------------------------------------- argparse

_PARSER: Final = Class("ArgumentParser", qualname="argparse.ArgumentParser")
_NAMESPACE: Final = Class("Namespace", qualname="argparse.Namespace")


def _parser(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    parser = Instance(_PARSER, node)
    known = Dict()
    parents = kw.get("parents")
    for parent in parents.data if isinstance(parents, List) else ():
        if isinstance(parent, Instance) and "options" in parent.data:
            known.data.update(parent.data["options"].data)
    parser.data["options"] = known
    for name, method in _PARSER_METHODS.items():
        parser.data[name] = Bound(Builtin(name, unbound(method)), parser)
    return parser


def _add_argument(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    flags = [str(a) for a in args if isinstance(a, str)]
    long = next((f for f in flags if f.startswith("--")), flags[0] if flags else "")
    name = kw.get("dest", long.lstrip("-").replace("-", "_"))
    if not isinstance(name, str) or not name:
        return None
    action = kw.get("action")
    value = kw.get("default", {"store_true": False, "store_false": True}.get(str(action)))
    convert = kw.get("type")
    if isinstance(value, str) and isinstance(convert, Builtin):
        value = objects.call(m, convert, [value], {}, node)
    known = owner.data["options"]
    m.heap.touch(known)
    known.data[str(name)] = option(value, long or str(name))
    return None


def _set_defaults(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    known = owner.data["options"]
    m.heap.touch(known)
    known.data.update({k: option(v, k) for k, v in kw.items() if k != "**"})
    return None


def _parse_args(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    made = Instance(_NAMESPACE, node)
    made.data = dict(owner.data["options"].data)
    return made


def _parse_known_args(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    return (_parse_args(m, owner, args, kw, node), List())


def _same_parser(m: Machine, owner: Instance, args: Args, kw: Keywords, node: Node) -> Value:
    return owner


_PARSER_METHODS: Final[dict[str, Callable[..., Value]]] = {
    "add_argument": _add_argument,
    "set_defaults": _set_defaults,
    "parse_args": _parse_args,
    "parse_known_args": _parse_known_args,
    **dict.fromkeys(
        ("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser"), _same_parser
    ),
}


def _from_command_line(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``tyro.cli(Config)``: the class with its defaults."""
    for each in [*args, *kw.values()]:
        if isinstance(each, Class):
            return objects.instantiate(m, each, [], {}, node)
    return m.unknown("the command line decides", node)


def _dataclass_parser(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``HfArgumentParser((A, B))``."""
    classes = args[0] if args else kw.get("dataclass_types")
    among = (
        list(classes)
        if isinstance(classes, tuple)
        else list(classes.data)
        if isinstance(classes, List)
        else [classes]
    )
    made = Instance(Class("HfArgumentParser"), node)

    def parse(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        return tuple(
            objects.instantiate(m, c, [], {}, node)
            if isinstance(c, Class)
            else m.unknown("an argument", node)
            for c in among
        )

    def parse_args(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        """As argparse has it: one namespace with all the fields."""
        found = Instance(_NAMESPACE, node)
        for each in parse(m, [], {}, node):
            if not isinstance(each, Instance):
                return m.unknown("the command line decides", node)
            found.data.update(each.data)
        return found

    for name in ("parse_args_into_dataclasses", "parse_json_file", "parse_yaml_file", "parse_dict"):
        made.data[name] = Builtin(name, parse)
    made.data["parse_args"] = Builtin("parse_args", parse_args)
    return made


def _init_dataclass_parser(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``HfArgumentParser.__init__`` of a transformers that is read; its own looks at types."""
    if isinstance(args[0], Instance):
        m.heap.touch(args[0])
        args[0].data.update(_dataclass_parser(m, args[1:], kw, node).data)
    return None


# --------------------------------------------------------------------------------- timm


def _timm_model(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``timm.create_model(name, ...)``: the function of that name among timm's models."""
    name = args[0] if args else kw.get("model_name")
    if not isinstance(name, str):
        return m.unknown("which model is created is not known", node)
    function = str(name).removeprefix("timm/").partition(".")[0]
    package = m.library.find("timm.models")
    if package is not None:
        for module in m.library.defining(package, f"def {function}("):
            value = m.importer.member(module, function)
            if isinstance(value, Function):
                rest = {
                    k: v
                    for k, v in kw.items()
                    if v is not None
                    and k not in ("model_name", "pretrained", "checkpoint_path", "scriptable", "exportable")
                    and k
                    not in (
                        "no_jit",
                        "cache_dir",
                        "pretrained_cfg",
                        "pretrained_cfg_overlay",
                        "pretrained_strict",
                    )
                }
                return objects.call(m, value, [], rest, node)
    return families.timm_model(m, function, kw, node)


def _timm_build(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``build_model_with_cfg(Class, variant, pretrained, **kwargs)``: the class with its arguments."""
    cls = args[0] if args else kw.get("model_cls")
    skipped = {"model_cls", "variant", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "model_cfg"}
    skipped |= {"feature_cfg", "pretrained_strict", "pretrained_filter_fn", "cache_dir", "kwargs_filter"}
    skipped |= {"pretrained_custom_load", "features_only", "default_cfg"}
    rest = {k: v for k, v in kw.items() if k not in skipped}
    if kw.get("model_cfg") is not None:
        return objects.call(m, cls, [], {"cfg": kw["model_cfg"], **rest}, node)
    return objects.call(m, cls, [], rest, node)


# -------------------------------------------------------------------------- torchvision


def _torchvision_model(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``torchvision.models.get_model(name)``: the function of that name."""
    name = args[0] if args else kw.get("name")
    package = m.library.find("torchvision.models")
    if isinstance(name, str) and package is not None:
        rest = {k: v for k, v in kw.items() if k != "name"}
        return objects.call(m, m.importer.member(package, str(name)), args[1:], rest, node)
    return m.unknown("which model is made is not known", node)


# ------------------------------------------------------------------------- transformers


def class_method(m: Machine, cls: Class, name: str) -> Value:
    """``Class.from_pretrained`` and ``from_config``: the class with its default configuration."""

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        config = kw.get("config", args[0] if name == "from_config" and args else None)
        if not isinstance(config, Instance):
            kind = next((c.data["config_class"] for c in cls.mro if "config_class" in c.data), None)
            config = objects.instantiate(m, kind, [], {}, node) if isinstance(kind, Class) else config
        return objects.instantiate(m, cls, [config], {}, node)

    return Builtin(name, run)


def foreign_class(m: Machine, name: str) -> Value:
    """A class of a package that is not read, as a base class: of a known family of models, or unknown."""
    if _PRETRAINED.match(name):
        return torch.native_class(m, torch.MODULE)
    return families.base_class(m, name)


_PRETRAINED: Final = re.compile(r"(pytorch_)?(transformers|pretrained_bert)\b.*\.\w*Pre[Tt]rainedModel$")
"""Bases of transformers' models: modules without parameters of their own."""


def _loaded(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``AutoModel.from_pretrained(name, config=...)`` of a transformers that is read."""
    cls, rest = args[0], args[1:]
    config = kw.get("config")
    if isinstance(cls, Class):
        made = families.auto_model(m, cls.name, rest, kw, node)
        if not isinstance(made, Unknown) or not isinstance(config, Instance):
            return made
    return objects.call_method(m, cls, "from_config", [config], node)


# ------------------------------------------------------------------------ torch_geometric


def _resolver(package: str, base: str, table: dict[str, str]) -> Run:
    """``normalization_resolver("batch_norm", ...)``: the class that a text names, as PyG finds it."""

    def run(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
        query = args[0] if args else kw.get("query", "relu")
        rest = {k: v for k, v in kw.items() if k != "query"}
        if isinstance(query, List | tuple):
            found = _class_called(m, package, "multiaggregation", "")
            return objects.call(m, found, args, rest, node)
        if not isinstance(query, str):
            return query
        wanted = table.get(query, re.sub(r"[-_ ]", "", query.lower()))
        return objects.call(m, _class_called(m, package, wanted, base), args[1:], rest, node)

    return run


def _torch_layers() -> list[str]:
    return [n.rpartition(".")[2] for n in layers().names() if n.startswith("torch.nn.")]


def _class_called(m: Machine, package: str, wanted: str, base: str) -> Value:
    """The class whose name is a text, but for its case and for ``base`` in it."""
    module = m.library.find(package)
    names = module.pending.binds if module is not None else _torch_layers()
    for name in sorted(names):
        if name[:1].isupper() and wanted in (name.lower(), name.lower().replace(base, "")):
            if module is None:
                return External(f"torch.nn.{name}")
            return m.importer.member(module, name)
    return m.unknown(f"no class is called {wanted}")


def call(m: Machine, name: str, args: Args, keywords: Keywords, node: Node) -> Value:
    """A call of something of a package that is not read; ABSENT where nothing is known."""
    run = _FUNCTIONS.get(name)
    if run is not None:
        return run(m, args, keywords, node)
    return families.call(m, name, args, keywords, node)


_FUNCTIONS: Final[dict[str, Run]] = {
    "argparse.ArgumentParser": _parser,
    "configargparse.ArgumentParser": _parser,
    "configargparse.ArgParser": _parser,
    "tyro.cli": _from_command_line,
    "pyrallis.parse": _from_command_line,
    "draccus.parse": _from_command_line,
    "simple_parsing.parse": _from_command_line,
    "transformers.HfArgumentParser": _dataclass_parser,
    "transformers.hf_argparser.HfArgumentParser": _dataclass_parser,
    "timm.create_model": _timm_model,
    "timm.models.create_model": _timm_model,
    "torch.hub.load": families.hub_load,
}

HOOKS: Final[dict[tuple[str, str], Run]] = {
    ("timm.models._factory", "create_model"): _timm_model,
    ("timm.models.factory", "create_model"): _timm_model,
    ("timm.models._builder", "build_model_with_cfg"): _timm_build,
    ("timm.models.helpers", "build_model_with_cfg"): _timm_build,
    ("transformers.hf_argparser", "HfArgumentParser.__init__"): _init_dataclass_parser,
    ("transformers.models.auto.auto_factory", "_BaseAutoModelClass.from_pretrained"): _loaded,
    ("timm.layers.trace_utils", "_assert"): lambda m, a, k, n: None,
    ("torch_geometric.nn.resolver", "activation_resolver"): _resolver("torch.nn", "act", {}),
    ("torch_geometric.nn.resolver", "normalization_resolver"): _resolver(
        "torch_geometric.nn.norm", "norm", {}
    ),
    ("torch_geometric.nn.resolver", "aggregation_resolver"): _resolver(
        "torch_geometric.nn.aggr", "aggregation", {"add": "sum"}
    ),
    ("torchvision.models._api", "get_model"): _torchvision_model,
    **hugging_face.HOOKS,
}
"""Functions of packages whose source is on disk, by module and name, that are not followed."""

HOOKED: Final = frozenset(name.rpartition(".")[2] for _, name in HOOKS)
