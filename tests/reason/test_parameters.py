"""Which parameters an optimizer gets, and in which groups."""

from __future__ import annotations

import pytest

from tests.reason.programs import facts, only_site
from wdlint.facts import ParamGroup, number


def groups(params: str, before: str = "") -> tuple[ParamGroup, ...]:
    return only_site(f"import torch, itertools\n{before}\ntorch.optim.AdamW({params}, lr=1)").groups


EXTENT = {
    "parameters()": ("model.parameters()", "whole"),
    "trainable ones": ("filter(lambda p: p.requires_grad, model.parameters())", "whole"),
    "trainable ones, comprehension": ("[p for p in model.parameters() if p.requires_grad]", "whole"),
    "a list of them": ("list(model.parameters())", "whole"),
    "two models": ("list(a.parameters()) + list(b.parameters())", "whole"),
    "chained": ("itertools.chain(a.parameters(), b.parameters())", "whole"),
    "unpacked into a list": ("[*a.parameters(), *b.parameters()]", "whole"),
    "several models in one comprehension": ("[p for m in models for p in m.parameters()]", "whole"),
    "picked by name": ("[p for n, p in model.named_parameters() if 'head' in n]", "part"),
    "loose tensors": ("[log_alpha]", "tensors"),
    "input embeddings": ("model.get_input_embeddings().parameters()", "embeddings"),
    "adapters": ("model.lora_layers.parameters()", "adapters"),
}


@pytest.mark.parametrize(("params", "extent"), EXTENT.values(), ids=EXTENT.keys())
def test_how_much_of_a_model_an_expression_takes(params: str, extent: str) -> None:
    (group,) = groups(params)
    assert group.parameters.extent == extent


def test_everything_is_adapters_where_the_file_uses_peft() -> None:
    (group,) = groups("model.parameters()", "from peft import get_peft_model")
    assert group.parameters.extent == "adapters"


def test_a_list_extended_in_a_loop_is_followed() -> None:
    (group,) = groups("params", "params = []\nfor m in models:\n    params += list(m.parameters())")
    assert group.parameters.extent == "whole"


def test_a_list_appended_to_under_a_condition_is_a_part() -> None:
    before = "ps = []\nfor n, p in model.named_parameters():\n    if 'bias' not in n:\n        ps.append(p)"
    (group,) = groups("ps", before)
    assert group.parameters.extent == "part"


def test_skipping_frozen_parameters_is_no_condition() -> None:
    before = "ps = []\nfor p in model.parameters():\n    if not p.requires_grad:\n        continue\n    ps.append(p)"
    (group,) = groups("ps", before)
    assert group.parameters.extent == "whole"


def test_unknown_parameters_say_why() -> None:
    site = only_site("import torch\nfrom x import groups\ntorch.optim.AdamW(groups(model), lr=1)")
    assert site.groups == ()
    assert site.groups_unknown


def test_a_group_inherits_the_constructor_and_overrides_it() -> None:
    first, second = only_site(
        "import torch\ntorch.optim.AdamW([{'params': a.parameters()},"
        " {'params': b.parameters(), 'weight_decay': 0}], weight_decay=0.1)"
    ).groups
    assert (first.decay.origin, number(first.decay.value)) == ("argument", 0.1)
    assert (second.decay.origin, number(second.decay.value)) == ("group", 0)


def test_groups_from_a_helper_of_the_file_are_read_with_its_arguments() -> None:
    site = only_site(
        """
        import torch

        def groups(model, wd):
            return [
                {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": wd},
                {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ]

        torch.optim.AdamW(groups(net, 0.05), lr=1e-3)
        """
    )
    assert [(number(g.decay.value), g.parameters.exempts) for g in site.groups] == [
        (0.05, False),
        (0.0, True),
    ]


EXEMPTS = {
    "not any(nd in n for nd in no_decay)": False,
    "any(nd in n for nd in no_decay)": True,
    "any(nd in n for nd in ['bias', 'LayerNorm.weight'])": True,
    "p.ndim < 2": True,
    "p.dim() >= 2": False,
    "len(p.shape) == 1": True,
    "n.endswith('.bias')": True,
    "'backbone' in n": None,
    "'backbone' not in n and p.requires_grad": None,
    "p.requires_grad and p.ndim <= 1": True,
}


