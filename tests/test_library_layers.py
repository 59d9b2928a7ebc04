"""The layers of third-party packages, against the packages where they are installed."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.oracle.build import import_torchvision
from tests.oracle.layers import compare, created
from wdlint.knowledge import Layer, Layers, layers


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    """Keeps the tests out of the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WDLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield layers()


def layer(known: Layers, name: str) -> Layer:
    found = known.get(name)
    assert found is not None, name
    return found


# ------------------------------------------------------------------------------ what is said


def test_a_graph_convolution(known: Layers) -> None:
    found = layer(known, "torch_geometric.nn.GCNConv")
    assert [(p.name, p.kind, p.ndim, p.needs) for p in found.parameters] == [
        ("bias", "bias", 1, ("bias",)),
        ("lin.weight", "weight", 2, ()),
    ]
    assert known.get("torch_geometric.nn.conv.gcn_conv.GCNConv") is found


def test_a_convolution_that_holds_a_module_it_is_given(known: Layers) -> None:
    found = layer(known, "torch_geometric.nn.GINConv")
    assert found.submodules == {"nn": "nn"}
    assert [(p.name, p.kind, p.needs) for p in found.parameters] == [("eps", "scale", ("train_eps",))]


def test_a_flag_may_be_an_argument_that_is_left_out(known: Layers) -> None:
    """``norm_layer=None``: no norm, unless one is given."""
    found = layer(known, "timm.layers.Mlp")
    assert found.flags == {"bias": True, "norm_layer": False}
    assert {p.name for p in found.parameters if "norm_layer" in p.needs} == {"norm.weight", "norm.bias"}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("apex.normalization.FusedLayerNorm", {"weight", "bias"}),
        ("apex.normalization.fused_layer_norm.MixedFusedRMSNorm", {"weight"}),
        ("apex.parallel.SyncBatchNorm", {"weight", "bias"}),
        ("transformers.models.llama.modeling_llama.LlamaRMSNorm", {"weight"}),
        ("timm.models.layers.LayerNorm2d", {"weight", "bias"}),
        ("xformers.ops.RMSNorm", {"weight"}),
    ],
)
def test_norms_of_other_packages(known: Layers, name: str, parameters: set[str]) -> None:
    found = layer(known, name).parameters
    assert {p.name for p in found} == parameters
    assert {p.kind for p in found} == {"norm"}


@pytest.mark.parametrize(
    "name",
    [
        "timm.layers.DropPath",
        "timm.models.layers.DropPath",
        "torchmetrics.Accuracy",
        "torchmetrics.classification.MulticlassF1Score",
        "torch_geometric.nn.APPNP",
    ],
)
def test_modules_without_parameters(known: Layers, name: str) -> None:
    assert layer(known, name).parameters == ()


def test_a_metric_with_a_network_is_not_said_to_have_none(known: Layers) -> None:
    assert known.get("torchmetrics.image.fid.FrechetInceptionDistance") is None


# ------------------------------------------------------------------------ against the packages

Build = Callable[[Any], tuple[Any, ...]]

ARGUMENTS: dict[str, Build] = {
    "torch_geometric.nn.ChebConv": lambda nn: (3, 4, 2),
    "torch_geometric.nn.SSGConv": lambda nn: (3, 4, 0.1),
    "torch_geometric.nn.GINConv": lambda nn: (nn.ReLU(),),
    "torch_geometric.nn.GINEConv": lambda nn: (nn.Linear(4, 4),),
    "torch_geometric.nn.EdgeConv": lambda nn: (nn.ReLU(),),
    "torch_geometric.nn.PointNetConv": lambda nn: (nn.ReLU(), nn.ReLU()),
    "torch_geometric.nn.NNConv": lambda nn: (2, 2, nn.ReLU()),
    "torch_geometric.nn.RGCNConv": lambda nn: (3, 4, 2),
    "torch_geometric.nn.FastRGCNConv": lambda nn: (3, 4, 2),
    "torch_geometric.nn.GatedGraphConv": lambda nn: (4, 2),
    "torch_geometric.nn.GCN2Conv": lambda nn: (4, 0.1),
    "torch_geometric.nn.FAConv": lambda nn: (4,),
    "torch_geometric.nn.CGConv": lambda nn: (4,),
    "torch_geometric.nn.MFConv": lambda nn: (3, 4, 2),
    "torch_geometric.nn.GMMConv": lambda nn: (3, 4, 2, 2),
    "torch_geometric.nn.AGNNConv": lambda nn: (),
    "torch_geometric.nn.APPNP": lambda nn: (2, 0.1),
    "torch_geometric.nn.LGConv": lambda nn: (),
    "torch_geometric.nn.MessageNorm": lambda nn: (),
    "torch_geometric.nn.DiffGroupNorm": lambda nn: (4, 2),
    "torch_geometric.nn.HeteroLayerNorm": lambda nn: (4, 2),
    "torch_geometric.nn.JumpingKnowledge": lambda nn: ("cat",),
    "torch_geometric.nn.SortAggregation": lambda nn: (2,),
    "timm.layers.PatchEmbed": lambda nn: (16, 4, 3, 8),
    "timm.layers.Attention": lambda nn: (8, 2),
    "timm.models.vision_transformer.Block": lambda nn: (8, 2),
    "timm.models.swin_transformer.WindowAttention": lambda nn: (8, 2, None, 4),
    "timm.models.convnext.ConvNeXtBlock": lambda nn: (8,),
    "timm.layers.RelPosBias": lambda nn: ((2, 2), 2),
    "timm.layers.PReLU": lambda nn: (),
    "transformers.models.bart.modeling_bart.BartScaledWordEmbedding": lambda nn: (5, 4, 0),
    "transformers.models.bart.modeling_bart.BartClassificationHead": lambda nn: (4, 4, 2, 0.1),
    "transformers.activations.ClippedGELUActivation": lambda nn: (-1, 1),
}
OF_OLDER_VERSIONS = {"transformers.modeling_utils.Conv1D"}
SHAPES: tuple[tuple[Any, ...], ...] = ((), (32,), (4, 4), (4, 4, 3))
"""What is tried where ``ARGUMENTS`` says nothing."""


