"""Models of known families, where a program loads them by name and their source is not read.

The tables say which parameters a model has, not how it is made. What is built here has the modules
and parameters of the table and nothing else; its class is called ``family.<name>``, by which a
grouping tells that a part of its model is not from source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from wdlint.interpret import torch
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
    Star,
    Unknown,
    Value,
    join,
    options,
)
from wdlint.knowledge import Family, FamilyRow, families

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


MODULE: Final = "torch.nn.Module"
PREFIX: Final = "family."
"""What the name of a class made here starts with."""

_PACKAGES: Final = frozenset({"transformers", "pytorch_transformers", "pytorch_pretrained_bert", "adapters"})
"""Packages with transformers' classes, which mean what they are called whatever they are called with."""

# ------------------------------------------------------------------------- making modules

_Tree = dict[str, Any]
"""Name of a part to its tree, or to the rows of a parameter; norms that stand in one pattern with
other layers are apart, under ``*norm``."""


def _tree(rows: Iterable[FamilyRow]) -> _Tree:
    rows = tuple(rows)
    kinds: dict[str, set[bool]] = {}
    for row in rows:
        kinds.setdefault(row.name.rpartition(".")[0], set()).add(row.kind == "norm")
    found: _Tree = {}
    for row in rows:
        *path, leaf = row.name.split(".")
        if row.kind == "norm" and "*" in path and len(kinds[row.name.rpartition(".")[0]]) > 1:
            path[len(path) - 1 - path[::-1].index("*")] = "*norm"
        inner = found
        for part in path:
            inner = inner.setdefault(part, {})
        inner.setdefault(leaf, []).append(row)
    return found


def _fill(m: Machine, owner: Instance, tree: _Tree, family: Family) -> None:
    """Give a module what a tree holds; parts whose number is not known are elements of a list."""
    elements: list[Value] = []
    for name, below in tree.items():
        value = _parameter(below) if isinstance(below, list) else _part(m, below, family)
        if name in ("*", "*norm") and not isinstance(below, list):
            elements.append(Star(value))
        else:
            owner.data[name] = value
    if elements:
        owner.payload = List(elements)


def _part(m: Machine, tree: _Tree, family: Family) -> Instance:
    repeats = "*" in tree or "*norm" in tree
    made = Instance(_class(m, family, "torch.nn.ModuleList" if repeats else MODULE))
    _fill(m, made, tree, family)
    return made


def _parameter(rows: list[FamilyRow]) -> Value:
    made: list[Value] = []
    for row in rows:
        parameter = Param(row.ndim, kind=row.kind)
        parameter.data["requires_grad"] = row.trainable
        made.append(parameter)
    if any(row.maybe for row in rows):
        made.append(ABSENT)
    return made[0] if len(made) == 1 else Alt(tuple(made))


def _class(m: Machine, family: Family, base: str) -> Class:
    return Class(family.model, [torch.native_class(m, base)], qualname=f"{PREFIX}{family.name}")


def _unread(m: Machine, why: str, node: Node) -> Unknown:
    """A model that cannot be had: it is a module, whatever its parameters are."""
    made = m.unknown(why, node)
    made.source = "models"
    return made


def _module(m: Machine, family: Family | None, what: str, node: Node) -> Value:
    """A module of a family; Unknown where there is none."""
    if family is None:
        return _unread(m, f"the model {what!r} is not read", node)
    made = Instance(_class(m, family, MODULE), node, m.frames[-1].env.module if m.frames else None)
    made.data["config"] = m.unknown("its configuration is not known", node)
    _fill(m, made, _tree(family.rows), family)
    m.modules.append(made)
    return made


def has_no_order(owner: Instance) -> bool:
    """Whether a module's children are known by name only, their order and those without parameters not."""
    return owner.cls.qualname.startswith(PREFIX) and not isinstance(owner.payload, List)


# ------------------------------------------------------------------------ what loads them


def auto_model(m: Machine, name: str, args: Args, keywords: Keywords, node: Node) -> Value:
    """``AutoModelFor....from_pretrained("bert-base-uncased")``; ``name`` is the class."""
    text = args[0] if args else keywords.get("pretrained_model_name_or_path")
    texts = [each for each in options(text) if isinstance(each, str)]
    if not texts or len(texts) < sum(1 for _ in options(text)):
        return _unread(m, "which model is loaded is not known", node)
    return join((_module(m, families().of_hub_id(str(t), name), str(t), node) for t in texts), node)


def timm_model(m: Machine, name: str, keywords: Keywords, node: Node) -> Value:
    """``timm.create_model(name, num_classes=10)``, as far as the arguments keep the parameters' names."""
    family = families().of_timm(name)
    if family is None or not keywords.keys() <= _TIMM_ARGUMENTS:
        return _unread(m, f"the model {name!r} is not read", node)
    if "num_classes" in keywords:
        classes = keywords["num_classes"]
        head = tuple(r for r in family.rows if _is_head(r.name))
        if classes == 0:
            family = family._replace(rows=tuple(r for r in family.rows if r not in head))
        elif not isinstance(classes, int):
            rows = (r._replace(maybe=True) if r in head else r for r in family.rows)
            family = family._replace(rows=tuple(rows))
    return _module(m, family, name, node)