@pytest.mark.parametrize(("test", "exempts"), EXEMPTS.items(), ids=EXEMPTS.keys())
def test_what_a_predicate_means_for_decay(test: str, exempts: bool | None) -> None:
    (group,) = groups(f"[p for n, p in m.named_parameters() if {test}]")
    assert group.parameters.exempts is exempts


REPEATABLE = {
    "model.parameters()": True,
    "self.net.parameters()": True,
    "nets['g'].parameters()": True,
    "filter(lambda p: p.requires_grad, model.parameters())": True,
    "list(a.parameters()) + list(b.parameters())": True,
    "build().parameters()": False,
    "model.named_parameters()": False,
    "[p for p in model.parameters() if p.requires_grad and id(p) not in seen]": True,
    "[p for p in model.parameters() if id(p) not in seen and not seen.add(id(p))]": False,
    "[p for p in model.parameters() if random.random() < 0.5]": False,
    "a.parameters() if flags.pop() else b.parameters()": False,
    "filter(lambda p: next(flags), model.parameters())": False,
}


@pytest.mark.parametrize(("params", "expected"), REPEATABLE.items(), ids=REPEATABLE.keys())
def test_what_may_be_written_twice(params: str, expected: bool) -> None:
    (group,) = groups(params)
    assert group.parameters.repeatable is expected
    assert bool(group.parameters.reason_not_repeatable) is not expected


def test_a_property_that_builds_its_module_is_not_read_twice() -> None:
    prop = "class T:\n    @property\n    def net(self):\n        return {}\n"
    (held,) = groups("t.net.parameters()", prop.format("self._net"))
    (built,) = groups("t.net.parameters()", prop.format("Net()"))
    assert held.parameters.repeatable
    assert built.parameters.reason_not_repeatable == "`net` is a property that calls something each time"


def test_a_variable_with_a_list_is_repeatable_and_one_with_an_iterator_is_not() -> None:
    (kept,) = groups("ps", "ps = list(model.parameters())")
    (spent,) = groups("ps", "ps = model.parameters()")
    assert kept.parameters.repeatable
    assert "iterator" in spent.parameters.reason_not_repeatable


def test_a_key_the_file_reads_itself_is_marked() -> None:
    (group,) = only_site(
        "import torch\nopt = torch.optim.AdamW([{'params': a.parameters(), 'wd_mult': 0.0}])\n"
        "for g in opt.param_groups:\n    g['weight_decay'] = wd * g['wd_mult']"
    ).groups
    assert group.key("wd_mult").read_by_project


# -------------------------------------------------------------------------- models

MODEL = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, dim, bias=False):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, dim, bias=bias)

