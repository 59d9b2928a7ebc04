"""What wdlint knows: optimizers, layers, model families and rule cards, typed and cheap to look up.

YAML in ``rules/`` is the source. It is compiled once into a cache of plain values and from then on
loaded in about a millisecond; objects are made when they are asked for. How a rule file is read
and checked is in ``schema.py``, which is imported only when the cache has to be made or a user
brings files of their own. Nothing here looks at the code that is analysed.

The cache is a file in the user's cache directory (``WDLINT_CACHE_DIR`` overrides it). It is made
anew when a rule file, this package or the Python version changes; where it cannot be read or
written the YAML is parsed instead, without a word. It holds no code: ``marshal`` data behind a
checksum.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from os.path import dirname, expanduser, isabs, isdir, join
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from wdlint.facts import Choice, Factory, Optimizer, ParameterKind, Replacement, Scalar, Severity, Switch
from wdlint.failures import reason

if TYPE_CHECKING:
    from pathlib import Path  # 4 ms to import, and not needed to find the cache

Record: TypeAlias = dict[str, Any]


class KnowledgeError(Exception):
    """A rule file is wrong; the text names file and line and says what was expected."""


# ---------------------------------------------------------------------------- optimizers


class Catalogue:
    """The optimizers, by dotted name.

    short_names
        The last component of every name and alias of torch's optimizers and of pyro's, which wrap
        them: ``Adam``, ``AdamW``, ``FusedAdam`` ...
    implicit
        Those of the short names that decay when nobody writes a number.
    factories
        The last components of the APIs that build optimizers from names.
    class_arguments
        Arguments in which an API takes an optimizer class, and those with the keywords for it.
    """

    def __init__(self, data: Record) -> None:
        self._data = data
        self._made: dict[str, Optimizer] = {}
        self.short_names: frozenset[str] = data["short_names"]
        self.implicit: frozenset[str] = data["implicit"]
        self.factories: frozenset[str] = frozenset(
            name.rpartition(".")[2] for name in data.get("factories", ())
        )

    def get(self, name: str) -> Optimizer | None:
        """The optimizer of an exact dotted name or alias, e.g. ``torch.optim.adam.Adam``."""
        canonical = self._data["names"].get(name)
        if canonical is None:
            return None
        if canonical not in self._made:
            self._made[canonical] = _optimizer(self._data["optimizers"][canonical])
        return self._made[canonical]

    @property
    def class_arguments(self) -> Mapping[str, tuple[str, ...]]:
        found: Mapping[str, tuple[str, ...]] = self._data.get("class_arguments", {})
        return found

    def factory(self, name: str) -> Factory | None:
        """The factory of an exact dotted name or alias, e.g. ``timm.optim.create_optimizer_v2``."""
        record = self._data.get("factories", {}).get(name)
        if record is None:
            return None
        choices = {word: Choice(word, **choice) for word, choice in record["choices"].items()}
        return Factory(**{**record, "choices": choices})

    def exports(self, module: str) -> Mapping[str, str]:
        """What a star import of a module brings, as far as it is ours: simple to canonical name."""
        return MappingProxyType(self._data["modules"].get(module, {}))

    def names(self) -> tuple[str, ...]:
        """Every canonical name."""
        return tuple(self._data["optimizers"])


def _optimizer(record: Record) -> Optimizer:
    switch, replacement = record["switch"], record["replacement"]
    return Optimizer(
        **{
            **record,
            "switch": Switch(**switch) if switch else None,
            "replacement": Replacement(**replacement) if replacement else None,
        }
    )


@cache
def catalogue(extensions: tuple[Path, ...] = ()) -> Catalogue:
    """The shipped optimizers and those of the user's files, which win where both define a name.

    Raises:
        KnowledgeError: an extension cannot be read or is wrong; the text starts with the file,
            and the line where there is one.
    """
    shipped = _rules()["catalogue"]
    return Catalogue(_extended(shipped, extensions) if extensions else shipped)


def _extended(shipped: Record, extensions: Iterable[Path]) -> Record:
    from wdlint import schema

    optimizers = dict(shipped["optimizers"])
    for path in extensions:
        try:
            read = schema.read_catalogue(path.read_text("utf-8"), str(path))
        except schema.SchemaError as error:
            raise KnowledgeError(str(error)) from None
        except OSError as error:
            raise KnowledgeError(f"{path}: cannot be read: {reason(error)}") from None
        except UnicodeDecodeError:
            raise KnowledgeError(f"{path}: not UTF-8") from None
        optimizers.update(read["optimizers"])
    return {**shipped, "optimizers": optimizers, **schema.index(optimizers)}


# -------------------------------------------------------------------------------- layers


class LayerParameter(NamedTuple):
    """A parameter a layer creates.

    ``name`` is a pattern where there are several (``weight_ih_l*``). It is there when every flag
    of ``needs`` is true; ``maybe`` marks one that depends on more than flags. ``ndim_of`` names the
    constructor argument that sets the rank by its length, a number counting 1
    (``LayerNorm(normalized_shape)``); ``ndim`` is None then.
    """

    name: str
    kind: ParameterKind
    ndim: int | None
    ndim_of: str
    needs: tuple[str, ...]
    maybe: bool


class Layer(NamedTuple):
    """A module class and the parameters it creates; none for a ``ReLU``.

    arguments
        The positional parameters of the constructor in order, without ``self``.
    flags
        The constructor arguments that add or remove parameters, with their defaults.
    submodules
        Prefix to constructor argument, for layers that hold modules they are given:
        ``{"layers.*": "encoder_layer"}``.
    """

    name: str
    aliases: tuple[str, ...]
    arguments: tuple[str, ...]
    flags: Mapping[str, bool]
    parameters: tuple[LayerParameter, ...]
    submodules: Mapping[str, str]


class Layers:
    """The layers, by dotted name."""

    def __init__(self, data: Record) -> None:
        self._data = data
        self._made: dict[str, Layer] = {}

    def get(self, name: str) -> Layer | None:
        """The layer of an exact dotted name; None when it is not known, not when it has no parameters."""
        canonical = self._data["names"].get(name)
        if canonical is None:
            return None
        if canonical not in self._made:
            record = self._data["layers"][canonical]
            parameters = tuple(LayerParameter(**each) for each in record["parameters"])
            self._made[canonical] = Layer(**{**record, "parameters": parameters})
        return self._made[canonical]

    def names(self) -> tuple[str, ...]:
        """Every canonical name."""
        return tuple(self._data["layers"])


@cache
def layers() -> Layers:
    """The layers whose parameters are known."""
    return Layers(_rules()["layers"])


# ------------------------------------------------------------------------------ families


class FamilyRow(NamedTuple):
    """A parameter of a model family, or a pattern of them (``encoder.layer.*.output.LayerNorm.bias``).

    Two rows may share a name and differ in kind: ``features.*.weight`` of a VGG with batch
    normalisation. ``ndim`` is None where the rank depends on the configuration, ``maybe`` marks what
    only some configurations or versions of the library have, and ``trainable`` is False where the
    library itself freezes it.
    """

    name: str
    kind: ParameterKind
    ndim: int | None
    maybe: bool
    trainable: bool


class Family(NamedTuple):
    """A model family as one of its classes has it: ``bert`` as ``BertForSequenceClassification``."""

    name: str
    model: str
    rows: tuple[FamilyRow, ...]


class Families:
    """The common model families of transformers, diffusers, timm and torchvision."""

    def __init__(self, data: Record) -> None:
        self._families: Record = data["families"]
        self._classes: Record = data["classes"]
        self._made: dict[tuple[str, str], Family] = {}

    def names(self) -> tuple[str, ...]:
        """Every family."""
        return tuple(self._families)

    def models(self, name: str) -> tuple[str, ...]:
        """The classes of whole models of a family."""
        return tuple(self._families[name]["models"])

    def of_class(self, name: str) -> Family | None:
        """The family of a class, by dotted name, and what that class has of it.

        A simple name will do where it is unmistakable, as ``BertModel`` is; ``ResNet`` is not. None
        where the class has other parameters from one call to the next.
        """
        root, _, last = name.rpartition(".")
        root = root.partition(".")[0]
        allowed = (root,) if root else _UNMISTAKABLE
        families = self._classes.get(last, ())
        found = [f for f in families if any(p in allowed for p in self._families[f]["packages"])]
        return self._of(found[0], last) if len(found) == 1 else None

    def of_hub_id(self, text: str, auto: str = "AutoModel") -> Family | None:
        """The family of a checkpoint on the Hugging Face hub (``google-bert/bert-base-uncased``).

        ``auto`` is the class it is loaded with; one the family has no model for gives the base.
        """
        found = self._matching("hub_ids", text)
        if found is None:
            return None
        record = self._families[found]
        return self._of(found, record["autos"].get(auto, record["base"]))

    def of_timm(self, model: str) -> Family | None:
        """The family of a name for ``timm.create_model``, with its classifier."""
        found = self._matching("timm", model)
        return self._of(found, self._families[found]["base"]) if found else None

    def of_torchvision(self, function: str) -> Family | None:
        """The family of a function of ``torchvision.models``: ``resnet50``."""
        found = [n for n, record in self._families.items() if function in record["torchvision"]]
        return self._of(found[0], self._families[found[0]]["base"]) if len(found) == 1 else None

    def _matching(self, cue: str, text: str) -> str | None:
        found = [
            name
            for name, record in self._families.items()
            if any(re.fullmatch(pattern, text, re.IGNORECASE) for pattern in record[cue])
        ]
        return found[0] if len(found) == 1 else None

    def _of(self, name: str, model: str) -> Family:
        if (name, model) not in self._made:
            rows = _family_rows(self._families[name], model)
            self._made[name, model] = Family(name, model, tuple(FamilyRow(*row) for row in rows))
        return self._made[name, model]


_UNMISTAKABLE: Final = ("transformers", "diffusers")
"""Packages whose class names start with the family's."""


