"""transformers and diffusers: what their base classes do to configurations and weights, in short.

Their own bodies lead through dozens of files of hub, kernel and generation code that make no
parameters. Here is what is left of them: a configuration keeps what it is given, sub-configurations
are made, and ``post_init`` ties weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from wdlint.interpret import objects, torch
from wdlint.interpret.values import (
    ABSENT,
    Args,
    Class,
    Dict,
    Env,
    Function,
    Instance,
    Keywords,
    Node,
    Param,
    Run,
    Value,
    is_module,
    is_subclass,
    join,
    options,
)

if TYPE_CHECKING:
    from wdlint.interpret.machine import Machine


# ------------------------------------------------------------------------ configurations

_CONFIGS: Final = (
    "transformers.configuration_utils.PreTrainedConfig",
    "transformers.configuration_utils.PretrainedConfig",
)
_ELSEWHERE: Final = frozenset(
    {"name_or_path", "_commit_hash", "attn_implementation", "experts_implementation"}
)
"""Keywords of a configuration that are no attributes of it."""


def is_config(value: Value) -> bool:
    return isinstance(value, Instance) and any(is_subclass(value.cls, name) for name in _CONFIGS)


def _configured(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``PreTrainedConfig.__post_init__(**kwargs)``: sub-configurations made, other keywords kept."""
    owner = args[0]
    specs = objects.get_attribute(m, owner, "sub_configs_defaults")
    for key, spec in specs.data.items() if isinstance(specs, Dict) else ():
        given = objects.get_attribute(m, owner, key)
        made = _sub_config(m, spec, given, node, imagined=owner.cls in m.imagined)
        if made is not ABSENT:
            objects.set_attribute(m, owner, key, made, node)
    kw = {k: v for k, v in kw.items() if k != "**" and k not in _ELSEWHERE}
    if objects.get_attribute(m, owner, "id2label") is None:
        objects.set_attribute(m, owner, "num_labels", kw.pop("num_labels", 2), node)
    for name, value in kw.items():
        objects.set_attribute(m, owner, name, value, node)
    m.heap.touch(owner)
    owner.data.setdefault("_attn_implementation_internal", "eager")
    owner.data.setdefault("_experts_implementation_internal", "eager")
    owner.data.setdefault("_output_attentions", False)
    if objects.get_attribute(m, owner, "rope_parameters") is None:
        owner.data["rope_parameters"] = Dict({"rope_type": "default", "rope_theta": 10_000.0})
    return None


def _sub_config(m: Machine, spec: Value, given: Value, node: Node, *, imagined: bool) -> Value:
    """The part of a configuration that a class, or a SubConfigSpec, says how to make; ABSENT: none."""
    if is_config(given):
        return ABSENT
    cls, preset = spec, Dict()
    if isinstance(spec, Instance):
        cls = spec.data.get("config_class")
        kept = spec.data.get("init_kwargs")
        preset = kept if isinstance(kept, Dict) else preset
        if given is None and spec.data.get("optional") is True:
            return ABSENT
        if isinstance(cls, Class) and not any(is_subclass(cls, name) for name in _CONFIGS):
            kind = given.data.get("model_type") if isinstance(given, Dict) else None
            cls = config_class(m, kind if isinstance(kind, str) else spec.data.get("model_type"))
    if not isinstance(cls, Class):
        return m.unknown("a part of the configuration is not known", node)
    entries = given if isinstance(given, Dict) else preset
    keywords = {k: v for k, v in entries.data.items() if isinstance(k, str)}
    if not imagined:
        return objects.instantiate(m, cls, [], keywords, node)
    m.imagined.append(cls)
    try:
        return objects.instantiate(m, cls, [], keywords, node)
    finally:
        m.imagined.pop()


