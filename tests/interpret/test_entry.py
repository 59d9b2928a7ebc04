"""How an optimizer's call is traced back to its model, or models."""

from __future__ import annotations

from pathlib import Path

from tests.interpret.programs import members, sites, unsure
from wdlint.facts import number

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
"""
SPLIT = {"fc.weight": (0,), "fc.bias": (1,), "norm.weight": (1,), "norm.bias": (1,)}
GROUPS = """[
        {"params": [p for p in MODEL.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in MODEL.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]"""


def _groups(model: str = "model") -> str:
    return GROUPS.replace("MODEL", model)


def test_each_caller_of_a_function_is_a_way_of_its_own(tmp_path: Path) -> None:
    program = NET + (
        f"def make(model):\n    return torch.optim.AdamW({_groups()})\n"
        "make(Net())\nmake(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert [g.model.name for g in site.groupings] == ["Net", "Sequential"]
    assert members(site) == SPLIT


def test_each_round_of_a_loop_is_a_model_of_its_own(tmp_path: Path) -> None:
    program = NET + (
        "for name, net in {'a': Net(), 'b': nn.Linear(2, 2)}.items():\n"
        "    if name == 'a':\n        print(name)\n"
        f"    else:\n        torch.optim.AdamW({_groups('net')})\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert [g.model.name for g in site.groupings] == ["Linear"]


def test_a_condition_around_the_call_is_taken_to_hold(tmp_path: Path) -> None:
    program = NET + f"name = 'sgd'\nmodel = Net()\nif name == 'adamw':\n    torch.optim.AdamW({_groups()})\n"
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == SPLIT


def test_a_method_runs_on_the_object_its_caller_has(tmp_path: Path) -> None:
    program = NET + (
        "class Trainer:\n"
        "    def __init__(self, model):\n        self.model = model\n"
        f"    def setup(self):\n        self.optimizer = torch.optim.AdamW({_groups('self.model')})\n"
        "trainer = Trainer(Net())\ntrainer.setup()\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == SPLIT


def test_a_constructor_of_a_base_class_runs_on_the_subclass_that_is_made(tmp_path: Path) -> None:
    base = (
        "import torch\nclass Base:\n"
        "    def __init__(self):\n        self.model = self.build()\n"
        f"        self.optimizer = torch.optim.AdamW({_groups('self.model')})\n"
    )
    program = (
        NET + "from base import Base\nclass Mine(Base):\n    def build(self):\n        return Net()\nMine()\n"
    )
    (site,) = sites(tmp_path, {"base.py": base, "train.py": program}, "base.py")
    assert members(site) == SPLIT


def test_a_function_that_is_returned_is_followed_from_the_start_of_the_program(tmp_path: Path) -> None:
    program = NET + (
        f"def factory():\n    def make(model):\n        return torch.optim.AdamW({_groups()})\n    return make\n"
        "make_one = factory()\nmake_one(Net())\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == SPLIT


def test_a_caller_in_another_file_passes_the_model(tmp_path: Path) -> None:
    maker = f"import torch\ndef make(model):\n    return torch.optim.AdamW({_groups()})\n"
    program = NET + "from maker import make\ndef main():\n    make(Net(3))\nmain()\n"
    (site,) = sites(tmp_path, {"maker.py": maker, "train.py": program}, "maker.py")
    assert members(site) == SPLIT
    assert site.groupings[0].caller is not None


def test_nothing_is_said_of_parameters_that_may_be_added_elsewhere(tmp_path: Path) -> None:
    program = NET + (
        "class Tuner:\n"
        "    def __init__(self):\n        self.net = Net()\n"
        "        self.opt = torch.optim.AdamW(self.net.fc.parameters())\n"
        "    def thaw(self):\n        self.opt.add_param_group({'params': self.net.norm.parameters()})\n"
        "Tuner()\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == {"fc.weight": (0,), "fc.bias": (0,)}


def test_a_group_that_is_added_later_in_the_same_function_is_there(tmp_path: Path) -> None:
    program = NET + (
        "def make():\n    net = Net()\n    opt = torch.optim.AdamW(net.fc.parameters())\n"
        "    opt.add_param_group({'params': net.norm.parameters()})\n    return opt\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == {"fc.weight": (0,), "fc.bias": (0,), "norm.weight": (1,), "norm.bias": (1,)}


def test_a_parameter_under_an_undecided_condition_is_unsure(tmp_path: Path) -> None:
    program = NET + (
        "import os\nmodel = Net()\nchosen = set(model.fc.parameters())\n"
        "if os.environ.get('X'):\n    chosen |= set(model.norm.parameters())\n"
        "torch.optim.AdamW([p for p in model.parameters() if p in chosen])\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == {"fc.weight": (0,), "fc.bias": (0,)}
    assert unsure(site) == {"norm.weight", "norm.bias"}


def test_groups_nobody_can_count_are_not_listed(tmp_path: Path) -> None:
    program = NET + (
        "import os\nmodel = Net()\ngroups = []\nfor x in os.listdir():\n"
        "    groups.append({'params': model.parameters()})\ntorch.optim.AdamW(groups)\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert not site.groupings


def test_a_long_loop_over_names_in_a_models_method_is_followed_to_its_end(tmp_path: Path) -> None:
    layers = "".join(f"        self.fc{i} = nn.Linear(2, 2)\n" for i in range(40))
    program = (
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n{layers}        self.last = nn.LayerNorm(2)\n"
        "    def configure_optimizers(self):\n"
        "        decay, rest = set(), set()\n"
        "        for mn, m in self.named_modules():\n"
        "            for pn, p in m.named_parameters():\n"
        "                name = '%s.%s' % (mn, pn) if mn else pn\n"
        "                if pn.endswith('bias') or 'time' in name or 'head' in name:\n"
        "                    rest.add(name)\n"
        "                elif pn.endswith('weight') and isinstance(m, (nn.Linear,)):\n"
        "                    decay.add(name)\n"
        "                elif pn.endswith('weight') and isinstance(m, (nn.LayerNorm,)):\n"
        "                    rest.add(name)\n"
        "        by_name = dict(self.named_parameters())\n"
        "        return torch.optim.AdamW([\n"
        "            {'params': [by_name[n] for n in sorted(decay)], 'weight_decay': 0.1},\n"
        "            {'params': [by_name[n] for n in sorted(rest)], 'weight_decay': 0.0}])\n"
        "Net().configure_optimizers()\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    found = members(site)
    assert (found["fc39.weight"], found["last.weight"], found["last.bias"]) == ((0,), (1,), (1,))


def test_what_stands_in_for_a_layer_on_another_way_shares_its_group(tmp_path: Path) -> None:
    program = (
        "import sys\nimport torch\nfrom torch import nn\n"
        "class A(nn.Module):\n    def __init__(self):\n        self.mix = nn.Parameter(torch.ones(2))\n"
        "class B(nn.Module):\n    def __init__(self):\n        self.mix = nn.Parameter(torch.ones(2))\n"
        "class Net(nn.Module):\n    def __init__(self):\n"
        "        self.fc = nn.Linear(2, 2)\n        self.part = A() if len(sys.argv) > 1 else B()\n"
        "model = Net()\nbig, small = [], []\n"
        "for n, p in model.named_parameters():\n"
        "    if p.ndim > 1:\n        big.append(n)\n    else:\n        small.append(n)\n"
        "by_name = dict(model.named_parameters())\n"
        "torch.optim.AdamW([{'params': [by_name[n] for n in big]},\n"
        "    {'params': [by_name[n] for n in small], 'weight_decay': 0.0}])\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert [m.groups for m in site.groupings[0].members if m.parameter.name == "part.mix"] == [(1,), (1,)]


def test_a_script_module_is_a_module(tmp_path: Path) -> None:
    program = (
        "import torch\nfrom torch import nn\n"
        "class Net(torch.jit.ScriptModule):\n    def __init__(self):\n"
        "        super().__init__()\n        self.fc = nn.Linear(2, 2)\n        self.norm = nn.LayerNorm(2)\n"
        f"model = nn.Sequential(Net())[0]\ntorch.optim.AdamW({_groups()})\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    assert members(site) == SPLIT


def test_a_name_with_one_index_is_not_compared_with_that_of_any_layer(tmp_path: Path) -> None:
    program = NET + (
        "class Deep(nn.Module):\n    def __init__(self, depth):\n        super().__init__()\n"
        "        self.blocks = nn.ModuleList([Net() for _ in range(depth)])\n"
        "def make(depth):\n    model = Deep(depth)\n    last, first, rest = [], [], []\n"
        "    for n, p in model.named_parameters():\n"
        "        if 'blocks.11.' in n:\n            last.append(p)\n"
        "        elif n.startswith('module.blocks.11') or 'norm' in n:\n            first.append(p)\n"
        "        else:\n            rest.append(p)\n"
        "    return torch.optim.AdamW([{'params': last}, {'params': first}, {'params': rest}])\n"
    )
    (site,) = sites(tmp_path, {"train.py": program})
    found = {m.parameter.name: (m.groups, m.maybe) for m in site.groupings[0].members}
    assert found == {
        "blocks.*.fc.weight": ((), (0, 2)),
        "blocks.*.fc.bias": ((), (0, 2)),
        "blocks.*.norm.weight": ((), (0, 1)),
        "blocks.*.norm.bias": ((), (0, 1)),
    }


def test_a_function_of_the_same_name_elsewhere_has_callers_of_its_own(tmp_path: Path) -> None:
    make = f"import torch\ndef make(model):\n    return torch.optim.AdamW({_groups()})\n"
    other = "import torch.nn as nn\nfrom optim import make\nmake(nn.BatchNorm1d(2))\n"
    files = {
        "a/optim.py": make,
        "b/optim.py": make,
        "b/train.py": other,
        "a/train.py": NET + ("from optim import make\nmake(Net())\n"),
    }
    (site,) = sites(tmp_path, files, "a/optim.py")
    assert [g.model.name for g in site.groupings] == ["Net"]


def test_a_method_of_the_same_name_of_another_class_is_no_caller(tmp_path: Path) -> None:
    program = NET + (
        "class Other(nn.Module):\n    def setup(self, decay):\n        return decay\n"
        "class Trainer:\n"
        "    def __init__(self, model):\n        self.model = model\n"
        "    def setup(self, decay):\n"
        "        return torch.optim.AdamW(self.model.parameters(), weight_decay=decay)\n"
    )
    files = {
        "train.py": program,
        "main.py": "from train import Other, Trainer, Net\nOther().setup(0.5)\nt = Trainer(Net())\n",
    }
    (site,) = sites(tmp_path, files)
    assert [(g.model.name, number(g.groups[0].decay.value)) for g in site.groupings] == [("Net", None)]


def test_a_call_that_the_method_could_not_take_is_no_caller(tmp_path: Path) -> None:
    program = NET + (
        "class Trainer:\n"
        "    def __init__(self, model):\n        self.model = model\n"
        "    def train(self, decay):\n"
        "        return torch.optim.AdamW(self.model.parameters(), weight_decay=decay)\n"
    )
    files = {
        "train.py": program,
        "a.py": "def step(model):\n    model.train()\n    model.train(mode=True)\n",
        "main.py": "from train import Trainer, Net\nt = Trainer(Net())\nt.train(0.5)\n",
    }
    (site,) = sites(tmp_path, files)
    assert [(g.model.name, number(g.groups[0].decay.value)) for g in site.groupings] == [("Net", 0.5)]


def test_a_wrapped_model_is_called_by_its_own_name(tmp_path: Path) -> None:
    program = NET + (
        "import os\nmodel = nn.parallel.DistributedDataParallel(Net())\n"
        "torch.optim.AdamW(model.parameters())\n"
        "other = nn.parallel.DistributedDataParallel(os.make())\ntorch.optim.AdamW(other.parameters())\n"
    )
    known, unknown = sites(tmp_path, {"train.py": program})
    assert [(g.model.name, g.model.complete) for g in known.groupings] == [("Net", True)]
    assert not any(g.model.complete for g in unknown.groupings)
