"""The parameter names of the common model families, as ``rules/layers/families.yaml`` has them.

    python benchmarks/make_families.py [--older names.json] [--torchvision FOLDER] [--write]
    python benchmarks/make_families.py --dump names.json

Every model is really built, from its library's own configuration, and asked for its
``named_parameters()``. Nothing is downloaded, and nothing is allocated: the models are on torch's
meta device. It needs transformers, timm and torchvision, best in an environment that is thrown away:

    python -m venv models && models/bin/pip install torch transformers timm torchvision diffusers pyyaml

Where no torchvision fits the installed torch, unpack its wheel anywhere and name the folder with
``--torchvision``: its classifiers need none of its compiled operators.

``--dump`` writes what the installed transformers calls its parameters; ``--older`` takes such a file
of another version, so that a name only one of the two has is marked ``maybe``.

The cues by which a family is recognised (``hub-ids``, ``timm``, ``torchvision``, ``packages``,
``notes``) are written by hand in families.yaml and kept; the rest of the file is made anew. Without
``--write`` the new text is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import importlib.machinery
import inspect
import json
import logging
import re
import sys
import textwrap
import types
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

_TARGET: Final = Path(__file__).parents[1] / "rules" / "layers" / "families.yaml"
_BY_HAND: Final = ("packages", "hub-ids", "timm", "torchvision", "notes")


class Row(NamedTuple):
    """A parameter, or one pattern of them.

    ``maybe``: not in every configuration or version. ``ndim`` is None where the rank depends on it.
    """

    name: str
    kind: str
    ndim: int | None
    maybe: bool = False
    frozen: bool = False


Rows: TypeAlias = dict[tuple[str, str], Row]
"""By name and kind: in a flat ``nn.Sequential`` one pattern can stand for convolutions and norms."""


class Recipe(NamedTuple):
    """A family of transformers: its ``model_type``, and the configurations that add or drop parameters.

    ``always`` is what no model can be built without.
    """

    model_type: str
    variants: tuple[dict[str, Any], ...] = ()
    always: Mapping[str, Any] = types.MappingProxyType({})

    def configurations(self) -> Iterator[dict[str, Any]]:
        yield dict(self.always)
        for variant in self.variants:
            yield {**self.always, **variant}


_UNTIED: Final = {"tie_word_embeddings": False}
_TIED: Final = {"tie_word_embeddings": True}

TRANSFORMERS: Final[dict[str, Recipe]] = {
    "bert": Recipe("bert"),
    "roberta": Recipe("roberta"),
    "xlm-roberta": Recipe("xlm-roberta"),
    "camembert": Recipe("camembert"),
    "distilbert": Recipe("distilbert"),
    "albert": Recipe("albert"),
    "electra": Recipe("electra", ({"embedding_size": 256},)),
    "deberta": Recipe(
        "deberta",
        ({"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_biased_input": False},),
    ),
    "deberta-v2": Recipe(
        "deberta-v2",
        (
            {
                "relative_attention": True,
                "pos_att_type": ["p2c", "c2p"],
                "position_biased_input": False,
                "share_att_key": True,
                "norm_rel_ebd": "layer_norm",
                "position_buckets": 256,
            },
            {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "conv_kernel_size": 3},
        ),
    ),
    "mpnet": Recipe("mpnet"),
    "longformer": Recipe("longformer"),
    "gpt2": Recipe("gpt2"),
    "gpt-neo": Recipe("gpt_neo"),
    "gpt-neox": Recipe("gpt_neox"),
    "gpt-j": Recipe("gptj"),
    "opt": Recipe("opt", ({"word_embed_proj_dim": 512, "do_layer_norm_before": False},)),
    "bloom": Recipe("bloom"),
    "t5": Recipe("t5", ({"feed_forward_proj": "gated-gelu", **_UNTIED},)),
    "mt5": Recipe("mt5", ({"feed_forward_proj": "gated-gelu", **_UNTIED},)),
    "bart": Recipe("bart"),
    "mbart": Recipe("mbart"),
    "pegasus": Recipe("pegasus"),
    "marian": Recipe("marian"),
    "llama": Recipe("llama", (_TIED,)),
    "mistral": Recipe("mistral", (_TIED,)),
    "mixtral": Recipe("mixtral"),
    "qwen2": Recipe("qwen2", (_TIED,)),
    "qwen3": Recipe("qwen3", (_TIED,)),
    "gemma": Recipe("gemma"),
    "gemma2": Recipe("gemma2"),
    "phi": Recipe("phi"),
    "phi3": Recipe("phi3"),
    "falcon": Recipe(
        "falcon",
        ({"new_decoder_architecture": True}, {"parallel_attn": False, "bias": True, "multi_query": False}),
    ),
    "xlnet": Recipe("xlnet"),
    "xlm": Recipe("xlm"),
    "esm": Recipe(
        "esm",
        ({"position_embedding_type": "rotary", "token_dropout": True}, {"emb_layer_norm_before": True}),
        {"vocab_size": 33},
    ),
    "vit": Recipe("vit"),
    "deit": Recipe("deit"),
    "swin": Recipe("swin"),
    "beit": Recipe("beit", ({"use_relative_position_bias": True, "use_absolute_position_embeddings": True},)),
    "clip": Recipe("clip"),
    "segformer": Recipe("segformer"),
    "convnext": Recipe("convnext"),
    "resnet-hf": Recipe("resnet"),
    "wav2vec2": Recipe(
        "wav2vec2", ({"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True},)
    ),
    "hubert": Recipe(
        "hubert", ({"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True},)
    ),
    "whisper": Recipe("whisper"),
}
"""Configurations beside the default one are those of released checkpoints: T5 1.1 and flan-T5 are gated
and untied, DeBERTa's published models use relative positions, LLaMA 3.2 is tied, OPT-350m projects."""