def _to_dict(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``config.to_dict()``."""
    made = Dict(args[0].data if isinstance(args[0], Instance) else {})
    made.data["model_type"] = objects.get_attribute(m, args[0], "model_type")
    for key, value in made.data.items():
        if is_config(value):
            made.data[key] = _to_dict(m, [value], {}, node)
    return made


def config_class(m: Machine, model_type: Value) -> Value:
    """The configuration class of a model type, ``bert``."""
    names = _table(m, "transformers.models.auto.configuration_auto", "CONFIG_MAPPING_NAMES")
    special = _table(m, "transformers.models.auto.configuration_auto", "SPECIAL_MODEL_TYPE_TO_MODULE_NAME")
    if not isinstance(model_type, str) or model_type not in names:
        return m.unknown("the type of the model is not known")
    folder = special.get(model_type, model_type.replace("-", "_"))
    return _member(m, f"transformers.models.{folder}", f"configuration_{folder}", str(names[model_type]))


def _table(m: Machine, module: str, name: str) -> dict[Value, Value]:
    found = m.library.find(module)
    value = m.importer.member(found, name) if found is not None else ABSENT
    return value.data if isinstance(value, Dict) else {}


def _member(m: Machine, package: str, file: str, name: str) -> Value:
    module = m.library.find(f"{package}.{file}")
    value = m.importer.member(module, name) if module is not None else ABSENT
    return m.unknown(f"{name} is not found") if value is ABSENT else value


def _auto_config(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``AutoConfig.for_model("bert", ...)``."""
    cls = config_class(m, args[1] if len(args) > 1 else kw.get("model_type"))
    rest = {k: v for k, v in kw.items() if k != "model_type"}
    return objects.instantiate(m, cls, [], rest, node) if isinstance(cls, Class) else cls


def _auto_model(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``AutoModel.from_config(config)``: the class that stands for the configuration's type."""
    cls, config = args[0], args[1] if len(args) > 1 else kw.get("config")
    for each in options(config):
        if not is_config(each) or each.cls.module is None:
            continue
        mapping = objects.get_attribute(m, cls, "_model_mapping")
        known = mapping.data.get("_model_mapping") if isinstance(mapping, Instance) else None
        name = (
            known.data.get(objects.get_attribute(m, each, "model_type")) if isinstance(known, Dict) else None
        )
        name = name[0] if isinstance(name, tuple) and name else name
        if not isinstance(name, str):
            continue
        package, _, file = each.cls.module.name.rpartition(".")
        model = _member(m, package, file.replace("configuration_", "modeling_"), name)
        return objects.call(m, model, [each], {}, node)
    return m.unknown("which model the configuration is for is not known", node)


# -------------------------------------------------------------------------------- models


def _pretrained(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``PreTrainedModel.__init__(config)``."""
    owner, config = args[0], args[1] if len(args) > 1 else kw.get("config")
    objects.set_attribute(m, owner, "config", config, node)
    for name in ("name_or_path", "generation_config", "loss_type"):
        objects.set_attribute(m, owner, name, m.unknown(f"its {name}", node), node)
    return None


def _from_config(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``Model._from_config(config)``."""
    dropped = ("attn_implementation", "dtype", "torch_dtype", "experts_implementation", "allow_all_kernels")
    return objects.call(m, args[0], args[1:], {k: v for k, v in kw.items() if k not in dropped}, node)


def _post_init(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``post_init()``: ties the weights that the class says are tied."""
    owner = args[0]
    if not isinstance(owner, Instance):
        return None
    keys = objects.get_attribute(m, owner, "_tied_weights_keys")
    config = owner.data.get("config")
    tied = (
        objects.truth_of(objects.get_attribute(m, config, "tie_word_embeddings"))
        if config is not None
        else None
    )
    if tied is False:
        return None
    if isinstance(keys, Dict):
        for target, source in _expanded(owner, keys).items():
            _tie(m, owner, target, source, certainly=tied is True)
    elif keys is not None:
        _tie_embeddings(m, owner)
    return None


def _tie_embeddings(m: Machine, owner: Instance) -> None:
    """The output's weight is the input's: releases that say no more than that some weights are tied."""
    inner = objects.call_method(m, owner, "get_input_embeddings", [])
    outer = objects.call_method(m, owner, "get_output_embeddings", [])
    if isinstance(inner, Instance) and isinstance(outer, Instance) and "weight" in inner.data:
        m.heap.touch(outer)
        outer.data["weight"] = inner.data["weight"]


def _expanded(owner: Instance, keys: Dict) -> dict[str, str]:
    """Target and source of every tied weight; keys may be regular expressions, or name modules."""
    pairs = [(str(k), str(v)) for k, v in keys.data.items() if isinstance(k, str) and isinstance(v, str)]
    plain = re.compile(r"^[A-Za-z0-9_.]+(weight)|(bias)$")
    if all(plain.match(text) for pair in pairs for text in pair):
        return dict(pairs)
    names = list(dict.fromkeys(_names(owner)))
    found: dict[str, str] = {}
    for target, source in pairs:
        try:
            sources = sorted(n for n in names if re.search(f"^{source}", n))
            targets = sorted(n for n in names if re.search(f"^{target}", n))
        except re.error:
            continue
        for i, each in enumerate(targets if sources else ()):
            of = sources[i % len(sources)]
            found[each] = found.get(of, of)
    return found


def _names(owner: Instance, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The names of all parameters, those of shared ones each time."""
    for name, value in torch.children(owner) if depth < 30 else ():
        full = f"{prefix}{name.replace('*', '0')}"
        for each in options(value):
            if isinstance(each, Param):
                yield full
            elif is_module(each):
                yield from _names(each, f"{full}.", depth + 1)


def _tie(m: Machine, owner: Instance, target: str, source: str, *, certainly: bool) -> None:
    parameter = _reach(owner, source.split("."))
    path, _, leaf = target.rpartition(".")
    holder = _reach(owner, path.split(".")) if path else owner
    if isinstance(parameter, Param) and isinstance(holder, Instance):
        m.heap.touch(holder)
        own = holder.data.get(leaf, parameter)
        holder.data[leaf] = parameter if certainly else join([own, parameter])


def _reach(owner: Value, path: list[str]) -> Value:
    """What stands at a path below a module; index 0 is any of those whose number is not known."""
    for name in path:
        if not isinstance(owner, Instance):
            return None
        found = [v for n, v in torch.children(owner) if n == name or (name == "0" and n == "*")]
        inner = list(options(found[0])) if found else []
        owner = inner[0] if len(inner) == 1 else None
    return owner


# ----------------------------------------------------------------------------- diffusers

_KEEPS: Final = "__keeps_its_arguments__"
_FROZEN: Final = Class(
    "FrozenDict", [Class("dict", qualname="builtins.dict")], qualname="diffusers.FrozenDict"
)


def _register_to_config(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """The decorator of a constructor whose arguments become ``self.config``."""
    if args and isinstance(args[0], Function):
        args[0].attributes = Dict({_KEEPS: True})
    return args[0] if args else None


def keep_arguments(m: Machine, function: Function, env: Env) -> None:
    """Before the constructor runs: ``self.config`` of its arguments, if it is one that keeps them."""
    if function.attributes is None or _KEEPS not in function.attributes.data:
        return
    own, *names = [a.arg for a in (*function.node.args.args, *function.node.args.kwonlyargs)]
    owner = env.data.get(own)
    if isinstance(owner, Instance):
        _keep(m, owner, {name: env.data[name] for name in names if name in env.data})


def _keep(m: Machine, owner: Instance, entries: dict[str, Value]) -> None:
    kept = Instance(_FROZEN)
    kept.data = entries
    kept.payload = Dict(entries)
    objects.set_attribute(m, owner, "config", kept)


def _keep_more(m: Machine, args: Args, kw: Keywords, node: Node) -> Value:
    """``self.register_to_config(a=1)``."""
    before = args[0].data.get("config") if isinstance(args[0], Instance) else None
    if isinstance(before, Instance):
        _keep(m, args[0], {**before.data, **kw})
    return None


HOOKS: Final[dict[tuple[str, str], Run]] = {
    ("diffusers.configuration_utils", "register_to_config"): _register_to_config,
    ("diffusers.configuration_utils", "ConfigMixin.register_to_config"): _keep_more,
    ("transformers.configuration_utils", "PreTrainedConfig.__post_init__"): _configured,
    ("transformers.configuration_utils", "PreTrainedConfig.to_dict"): _to_dict,
    ("transformers.modeling_utils", "PreTrainedModel.__init__"): _pretrained,
    ("transformers.modeling_utils", "PreTrainedModel.post_init"): _post_init,
    ("transformers.modeling_utils", "PreTrainedModel._from_config"): _from_config,
    ("transformers.models.auto.auto_factory", "_BaseAutoModelClass.from_config"): _auto_model,
    ("transformers.models.auto.auto_factory", "_BaseAutoModelClass._from_config"): _auto_model,
    ("transformers.models.auto.auto_factory", "auto_class_update"): lambda m, args, kw, node: args[0],
    ("transformers.models.auto.configuration_auto", "AutoConfig.for_model"): _auto_config,
}