class Net(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.embed = nn.Embedding(10, dim)
        self.blocks = nn.Sequential(Block(dim), Block(dim))
        self.head = nn.Linear(dim, 2)

torch.optim.AdamW(Net().parameters(), lr=1)
"""


def test_the_parameters_of_a_visible_model_are_listed_with_their_kind() -> None:
    (model,) = only_site(MODEL).groups[0].parameters.models
    assert model is not None
    assert model.complete
    kinds = {p.name: p.kind for p in model.parameters}
    assert kinds["embed.weight"] == "embedding"
    assert kinds["blocks.*.norm.weight"] == "norm"
    assert kinds["head.bias"] == "bias"


def test_a_flag_that_is_off_removes_a_bias() -> None:
    (model,) = (
        only_site(
            "import torch\nfrom torch import nn\nclass N(nn.Module):\n    def __init__(self):\n"
            "        self.a = nn.Linear(1, 1, bias=False)\n        self.n = nn.LayerNorm(1, elementwise_affine=False)\n"
            "torch.optim.AdamW(N().parameters())"
        )
        .groups[0]
        .parameters.models
    )
    assert [p.name for p in model.parameters] == ["a.weight"]


def test_a_flag_that_cannot_be_read_makes_a_parameter_doubtful() -> None:
    program = MODEL.replace("Block(dim), Block(dim)", "Block(dim, flag), Block(dim, flag)")
    (model,) = only_site(program).groups[0].parameters.models
    assert [p.name for p in model.parameters if p.maybe] == ["blocks.*.fc.bias"]


def test_an_opaque_child_makes_the_inventory_incomplete() -> None:
    (model,) = (
        only_site(
            "import torch, timm\nclass N(torch.nn.Module):\n    def __init__(self):\n"
            "        self.net = timm.create_model('x')\ntorch.optim.AdamW(N().parameters())"
        )
        .groups[0]
        .parameters.models
    )
    assert not model.complete


def test_a_layer_of_a_builder_that_nobody_calls_makes_the_inventory_incomplete() -> None:
    program = (
        "import torch\nfrom torch import nn\nclass N(nn.Module):\n"
        "    def build_head(self):\n        self.norm = nn.LayerNorm(1)\n"
        "    def forward(self, x):\n        return self.norm(x)\n"
        "torch.optim.AdamW(N().parameters())"
    )
    (model,) = only_site(program).groups[0].parameters.models
    assert (model.complete, model.gaps[0].name) == (False, "norm")


# ----------------------------------------------------------- iterators and hazards


def test_an_iterator_consumed_by_two_comprehensions_is_seen() -> None:
    (found,) = facts(
        "import torch\nnamed = model.named_parameters()\na = [p for n, p in named if 'bias' in n]\nb = [p for n, p in named]"
    ).exhausted
    assert (found.name, found.kind, found.second_use.line) == ("named", "named_parameters()", 4)


ONE_USE = {
    "one use": "ps = m.parameters()\nf(ps)",
    "a list": "ps = list(m.parameters())\na = [p for p in ps]\nb = [p for p in ps]",
    "two branches": "ps = m.parameters()\nif x:\n    f(ps)\nelse:\n    g(ps)",
    "made anew": "ps = m.parameters()\nf(ps)\nps = m.parameters()\nf(ps)",
    "two arms of a conditional expression": "ps = m.parameters()\no = Adam(ps) if x else SGD(ps)",
    "two lambdas": "ps = m.parameters()\no = {'a': lambda: Adam(ps), 'b': lambda: SGD(ps)}[k]()",
    "a look at the first": "ps = m.parameters()\nd = next(p.device for p in ps)\nf(list(ps))",
    "another library's list": "import paddle\nps = m.parameters()\na = list(ps)\nb = list(ps)",
    "a loop that breaks": "ps = m.parameters()\nfor p in ps:\n    break\nf(ps)",
}


@pytest.mark.parametrize("program", ONE_USE.values(), ids=ONE_USE.keys())
def test_an_iterator_used_once_at_a_time_is_fine(program: str) -> None:
    assert facts(f"import torch\n{program}").exhausted == ()


HAZARDS = {
    "indexed-groups": "opt.param_groups[0]['lr'] = 1",
    "loads-state": "opt.load_state_dict(ckpt)",
    "adds-group": "opt.add_param_group(group)",
    "per-group-list": "torch.optim.lr_scheduler.LambdaLR(opt, [f])",
    "edits-decay": "for g in opt.param_groups:\n    g['weight_decay'] = 0.1",
    "sharded": "model = FSDP(model)",
}

MORE_HAZARDS = {
    "a decay set by index": ("opt.param_groups[0]['weight_decay'] = 0.0", "edits-decay"),
    "a scheduler's list in a variable": ("LambdaLR(opt, lr_lambda=lambdas)", "per-group-list"),
    "a scheduler's list, optimizer by keyword": ("OneCycleLR(optimizer=opt, max_lr=[0.1])", "per-group-list"),
    "groups unpacked": ("(group,) = opt.param_groups", "indexed-groups"),
    "groups beside a list": ("zip(opt.param_groups, lrs)", "indexed-groups"),
    "handed to a loader": ("load_checkpoint(path, model, opt)", "loads-state"),
    "a function's own name for it": ("def f(optimizer):\n    optimizer.load_state_dict(s)", "loads-state"),
}


@pytest.mark.parametrize(("code", "kind"), MORE_HAZARDS.values(), ids=MORE_HAZARDS.keys())
def test_a_hazard_is_seen_in_other_spellings(code: str, kind: str) -> None:
    site = only_site(f"import torch\nopt = torch.optim.AdamW(m.parameters())\n{code}")
    assert kind in {hazard.kind for hazard in site.hazards}


@pytest.mark.parametrize(("kind", "code"), HAZARDS.items(), ids=HAZARDS.keys())
def test_what_happens_to_the_optimizer_later_is_seen(kind: str, code: str) -> None:
    site = only_site(f"import torch\nopt = torch.optim.AdamW(m.parameters())\n{code}")
    (hazard,) = site.hazards
    assert (hazard.kind, hazard.place.line >= 3) == (kind, True)


def test_reading_a_learning_rate_of_the_first_group_is_harmless() -> None:
    site = only_site(
        "import torch\nopt = torch.optim.AdamW(m.parameters())\nprint(opt.param_groups[0]['lr'])"
    )
    assert site.hazards == ()


def test_a_path_that_is_read_is_no_optimizer() -> None:
    site = only_site("import torch\nopt = torch.optim.AdamW(m.parameters())\nx = torch.load(optimizer_path)")
    assert site.hazards == ()


def test_what_happens_to_another_optimizer_does_not_count() -> None:
    first, _ = facts(
        "import torch\nopt_g = torch.optim.AdamW(g.parameters())\nopt_d = torch.optim.AdamW(d.parameters())\n"
        "opt_d.load_state_dict(x)\nmodel.load_state_dict(y)"
    ).sites
    assert first.hazards == ()


CONSUMED_LATER = {
    "in a training loop": "opt = torch.optim.AdamW(ps)\nfor batch in data:\n    clip_grad_norm_(ps, 1.0)",
    "under a condition": "n = sum(p.numel() for p in ps)\nif n:\n    opt = torch.optim.AdamW(ps)",
    "twice in one statement": "groups = [[p for p in ps if p.ndim > 1], [p for p in ps if p.ndim < 2]]",
}


@pytest.mark.parametrize("uses", CONSUMED_LATER.values(), ids=CONSUMED_LATER.keys())
def test_whenever_the_second_use_happens_the_first_has_happened(uses: str) -> None:
    program = f"import torch\nps = filter(lambda p: p.requires_grad, m.parameters())\n{uses}"
    assert len(facts(program).exhausted) == 1


NOT_COMPLETE = {
    "a container of what is given": "self.net = nn.Sequential(*layers)",
    "an unknown module appended": "self.net = nn.ModuleList()\n        self.net.append(Unknown())",
    "a module handed in": "self.net = layers",
    "a module set by name": "setattr(self, 'net', layers[0])",
}


@pytest.mark.parametrize("statement", NOT_COMPLETE.values(), ids=NOT_COMPLETE.keys())
def test_what_is_not_built_here_makes_the_inventory_incomplete(statement: str) -> None:
    program = (
        "import torch\nfrom torch import nn\nclass N(nn.Module):\n    def __init__(self, layers):\n"
        f"        self.fc = nn.Linear(1, 1, bias=False)\n        {statement}\n"
        "    def forward(self, x):\n        return self.net(x)\n"
        "torch.optim.AdamW(N(x).parameters())"
    )
    (model,) = only_site(program).groups[0].parameters.models
    assert model is not None
    assert not model.complete


def test_a_choice_between_whole_models_is_whole() -> None:
    (group,) = groups("itertools.chain(a.parameters(), b.parameters()) if both else a.parameters()")
    assert (group.parameters.extent, group.parameters.repeatable) == ("whole", True)


def test_adapters_are_recognised_through_a_variable() -> None:
    (group,) = groups("ps", "ps = unet_lora_layers.parameters()")
    assert group.parameters.extent == "adapters"


DOUBTFUL = {
    "one arm of a conditional expression": "self.norm = nn.LayerNorm(1) if x else nn.Identity()",
    "under a condition": "if x:\n            self.norm = nn.LayerNorm(1)",
}


@pytest.mark.parametrize("statement", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_a_norm_that_may_not_be_built_is_doubtful(statement: str) -> None:
    program = (
        "import torch\nfrom torch import nn\nclass N(nn.Module):\n    def __init__(self, x):\n"
        f"        {statement}\ntorch.optim.AdamW(N(x).parameters())"
    )
    (model,) = only_site(program).groups[0].parameters.models
    assert model is not None
    assert all(p.maybe for p in model.of_kind("norm"))
    assert model.of_kind("norm")