TIMM: Final[dict[str, tuple[str, ...]]] = {
    "timm-vit": ("vit_tiny_patch16_224", "vit_base_patch16_224", "vit_large_patch14_224"),
    "timm-deit-distilled": ("deit_tiny_distilled_patch16_224",),
    "timm-swin": ("swin_tiny_patch4_window7_224", "swin_large_patch4_window12_384"),
    "timm-convnext": ("convnext_tiny", "convnext_large"),
    "timm-convnextv2": ("convnextv2_tiny",),
    "timm-efficientnet": ("efficientnet_b0", "tf_efficientnet_b4"),
    "timm-mobilenetv3": ("mobilenetv3_large_100", "mobilenetv3_small_100"),
    "timm-mixer": ("mixer_b16_224",),
}

TORCHVISION: Final[dict[str, tuple[str, ...]]] = {
    "resnet-basic": ("resnet18", "resnet34"),
    "resnet-bottleneck": ("resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2"),
    "vgg": ("vgg11", "vgg16", "vgg19"),
    "vgg-bn": ("vgg11_bn", "vgg16_bn", "vgg19_bn"),
    "densenet": ("densenet121", "densenet201"),
    "mobilenet-v2": ("mobilenet_v2",),
    "mobilenet-v3": ("mobilenet_v3_small", "mobilenet_v3_large"),
    "torchvision-efficientnet": ("efficientnet_b0", "efficientnet_b4"),
    "torchvision-convnext": ("convnext_tiny", "convnext_large"),
    "torchvision-vit": ("vit_b_16", "vit_l_16"),
    "torchvision-swin": ("swin_t", "swin_b"),
    "alexnet": ("alexnet",),
    "squeezenet": ("squeezenet1_0", "squeezenet1_1"),
}

DIFFUSERS: Final[dict[str, str]] = {"diffusers-unet2d-condition": "UNet2DConditionModel"}


# ------------------------------------------------------------------- one model's parameters

_NORM: Final = re.compile(r"norm|^bn$|^ln$|^frn$", re.I)
_POSITION: Final = re.compile(r"pos|wpe|rel_emb|relative|distance", re.I)
_GAIN: Final = re.compile(r"scale|gamma|gain|temperature|lambda", re.I)
_MATRICES: Final = ("Linear", "Conv", "Bilinear", "LSTM", "GRU", "RNN", "MultiheadAttention")