def _family_rows(record: Record, model: str) -> Iterator[tuple[Any, ...]]:
    if model not in record["models"]:
        start = record["blocks"][model] + "."
        for name, *rest in record["rows"]:
            if name.startswith(start):
                yield (name[len(start) :], *rest)
        return
    prefix, without, own = record["models"][model]
    if prefix is not None:
        start = f"{prefix}." if prefix else ""
        for name, *rest in record["rows"]:
            if not any(name == each or name.startswith(f"{each}.") for each in without):
                yield (start + name, *rest)
    yield from own


@cache
def families() -> Families:
    """The model families; unpacked when they are first asked for."""
    return Families(marshal.loads(_rules()["families"]))


# --------------------------------------------------------------------------------- cards


class Example(NamedTuple):
    """A small module that raises the card's rule, and what the fix makes of it.

    ``applicability`` is what it takes to get from ``bad`` to ``fixed``: ``display`` for a hand;
    ``none``: there is no fix, and ``fixed`` is None. ``options`` are settings by their
    name in the configuration file.
    """

    title: str
    bad: str
    fixed: str | None
    applicability: Literal["safe", "unsafe", "display", "none"]
    options: Mapping[str, Scalar]


class Reference(NamedTuple):
    title: str
    url: str


class Card(NamedTuple):
    """A rule: what it reports and why, its mathematics, examples, fix safety and limits.

    ``see`` names the concepts behind it.
    """

    code: str
    name: str
    severity: Severity
    pedantic: bool
    since: str
    summary: str
    what: str
    why: str
    math: str
    latex: str
    examples: tuple[Example, ...]
    fix_safety: str
    limits: str
    see: tuple[str, ...]
    references: tuple[Reference, ...]


