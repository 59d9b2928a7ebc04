"""The shipped rule files, their look-ups, users' extensions and the compiled cache."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
import statistics
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.oracle.layers import compare, created
from wdlint import knowledge, schema
from wdlint.facts import Choice, Optimizer
from wdlint.knowledge import Catalogue, KnowledgeError, Layer, card, cards, catalogue, layers, rule_names

RULES = Path(knowledge.rules_folder())
PACKAGE = Path(knowledge.__file__).parent


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the tests out of the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WDLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return catalogue()


def optimizer(known: Catalogue, name: str) -> Optimizer:
    found = known.get(name)
    assert found is not None, f"{name} is not in the catalogue"
    return found


def all_optimizers(known: Catalogue) -> Iterator[Optimizer]:
    for name in known.names():
        yield optimizer(known, name)


# ----------------------------------------------------------------------- shipped files


def test_every_shipped_file_is_valid() -> None:
    compiled = schema.compile_rules(RULES)
    assert compiled["catalogue"]["optimizers"]
    assert compiled["catalogue"]["factories"]
    assert compiled["layers"]["layers"]
    assert compiled["families"]["families"]
    assert compiled["cards"]


def test_the_catalogue_is_complete() -> None:
    """403 names were measured; some of them are several classes, some are no class at all."""
    read = [
        schema.read_catalogue(p.read_text("utf-8"), p.name) for p in sorted(RULES.glob("optimizers/*.yaml"))
    ]
    assert sum(len(each["optimizers"]) for each in read) == 423
    assert sum(len(each["configurations"]) for each in read) == 9


def test_a_factory_knows_what_its_names_mean_and_what_to_pick_instead(known: Catalogue) -> None:
    factory = known.factory("timm.optim.optim_factory.create_optimizer_v2")
    assert factory is not None and factory.short_name == "create_optimizer_v2"
    assert factory.choices["adam"] == Choice("adam", "torch.optim.Adam", "adamw")
    assert "radam" not in factory.choices, "decoupled or not, as the version has it"
    assert all(known.get(choice.optimizer) for choice in factory.choices.values())


def test_a_factory_s_class_has_to_be_in_the_catalogue() -> None:
    text = "factories:\n  a.make:\n    picks-by: name\n    names: {x: {class: a.X}}\n"
    with pytest.raises(schema.SchemaError, match=r"a\.X' is not in the catalogue"):
        schema.read_factories(text, "f.yaml", {"b.X"})


def test_the_catalogue_covers_every_framework(known: Catalogue) -> None:
    frameworks = Counter(o.framework for o in all_optimizers(known))
    assert frameworks.keys() <= set(schema.FRAMEWORKS)
    assert frameworks["torch"] >= 290
    assert {f: n for f, n in frameworks.items() if f in ("optax", "paddle", "mlx", "tinygrad", "pyro")} == {
        "optax": 29,
        "paddle": 13,
        "mlx": 10,
        "tinygrad": 6,
        "pyro": 15,
    }


@pytest.mark.parametrize(
    ("name", "coupling", "default"),
    [
        # named Adam, and not coupled
        ("bitsandbytes.optim.Adam", "decoupled", 0.0),
        ("bitsandbytes.optim.Adam8bit", "decoupled", 0.0),
        ("bitsandbytes.optim.PagedAdam8bit", "decoupled", 0.0),
        ("keras.optimizers.Adam", "decoupled", None),
        ("keras.optimizers.SGD", "decoupled", None),
        ("apex.optimizers.FusedAdam", "decoupled", 0.0),
        ("deepspeed.ops.adam.DeepSpeedCPUAdam", "decoupled", 0.0),
        ("colossalai.nn.optimizer.HybridAdam", "decoupled", 0.0),
        ("transformer_engine.pytorch.optimizers.FusedAdam", "decoupled", 0.0),
        ("fairseq.optim.adam.Adam", "decoupled", 0.0),
        ("fastai.optimizer.Adam", "decoupled", 0.01),
        ("torch_optimizer.RAdam", "decoupled", 0.0),
        ("pytorch_optimizer.RAdam", "decoupled", 0.0),
        ("pytorch_optimizer.Yogi", "decoupled", 0.0),
        ("thinc.optimizers.Adam", "decoupled", 0.0),
        # without any weight decay
        ("mlx.optimizers.Adam", "none", None),
        ("tinygrad.nn.optim.Adam", "none", None),
        ("keras.optimizers.legacy.Adam", "none", None),
        ("torch.optim.SparseAdam", "none", None),
        # coupled, whatever they are called
        ("torch.optim.Adam", "coupled", 0.0),
        ("torch.optim.RMSprop", "coupled", 0.0),
        ("torch.optim.Adagrad", "coupled", 0.0),
        ("torchao.optim.Adam8bit", "coupled", 0.0),
        ("torchao.optim.AdamFp8", "coupled", 0.0),
        ("torch_optimizer.Yogi", "coupled", 0.0),
        ("torch_optimizer.AdaBelief", "coupled", 0.0),
        ("pytorch_optimizer.ADOPT", "coupled", 0.0),
        ("timm.optim.NAdamLegacy", "coupled", 0.0),
        ("mlx.optimizers.Muon", "coupled", 0.01),
        ("paddle.optimizer.Adam", "coupled", None),
        ("optax.adadelta", "coupled", 0.0),
        ("sklearn.neural_network.MLPClassifier", "coupled", 1e-4),
        ("pyro.optim.ClippedAdam", "coupled", 0.0),
        # decoupled, with a default that decays or one that does not
        ("torch.optim.AdamW", "decoupled", 0.01),
        ("torch.optim.Muon", "decoupled", 0.1),
        ("transformers.AdamW", "decoupled", 0.0),
        ("pytorch_pretrained_bert.BertAdam", "decoupled", 0.01),
        ("bitsandbytes.optim.AdamW8bit", "decoupled", 0.01),
        ("timm.optim.NAdamW", "decoupled", 0.01),
        ("keras.optimizers.AdamW", "decoupled", 0.004),
        ("optax.adamw", "decoupled", 1e-4),
        ("optax.lion", "decoupled", 1e-3),
        ("sophia.SophiaG", "decoupled", 0.1),
        ("pyro.optim.AdamW", "decoupled", 0.01),
        # not multiplied by the learning rate
        ("composer.optim.DecoupledAdamW", "decoupled_absolute", 1e-5),
        ("tensorflow_addons.optimizers.AdamW", "decoupled_absolute", None),
        ("optax.adafactor", "decoupled_absolute", None),
        ("flair.optim.SGDW", "decoupled_absolute", 0.0),
        # others that are no misuse
        ("torch.optim.SGD", "l2_sgd", 0.0),
        ("timm.optim.Lamb", "in_update_trust_ratio", 0.01),
        ("adan_pytorch.Adan", "decoupled_prox", 0.0),
        ("torch_optimizer.SGDW", "bug", 0.0),
    ],
)
def test_names_that_mislead(known: Catalogue, name: str, coupling: str, default: float | None) -> None:
    found = optimizer(known, name)
    assert (found.coupling, found.decay_default) == (coupling, default)
    assert found.lr_scaled == (coupling != "decoupled_absolute")


@pytest.mark.parametrize(
    ("name", "flag", "default", "when_true", "when_false"),
    [
        ("torch.optim.Adam", "decoupled_weight_decay", False, "decoupled", "coupled"),
        ("apex.optimizers.FusedAdam", "adam_w_mode", True, "decoupled", "coupled"),
        ("colossalai.nn.optimizer.FusedAdam", "adamw_mode", True, "decoupled", "coupled"),
        ("adabelief_pytorch.AdaBelief", "weight_decouple", True, "decoupled", "coupled"),
        ("torch_optimizer.AdaBelief", "weight_decouple", False, "decoupled", "coupled"),
        ("pytorch_optimizer.RAdam", "weight_decouple", True, "decoupled", "no_effect"),
        ("optimi.Adam", "decouple_wd", False, "decoupled", "coupled"),
        # flags that lie: neither chooses between L2 and decoupled decay
        ("lion_pytorch.Lion", "decoupled_weight_decay", False, "decoupled_absolute", "decoupled"),
        ("timm.optim.Adan", "no_prox", False, "decoupled", "decoupled_prox"),
    ],
)
def test_flags_that_switch_the_coupling(
    known: Catalogue, name: str, flag: str, default: bool, when_true: str, when_false: str
) -> None:
    switch = optimizer(known, name).switch
    assert switch is not None
    assert (switch.flag, switch.default, switch.when_true, switch.when_false) == (
        flag,
        default,
        when_true,
        when_false,
    )


def test_mup_names_a_flag_that_is_no_switch(known: Catalogue) -> None:
    assert optimizer(known, "mup.MuAdam").switch is None


def test_the_coupling_is_that_of_the_default_flag(known: Catalogue) -> None:
    for each in all_optimizers(known):
        if each.switch:
            by_default = each.switch.when_true if each.switch.default else each.switch.when_false
            assert each.coupling == by_default, each.name


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("torch.optim.Adam", 4),
        ("torch.optim.Adagrad", 3),
        ("apex.optimizers.FusedAdam", 6),
        ("transformer_engine.pytorch.optimizers.FusedAdam", 4),
        ("fastai.optimizer.Adam", 5),
        ("paddle.optimizer.Adam", 5),
        ("mindspore.nn.Adam", 7),
        ("optax.adamw", 6),
        ("keras.optimizers.AdamW", 1),
        ("tensorflow_addons.optimizers.AdamW", 0),
        ("torch.optim.Adafactor", 5),
        ("transformers.Adafactor", 6),
        ("timm.optim.Adafactor", 7),
        ("apex.contrib.optimizers.distributed_fused_adam.DistributedFusedAdam", None),
    ],
)
def test_positions_of_the_coefficient(known: Catalogue, name: str, position: int | None) -> None:
    assert optimizer(known, name).decay_position == position


def test_a_listed_argument_stands_where_it_is_said_to(known: Catalogue) -> None:
    for each in all_optimizers(known):
        if each.decay_argument in each.arguments:
            assert each.decay_position == each.arguments.index(each.decay_argument), each.name
        if each.switch and each.switch.flag in each.arguments:
            assert each.switch.position == each.arguments.index(each.switch.flag), each.name


def test_what_to_use_instead_of_adam(known: Catalogue) -> None:
    replacement = optimizer(known, "torch.optim.Adam").replacement
    assert replacement is not None
    assert replacement.name == "torch.optim.AdamW"
    assert replacement.same_positions
    assert replacement.drops == ("decoupled_weight_decay",)


def test_where_a_flag_decouples_it_is_the_replacement(known: Catalogue) -> None:
    replacement = optimizer(known, "timm.optim.RMSpropTF").replacement
    assert replacement is not None
    assert (replacement.name, replacement.flags) == ("timm.optim.RMSpropTF", {"decoupled_decay": True})
    nadam = optimizer(known, "torch.optim.NAdam").replacement
    assert nadam is not None
    assert (nadam.flags, nadam.requires) == ({"decoupled_weight_decay": True}, "torch>=2.1")


def test_every_coupled_optimizer_says_what_to_do_instead(known: Catalogue) -> None:
    silent = [
        each.name
        for each in all_optimizers(known)
        if each.coupling == "coupled"
        and each.framework != "torch-functional"
        and not (each.replacement or each.advice)
    ]
    assert silent == []


def test_every_replacement_is_known_and_decoupled(known: Catalogue) -> None:
    for each in all_optimizers(known):
        if each.replacement is None:
            continue
        target = optimizer(known, each.replacement.name)
        coupling = target.coupling
        if target.switch and target.switch.flag in each.replacement.flags:
            on = each.replacement.flags[target.switch.flag]
            coupling = target.switch.when_true if on else target.switch.when_false
        assert coupling.startswith("decoupled"), f"{each.name} -> {target.name} is {coupling}"


def test_the_schema_is_documented() -> None:
    """Every key and every coupling has its line, and the example is one that loads."""
    text = (RULES / "README.md").read_text("utf-8")
    keys = {
        *schema.CATALOGUE_KEYS,
        *schema.OPTIMIZER_KEYS,
        *schema.SWITCH_KEYS,
        *schema.REPLACEMENT_KEYS,
        *schema.LAYER_KEYS,
        *schema.PARAMETER_KEYS,
        *schema.FACTORY_KEYS,
        *schema.CHOICE_KEYS,
        *schema.FAMILY_KEYS,
        *schema.MODEL_KEYS,
        *schema.CARD_KEYS,
        *schema.EXAMPLE_KEYS,
        *schema.COUPLINGS,
        *schema.FRAMEWORKS,
        "without-parameters",
    }
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
    examples = re.findall(r"```yaml\n(.*?)```", text, re.S)
    assert list(schema.read_catalogue(examples[0], "README.md")["optimizers"]) == ["my_project.optim.Whirl"]
    known = {"torch.optim.NAdam", "torch.optim.Adamax"}
    assert list(schema.read_factories(examples[1], "README.md", known)) == ["timm.optim.create_optimizer_v2"]
    layers_file = f"framework: torch\nlayers:\n{textwrap.indent(examples[2], '  ')}"
    assert list(schema.read_layers(layers_file, "README.md")) == ["torch.nn.BatchNorm2d"]
    families_file = f"framework: torch\nfamilies:\n{textwrap.indent(examples[3], '  ')}"
    assert list(schema.read_families(families_file, "README.md")) == ["bert"]


# ----------------------------------------------------------------------------- look-ups


def test_an_alias_is_the_same_optimizer(known: Catalogue) -> None:
    adam = optimizer(known, "torch.optim.Adam")
    for alias in (
        "torch.optim.adam.Adam",
        "torch.optim._multi_tensor.Adam",
        "timm.optim.Adam",
        "pytorch_optimizer.Adam",
    ):
        assert known.get(alias) is adam


def test_every_name_and_alias_is_found(known: Catalogue) -> None:
    for each in all_optimizers(known):
        for name in (each.name, *each.aliases):
            assert known.get(name) == each


def test_modules_that_are_exported_again(known: Catalogue) -> None:
    assert known.get("tensorflow.keras.optimizers.Adam") is known.get("keras.optimizers.Adam")
    assert known.get("torchao.prototype.low_bit_optim.Adam8bit") is known.get("torchao.optim.Adam8bit")
    assert known.get("pytorch_transformers.AdamW") is known.get("transformers.AdamW")


def test_a_class_of_the_same_name_elsewhere_is_unknown(known: Catalogue) -> None:
    assert known.get("Adam") is None
    assert known.get("my_project.optim.Adam") is None


def test_star_imports(known: Catalogue) -> None:
    exports = known.exports("torch.optim")
    assert exports["Adam"] == "torch.optim.Adam"
    assert exports["SGD"] == "torch.optim.SGD"
    assert known.exports("timm.optim")["Adam"] == "torch.optim.Adam"
    assert "_AdamW" not in known.exports("torchao.optim")
    assert known.get("torchao.optim._AdamW") is not None
    assert known.exports("my_project") == {}


def test_short_names_are_torch_s_and_pyro_s(known: Catalogue) -> None:
    assert {"Adam", "AdamW", "FusedAdam", "BertAdam", "ClippedAdam", "SGD", "_AdamW"} <= known.short_names
    assert not {"adamw", "MLPClassifier", "Nadam", "OptimizerConfig"} & known.short_names


def test_names_that_decay_without_a_number(known: Catalogue) -> None:
    assert {"AdamW", "Muon", "BertAdam", "SophiaG"} <= known.implicit
    assert not {"Adam", "SGD", "RMSprop", "FusedAdam"} & known.implicit


@pytest.fixture
def extend(tmp_path: Path) -> Callable[[str], Catalogue]:
    def extend(text: str) -> Catalogue:
        path = tmp_path / "my_optimizers.yaml"
        path.write_text(text, "utf-8")
        return catalogue((path,))

    return extend


MINE = """\
framework: torch
optimizers:
  my_project.optim.Whirl:
    aliases: [my_project.Whirl]
    arguments: [params, lr, weight_decay, decouple]
    coupling: coupled
    decay-default: 1e-5
    switch: {flag: decouple, default: false, otherwise: decoupled}
