"""The rule files, checked and compiled: YAML text in, plain records out.

Every key of every file in ``rules/`` is read here and nowhere else, and what is wrong is said with
file and line (``rules/README.md`` describes the keys). Records are dicts, tuples, strings, numbers
and booleans only, so that they can be cached without running anything when they are read back.
Nothing in here is imported on a warm start; typed objects and look-ups live in ``knowledge.py``.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import yaml

from wdlint.facts import Coupling, ParameterKind, Severity

Record: TypeAlias = dict[str, Any]

FRAMEWORKS: Final = (
    "torch",
    "torch-functional",
    "pyro",
    "fastai",
    "fairseq",
    "optax",
    "keras",
    "paddle",
    "mlx",
    "tinygrad",
    "flax",
    "mindspore",
    "tensorflow",
    "thinc",
    "sklearn",
)
EVIDENCE: Final = ("measured", "source", "unverified")
COUPLINGS: Final[tuple[str, ...]] = get_args(Coupling)
SEVERITIES: Final[tuple[str, ...]] = get_args(Severity)
KINDS: Final[tuple[str, ...]] = get_args(ParameterKind)

_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_CODE: Final = re.compile(r"WD\d{3}")
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SchemaError(Exception):
    """What is wrong in a rule file; the text starts with ``file:line:``."""


# ------------------------------------------------------------------ reading one mapping


class Fields:
    """The keys of one YAML mapping, read by name and type; any other key is an error."""

    def __init__(self, node: yaml.Node, file: str, allowed: Collection[str] | None = None) -> None:
        self.node = node
        self.file = file
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"expected keys and values, found {_plain(node)!r}", node)
        self.nodes: dict[str, yaml.Node] = {}
        self.keys: dict[str, yaml.Node] = {}
        for key, value in node.value:
            self._add(key, value, allowed)

    def _add(self, key: yaml.Node, value: yaml.Node, allowed: Collection[str] | None) -> None:
        name = _plain(key)
        if name in self.nodes:
            raise self.error(f"key {name!r} stands here twice", key)
        if allowed is not None and name not in allowed:
            raise self.error(f"unknown key {name!r}{_suggestion(name, allowed)}", key)
        self.keys[name] = key
        self.nodes[name] = value

    def __contains__(self, key: str) -> bool:
        return key in self.nodes

    def error(self, message: str, at: yaml.Node | str | None = None) -> SchemaError:
        """The error to raise about a node, about a key's value, or about the mapping as a whole."""
        node = self.nodes.get(at, self.node) if isinstance(at, str) else at or self.node
        return SchemaError(f"{self.file}:{node.start_mark.line + 1}: {message}")

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.nodes:
                raise self.error(f"key {key!r} is missing")

    def text(self, key: str, default: str = "") -> str:
        node = self.nodes.get(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode) or _is_null(node):
            raise self.error(f"{key}: expected text", node)
        return str(node.value)

    def flag(self, key: str, default: bool) -> bool:
        node = self.nodes.get(key)
        if node is None:
            return default
        value = _scalar(node)
        if not isinstance(value, bool):
            raise self.error(f"{key}: expected true or false, found {_plain(node)!r}", node)
        return value

    def number(self, key: str) -> float | None:
        """A number; YAML 1.1 takes 1e-5 for text, here it is a number as everywhere else."""
        node = self.nodes.get(key)
        if node is None or _is_null(node):
            return None
        value = _scalar(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.error(f"{key}: expected a number, found {_plain(node)!r}", node)
        return float(value)

    def index(self, key: str) -> int | None:
        node = self.nodes.get(key)
        if node is None:
            return None
        value = _scalar(node)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.error(f"{key}: expected a position (0, 1, 2 ...), found {_plain(node)!r}", node)
        return value

    def choice(self, key: str, options: Collection[str], default: str = "") -> str:
        if key not in self.nodes:
            return default
        value = self.text(key)
        if value not in options:
            hint = _suggestion(value, options) or f": one of {', '.join(options)}"
            raise self.error(f"{key}: unknown value {value!r}{hint}", key)
        return value

    def matching(self, key: str, pattern: re.Pattern[str], what: str, default: str = "") -> str:
        value = self.text(key, default)
        if key in self.nodes and not pattern.fullmatch(value):
            raise self.error(f"{key}: expected {what}, found {value!r}", key)
        return value

    def names(self, key: str, pattern: re.Pattern[str] = _IDENTIFIER) -> tuple[str, ...]:
        """A list of names without repetition; a single name may stand without brackets."""
        node = self.nodes.get(key)
        if node is None:
            return ()
        parts: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: list[str] = []
        for part in parts:
            name = _plain(part)
            if not pattern.fullmatch(name):
                raise self.error(f"{key}: {name!r} is not a name", part)
            if name in found:
                raise self.error(f"{key}: {name!r} stands here twice", part)
            found.append(name)
        return tuple(found)

    def scalars(self, key: str) -> Record:
        """A mapping of names to scalars, as ``flags`` and ``options``."""
        if key not in self.nodes:
            return {}
        inner = Fields(self.nodes[key], self.file)
        for name, node in inner.nodes.items():
            if not isinstance(node, yaml.ScalarNode):
                raise self.error(f"{key}: {name} must be a single value", node)
        return {name: _scalar(node) for name, node in inner.nodes.items()}

    def child(self, key: str, allowed: Collection[str] | None = None) -> Fields | None:
        return Fields(self.nodes[key], self.file, allowed) if key in self.nodes else None

    def children(self, key: str, allowed: Collection[str]) -> Iterator[Fields]:
        """The mappings of a list."""
        node = self.nodes.get(key)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(f"{key}: expected a list", node)
        for each in node.value:
            yield Fields(each, self.file, allowed)

    def entries(self, key: str, allowed: Collection[str]) -> Iterator[tuple[str, yaml.Node, Fields]]:
        """The named mappings below a key: name, where the name stands, fields."""
        if key in self.nodes:
            inner = Fields(self.nodes[key], self.file)
            for name, node in inner.nodes.items():
                yield name, inner.keys[name], Fields(node, self.file, allowed)


def _compose(text: str, file: str, allowed: Collection[str]) -> Fields:
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise SchemaError(
            f"{file}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"
        ) from None
    except yaml.YAMLError as error:
        raise SchemaError(f"{file}:1: {str(error).splitlines()[0]}") from None
    if node is None:
        raise SchemaError(f"{file}:1: the file is empty")
    return Fields(node, file, allowed)


def _plain(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "a list or mapping"


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _scalar(node: yaml.Node) -> bool | int | float | str | None:
    text = _plain(node)
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return text
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() in ("true", "yes", "on")
        case "int" if text.lstrip("+-").isdecimal():
            return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def _suggestion(word: str, options: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(options), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


# --------------------------------------------------------------------------- optimizers

_SHARED_KEYS: Final = ("framework", "package", "version", "evidence")
CATALOGUE_KEYS: Final = (*_SHARED_KEYS, "same-modules", "optimizers", "configurations")
OPTIMIZER_KEYS: Final = (
    *_SHARED_KEYS,
    "aliases",
    "arguments",
    "coupling",
    "decay-argument",
    "decay-position",
    "decay-default",
    "switch",
    "replacement",
    "advice",
    "notes",
    "source",
)
CONFIGURATION_KEYS: Final = (*_SHARED_KEYS, "coupling", "notes", "source")
SWITCH_KEYS: Final = ("flag", "default", "otherwise", "position")
REPLACEMENT_KEYS: Final = ("class", "flags", "carries", "drops", "same-positions", "requires", "note")


def read_catalogue(text: str, file: str) -> Record:
    """One file of optimizers.

    Returns ``optimizers`` (name to the keywords of ``facts.Optimizer``), ``where`` (every name and
    alias to ``file:line``) and the names of its ``configurations``.

    Raises:
        SchemaError: a key or value that is wrong, with file and line.
    """
    top = _compose(text, file, CATALOGUE_KEYS)
    top.require("optimizers")
    same = _same_modules(top)
    optimizers: dict[str, Record] = {}
    where: dict[str, str] = {}
    for name, at, fields in top.entries("optimizers", OPTIMIZER_KEYS):
        if not _DOTTED.fullmatch(name):
            raise fields.error(f"{name!r} is not a dotted name such as package.module.Class", at)
        record = _optimizer(name, fields, top, same)
        optimizers[name] = record
        place = f"{file}:{at.start_mark.line + 1}"
        for each in (name, *record["aliases"]):
            if each in where:
                raise fields.error(f"{each!r} is already defined at {where[each]}", at)
            where[each] = place
    return {"optimizers": optimizers, "where": where, "configurations": tuple(_configurations(top))}


def _configurations(top: Fields) -> Iterator[str]:
    """Ways to ask for an optimizer that are no class name: checked, and read by people only."""
    for name, _, fields in top.entries("configurations", CONFIGURATION_KEYS):
        fields.require("coupling")
        fields.choice("coupling", COUPLINGS)
        _provenance(fields)
        yield name


def _same_modules(top: Fields) -> dict[str, tuple[str, ...]]:
    inner = top.child("same-modules")
    return {} if inner is None else {module: inner.names(module, _DOTTED) for module in inner.nodes}


def _provenance(fields: Fields) -> None:
    fields.choice("framework", FRAMEWORKS)
    fields.choice("evidence", EVIDENCE)
    for key in ("package", "version", "notes", "source"):
        fields.text(key)


def _optimizer(name: str, fields: Fields, top: Fields, same: Mapping[str, tuple[str, ...]]) -> Record:
    fields.require("coupling")
    _provenance(fields)
    _provenance(top)
    framework = fields.text("framework", top.text("framework"))
    if not framework:
        raise fields.error("key 'framework' is missing, here or at the top of the file")
    coupling = fields.choice("coupling", COUPLINGS)
    arguments = fields.names("arguments")
    switch = _switch(fields, coupling, arguments)
    return {
        "name": name,
        "framework": framework,
        "package": fields.text("package", top.text("package", name.partition(".")[0])),
        "coupling": coupling,
        "aliases": _aliases(name, fields.names("aliases", _DOTTED), same),
        "arguments": arguments,
        **_decay(fields, coupling, arguments),
        "lr_scaled": coupling != "decoupled_absolute",
        "switch": switch,
        "replacement": _replacement(name, fields) or _by_switching(name, switch),
        "advice": fields.text("advice"),
        "notes": fields.text("notes"),
    }


def _aliases(name: str, aliases: tuple[str, ...], same: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = dict.fromkeys(aliases)
    for each in (name, *aliases):
        module, _, short = each.rpartition(".")
        found.update(dict.fromkeys(f"{other}.{short}" for other in same.get(module, ())))
    return tuple(found)


def _decay(fields: Fields, coupling: str, arguments: tuple[str, ...]) -> Record:
    argument = fields.matching("decay-argument", _IDENTIFIER, "the name of an argument", "weight_decay")
    position, default = fields.index("decay-position"), fields.number("decay-default")
    if coupling == "none":
        for key in ("decay-argument", "decay-position", "decay-default"):
            if key in fields:
                raise fields.error(f"{key}: an optimizer of coupling 'none' takes no weight decay", key)
        return {"decay_argument": None, "decay_position": None, "decay_default": None}
    if argument in arguments:
        listed = arguments.index(argument)
        if position is not None and position != listed:
            raise fields.error(
                f"decay-position: {argument!r} is number {listed} of the arguments", "decay-position"
            )
        position = listed
    elif position is not None and position < len(arguments):
        raise fields.error(
            f"decay-position: argument {position} is {arguments[position]!r}", "decay-position"
        )
    return {"decay_argument": argument, "decay_position": position, "decay_default": default}


def _switch(fields: Fields, coupling: str, arguments: tuple[str, ...]) -> Record | None:
    switch = fields.child("switch", SWITCH_KEYS)
    if switch is None:
        return None
    switch.require("flag", "default", "otherwise")
    flag = switch.matching("flag", _IDENTIFIER, "the name of an argument")
    default = switch.flag("default", False)
    otherwise = switch.choice("otherwise", COUPLINGS)
    if otherwise == coupling:
        raise switch.error(
            f"otherwise: the coupling is {coupling!r} either way, so this is no switch", "otherwise"
        )
    position = switch.index("position")
    return {
        "flag": flag,
        "default": default,
        "when_true": coupling if default else otherwise,
        "when_false": otherwise if default else coupling,
        "position": arguments.index(flag) if flag in arguments else position,
    }


def _replacement(name: str, fields: Fields) -> Record | None:
    new = fields.child("replacement", REPLACEMENT_KEYS)
    if new is None:
        return None
    if "class" not in new and "flags" not in new:
        raise new.error("replacement: name another class, or flags to set, or both")
    return {
        "name": new.matching("class", _DOTTED, "a dotted name", name),
        "flags": new.scalars("flags"),
        "carries": new.names("carries") if "carries" in new else None,
        "drops": new.names("drops"),
        "same_positions": new.flag("same-positions", "class" not in new),
        "requires": new.text("requires"),
        "note": new.text("note"),
    }


def _by_switching(name: str, switch: Record | None) -> Record | None:
    """The replacement that needs no other class: the flag's decoupled side."""
    if switch is None:
        return None
    sides = (switch["when_true"], switch["when_false"])
    if "coupled" not in sides or not any(side.startswith("decoupled") for side in sides):
        return None
    flags = {switch["flag"]: switch["when_true"] != "coupled"}
    plain = {"carries": None, "drops": (), "requires": "", "note": ""}
    return {"name": name, "flags": flags, "same_positions": True, **plain}


def index(optimizers: Mapping[str, Record]) -> Record:
    """The look-ups that are made from all optimizers together.

    ``names``: every dotted name to its canonical one; ``modules``: module to the public names a
    star import of it brings; ``short_names`` and ``implicit``: see ``knowledge.Catalogue``.
    """
    names: dict[str, str] = {}
    modules: dict[str, dict[str, str]] = {}
    short: set[str] = set()
    implicit: set[str] = set()
    for canonical, record in optimizers.items():
        for name in (canonical, *record["aliases"]):
            names[name] = canonical
            module, _, last = name.rpartition(".")
            exported = modules.setdefault(module, {})
            if not last.startswith("_"):
                exported[last] = canonical
            if record["framework"] in ("torch", "pyro"):
                short.add(last)
                implicit.update([last] if record["decay_default"] else [])
    found = {"short_names": frozenset(short), "implicit": frozenset(implicit)}
    return {"names": names, "modules": modules, **found}


# ----------------------------------------------------------------------------- factories

FACTORY_FILE_KEYS: Final = ("package", "version", "evidence", "factories", "class-arguments")
FACTORY_KEYS: Final = ("aliases", "arguments", "picks-by", "names", "notes", "source")
CHOICE_KEYS: Final = ("class", "instead", "requires")


def read_factories(text: str, file: str, optimizers: Collection[str]) -> dict[str, Record]:
    """One file of APIs that build optimizers from names: every name and alias to its record.

    Raises:
        SchemaError: a key or value that is wrong, or a class that is none of ``optimizers``.
    """
    top = _compose(text, file, FACTORY_FILE_KEYS)
    _provenance(top)
    found: dict[str, Record] = {}
    for name, at, fields in top.entries("factories", FACTORY_KEYS):
        if not _DOTTED.fullmatch(name):
            raise fields.error(f"{name!r} is not a dotted name such as package.module.function", at)
        record = _factory(name, fields, optimizers)
        found |= dict.fromkeys((name, *fields.names("aliases", _DOTTED)), record)
    return found


def read_class_arguments(text: str, file: str) -> dict[str, tuple[str, ...]]:
    """The arguments that take an optimizer class, each with those beside it that take its keywords."""
    inner = _compose(text, file, FACTORY_FILE_KEYS).child("class-arguments")
    return {} if inner is None else {name: inner.names(name) for name in inner.nodes}


def _factory(name: str, fields: Fields, optimizers: Collection[str]) -> Record:
    fields.require("picks-by", "names")
    fields.text("notes"), fields.text("source")
    choices: dict[str, Record] = {}
    for word, _, choice in fields.entries("names", CHOICE_KEYS):
        choice.require("class")
        optimizer = choice.text("class")
        if optimizer not in optimizers:
            raise choice.error(f"class: {optimizer!r} is not in the catalogue", "class")
        wanted = {"instead": choice.text("instead"), "requires": choice.text("requires")}
        choices[word.lower()] = {"optimizer": optimizer, **wanted}
    picks_by = fields.matching("picks-by", _IDENTIFIER, "the name of an argument")
    return {"name": name, "arguments": fields.names("arguments"), "picks_by": picks_by, "choices": choices}


# ------------------------------------------------------------------------------- layers

LAYER_FILE_KEYS: Final = ("framework", "version", "same-modules", "layers", "without-parameters")
LAYER_KEYS: Final = ("aliases", "arguments", "flags", "parameters", "parts", "submodules", "notes")
PARAMETER_KEYS: Final = ("kind", "ndim", "ndim-of", "needs", "maybe")
_PARAMETER_NAME: Final = re.compile(r"[A-Za-z_*][\w*]*(\.[\w*]+)*")


def read_layers(text: str, file: str) -> dict[str, Record]:
    """One file of layers: name to the fields of ``knowledge.Layer``.

    Raises:
        SchemaError: a key or value that is wrong, with file and line.
    """
    top = _compose(text, file, LAYER_FILE_KEYS)
    top.require("framework", "layers")
    same = _same_modules(top)
    found: dict[str, Record] = {}
    for name, at, fields in top.entries("layers", LAYER_KEYS):
        if not _DOTTED.fullmatch(name):
            raise fields.error(f"{name!r} is not a dotted name such as package.module.Class", at)
        found[name] = _layer(name, fields, same, found)
    for name in top.names("without-parameters", _DOTTED):
        if name in found:
            raise top.error(f"{name!r} has parameters above", "without-parameters")
        empty: Record = {"arguments": (), "flags": {}, "parameters": (), "submodules": {}}
        found[name] = {"name": name, "aliases": _aliases(name, (), same), **empty}
    return found


def _layer(
    name: str, fields: Fields, same: Mapping[str, tuple[str, ...]], known: Mapping[str, Record]
) -> Record:
    flags = fields.scalars("flags")
    for flag, default in flags.items():
        if not isinstance(default, bool):
            raise fields.error(f"flags: the default of {flag!r} must be true or false", "flags")
    arguments = fields.names("arguments")
    own = tuple(
        _parameter(each, inner, flags, arguments)
        for each, _, inner in fields.entries("parameters", PARAMETER_KEYS)
    )
    submodules = fields.scalars("submodules")
    for argument in submodules.values():
        if argument not in arguments:
            raise fields.error(f"submodules: {argument!r} is not among the arguments", "submodules")
    return {
        "name": name,
        "aliases": _aliases(name, fields.names("aliases", _DOTTED), same),
        "arguments": arguments,
        "flags": flags,
        "parameters": own + tuple(_parts(fields, flags, known)),
        "submodules": submodules,
    }


def _parameter(name: str, fields: Fields, flags: Mapping[str, bool], arguments: Collection[str]) -> Record:
    if not _PARAMETER_NAME.fullmatch(name):
        raise fields.error(f"{name!r} is not the name of a parameter")
    fields.require("kind")
    needs, sized_by = fields.names("needs"), fields.text("ndim-of")
    for flag in needs:
        if flag not in flags:
            raise fields.error(f"needs: {flag!r} is not among the flags{_suggestion(flag, flags)}", "needs")
    if sized_by and sized_by not in arguments:
        raise fields.error(f"ndim-of: {sized_by!r} is not among the arguments", "ndim-of")
    if sized_by and "ndim" in fields:
        raise fields.error("ndim-of: the rank is either ndim or the length of an argument", "ndim-of")
    return {
        "name": name,
        "kind": fields.choice("kind", KINDS),
        "ndim": fields.index("ndim"),
        "ndim_of": sized_by,
        "needs": needs,
        "maybe": fields.flag("maybe", False),
    }


def _parts(fields: Fields, flags: Mapping[str, bool], known: Mapping[str, Record]) -> Iterator[Record]:
    """The parameters of the layers a layer is built of, under their prefix.

    A flag of the part that the whole has too is passed on; any other keeps its default. A shape
    that sets a rank is one number in a part, so the rank is 1.
    """
    for prefix, part in fields.scalars("parts").items():
        inner = known.get(str(part))
        if inner is None:
            raise fields.error(
                f"parts: {part!r} is not a layer defined above{_suggestion(str(part), known)}", "parts"
            )
        for parameter in inner["parameters"]:
            if all(flag in flags or inner["flags"][flag] for flag in parameter["needs"]):
                needs = tuple(flag for flag in parameter["needs"] if flag in flags)
                ndim = 1 if parameter["ndim_of"] else parameter["ndim"]
                name = f"{prefix}.{parameter['name']}"
                yield {**parameter, "name": name, "needs": needs, "ndim": ndim, "ndim_of": ""}


# ----------------------------------------------------------------------------- families

FAMILIES: Final = "families.yaml"
"""In the folder of the layers, and of a form of its own."""

FAMILY_FILE_KEYS: Final = ("framework", "versions", "families")
FAMILY_KEYS: Final = (
    "packages",
    "hub-ids",
    "timm",
    "torchvision",
    "notes",
    "base",
    "rows",
    "models",
    "blocks",
    "autos",
)
MODEL_KEYS: Final = ("prefix", "without", "rows")
_ROW_NAME: Final = re.compile(r"[A-Za-z_*][\w*]*(\.[\w*]+)*\??!?")
_PATH: Final = re.compile(r"[A-Za-z_*][\w*]*(\.[\w*]+)*")
_ROW_GROUP: Final = re.compile(rf"({'|'.join(KINDS)})( \d)?")


def read_families(text: str, file: str) -> dict[str, Record]:
    """The file of model families: name to the parts ``knowledge.Families`` puts rows together from.

    A row is ``(name, kind, ndim or None, maybe, trainable)``. ``models`` maps a class to ``(prefix,
    without, rows)``, the prefix None for a class that has nothing of the base.

    Raises:
        SchemaError: a key or value that is wrong, with file and line.
    """
    top = _compose(text, file, FAMILY_FILE_KEYS)
    top.require("framework", "families")
    top.scalars("versions")
    return {name: _family(fields) for name, _, fields in top.entries("families", FAMILY_KEYS)}


def _family(fields: Fields) -> Record:
    fields.require("packages", "base", "rows")
    fields.text("notes")
    base = fields.matching("base", _IDENTIFIER, "the name of a class")
    models: dict[str, tuple[str | None, tuple[str, ...], tuple[Any, ...]]] = {base: ("", (), ())}
    for name, at, inner in fields.entries("models", MODEL_KEYS):
        if not _IDENTIFIER.fullmatch(name) or name == base:
            raise inner.error(f"{name!r} is not the name of another class", at)
        prefix = inner.text("prefix") if "prefix" in inner else None
        models[name] = (prefix, inner.names("without", _PATH), tuple(_family_rows(inner)))
    blocks, autos = fields.scalars("blocks"), fields.scalars("autos")
    for name in blocks:
        if name in models:
            raise fields.error(f"blocks: {name!r} is a model above", "blocks")
    for target in autos.values():
        if target not in models:
            raise fields.error(
                f"autos: {target!r} is not a model above{_suggestion(target, models)}", "autos"
            )
    return {
        "packages": fields.names("packages"),
        "hub_ids": tuple(_patterns(fields, "hub-ids")),
        "timm": tuple(_patterns(fields, "timm")),
        "torchvision": fields.names("torchvision"),
        "base": base,
        "rows": tuple(_family_rows(fields)),
        "models": models,
        "blocks": blocks,
        "autos": autos,
    }


def _family_rows(fields: Fields) -> Iterator[tuple[str, str, int | None, bool, bool]]:
    inner = fields.child("rows")
    for key in inner.nodes if inner else ():
        assert inner is not None
        if not _ROW_GROUP.fullmatch(key):
            raise inner.error(f"{key!r} is not a kind and a rank, as 'norm 1'", inner.keys[key])
        kind, _, rank = key.partition(" ")
        for name in inner.names(key, _ROW_NAME):
            maybe, frozen = "?" in name, name.endswith("!")
            yield (name.rstrip("?!"), kind, int(rank) if rank else None, maybe, not frozen)


def _patterns(fields: Fields, key: str) -> Iterator[str]:
    """Regular expressions, of which one must fit a whole name."""
    for pattern in fields.names(key, re.compile(r"\S+")):
        try:
            re.compile(pattern)
        except re.error as error:
            raise fields.error(f"{key}: {pattern!r} is no regular expression: {error}", key) from None
        yield pattern


# -------------------------------------------------------------------------------- cards

CARD_KEYS: Final = (
    "code",
    "name",
    "severity",
    "pedantic",
    "since",
    "summary",
    "what",
    "why",
    "math",
    "latex",
    "examples",
    "fix-safety",
    "limits",
    "see",
    "references",
)
_OPTIONAL_CARD_KEYS: Final = ("pedantic", "math", "latex", "see")
EXAMPLE_KEYS: Final = ("title", "bad", "fixed", "applicability", "options")


def read_card(text: str, file: str) -> Record:
    """One rule card, as the fields of ``knowledge.Card``.

    Raises:
        SchemaError: a heading is missing or wrong, or the file is not named ``code-name.yaml``.
    """
    top = _compose(text, file, CARD_KEYS)
    top.require(*(key for key in CARD_KEYS if key not in _OPTIONAL_CARD_KEYS))
    code = top.matching("code", _CODE, "a code such as WD101")
    name = top.matching("name", _SLUG, "lower-case words joined by hyphens")
    if Path(file).name != f"{code}-{name}.yaml":
        raise top.error(f"the file of this card must be named {code}-{name}.yaml", "code")
    examples = tuple(_example(each) for each in top.children("examples", EXAMPLE_KEYS))
    references = tuple(_reference(each) for each in top.children("references", ("title", "url")))
    if not examples or not references:
        raise top.error("a card needs at least one example and one reference")
    return {
        "code": code,
        "name": name,
        "severity": top.choice("severity", SEVERITIES),
        "pedantic": top.flag("pedantic", False),
        "since": top.text("since"),
        "summary": top.text("summary"),
        **{key.replace("-", "_"): _heading(top, key) for key in ("what", "why", "fix-safety", "limits")},
        "math": top.text("math"),
        "latex": top.text("latex"),
        "examples": examples,
        "see": top.names("see", _SLUG),
        "references": references,
    }


def _heading(top: Fields, key: str) -> str:
    text = top.text(key)
    if not text.strip():
        raise top.error(f"{key}: there is no text", key)
    return text


def _example(fields: Fields) -> Record:
    fields.require("title", "bad", "applicability")
    applicability = fields.choice("applicability", ("safe", "unsafe", "display", "none"))
    if (applicability == "none") == ("fixed" in fields):
        raise fields.error("fixed: written exactly where the applicability is not 'none'")
    return {
        "title": fields.text("title"),
        "bad": fields.text("bad"),
        "fixed": fields.text("fixed") if "fixed" in fields else None,
        "applicability": applicability,
        "options": fields.scalars("options"),
    }


def _reference(fields: Fields) -> Record:
    fields.require("title", "url")
    return {
        "title": fields.text("title"),
        "url": fields.matching("url", re.compile(r"https://\S+"), "an https address"),
    }


CONCEPT_KEYS: Final = ("name", "title", "summary", "sections", "references")
SECTION_KEYS: Final = ("heading", "text", "latex")


def read_concept(text: str, file: str) -> Record:
    """One concept card, as the fields of ``knowledge.Concept``.

    Raises:
        SchemaError: a heading is missing or wrong, or the file is not named ``name.yaml``.
    """
    top = _compose(text, file, CONCEPT_KEYS)
    top.require(*CONCEPT_KEYS)
    name = top.matching("name", _SLUG, "lower-case words joined by hyphens")
    if Path(file).name != f"{name}.yaml":
        raise top.error(f"the file of this concept must be named {name}.yaml", "name")
    sections = tuple(_concept_section(each) for each in top.children("sections", SECTION_KEYS))
    references = tuple(_reference(each) for each in top.children("references", ("title", "url")))
    if not sections or not references:
        raise top.error("a concept needs at least one section and one reference")
    words = {key: _heading(top, key) for key in ("title", "summary")}
    return {"name": name, **words, "sections": sections, "references": references}


def _concept_section(fields: Fields) -> Record:
    fields.require("heading", "text")
    return {
        "heading": _heading(fields, "heading"),
        "text": _heading(fields, "text"),
        "latex": fields.text("latex"),
    }


# ---------------------------------------------------------------------------- all of it


def compile_rules(root: Path) -> Record:
    """Everything below a rules folder, checked.

    ``catalogue``, ``layers``, ``families``, ``concepts`` and ``cards``.

    Raises:
        SchemaError: something is wrong in a file, or two files define the same thing.
        OSError: a file cannot be read.
    """
    catalogue = _all_optimizers(sorted((root / "optimizers").glob("*.yaml")))
    factories = _all_factories(sorted((root / "factories").glob("*.yaml")), catalogue["optimizers"])
    class_arguments: dict[str, tuple[str, ...]] = {}
    for path in sorted((root / "factories").glob("*.yaml")):
        class_arguments |= read_class_arguments(path.read_text("utf-8"), str(path))
    concepts = _all_concepts(sorted((root / "concepts").glob("*.yaml")))
    return {
        "catalogue": {**catalogue, "factories": factories, "class_arguments": class_arguments},
        "layers": _all_layers(p for p in sorted((root / "layers").glob("*.yaml")) if p.name != FAMILIES),
        "families": _all_families(root / "layers" / FAMILIES),
        "concepts": concepts,
        "cards": _all_cards(sorted(root.glob("WD*.yaml")), concepts),
    }


def _all_optimizers(paths: Iterable[Path]) -> Record:
    optimizers: dict[str, Record] = {}
    where: dict[str, str] = {}
    for path in paths:
        read = read_catalogue(path.read_text("utf-8"), str(path))
        _refuse_twice(where, read["where"])
        optimizers.update(read["optimizers"])
    return {"optimizers": optimizers, **index(optimizers)}


def _all_factories(paths: Iterable[Path], optimizers: Collection[str]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for path in paths:
        for name, record in read_factories(path.read_text("utf-8"), str(path), optimizers).items():
            if name in found:
                raise SchemaError(f"{path}:1: factory {name!r} is defined twice")
            found[name] = record
    return found


def _refuse_twice(known: dict[str, str], new: Mapping[str, str]) -> None:
    for name, place in new.items():
        if name in known:
            raise SchemaError(f"{place}: {name!r} is already defined at {known[name]}")
        known[name] = place


def _all_layers(paths: Iterable[Path]) -> Record:
    """``layers``: name to record; ``names``: every dotted name to its canonical one."""
    found: dict[str, Record] = {}
    names: dict[str, str] = {}
    for path in paths:
        for name, record in read_layers(path.read_text("utf-8"), str(path)).items():
            found[name] = record
            for each in (name, *record["aliases"]):
                if each in names:
                    raise SchemaError(f"{path}:1: layer {each!r} is defined twice")
                names[each] = name
    return {"layers": found, "names": names}


def _all_families(path: Path) -> Record:
    """``families``: name to record; ``classes``: class name to the families that have it."""
    found = read_families(path.read_text("utf-8"), str(path)) if path.exists() else {}
    classes: dict[str, list[str]] = {}
    for name, record in found.items():
        for cls in (*record["models"], *record["blocks"]):
            classes.setdefault(cls, []).append(name)
    return {"families": found, "classes": {cls: tuple(names) for cls, names in classes.items()}}


def _all_concepts(paths: Iterable[Path]) -> dict[str, Record]:
    read = (read_concept(path.read_text("utf-8"), str(path)) for path in paths)
    return {concept["name"]: concept for concept in read}


def _all_cards(paths: Iterable[Path], concepts: Collection[str]) -> dict[str, Record]:
    cards: dict[str, Record] = {}
    for path in paths:
        card = read_card(path.read_text("utf-8"), str(path))
        for name in card["see"]:
            if name not in concepts:
                raise SchemaError(f"{path}:1: see: no concept {name!r}{_suggestion(name, concepts)}")
        for other in cards.values():
            if other["code"] == card["code"] or other["name"] == card["name"]:
                raise SchemaError(f"{path}:1: another card is {other['code']} {other['name']}")
        cards[card["code"]] = card
    return cards