def card(code_or_name: str) -> Card | None:
    """The card of ``WD101`` or ``coupled-weight-decay``; capitals do not matter."""
    wanted = code_or_name.casefold()
    return next((c for c in cards() if wanted in (c.code.casefold(), c.name)), None)


@cache
def cards() -> tuple[Card, ...]:
    """Every rule card, in the order of their codes."""
    return tuple(_card(record) for _, record in sorted(_rules()["cards"].items()))


def _card(record: Record) -> Card:
    examples = tuple(Example(**each) for each in record["examples"])
    references = tuple(Reference(**each) for each in record["references"])
    return Card(**{**record, "examples": examples, "references": references})


def rule_names() -> Mapping[str, str]:
    """Code to name of every rule, in the order of the codes."""
    return {code: record["name"] for code, record in sorted(_rules()["cards"].items())}


class ConceptSection(NamedTuple):
    """A stretch of a concept's story; ``latex`` is its formula, or empty."""

    heading: str
    text: str
    latex: str


class Concept(NamedTuple):
    """What several rules rest on, told once: ``adamw``."""

    name: str
    title: str
    summary: str
    sections: tuple[ConceptSection, ...]
    references: tuple[Reference, ...]


@cache
def concepts() -> tuple[Concept, ...]:
    """Every concept, by name."""
    return tuple(_concept(record) for _, record in sorted(_rules()["concepts"].items()))