def kind_of(name: str, parameter: Any, owner: Any) -> str:
    """The kind of a parameter, from the class of the module that registers it.

    A raw parameter (the owner is no layer of torch's) is judged by its own name: a position table, a
    bias, a gain, a token; what is left is a weight where it says so and ``other`` where it does not.
    """
    classes = [cls.__name__ for cls in type(owner).__mro__]
    path, _, own = name.rpartition(".")
    if _NORM.search(classes[0]) or any(
        c in ("LayerNorm", "_NormBase", "GroupNorm", "RMSNorm") for c in classes
    ):
        return "norm"
    if "Embedding" in classes:
        place = f"{classes[0]} {path.rpartition('.')[2]}"
        return "position" if _POSITION.search(place) else "embedding"
    if classes[0] == "ParametrizationList":  # weight_norm: the lengths, and the directions
        return "scale" if own == "original0" else "weight"
    if any(_is_matrix(cls) for cls in type(owner).__mro__):
        return "bias" if "bias" in own else "weight"
    if _POSITION.search(own):
        return "position"
    if "bias" in own:
        return "bias"
    if _GAIN.search(own):
        return "scale"
    if "token" in own or "embed" in own or own.endswith("_emb"):
        return "embedding"
    if parameter.ndim <= 1:
        return "scale"
    is_matrix = "weight" in own or own.endswith("proj") or classes[0] == "XLNetRelativeAttention"
    return "weight" if is_matrix else "other"


def _is_matrix(cls: type) -> bool:
    """A linear map or convolution of torch's, or GPT-2's ``Conv1D``, which is one by another name."""
    return cls.__name__ == "Conv1D" or (
        cls.__module__.startswith("torch.nn.") and cls.__name__.startswith(_MATRICES)
    )


def parameters(model: Any) -> list[Row]:
    """Every parameter of a model under its full name."""
    modules = dict(model.named_modules())
    rows = []
    for name, parameter in model.named_parameters():
        owner = modules[name.rpartition(".")[0]]
        rows.append(
            Row(name, kind_of(name, parameter, owner), parameter.ndim, False, not parameter.requires_grad)
        )
    return rows


# ---------------------------------------------------------------- indices written as *


_MANY: Final = 12


def patterns(rows: Iterable[Row]) -> Rows:
    """The rows with every index that repeats written ``*``.

    An index is kept where what stands at it differs in kind or rank: ``downsample.1`` of a ResNet is
    the norm and ``downsample.0`` the convolution. Numbers at the end of a word (``denselayer12``)
    are indices where more than four of them stand side by side.
    """
    named = list(rows)
    long = _numbered_stems(r.name for r in named)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in named:  # a module's weight and bias are written alike
        groups[_starred(row.name, 0, long).rpartition(".")[0]].append(row)
    found: Rows = {}
    for group in groups.values():
        for each in _uniform(group, long):
            found[each[:2]] = each
    return found


def _uniform(group: list[Row], long: set[str]) -> Iterator[Row]:
    """One row for each pattern that has to be told apart, keeping as few numbers as possible.

    Where that would be many, as in the flat ``features`` of a VGG, one row for each kind.
    """
    deepest = max(len(_digits(row.name)) for row in group)
    for keep in range(deepest + 1):
        parts: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            parts[_starred(row.name, keep, long)].append(row)
        if keep and len(parts) > _MANY:
            break
        if all(len({row[1:3] for row in part}) == 1 for part in parts.values()):
            for name, part in parts.items():
                yield part[0]._replace(name=name, frozen=all(r.frozen for r in part))
            return
    whole = [row._replace(name=_starred(row.name, 0, long)) for row in group]
    yield from {row[:3]: row for row in whole}.values()


def _digits(name: str) -> list[int]:
    return [i for i, part in enumerate(name.split(".")) if part.isdigit()]


def _starred(name: str, keep: int, long: set[str]) -> str:
    """The name with all its indices written ``*`` but the last ``keep``."""
    parts = name.split(".")
    indices = _digits(name)
    kept = set(indices[len(indices) - keep :]) if keep else set()
    return ".".join(
        "*" if part.isdigit() and i not in kept else _stem(part, long) for i, part in enumerate(parts)
    )


def _stem(part: str, long: set[str]) -> str:
    stem = part.rstrip("0123456789")
    return f"{stem}*" if stem in long and stem != part else part