"""


def test_an_extension_adds_an_optimizer(extend: Callable[[str], Catalogue]) -> None:
    mine = extend(MINE)
    whirl = optimizer(mine, "my_project.Whirl")
    assert (whirl.name, whirl.package) == ("my_project.optim.Whirl", "my_project")
    assert (whirl.decay_argument, whirl.decay_position, whirl.decay_default) == ("weight_decay", 2, 1e-5)
    assert whirl.switch is not None
    assert whirl.switch.position == 3
    assert whirl.replacement is not None
    assert whirl.replacement.flags == {"decouple": True}
    assert "Whirl" in mine.short_names
    assert "Whirl" in mine.implicit
    assert mine.exports("my_project") == {"Whirl": "my_project.optim.Whirl"}
    assert mine.get("torch.optim.Adam") is not None
    assert catalogue().get("my_project.Whirl") is None


def test_an_extension_wins_over_a_shipped_entry(extend: Callable[[str], Catalogue]) -> None:
    text = "framework: torch\noptimizers:\n  dion.Muon: {coupling: coupled, decay-default: 0.5}\n"
    assert optimizer(extend(text), "dion.Muon").coupling == "coupled"
    assert optimizer(catalogue(), "dion.Muon").coupling == "decoupled"


def entry(*lines: str) -> str:
    return "framework: torch\noptimizers:\n  my.Opt:\n    coupling: coupled\n" + "".join(
        f"    {line}\n" for line in lines
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (entry("wd_defualt: 0"), "5: unknown key 'wd_defualt'"),
        (entry("decay-defualt: 0"), "5: unknown key 'decay-defualt', did you mean 'decay-default'?"),
        (entry("decay-default: lots"), "5: decay-default: expected a number, found 'lots'"),
        (entry("decay-default: .inf"), "5: decay-default: expected a number, found '.inf'"),
        (entry("decay-default: nan"), "5: decay-default: expected a number, found 'nan'"),
        (entry("decay-default: true"), "5: decay-default: expected a number, found 'true'"),
        (entry("decay-position: -1"), "5: decay-position: expected a position"),
        (entry("coupling: none"), "5: key 'coupling' stands here twice"),
        (
            entry("evidence: guessed"),
            "5: evidence: unknown value 'guessed': one of measured, source, unverified",
        ),
        (entry("arguments: [params, 1r]"), "5: arguments: '1r' is not a name"),
        (entry("arguments: [params, lr, lr]"), "5: arguments: 'lr' stands here twice"),
        (entry("aliases: [Opt]"), "5: aliases: 'Opt' is not a name"),
        (
            entry("arguments: [params, weight_decay]", "decay-position: 4"),
            "6: decay-position: 'weight_decay' is number 1 of the arguments",
        ),
        (entry("arguments: [params, lr]", "decay-position: 1"), "6: decay-position: argument 1 is 'lr'"),
        (
            entry("switch:", "  flag: mode", "  default: yep", "  otherwise: decoupled"),
            "7: default: expected true or false",
        ),
        (entry("switch: {flag: mode, default: true}"), "5: key 'otherwise' is missing"),
        (
            entry("switch: {flag: m, default: true, otherwise: coupled}"),
            "5: otherwise: the coupling is 'coupled' either way",
        ),
        (entry("replacement: {note: none}"), "5: replacement: name another class, or flags to set, or both"),
        (entry("replacement: {class: AdamW}"), "5: class: expected a dotted name, found 'AdamW'"),
        (entry("notes: [a, b]"), "5: notes: expected text"),
        (
            "framework: torch\noptimizers:\n  my.Opt:\n    coupling: cuopled\n",
            "4: coupling: unknown value 'cuopled', did you mean",
        ),
        ("framework: torch\noptimizers:\n  my.Opt:\n    notes: x\n", "4: key 'coupling' is missing"),
        ("framework: torch\noptimizers:\n  Opt: {coupling: coupled}\n", "3: 'Opt' is not a dotted name"),
        ("optimizers:\n  my.Opt: {coupling: coupled}\n", "2: key 'framework' is missing, here or at the top"),
        (
            "framework: pytroch\noptimizers:\n  my.Opt: {coupling: coupled}\n",
            "1: framework: unknown value 'pytroch'",
        ),
        ("framework: torch\noptimizer: {}\n", "2: unknown key 'optimizer', did you mean 'optimizers'?"),
        ("framework: torch\noptimizers: [my.Opt]\n", "2: expected keys and values"),
        (
            "framework: torch\noptimizers:\n  my.Opt: coupled\n",
            "3: expected keys and values, found 'coupled'",
        ),
        (
            "framework: torch\noptimizers:\n  a.B: {coupling: lars}\n  a.C: {coupling: lars, aliases: a.B}\n",
            "4: 'a.B' is already defined at",
        ),
        (
            "framework: torch\noptimizers:\n  a.B:\n    coupling: none\n    decay-default: 0\n",
            "5: decay-default: an optimizer of coupling 'none' takes no weight decay",
        ),
        (
            "framework: torch\nconfigurations:\n  x: {coupling: maybe}\noptimizers: {}\n",
            "3: coupling: unknown value",
        ),
        ("framework: [torch\n", "2: "),
        ("framework: 'torch\n", "2: "),
        ("\tframework: torch\n", "1: "),
        ("", "1: the file is empty"),
    ],
)
def test_a_broken_extension_names_file_and_line(
    extend: Callable[[str], Catalogue], text: str, message: str
) -> None:
    with pytest.raises(KnowledgeError) as caught:
        extend(text)
    assert f"my_optimizers.yaml:{message}" in str(caught.value)


def test_an_extension_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"gone\.yaml: cannot be read: no such file"):
        catalogue((tmp_path / "gone.yaml",))
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"framework: torch # \xe9\noptimizers: {}\n")
    with pytest.raises(KnowledgeError, match=r"latin\.yaml: not UTF-8"):
        catalogue((latin,))


# ------------------------------------------------------------------------------- layers


def layer(name: str) -> Layer:
    found = layers().get(name)
    assert found is not None
    return found


def test_a_linear_layer() -> None:
    linear = layer("torch.nn.Linear")
    assert [(p.name, p.kind, p.ndim, p.needs) for p in linear.parameters] == [
        ("weight", "weight", 2, ()),
        ("bias", "bias", 1, ("bias",)),
    ]
    assert linear.flags == {"bias": True}
    assert linear.arguments.index("bias") == 2
    assert layers().get("torch.nn.modules.Linear") is linear


def test_norms_without_parameters() -> None:
    assert layer("torch.nn.InstanceNorm2d").flags["affine"] is False
    assert layer("torch.nn.LazyInstanceNorm2d").flags["affine"] is True
    assert all(p.needs[0] == "elementwise_affine" for p in layer("torch.nn.LayerNorm").parameters)


def test_a_layer_without_parameters_is_known_and_a_container_is_not() -> None:
    assert layer("torch.nn.ReLU").parameters == ()
    assert layers().get("torch.nn.Sequential") is None
    assert layers().get("my_project.Block") is None


def test_parts_pass_their_flags_on() -> None:
    encoder = {p.name: p for p in layer("torch.nn.TransformerEncoderLayer").parameters}
    assert encoder["norm1.bias"].needs == ("bias",)
    assert encoder["norm1.weight"].needs == ()
    assert encoder["norm1.weight"].ndim == 1
    assert "self_attn.bias_k" not in encoder
    assert layer("torch.nn.TransformerEncoder").submodules == {"layers.*": "encoder_layer", "norm": "norm"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.B: {parameters: {weight: {ndim: 2}}}", "key 'kind' is missing"),
        (
            "a.B: {parameters: {weight: {kind: wieght}}}",
            "kind: unknown value 'wieght', did you mean 'weight'?",
        ),
        (
            "a.B: {flags: {bias: true}, parameters: {b: {kind: bias, needs: bais}}}",
            "needs: 'bais' is not among the flags",
        ),
        ("a.B: {flags: {bias: 1}}", "flags: the default of 'bias' must be true or false"),
        ("a.B: {parts: {inner: a.Linear}}", "parts: 'a.Linear' is not a layer defined above"),
        ("a.B: {submodules: {inner: block}}", "submodules: 'block' is not among the arguments"),
        (
            "a.B: {parameters: {w: {kind: norm, ndim-of: shape}}}",
            "ndim-of: 'shape' is not among the arguments",
        ),
        (
            "a.B: {arguments: [shape], parameters: {w: {kind: norm, ndim: 1, ndim-of: shape}}}",
            "ndim-of: the rank is either ndim or the length of an argument",
        ),
    ],
)
def test_a_broken_layer_names_file_and_line(text: str, message: str) -> None:
    with pytest.raises(schema.SchemaError) as caught:
        schema.read_layers(f"framework: torch\nlayers:\n  {text}\n", "mine.yaml")
    assert str(caught.value).startswith(f"mine.yaml:3: {message}")


# -------------------------------------------------------------------------------- cards


def test_cards_come_in_the_order_of_their_codes() -> None:
    codes = [each.code for each in cards()]
    assert codes == sorted(codes)
    assert list(rule_names().items()) == [(each.code, each.name) for each in cards()]


def test_a_card_is_found_by_code_and_by_name() -> None:
    found = card("WD101")
    assert found is not None
    assert found.name == "coupled-weight-decay"
    assert card("wd101") is card("coupled-weight-decay") is found
    assert card("WD1") is None


def test_files_of_cards_are_named_after_them() -> None:
    assert sorted(p.name for p in RULES.glob("WD*.yaml")) == [f"{c.code}-{c.name}.yaml" for c in cards()]


CARD = """\
code: WD999
name: nothing
severity: error
since: 0.1.0
summary: nothing
what: nothing
why: nothing
examples: [{title: none, bad: pass, applicability: none}]
fix-safety: nothing
limits: nothing
references: [{title: none, url: https://example.org}]
"""


def test_a_minimal_card() -> None:
    read = schema.read_card(CARD, "WD999-nothing.yaml")
    assert (read["code"], read["pedantic"], read["math"], read["examples"][0]["fixed"]) == (
        "WD999",
        False,
        "",
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("why: nothing\n", "", ":1: key 'why' is missing"),
        ("why: nothing", "why: ''", ":7: why: there is no text"),
        ("severity: error", "severity: fatal", ":3: severity: unknown value 'fatal'"),
        ("name: nothing", "name: something", ":1: the file of this card must be named WD999-something.yaml"),
        ("code: WD999", "code: W999", ":1: code: expected a code such as WD101"),
        ("https:", "http:", ":11: url: expected an https address"),
        ("applicability: none", "applicability: safe", ":8: fixed: written exactly where"),
        ("limits: nothing", "limit: nothing", ":10: unknown key 'limit', did you mean 'limits'?"),
    ],
)
def test_a_broken_card_names_file_and_line(old: str, new: str, message: str) -> None:
    assert old in CARD
    with pytest.raises(schema.SchemaError) as caught:
        schema.read_card(CARD.replace(old, new), "WD999-nothing.yaml")
    assert f"WD999-nothing.yaml{message}" in str(caught.value)


# ------------------------------------------------------------------------ compiled cache


class Installation:
    """A copy of the package's knowledge, with a cache directory of its own."""

    def __init__(self, root: Path, rules: Path) -> None:
        self.root = root
        self.rules = rules
        self.cache = root / "cache"
        (root / "wdlint").mkdir(parents=True)
        for name in ("facts.py", "failures.py", "knowledge.py", "schema.py"):
            shutil.copy(PACKAGE / name, root / "wdlint" / name)
        shutil.copytree(RULES, rules)

    def run(self, code: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.root), "WDLINT_CACHE_DIR": str(self.cache)}
        command = [sys.executable, "-c", f"from wdlint.knowledge import *\n{code}"]
        done = subprocess.run(
            command, env=environment, cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.stderr == "", done.stderr
        return done.stdout.strip()

    def coupling(self) -> str:
        """What it says of torch's Adam, and whether it had to parse YAML to know."""
        return self.run(
            "import sys; adam = catalogue().get('torch.optim.Adam')\n"
            "print(adam.coupling, rule_names()['WD101'], 'yaml' in sys.modules)"
        )


@pytest.fixture(params=["checkout", "wheel"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    return Installation(tmp_path, tmp_path / ("rules" if request.param == "checkout" else "wdlint/rules"))


PARSED = "coupled coupled-weight-decay True"
CACHED = "coupled coupled-weight-decay False"


def test_the_second_start_parses_nothing(installation: Installation) -> None:
    assert installation.coupling() == PARSED
    assert installation.coupling() == CACHED
    assert len(list(installation.cache.iterdir())) == 1


def test_a_changed_rule_file_is_seen(tmp_path: Path) -> None:
    installation = Installation(tmp_path, tmp_path / "rules")
    assert installation.coupling() == PARSED
    path = installation.rules / "optimizers" / "torch.yaml"
    path.write_text(path.read_text("utf-8").replace("coupling: coupled", "coupling: unknown", 1), "utf-8")
    assert installation.coupling() == PARSED.replace("coupled ", "unknown ", 1)
    (installation.rules / "optimizers" / "mlx.yaml").unlink()
    assert installation.run("print(catalogue().get('mlx.optimizers.Muon'))") == "None"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"wdlint rules 1\n" + b"\xff" * 100,
        lambda data: b"\x00" * len(data),
    ],
    ids=["empty", "cut short", "one bit flipped", "wrong length", "zeros"],
)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    installation = Installation(tmp_path, tmp_path / "rules")
    assert installation.coupling() == PARSED
    (cached,) = installation.cache.iterdir()
    cached.write_bytes(damage(cached.read_bytes()))
    assert installation.coupling() == PARSED
    assert installation.coupling() == CACHED


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    installation = Installation(tmp_path, tmp_path / "rules")
    installation.cache.write_text("a file stands where the directory should be")
    assert installation.coupling() == PARSED
    assert installation.coupling() == PARSED


def test_a_cache_that_is_a_directory_is_done_without(tmp_path: Path) -> None:
    installation = Installation(tmp_path, tmp_path / "rules")
    installation.coupling()
    (cached,) = installation.cache.iterdir()
    cached.unlink()
    cached.mkdir()
    assert installation.coupling() == PARSED
    assert [p.name for p in installation.cache.iterdir()] == [cached.name]


def test_a_broken_shipped_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    installation = Installation(tmp_path, tmp_path / "rules")
    (installation.rules / "optimizers" / "torch.yaml").write_text("framework: torch\noptimisers: {}\n")
    told = installation.run("try:\n    catalogue()\nexcept KnowledgeError as error:\n    print(error)")
    assert "torch.yaml:2: unknown key 'optimisers', did you mean 'optimizers'?" in told


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert knowledge.cache_directory() == os.environ["WDLINT_CACHE_DIR"]
    monkeypatch.delenv("WDLINT_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert knowledge.cache_directory() == str(tmp_path / "xdg" / "wdlint")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert knowledge.cache_directory() == str(tmp_path / ".cache" / "wdlint")


def test_a_warm_start_is_quick(tmp_path: Path) -> None:
    """7 ms on an idle machine, facts excluded; the bound is loose because test machines are busy."""
    installation = Installation(tmp_path, tmp_path / "rules")
    installation.coupling()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "WDLINT_CACHE_DIR": str(installation.cache)}
    code = (
        "import time, wdlint.facts; start = time.perf_counter()\n"
        "from wdlint.knowledge import catalogue, rule_names\n"
        "catalogue().get('torch.optim.Adam'); rule_names(); print(time.perf_counter() - start)"
    )
    command = [sys.executable, "-c", code]
    runs = [float(subprocess.check_output(command, env=environment, cwd=tmp_path)) for _ in range(7)]
    assert statistics.median(runs) < 0.06


# ------------------------------------------------------------------------ against torch


@pytest.fixture(scope="module")
def torch() -> ModuleType:
    reason = "torch is not installed: the rules are not compared with it"
    found: ModuleType = pytest.importorskip("torch", reason=reason)
    return found


@pytest.mark.oracle
def test_signatures_are_those_of_torch(known: Catalogue, torch: ModuleType) -> None:
    for name, canonical in known.exports("torch.optim").items():
        found = optimizer(known, canonical)
        parameters = inspect.signature(getattr(torch.optim, name)).parameters
        positional = tuple(p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD)
        assert found.arguments == positional, name
        assert (found.decay_argument in parameters) == (found.coupling != "none"), name
        if found.decay_argument:
            assert parameters[found.decay_argument].default == found.decay_default, name
        if found.switch:
            assert parameters[found.switch.flag].default == found.switch.default, name


@pytest.mark.oracle
def test_every_optimizer_of_torch_is_known(known: Catalogue, torch: ModuleType) -> None:
    classes = {
        name
        for name, value in vars(torch.optim).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer) and name != "Optimizer"
    }
    assert classes == set(known.exports("torch.optim"))


@pytest.mark.oracle
def test_aliases_of_torch_are_the_same_class(known: Catalogue, torch: ModuleType) -> None:
    """Or, in ``_multi_tensor``, a subclass of it that passes ``foreach=True``."""
    for each in all_optimizers(known):
        for alias in each.aliases:
            module, _, short = alias.rpartition(".")
            if module.startswith("torch.optim") and each.framework == "torch":
                cls = getattr(importlib.import_module(module), short)
                assert issubclass(cls, getattr(torch.optim, each.short_name)), alias


# One small instance of each layer that cannot be built without arguments.
BUILD: dict[str, tuple[Any, ...]] = {
    "Linear": (3, 4),
    "LazyLinear": (4,),
    "Bilinear": (2, 3, 4),
    "GroupNorm": (2, 4),
    "LayerNorm": (4,),
    "RMSNorm": (4,),
    "Embedding": (5, 4),
    "EmbeddingBag": (5, 4),
    "MultiheadAttention": (4, 2),
    "TransformerEncoderLayer": (4, 2, 8),
    "TransformerDecoderLayer": (4, 2, 8),
    "Transformer": (4, 2, 2, 2, 8),
    "RNN": (3, 4, 2),
    "LSTM": (3, 4, 2),
    "GRU": (3, 4, 2),
    "RNNCell": (3, 4),
    "LSTMCell": (3, 4),
    "GRUCell": (3, 4),
    "AdaptiveLogSoftmaxWithLoss": (8, 20, [5, 10]),
    "LinearCrossEntropyLoss": (3, 4),
}
BUILD |= {f"{t}{d}d": (3, 4, 3) for t in ("Conv", "ConvTranspose") for d in (1, 2, 3)}
BUILD |= {f"Lazy{t}{d}d": (4, 3) for t in ("Conv", "ConvTranspose") for d in (1, 2, 3)}
BUILD |= {f"{t}{d}d": (4,) for t in ("BatchNorm", "InstanceNorm") for d in (1, 2, 3)}
BUILD |= {"SyncBatchNorm": (4,)}

COMPOSED = {"TransformerEncoder", "TransformerDecoder"}
CONTAINERS = {
    "Container",
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "RNNBase",
    "RNNCellBase",
    "Sequential",
}


def layers_of_torch() -> list[str]:
    return [name for name in layers().names() if name.startswith("torch.nn.")]


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")  # torch's own, about the toy sizes
def test_layers_create_the_parameters_they_are_said_to(torch: ModuleType) -> None:
    for name in layers_of_torch():
        found, short = layer(name), name.rpartition(".")[2]
        if not found.parameters:
            continue
        build = getattr(torch.nn, short)
        variants = [
            dict(found.flags),
            *({**found.flags, flag: not default} for flag, default in found.flags.items()),
        ]
        for flags in variants:
            compare(found, build(*BUILD.get(short, ()), **flags), flags)


@pytest.mark.oracle
def test_arguments_of_layers_are_torch_s(torch: ModuleType) -> None:
    by_hand = {"RNN", "LSTM", "GRU"}  # their own signature is (*args, **kwargs)
    for name in layers_of_torch():
        found, short = layer(name), name.rpartition(".")[2]
        parameters = inspect.signature(getattr(torch.nn, short)).parameters
        positional = tuple(p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD)
        if found.arguments and short not in by_hand:
            assert found.arguments == positional, name
            assert all(parameters[flag].default == default for flag, default in found.flags.items()), name


@pytest.mark.oracle
def test_the_rank_of_a_layer_norm_follows_its_shape(torch: ModuleType) -> None:
    for short in ("LayerNorm", "RMSNorm"):
        described = {(p.ndim, p.ndim_of) for p in layer(f"torch.nn.{short}").parameters}
        assert described == {(None, "normalized_shape")}
        assert {p.ndim for p in getattr(torch.nn, short)((2, 3, 4)).parameters()} == {3}


@pytest.mark.oracle
def test_attention_with_other_key_sizes(torch: ModuleType) -> None:
    found = layer("torch.nn.MultiheadAttention")
    compare(found, torch.nn.MultiheadAttention(4, 2, kdim=3, vdim=5), dict(found.flags))


@pytest.mark.oracle
def test_every_layer_of_torch_is_described(torch: ModuleType) -> None:
    modules = {
        name
        for name in torch.nn.modules.__all__
        if isinstance(getattr(torch.nn, name), type) and issubclass(getattr(torch.nn, name), torch.nn.Module)
    }
    described = {name.rpartition(".")[2] for name in layers_of_torch()}
    assert modules - CONTAINERS == described


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")  # torch's own, about the toy sizes
def test_layers_said_to_have_no_parameters_register_none(torch: ModuleType) -> None:
    """Their constructors, where they can be called with nothing or one small number."""
    built = 0
    for name in layers_of_torch():
        short = name.rpartition(".")[2]
        if layer(name).parameters or short in COMPOSED:
            continue
        for arguments in ((), (2,), (2, 2)):
            try:
                module = getattr(torch.nn, short)(*arguments)
            except (TypeError, ValueError):
                continue
            assert created(module) == {}, name
            built += 1
            break
    assert built > 100