def concept(name: str) -> Concept | None:
    """The concept of a name such as ``adamw``; capitals do not matter."""
    return next((c for c in concepts() if c.name == name.casefold()), None)


def _concept(record: Record) -> Concept:
    sections = tuple(ConceptSection(**each) for each in record["sections"])
    references = tuple(Reference(**each) for each in record["references"])
    return Concept(**{**record, "sections": sections, "references": references})


# ------------------------------------------------------------------- the compiled cache

_MAGIC: Final = b"wdlint rules 2\n"


def rules_folder() -> str:
    """The rules beside this package's modules in a wheel, else the checkout's top-level folder."""
    here = dirname(__file__)
    inside = join(here, "rules")
    return inside if isdir(inside) else join(dirname(here), "rules")


@cache
def _rules() -> Record:
    root = rules_folder()
    fingerprint = _fingerprint(root)
    path = join(cache_directory(), _cache_name(root))
    found = _read_cache(path, fingerprint)
    if found is None:
        found = _compile(root)
        _write_cache(path, fingerprint, found)
    return found


def _compile(root: str) -> Record:
    from pathlib import Path

    from wdlint import schema

    try:
        rules = schema.compile_rules(Path(root))
        return {**rules, "families": marshal.dumps(rules["families"])}  # few runs need them
    except schema.SchemaError as error:
        raise KnowledgeError(str(error)) from None
    except OSError as error:
        raise KnowledgeError(f"{error.filename}: cannot be read: {reason(error)}") from None


def _fingerprint(root: str) -> bytes:
    """Changes whenever the compiled rules may: names, sizes and times of the files, Python, this code."""
    stamps = [sys.version]
    here = dirname(__file__)
    folders = (join(root, name) for name in ("optimizers", "layers", "concepts", "factories"))
    for folder in (root, *folders, here):
        wanted = ("knowledge.py", "schema.py", "facts.py") if folder == here else (".yaml",)
        for entry in sorted(_listing(folder), key=lambda each: each.name):
            if entry.name.endswith(wanted):
                status = entry.stat()
                stamps.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(stamps).encode("utf-8", "surrogateescape")


def _listing(folder: str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        return []


def _cache_name(root: str) -> str:
    """One file for each installation and Python version, so that two do not take turns."""
    return f"rules-{zlib.crc32(os.fsencode(root)):08x}-{sys.implementation.cache_tag}.bin"


def cache_directory() -> str:
    """``WDLINT_CACHE_DIR``, else where the platform keeps a user's caches."""
    if chosen := os.environ.get("WDLINT_CACHE_DIR"):
        return chosen
    if sys.platform == "win32":
        return join(os.environ.get("LOCALAPPDATA") or expanduser("~"), "wdlint", "cache")
    if sys.platform == "darwin":
        return expanduser("~/Library/Caches/wdlint")
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return join(xdg if isabs(xdg) else expanduser("~/.cache"), "wdlint")


def _read_cache(path: str, fingerprint: bytes) -> Record | None:
    """The compiled rules, or None when they are missing, damaged or older than a rule file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    head = _head(fingerprint)
    start = len(head) + 4
    body = memoryview(data)[start:]
    if not data.startswith(head) or data[len(head) : start] != _checksum(body):
        return None
    found: Record = marshal.loads(body)
    return found


def _write_cache(path: str, fingerprint: bytes, rules: Record) -> None:
    """Write beside and rename, so that a reader never sees half a file; without a word if it fails."""
    body = marshal.dumps(rules)
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(dirname(path), exist_ok=True)
        with open(beside, "wb") as file:
            file.write(_head(fingerprint) + _checksum(body) + body)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            os.unlink(beside)


def _head(fingerprint: bytes) -> bytes:
    return _MAGIC + len(fingerprint).to_bytes(4, "little") + fingerprint


def _checksum(body: bytes | memoryview) -> bytes:
    return zlib.crc32(body).to_bytes(4, "little")