_TIMM_ARGUMENTS: Final = frozenset(
    [
        "model_name",
        "pretrained",
        "num_classes",
        "in_chans",
        "drop_rate",
        "drop_path_rate",
        "img_size",
        "checkpoint_path",
        "cache_dir",
        "pretrained_cfg",
        "pretrained_cfg_overlay",
        "scriptable",
        "exportable",
        "drop_block_rate",
        "drop",
        "drop_path",
        "bn_momentum",
        "bn_eps",
        "attn_drop_rate",
        "patch_drop_rate",
    ]
)


def _is_head(name: str) -> bool:
    """Whether a parameter is of timm's classifier, which ``num_classes=0`` leaves out."""
    return name.startswith(("head.fc.", "head.weight", "head.bias", "head_dist.", "fc.", "classifier."))


def torchvision_model(m: Machine, name: str, keywords: Keywords, node: Node) -> Value:
    """``torchvision.models.resnet50(pretrained=True)``."""
    family = families().of_torchvision(name) if keywords.keys() <= _TORCHVISION_ARGUMENTS else None
    return _module(m, family, name, node)


_TORCHVISION_ARGUMENTS: Final = frozenset(
    [
        "pretrained",
        "weights",
        "progress",
        "num_classes",
        "zero_init_residual",
        "dropout",
        "drop_rate",
        "stochastic_depth_prob",
        "memory_efficient",
        "init_weights",
        "image_size",
        "width_per_group",
        "groups",
        "name",
    ]
)


def hub_load(m: Machine, args: Args, keywords: Keywords, node: Node) -> Value:
    """``torch.hub.load("pytorch/vision", "resnet50")``."""
    named = dict(zip(("repo_or_dir", "model"), args, strict=False)) | keywords
    repository, name = named.pop("repo_or_dir", None), named.pop("model", None)
    if isinstance(repository, str) and isinstance(name, str):
        root = repository.partition(":")[0]
        rest = {k: v for k, v in named.items() if k not in _HUB_ARGUMENTS}
        if root == "pytorch/vision":
            return torchvision_model(m, str(name), rest, node)
        if root == "facebookresearch/deit":
            return timm_model(m, str(name), rest, node)
        if root in ("huggingface/pytorch-transformers", "huggingface/transformers") and name in _HUB_MODELS:
            return auto_model(m, _HUB_MODELS[name], args[2:], rest, node)
    return _unread(m, "what is loaded from the hub is not read", node)


_HUB_ARGUMENTS: Final = frozenset({"source", "trust_repo", "force_reload", "verbose", "skip_validation"})
_HUB_MODELS: Final = {
    "model": "AutoModel",
    "modelForSequenceClassification": "AutoModelForSequenceClassification",
    "modelForQuestionAnswering": "AutoModelForQuestionAnswering",
    "modelForMaskedLM": "AutoModelForMaskedLM",
    "modelForCausalLM": "AutoModelForCausalLM",
}


def call(m: Machine, name: str, args: Args, keywords: Keywords, node: Node) -> Value:
    """A call of something of a package that is not read; ABSENT where it makes no model by a known name."""
    root = name.partition(".")[0]
    owner, _, method = name.rpartition(".")
    last = owner.rpartition(".")[2]
    if name.startswith("torchvision.models."):
        by_name = method == "get_model" and args and isinstance(args[0], str)
        return torchvision_model(m, str(args[0]) if by_name else method, keywords, node)
    loads = method in _LOADERS
    if root == "diffusers" and loads and families().of_class(owner):
        return _module(m, families().of_class(owner), last, node)
    if root not in _PACKAGES:
        return ABSENT
    if method == "__init__" and args and isinstance(args[0], Instance):  # BertModel.__init__(self, config)
        made = (cls.data.get("__init__") for cls in args[0].cls.mro if cls.qualname.startswith(PREFIX))
        init = next((each for each in made if isinstance(each, Builtin)), None)
        return ABSENT if init is None else init.run(m, args, keywords, node)
    if loads and last.startswith("AutoModel"):
        return auto_model(m, last, args, keywords, node) if method == "from_pretrained" else ABSENT
    family = families().of_class(owner if loads else name)
    return ABSENT if family is None else _module(m, family, last if loads else method, node)


_LOADERS: Final = ("from_pretrained", "from_config", "_from_config")


def base_class(m: Machine, name: str) -> Value:
    """A class of a package that is not read, as a base class: External where it is of no family."""
    if name.partition(".")[0] not in _PACKAGES:
        return External(name)
    family = families().of_class(name)
    if family is None:
        return External(name)
    cls = _class(m, family, MODULE)
    tree = _tree(family.rows)

    def init(m: Machine, args: Args, keywords: Keywords, node: Node) -> Value:
        if args and isinstance(args[0], Instance):
            m.heap.touch(args[0])
            _fill(m, args[0], tree, family)
            if len(args) > 1:
                args[0].data["config"] = args[1]
        return None

    cls.data["__init__"] = Builtin("__init__", init)
    return cls