def _numbered_stems(names: Iterable[str]) -> set[str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for part in name.split("."):
            stem = part.rstrip("0123456789")
            if stem and stem != part:
                seen[stem].add(part)
    return {stem for stem, parts in seen.items() if len(parts) > 4}


def union(variants: Sequence[Rows]) -> Rows:
    """All rows of several configurations; ``maybe`` where one of them has it not."""
    found: Rows = {}
    for key in dict.fromkeys(key for rows in variants for key in rows):
        same = [rows[key] for rows in variants if key in rows]
        found[key] = Row(
            *key,
            same[0].ndim if len({row.ndim for row in same}) == 1 else None,
            maybe=len(same) < len(variants) or any(row.maybe for row in same),
            frozen=all(row.frozen for row in same),
        )
    return found


# ------------------------------------------------------------------------- one family


class Family(NamedTuple):
    """What is measured of a family: the rows of each model class, and where its blocks stand in the base."""

    package: str
    base: str
    models: dict[str, Rows]
    blocks: dict[str, str]
    autos: dict[str, str]


def transformers_families(older: Mapping[str, Mapping[str, list[list[Any]]]]) -> Iterator[tuple[str, Family]]:
    for name, recipe in TRANSFORMERS.items():
        classes = _model_classes(recipe.model_type)
        autos = _autos(recipe.model_type)
        base = autos["AutoModel"]
        models: dict[str, Rows] = {}
        for cls in classes:
            built = list(_build_all(cls, recipe))
            before = older.get(name, {}).get(cls.__name__)
            if built:
                if before:
                    built.append({(row[0], row[1]): Row(*row) for row in before})
                models[cls.__name__] = union(built)
        blocks = _blocks(next(c for c in classes if c.__name__ == base), recipe, models)
        yield (
            name,
            Family("transformers", base, models, blocks, {a: c for a, c in autos.items() if c in models}),
        )


def _module(model_type: str) -> types.ModuleType:
    folder = model_type.replace("-", "_")
    return importlib.import_module(f"transformers.models.{folder}.modeling_{folder}")


def _model_classes(model_type: str) -> list[Any]:
    from transformers import PreTrainedModel

    module = _module(model_type)
    return [
        cls
        for name, cls in vars(module).items()
        if inspect.isclass(cls)
        and issubclass(cls, PreTrainedModel)
        and cls.__module__ == module.__name__
        and not name.endswith("PreTrainedModel")
    ]


def _autos(model_type: str) -> dict[str, str]:
    """``AutoModelForX`` to the class it makes for this model type."""
    from transformers.models.auto import modeling_auto

    found = {}
    for name, cls in vars(modeling_auto).items():
        if name.startswith("AutoModel") and inspect.isclass(cls) and getattr(cls, "_model_mapping", None):
            target = cls._model_mapping._model_mapping.get(model_type)
            if isinstance(target, str):
                found[name] = target
    return found


def _build_all(cls: Any, recipe: Recipe) -> Iterator[Rows]:
    for variant in recipe.configurations():
        model = _build(cls, variant)
        if model is not None:
            rows = patterns(parameters(model))
            if rows:
                yield rows


def _build(cls: Any, variant: Mapping[str, Any]) -> Any:
    import torch

    config_class = cls.config_class
    if config_class is None:
        return None
    why = ""
    for device in ("meta", "cpu"):  # some constructors compute with numbers they have made
        try:
            config = config_class(**variant)
            for each in _all_configurations(config):
                _set_once(each)
            with torch.device(device):
                return cls(config)
        except (
            TypeError,
            AttributeError,
            ValueError,
            NotImplementedError,
            IndexError,
            RuntimeError,
        ) as error:
            why = str(error).partition("\n")[0]
    print(f"not built: {cls.__name__} {dict(variant)}: {why}", file=sys.stderr)
    return None


def _all_configurations(config: Any) -> Iterator[Any]:
    yield config
    for value in list(vars(config).values()):
        if type(value).__name__.endswith("Config") and hasattr(value, "to_dict"):
            yield value


def _set_once(config: Any) -> None:
    """What some heads ask for: a padding token, several labels."""
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = 0


def _blocks(base: Any, recipe: Recipe, models: Mapping[str, Rows]) -> dict[str, str]:
    """Class name of a part (``BertLayer``) to where it stands in the base (``encoder.layer.*``).

    Only parts that look alike wherever they stand, in every configuration, and with parameters.
    """
    module = base.__module__
    whole = models[base.__name__]
    places: dict[str, set[str]] = defaultdict(set)
    for variant in recipe.configurations():
        model = _build(base, variant)
        if model is None:
            continue
        for path, part in model.named_modules():
            cls = type(part)
            if path and cls.__module__ == module and cls.__name__ not in models:
                places[cls.__name__].add(re.sub(r"(?<=\.)\d+(?=\.|$)", "*", path))
    found = {}
    for name, paths in places.items():
        views = {path: _below(whole, path) for path in paths}
        if (
            len({tuple(sorted(v.items())) for v in views.values()}) == 1
            and len(next(iter(views.values()))) > 1
        ):
            found[name] = min(paths)
    return found


def _below(rows: Rows, path: str) -> Rows:
    start = f"{path}."
    inside = (r._replace(name=r.name[len(start) :]) for r in rows.values() if r.name.startswith(start))
    return {r[:2]: r for r in inside}


def timm_families() -> Iterator[tuple[str, Family]]:
    import timm

    for name, models in TIMM.items():
        yield name, _of_constructors("timm", [functools.partial(timm.create_model, m) for m in models])


def torchvision_families() -> Iterator[tuple[str, Family]]:
    for name, models in TORCHVISION.items():
        yield name, _of_constructors("torchvision", [_torchvision_model(m) for m in models])


def diffusers_families() -> Iterator[tuple[str, Family]]:
    try:
        import diffusers
    except ImportError:
        print("diffusers is not installed: its families are left out", file=sys.stderr)
        return
    for name, cls in DIFFUSERS.items():
        build = getattr(diffusers, cls)
        sizes: tuple[dict[str, Any], ...] = (
            {"cross_attention_dim": 768},
            {
                "cross_attention_dim": 1024,
                "attention_head_dim": [5, 10, 20, 20],
                "use_linear_projection": True,
            },
        )
        yield name, _of_constructors("diffusers", [functools.partial(build, **each) for each in sizes])


def _of_constructors(package: str, builders: Iterable[Callable[[], Any]]) -> Family:
    import torch

    variants, classes = [], set()
    for build in builders:
        with torch.device("meta"):
            model = build()
        classes.add(type(model).__name__)
        variants.append(patterns(parameters(model)))
    (base,) = classes
    return Family(package, base, {base: union(variants)}, {}, {})


# --------------------------------------------- torchvision, without its compiled operators


def use_unpacked_torchvision(folder: Path) -> None:
    """Let ``torchvision.models.resnet`` be imported where the package as a whole cannot.

    Its compiled operators fit one version of torch only, and the classifiers use none of them. So the
    packages are made without running their ``__init__``, and what only transforms images is a blank.
    """
    root = folder / "torchvision"
    for name in ("torchvision", "torchvision.models", "torchvision.ops"):
        package = types.ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        sys.modules[name] = package
    for name in _BLANK:
        sys.modules[name] = _Blank(name)
    vars(sys.modules["torchvision"])["__version__"] = "0"
    depth = importlib.import_module("torchvision.ops.stochastic_depth")
    vars(sys.modules["torchvision.ops"])["StochasticDepth"] = depth.StochasticDepth


_BLANK: Final = (
    "torchvision.transforms",
    "torchvision.transforms._presets",
    "torchvision.transforms.functional",
    "torchvision.datasets",
    "torchvision.models.feature_extraction",
)


class _Anything(type):
    """Classes that have every attribute, as an enumeration's members."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return name


class _Blank(types.ModuleType):
    """A module that has every name, each an empty ``nn.Module`` class."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)

    def __getattr__(self, name: str) -> Any:
        from torch import nn

        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name, (nn.Module,), {"__init__": lambda self, *_, **__: nn.Module.__init__(self)})


