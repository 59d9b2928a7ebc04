"""Models loaded by name: what a program makes of the tables of model families."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpret.programs import members, sites, unsure
from wdlint.engine import check_source
from wdlint.facts import Grouping
from wdlint.settings import Settings

HEAD = """
import timm
import torch
import torchvision
from torch import nn
from transformers import AutoModel, AutoModelForMaskedLM, BertModel, BertPreTrainedModel
from transformers import GPT2LMHeadModel, T5ForConditionalGeneration
"""
SPLIT = """
no_decay = ["bias", "LayerNorm.weight"]
optimizer = torch.optim.AdamW([
    {"params": [p for n, p in model.named_parameters() if not any(s in n for s in no_decay)]},
    {"params": [p for n, p in model.named_parameters() if any(s in n for s in no_decay)], "weight_decay": 0.0},
], lr=1e-4, weight_decay=0.01)
"""


def grouping(folder: Path, model: str, classes: str = "") -> Grouping:
    """What becomes of a model's parameters in the split everybody copies."""
    (site,) = sites(folder, {"train.py": f"{HEAD}{classes}\nmodel = {model}\n{SPLIT}"})
    return site.groupings[0]


def norms(found: Grouping) -> set[str]:
    """The modules whose gain is a norm's."""
    gains = (p.name for p in found.model.parameters if p.kind == "norm" and p.name.endswith(".weight"))
    return {name.removesuffix(".weight") for name in gains}


def codes(model: str) -> list[tuple[str, str]]:
    program = f"{HEAD}model = {model}\n{SPLIT}"
    report = check_source(program.encode(), "train.py", Settings(frozenset({"WD202", "WD205"})))
    return [(f.code, f.certainty) for f in report.findings]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ('T5ForConditionalGeneration.from_pretrained("t5-base")', "t5"),
        ('AutoModel.from_pretrained("google/flan-t5-base")', "t5"),
        ("BertModel(config)", "bert"),
        ('AutoModelForMaskedLM.from_pretrained("roberta-large")', "roberta"),
        ("torchvision.models.resnet50(pretrained=True)", "resnet-bottleneck"),
        ('torch.hub.load("pytorch/vision:v0.10.0", "resnet18", pretrained=True)', "resnet-basic"),
        ('timm.create_model("vit_base_patch16_224", pretrained=True)', "timm-vit"),
        ("nn.Sequential(BertModel(config), nn.Linear(2, 2))", "bert"),
        ('GPT2LMHeadModel.from_pretrained("gpt2").transformer', "gpt2"),
    ],
)
def test_what_rests_on_a_table_is_of_the_family(tmp_path: Path, model: str, family: str) -> None:
    found = grouping(tmp_path, model)
    assert (found.basis, found.family) == ("family", family)
    assert found.model.complete


@pytest.mark.parametrize(
    "model",
    [
        'AutoModel.from_pretrained("bert")',
        'AutoModel.from_pretrained("./bert-base-uncased")',
        'AutoModel.from_pretrained("somebody/my-t5-base")',
        "torchvision.models.resnet50(norm_layer=Norm)",
        'timm.create_model("vit_base_patch16_224", norm_layer=Norm)',
        'torch.hub.load("somebody/repo", "resnet50")',
    ],
)
def test_a_name_that_may_mean_anything_is_of_no_family(tmp_path: Path, model: str) -> None:
    (site,) = sites(tmp_path, {"train.py": f"{HEAD}\nmodel = {model}\n{SPLIT}"})
    assert all(found.basis == "probes" for found in site.groupings)


def test_names_of_bert_match_nothing_of_t5() -> None:
    assert codes('T5ForConditionalGeneration.from_pretrained("t5-base")') == [("WD205", "likely")]


def test_they_are_right_for_bert() -> None:
    assert codes('BertModel.from_pretrained("bert-base-uncased")') == []


def test_the_norms_of_gpt_2(tmp_path: Path) -> None:
    found = grouping(tmp_path, 'GPT2LMHeadModel.from_pretrained("gpt2")')
    assert norms(found) == {"transformer.h.*.ln_1", "transformer.h.*.ln_2", "transformer.ln_f"}


def test_the_shortcut_of_a_resnet_ends_in_a_norm(tmp_path: Path) -> None:
    found = grouping(tmp_path, "torchvision.models.resnet18()")
    shortcuts = {(p.example, p.kind) for p in found.model.parameters if "downsample" in p.name}
    assert ("layer2.0.downsample.1.weight", "norm") in shortcuts
    assert ("layer2.0.downsample.0.weight", "weight") in shortcuts


def test_a_pattern_of_two_kinds_is_of_both_for_certain(tmp_path: Path) -> None:
    found = grouping(tmp_path, "torchvision.models.vgg16_bn()")
    rows = {(p.name, p.kind): p.maybe for p in found.model.parameters if p.name == "features.*.weight"}
    assert rows == {("features.*.weight", "weight"): False, ("features.*.weight", "norm"): False}


