"""The model families: what they are recognised by, and that their rows are those of real models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.oracle.build import import_torchvision
from wdlint import schema
from wdlint.knowledge import Families, Family, FamilyRow, families


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Families]:
    """Keeps the tests out of the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WDLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield families()


def names(family: Family | None, *kinds: str) -> set[str]:
    assert family is not None
    return {row.name for row in family.rows if not kinds or row.kind in kinds}


# ---------------------------------------------------------------------------- recognised


@pytest.mark.parametrize(
    ("hub_id", "family"),
    [
        ("bert-base-uncased", "bert"),
        ("google-bert/bert-large-cased", "bert"),
        ("hfl/chinese-roberta-wwm-ext", "bert"),  # by its configuration
        ("roberta-base", "roberta"),
        ("microsoft/codebert-base", "roberta"),
        ("xlm-roberta-base", "xlm-roberta"),
        ("xlm-mlm-en-2048", "xlm"),
        ("distilbert-base-uncased", "distilbert"),
        ("distilroberta-base", "roberta"),
        ("distilgpt2", "gpt2"),
        ("albert-base-v2", "albert"),
        ("microsoft/deberta-base", "deberta"),
        ("microsoft/deberta-v3-base", "deberta-v2"),
        ("gpt2-medium", "gpt2"),
        ("EleutherAI/gpt-neo-1.3B", "gpt-neo"),
        ("EleutherAI/pythia-70m", "gpt-neox"),
        ("t5-base", "t5"),
        ("google/flan-t5-xl", "t5"),
        ("google/mt5-small", "mt5"),
        ("Salesforce/codet5-base", "t5"),
        ("facebook/bart-large-cnn", "bart"),
        ("facebook/mbart-large-50", "mbart"),
        ("meta-llama/Llama-2-7b-hf", "llama"),
        ("meta-llama/Llama-3.2-1B", "llama"),
        ("Qwen/Qwen2.5-0.5B-Instruct", "qwen2"),
        ("google/gemma-2b", "gemma"),
        ("google/gemma-2-9b-it", "gemma2"),
        ("google/vit-base-patch16-224", "vit"),
        ("openai/clip-vit-base-patch32", "clip"),
        ("facebook/wav2vec2-base-960h", "wav2vec2"),
        # others under a name that looks alike
        ("my-bert-base-uncased", None),
        ("Salesforce/codet5p-2b", None),
        ("google/pegasus-x-base", None),
        ("meta-llama/Llama-3.2-11B-Vision", None),
        ("meta-llama/Llama-4-Scout-17B-16E", None),
        ("Qwen/Qwen2-57B-A14B", None),
        ("Qwen/Qwen2-VL-7B-Instruct", None),
        ("Qwen/Qwen3-30B-A3B", None),
        ("microsoft/swinv2-tiny-patch4-window8-256", None),
        ("sentence-transformers/paraphrase-multilingual-mpnet-base-v2", None),
        ("bert", None),
        ("", None),
    ],
)
def test_checkpoints(known: Families, hub_id: str, family: str | None) -> None:
    found = known.of_hub_id(hub_id)
    assert (found and found.name) == family


@pytest.mark.parametrize(
    ("auto", "model"),
    [
        ("AutoModel", "BertModel"),
        ("AutoModelForSequenceClassification", "BertForSequenceClassification"),
        ("AutoModelForImageClassification", "BertModel"),  # transformers would refuse
    ],
)
def test_the_auto_class_decides_the_head(known: Families, auto: str, model: str) -> None:
    found = known.of_hub_id("bert-base-uncased", auto)
    assert found is not None and found.model == model


@pytest.mark.parametrize(
    ("cls", "family"),
    [
        ("BertForSequenceClassification", "bert"),
        ("transformers.BertModel", "bert"),
        ("transformers.models.bert.modeling_bert.BertModel", "bert"),
        ("pytorch_pretrained_bert.modeling.BertForQuestionAnswering", "bert"),
        ("transformers.T5ForConditionalGeneration", "t5"),
        ("transformers.models.llama.modeling_llama.LlamaDecoderLayer", "llama"),
        ("diffusers.UNet2DConditionModel", "diffusers-unet2d-condition"),
        ("timm.models.vision_transformer.VisionTransformer", "timm-vit"),
        ("torchvision.models.VisionTransformer", "torchvision-vit"),
        # the user's own, and classes whose parameters depend on how they are called
        ("my_project.BertModel", None),
        ("VisionTransformer", None),
        ("ResNet", None),
        ("torchvision.models.resnet.ResNet", None),
        ("", None),
    ],
)
def test_classes(known: Families, cls: str, family: str | None) -> None:
    found = known.of_class(cls)
    assert (found and found.name) == family