_TORCHVISION_FILES: Final = {
    "resnet": "resnet", "resnext": "resnet", "wide": "resnet", "vgg": "vgg", "densenet": "densenet",
    "mobilenet_v2": "mobilenetv2", "mobilenet_v3": "mobilenetv3", "efficientnet": "efficientnet",
    "convnext": "convnext", "vit": "vision_transformer", "swin": "swin_transformer",
    "alexnet": "alexnet", "squeezenet": "squeezenet",
}  # fmt: skip


def _torchvision_model(name: str) -> Callable[[], Any]:
    file = next(f for stem, f in _TORCHVISION_FILES.items() if name.startswith(stem))
    module = importlib.import_module(f"torchvision.models.{file}")
    constructor: Callable[[], Any] = getattr(module, name)
    return constructor


# ------------------------------------------------------------------------ as compact YAML


def entry(name: str, family: Family, by_hand: Mapping[str, Any]) -> str:
    """The YAML of one family."""
    base = family.models[family.base]
    lines = [f"  {name}:"]
    for key in _BY_HAND:
        if key in by_hand:
            lines += _hand(key, by_hand[key])
    if "packages" not in by_hand:
        lines.insert(1, f"    packages: [{family.package}]")
    lines += [f"    base: {family.base}", "    rows:", *_rows(base, 6)]
    models = {cls: rows for cls, rows in family.models.items() if cls != family.base}
    if models:
        lines.append("    models:")
        for cls, rows in models.items():
            lines += _model(cls, rows, base)
    if family.blocks:
        lines += _flow("blocks", [f"{cls}: {path}" for cls, path in sorted(family.blocks.items())], "{}", 4)
    if family.autos:
        lines += _flow("autos", [f"{auto}: {cls}" for auto, cls in sorted(family.autos.items())], "{}", 4)
    return "\n".join(lines) + "\n"