def test_what_only_some_configurations_have_is_not_sure(tmp_path: Path) -> None:
    model = 'T5ForConditionalGeneration.from_pretrained("t5-base")'
    (site,) = sites(tmp_path, {"train.py": f"{HEAD}\nmodel = {model}\n{SPLIT}"})
    assert "lm_head.weight" in unsure(site)
    assert members(site)["shared.weight"] == (0,)


def test_a_table_has_no_lines(tmp_path: Path) -> None:
    assert {p.where for p in grouping(tmp_path, "BertModel(config)").model.parameters} == {None}


def test_a_class_derived_from_a_known_one_has_its_parameters(tmp_path: Path) -> None:
    classes = """
class Gated(T5ForConditionalGeneration):
    def __init__(self, config):
        super().__init__(config)
        self.gate = nn.Linear(2, 2)
"""
    found = grouping(tmp_path, 'Gated.from_pretrained("t5-base")', classes)
    names = {p.name for p in found.model.parameters}
    assert {"gate.weight", "gate.bias", "shared.weight"} <= names
    assert (found.model.name, found.family, found.model.complete) == ("Gated", "t5", True)


def test_a_model_of_one_s_own_holds_a_known_one(tmp_path: Path) -> None:
    classes = """
class Tagger(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.norm = nn.LayerNorm(2)
"""
    found = grouping(tmp_path, 'Tagger.from_pretrained("bert-base-uncased")', classes)
    assert {"bert.embeddings.LayerNorm", "norm"} <= norms(found)
    assert (found.basis, found.model.complete) == ("family", True)


def test_a_head_put_in_its_place_is_the_new_one(tmp_path: Path) -> None:
    (site,) = sites(
        tmp_path,
        {
            "train.py": f"{HEAD}\nmodel = torchvision.models.resnet18()\nmodel.fc = nn.Linear(2, 3, bias=False)\n{SPLIT}"
        },
    )
    assert [n for n in members(site) if n.startswith("fc.")] == ["fc.weight"]


def test_timm_leaves_the_classifier_out_where_there_are_no_classes(tmp_path: Path) -> None:
    found = grouping(tmp_path, 'timm.create_model("vit_base_patch16_224", num_classes=0)')
    assert not any(p.name.startswith("head") for p in found.model.parameters)


def test_layers_of_packages_that_are_not_read(tmp_path: Path) -> None:
    classes = """
from torch_geometric.nn import BatchNorm, GCNConv, GINConv
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GCNConv(2, 2)
        self.norm = BatchNorm(2)
        self.second = GINConv(nn.Linear(2, 2))
"""
    found = grouping(tmp_path, "Net()", classes)
    assert {(p.name, p.kind, p.ndim) for p in found.model.parameters} == {
        ("first.lin.weight", "weight", 2),
        ("first.bias", "bias", 1),
        ("norm.module.weight", "norm", 1),
        ("norm.module.bias", "norm", 1),
        ("second.nn.weight", "weight", 2),
        ("second.nn.bias", "bias", 1),
    }
    assert found.basis == "inventory"


def test_a_parser_of_dataclasses_gives_one_namespace(tmp_path: Path) -> None:
    program = """
import torch
from dataclasses import dataclass, field
from transformers import BertModel, HfArgumentParser
@dataclass
class Arguments:
    weight_decay: float = field(default=0.1)
args = HfArgumentParser(Arguments).parse_args()
model = BertModel(config)
torch.optim.AdamW([{"params": model.parameters(), "weight_decay": args.weight_decay}])
"""
    (site,) = sites(tmp_path, {"train.py": program})
    (group,) = site.groupings[0].groups
    assert str(group.decay.value).startswith("Default(value=0.1")


def test_a_class_without_a_constructor_has_what_its_base_makes(tmp_path: Path) -> None:
    made = "class Tagger(GPT2LMHeadModel):\n    def forward(self, x):\n        return self.transformer(x)"
    found = grouping(tmp_path, "Tagger.from_pretrained('gpt2')", made)
    assert found.model.name == "Tagger"
    assert "transformer.ln_f.weight" in {p.name for p in found.model.parameters}


def test_a_constructor_called_by_its_class_fills_the_object(tmp_path: Path) -> None:
    made = (
        "class Encoder(BertModel):\n    def __init__(self, config):\n"
        "        BertModel.__init__(self, config)\n        self.proj = nn.Linear(2, 2)"
    )
    found = grouping(tmp_path, "Encoder.from_pretrained('bert-base-cased')", made)
    assert {"proj.weight", "embeddings.LayerNorm.weight"} <= {p.name for p in found.model.parameters}