def test_names_of_timm_and_torchvision(known: Families) -> None:
    found = known.of_timm("vit_base_patch16_224.augreg_in21k")
    assert found is not None and found.name == "timm-vit"
    assert known.of_timm("vit_base_patch16_clip_224") is None  # it has norm_pre
    assert known.of_timm("resnet50d") is None  # it has a deep stem
    resnet = known.of_torchvision("resnet50")
    assert resnet is not None and resnet.name == "resnet-bottleneck"
    assert known.of_torchvision("resnet") is None


def test_every_class_is_found(known: Families) -> None:
    """But those that two families of one package share."""
    for family in known.names():
        for model in known.models(family):
            found = known.of_class(model)
            assert found is None or (found.name == family and found.rows), model


# -------------------------------------------------------------------------- what they have


def test_a_head_stands_beside_the_prefixed_base(known: Families) -> None:
    base = names(known.of_class("BertModel"))
    classifier = names(known.of_class("BertForSequenceClassification"))
    assert classifier == {f"bert.{name}" for name in base} | {"classifier.weight", "classifier.bias"}
    tagger = names(known.of_class("BertForTokenClassification"))
    assert not any("pooler" in name for name in tagger)


def test_bert_calls_its_norms_layer_norm(known: Families) -> None:
    norms = names(known.of_class("BertModel"), "norm")
    assert all("LayerNorm." in name for name in norms)
    assert "encoder.layer.*.attention.output.LayerNorm.weight" in norms


def test_t5_has_no_bias_and_no_layer_norm_of_bert_s(known: Families) -> None:
    found = known.of_class("T5ForConditionalGeneration")
    assert not any(name.endswith(".bias") or "LayerNorm" in name for name in names(found))
    assert names(found, "norm") == {
        f"{side}.{norm}.weight"
        for side in ("encoder", "decoder")
        for norm in ("block.*.layer.*.layer_norm", "final_layer_norm")
    }


def test_the_norms_of_gpt_2(known: Families) -> None:
    norms = names(known.of_class("GPT2LMHeadModel"), "norm")
    assert {name.rpartition(".")[0] for name in norms} == {
        "transformer.h.*.ln_1",
        "transformer.h.*.ln_2",
        "transformer.ln_f",
    }


def test_llama_has_gains_and_nothing_else_of_rank_one(known: Families) -> None:
    found = known.of_class("LlamaForCausalLM")
    assert found is not None
    assert {row.kind for row in found.rows if row.ndim == 1} == {"norm"}
    assert [row.maybe for row in found.rows if row.name == "lm_head.weight"] == [True]


def test_the_shortcut_of_a_resnet_ends_in_a_norm_that_is_not_called_one(known: Families) -> None:
    found = known.of_torchvision("resnet18")
    assert "layer2.*.downsample.1.weight" in names(found, "norm")
    assert "layer2.*.downsample.0.weight" in names(found, "weight")


def test_one_pattern_may_be_of_two_kinds(known: Families) -> None:
    found = known.of_torchvision("vgg16_bn")
    assert found is not None
    assert [(r.kind, r.ndim) for r in found.rows if r.name == "features.*.weight"] == [
        ("weight", 4),
        ("norm", 1),
    ]


def test_what_the_library_freezes(known: Families) -> None:
    found = known.of_class("WhisperModel")
    assert found is not None
    assert {row.name for row in found.rows if not row.trainable} == {"encoder.embed_positions.weight"}


# ---------------------------------------------------------------------------------- schema


HEAD = "framework: torch\nfamilies:\n  bert:\n    packages: transformers\n    base: BertModel\n"