def _hand(key: str, value: Any) -> list[str]:
    if isinstance(value, list):
        quoted = [v if re.fullmatch(r"[\w-]+", v) else "'" + v.replace("'", "''") + "'" for v in value]
        if not value:
            return []
        if key in ("hub-ids", "timm"):
            return [f"    {key}:", *(f"      - {each}" for each in quoted)]
        return _flow(key, quoted, "[]", 4)
    return [
        f"    {key}: >-",
        *textwrap.wrap(str(value), 100, initial_indent=" " * 6, subsequent_indent=" " * 6),
    ]


def _rows(rows: Rows, indent: int) -> list[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows.values():
        rank = "" if row.ndim is None else f" {row.ndim}"
        groups[f"{row.kind}{rank}"].append(
            row.name + ("?" if row.maybe else "") + ("!" if row.frozen else "")
        )
    lines = []
    for key in sorted(groups, key=_order):
        lines += _flow(
            key, [f"'{n}'" if n[0] == "*" or n[-1] in "?!" else n for n in groups[key]], "[]", indent
        )
    return lines


def _order(key: str) -> tuple[int, str]:
    kinds = ("embedding", "position", "weight", "bias", "norm", "scale", "other")
    return kinds.index(key.split()[0]), key


def _flow(key: str, items: Sequence[str], brackets: str, indent: int) -> list[str]:
    start = " " * indent
    short = f"{start}{key}: {brackets[0]}{', '.join(items)}{brackets[1]}"
    if len(short) <= 110:
        return [short]
    wrapped = textwrap.wrap(
        ", ".join(items), 108, initial_indent=start + "  ", subsequent_indent=start + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [f"{start}{key}: {brackets[0]}", *wrapped, f"{start}{brackets[1]}"]


def _model(cls: str, rows: Rows, base: Rows) -> list[str]:
    """A model as the base under a prefix, less what it drops, and what it has besides."""
    prefix, without, own = min(_views(rows, base), key=lambda v: len(v[2]) + len(v[1]))
    if len(own) > len(rows) / 2 and len(own) > 8:
        return [f"      {cls}:", "        rows:", *_rows(rows, 10)]
    head = [f"prefix: {prefix}" if prefix else "prefix: ''"]
    if without:
        head.append(f"without: [{', '.join(_quoted(without))}]")
    if not own:
        line = f"      {cls}: {{{', '.join(head)}}}"
        if len(line) <= 110:
            return [line]
    lines = [f"      {cls}:", f"        {head[0]}"]
    if without:
        lines += _flow("without", _quoted(without), "[]", 8)
    return [*lines, *(["        rows:", *_rows(own, 10)] if own else [])]


def _quoted(names: Iterable[str]) -> list[str]:
    return [f"'{n}'" if n.startswith("*") else n for n in names]


def _views(rows: Rows, base: Rows) -> Iterator[tuple[str, list[str], Rows]]:
    names = [r.name for r in rows.values()]
    for prefix in sorted({"", *(n.partition(".")[0] for n in names if "." in n)}):
        start = f"{prefix}." if prefix else ""
        shifted = [r._replace(name=start + r.name) for r in base.values()]
        shared = {r[:2] for r in shifted if rows.get(r[:2]) == r}
        if not shared:
            continue
        dropped = sorted(r.name[len(start) :] for r in shifted if r[:2] not in shared)
        kept = [r.name[len(start) :] for r in shifted if r[:2] in shared]
        yield prefix, _shortest(dropped, kept), {key: r for key, r in rows.items() if key not in shared}
    yield "", sorted({r.name.partition(".")[0] for r in base.values()}), rows


def _shortest(dropped: Sequence[str], kept: Sequence[str]) -> list[str]:
    """The fewest dotted prefixes that cover what is dropped and nothing that is kept."""
    found: list[str] = []
    for name in dropped:
        if any(name == p or name.startswith(f"{p}.") for p in found):
            continue
        parts = name.split(".")
        for size in range(1, len(parts) + 1):
            stem = ".".join(parts[:size])
            if not any(k == stem or k.startswith(f"{stem}.") for k in kept):
                found.append(stem)
                break
    return found


_HEAD: Final = """\
# Which parameters the common model families have, by the names their libraries give them.
# Made by benchmarks/make_families.py; packages, hub-ids, timm, torchvision and notes are written by hand
# and kept when it runs again. README.md, "Families", describes the keys.

framework: torch
versions: {{{versions}}}

families:
"""


def text_of(families: Mapping[str, Family], by_hand: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    shown = ", ".join(f"{package}: '{version}'" for package, version in versions.items())
    entries = (entry(name, family, by_hand.get(name, {})) for name, family in families.items())
    return _HEAD.format(versions=shown) + "\n".join(entries)


def _versions(packages: Iterable[str]) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def dump() -> dict[str, dict[str, list[Row]]]:
    """What the installed transformers calls the parameters of every model class that can be built."""
    found: dict[str, dict[str, list[Row]]] = {}
    for name, recipe in TRANSFORMERS.items():
        with contextlib.suppress(ImportError):
            models = {
                cls.__name__: list(_build_all(cls, recipe)) for cls in _model_classes(recipe.model_type)
            }
            found[name] = {cls: list(union(rows).values()) for cls, rows in models.items() if rows}
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--write", action="store_true", help="replace rules/layers/families.yaml")
    parser.add_argument("--dump", type=Path, help="write the names of this transformers and stop")
    parser.add_argument("--torchvision", type=Path, help="folder with an unpacked torchvision wheel")
    parser.add_argument("--older", type=Path, help="names of another version of transformers")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if options.dump:
        found = {"version": _versions(["transformers"])["transformers"], "families": dump()}
        options.dump.write_text(json.dumps(found), "utf-8")
        return 0
    older = json.loads(options.older.read_text("utf-8")) if options.older else {"families": {}}
    families = dict(transformers_families(older["families"]))
    families |= diffusers_families()
    if options.torchvision:
        use_unpacked_torchvision(options.torchvision)
    families |= dict(timm_families()) | dict(torchvision_families())
    by_hand = yaml.safe_load(_TARGET.read_text("utf-8"))["families"] if _TARGET.exists() else {}
    versions = _versions(["transformers", "diffusers", "timm", "torchvision"])
    if options.torchvision:
        (wheel,) = options.torchvision.glob("torchvision-*.dist-info")
        versions["torchvision"] = wheel.stem.partition("-")[2]
    if "version" in older:
        versions["transformers"] += f", {older['version']}"
    text = text_of(families, by_hand, versions)
    if options.write:
        _TARGET.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
    counts = Counter({name: sum(map(len, family.models.values())) for name, family in families.items()})
    print(f"{len(families)} families, {sum(counts.values())} rows", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