def given(layer: Layer, flag: str, nn: Any) -> Any:
    """A value for an argument that adds parameters when it is not None."""
    match flag:
        case "norm_layer" if layer.name.endswith(("ConvMlp", "SEModule")):
            return lambda channels, **_: nn.BatchNorm2d(channels)
        case "norm_layer":
            return nn.LayerNorm
        case "edge_dim" | "num_bases":
            return 2
        case "init_values":
            return 1e-5
    return True


def build(found: Layer, cls: Any, flags: dict[str, bool], nn: Any) -> Any:
    written = {
        flag: given(found, flag, nn) if on else False
        for flag, on in flags.items()
        if on != bool(found.flags[flag])
    }
    if found.name == "timm.layers.Attention":
        written["norm_layer"] = nn.LayerNorm
    if found.name in ARGUMENTS:
        return cls(*ARGUMENTS[found.name](nn), **written)
    for arguments in SHAPES:
        try:
            return cls(*arguments, **written)
        except (TypeError, AssertionError):
            continue
    raise AssertionError(f"{found.name} needs arguments")


def resolve(name: str) -> Any:
    module, _, short = name.rpartition(".")
    return getattr(importlib.import_module(module), short)


@pytest.fixture(scope="module", params=["torch_geometric", "timm", "transformers"])
def package(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    pytest.importorskip("torch", reason="torch is not installed")
    import_torchvision()
    pytest.importorskip(name, reason=f"{name} is not installed: its layers are not compared with it")
    return name


def of_package(known: Layers, package: str) -> list[Layer]:
    """The layers by their canonical names; an alias said to have none is a name of its own."""
    return [layer(known, name) for name in known.names() if name.startswith(f"{package}.")]


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")  # the packages' own
def test_layers_create_what_they_are_said_to(known: Layers, package: str) -> None:
    from torch import nn

    for found in of_package(known, package):
        cls = resolve(found.name)
        variants = [
            dict(found.flags),
            *({**found.flags, flag: not default} for flag, default in found.flags.items()),
        ]
        for flags in variants:
            module = build(found, cls, flags, nn)
            compare(found, module, flags)
            for name, _ in module.named_parameters():
                owner = module.get_submodule(name.rpartition(".")[0])
                if type(owner).__name__ in ("LayerNorm", "BatchNorm1d", "BatchNorm2d", "GroupNorm"):
                    assert [p.kind for p in found.parameters if p.name == name] == ["norm"], name


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_arguments_are_those_of_the_package(known: Layers, package: str) -> None:
    for found in of_package(known, package):
        parameters = inspect.signature(resolve(found.name)).parameters
        positional = tuple(p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD)
        if found.arguments:
            assert found.arguments == positional, found.name
        for alias in found.aliases:
            if alias.startswith(f"{package}.") and alias not in OF_OLDER_VERSIONS:
                assert resolve(alias) is resolve(found.name), alias
        for flag, default in found.flags.items():
            assert bool(parameters[flag].default) == default, f"{found.name}: {flag}"


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_metrics_have_no_parameters(known: Layers) -> None:
    pytest.importorskip("torchmetrics", reason="torchmetrics is not installed")
    built = 0
    for found in of_package(known, "torchmetrics"):
        for keywords in ({}, {"num_classes": 3}, {"num_labels": 3}, {"task": "binary"}):
            try:
                metric = resolve(found.name)(**keywords)
            except (TypeError, ValueError, ImportError):
                continue
            assert created(metric) == {}, found.name
            built += 1
            break
    assert built > 100