def test_a_family_is_read() -> None:
    found = schema.read_families(
        f"{HEAD}    rows: {{norm 1: ['ln.weight?'], position: ['pos!']}}\n"
        "    models: {Other: {prefix: bert, without: ln}}\n",
        "families.yaml",
    )["bert"]
    assert found["rows"] == (("ln.weight", "norm", 1, True, True), ("pos", "position", None, False, False))
    assert found["models"] == {"BertModel": ("", (), ()), "Other": ("bert", ("ln",), ())}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    rows: {norms 1: [a]}\n", "6: 'norms 1' is not a kind and a rank"),
        ("    rows: {norm 1: ['a b']}\n", "6: norm 1: 'a b' is not a name"),
        ("    row: {}\n", "6: unknown key 'row', did you mean 'rows'?"),
        ("    notes: x\n", "4: key 'rows' is missing"),
        ("    rows: {}\n    hub-ids: ['bert(']\n", "7: hub-ids: 'bert(' is no regular expression"),
        ("    rows: {}\n    autos: {AutoModel: Bert}\n", "7: autos: 'Bert' is not a model above"),
        ("    rows: {}\n    models: {BertModel: {}}\n", "7: 'BertModel' is not the name of another class"),
        ("    rows: {}\n    blocks: {BertModel: a}\n", "7: blocks: 'BertModel' is a model above"),
    ],
)
def test_a_broken_family_names_file_and_line(text: str, message: str) -> None:
    with pytest.raises(schema.SchemaError) as caught:
        schema.read_families(HEAD + text, "families.yaml")
    assert str(caught.value).startswith(f"families.yaml:{message}")


def test_the_shipped_file_says_how_to_make_it_again() -> None:
    root = Path(__file__).parents[1]
    assert (root / "benchmarks" / "make_families.py").is_file()
    assert "benchmarks/make_families.py" in (root / "rules" / "layers" / schema.FAMILIES).read_text("utf-8")


# ------------------------------------------------------------------------- against the libraries


@pytest.fixture(scope="module")
def transformers() -> ModuleType:
    pytest.importorskip("torch", reason="torch is not installed")
    import_torchvision()
    reason = "transformers is not installed: the families are not compared with it"
    found: ModuleType = pytest.importorskip("transformers", reason=reason)
    return found


SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 40,
}
BUILT: dict[str, dict[str, Any]] = {
    "BertForSequenceClassification": SMALL,
    "RobertaForMaskedLM": SMALL,
    "ElectraForPreTraining": {**SMALL, "embedding_size": 16},
    "DistilBertModel": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "vocab_size": 40},
    "AlbertModel": {**SMALL, "embedding_size": 8},
    "GPT2LMHeadModel": {"n_embd": 16, "n_layer": 2, "n_head": 2, "vocab_size": 40},
    "OPTForCausalLM": {
        "hidden_size": 16,
        "word_embed_proj_dim": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "vocab_size": 40,
    },
    "T5ForConditionalGeneration": {
        "d_model": 16,
        "d_kv": 8,
        "d_ff": 32,
        "num_layers": 2,
        "num_heads": 2,
        "vocab_size": 40,
    },
    "BartForConditionalGeneration": {
        "d_model": 16,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "vocab_size": 40,
    },
    "LlamaForCausalLM": {**SMALL, "num_key_value_heads": 1},
    "Qwen2ForCausalLM": {**SMALL, "num_key_value_heads": 1},
    "ViTForImageClassification": {**SMALL, "image_size": 16, "patch_size": 8},
    "ConvNextModel": {"hidden_sizes": [8, 8, 8, 8], "depths": [1, 1, 2, 1], "image_size": 32},
    "Wav2Vec2Model": {
        **SMALL,
        "conv_dim": [8, 8],
        "conv_stride": [2, 2],
        "conv_kernel": [2, 2],
        "num_feat_extract_layers": 2,
        "num_conv_pos_embeddings": 4,
        "num_conv_pos_embedding_groups": 2,
    },
    "WhisperModel": {
        "d_model": 16,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "vocab_size": 60000,
    },
}


def fits(row: FamilyRow, name: str) -> bool:
    return re.fullmatch(re.escape(row.name).replace(r"\*", r"\w+"), name) is not None


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")  # the libraries' own
@pytest.mark.parametrize("cls", BUILT)
def test_rows_are_those_of_a_built_model(known: Families, transformers: ModuleType, cls: str) -> None:
    build = getattr(transformers, cls)
    model = build(build.config_class(**BUILT[cls]))
    found = known.of_class(f"transformers.{cls}")
    assert found is not None
    made = dict(model.named_parameters())
    modules = dict(model.named_modules())
    for name, parameter in made.items():
        rows = [row for row in found.rows if fits(row, name)]
        assert [row.ndim for row in rows] == [parameter.ndim], name
        is_norm = "Norm" in type(modules[name.rpartition(".")[0]]).__name__
        assert (rows[0].kind == "norm") == is_norm, name
        assert rows[0].trainable == parameter.requires_grad, name
    for row in found.rows:
        assert row.maybe or any(fits(row, name) for name in made), row.name
