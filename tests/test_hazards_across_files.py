"""What the rest of a project does to an optimizer makes a fix unsafe, or has it withheld."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdlint import check_paths, default_settings
from wdlint.facts import Fix

BUILD = """\
import torch


def build(model):
    return torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
"""
ADAM = BUILD.replace("AdamW", "Adam")
CALL = "from build import build\n\n\ndef main(model, path):\n    optimizer = build(model)\n"
LIT = """\
import torch
import pytorch_lightning as pl


class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.LayerNorm(8))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3, weight_decay=0.05)
"""
TRAINER = """\
import torch
from loop import Loop


class Trainer(Loop):
    def setup(self, model):
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
"""

SOLVER = """\
import torch
from checkpoint import Checkpoint


class Solver:
    def __init__(self, nets):
        self.optims = {}
        for name, net in nets.items():
            self.optims[name] = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
        self.checkpoint = Checkpoint("optims.ckpt", **self.optims)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fix_in(files: dict[str, str]) -> Fix:
    """The one fix in the first of some files."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    fixes = [
        f.fix for f in check_paths([next(iter(files))], default_settings()).findings if f.fix is not None
    ]
    assert len(fixes) == 1
    return fixes[0]


UNSAFE = {
    "the caller resumes": (
        {"build.py": BUILD, "train.py": CALL + "    optimizer.load_state_dict(path)\n"},
        "train.py, line 6 loads a state into optimizer",
    ),
    "the caller indexes the groups": (
        {"build.py": BUILD, "train.py": CALL + "    optimizer.param_groups[0]['lr'] = 0.1\n"},
        "train.py, line 6 indexes optimizer.param_groups[0]",
    ),
    "the caller indexes the groups of the state": (
        {"build.py": BUILD, "train.py": CALL + "    optimizer.state_dict()['param_groups'][0]['params']\n"},
        "train.py, line 6 indexes optimizer.state_dict()['param_groups'][0]",
    ),
    "the caller unpacks one learning rate": (
        {"build.py": BUILD, "train.py": CALL + "    lr, = StepLR(optimizer, 9).get_last_lr()\n"},
        "train.py, line 6 unpacks StepLR(optimizer, 9).get_last_lr(), which has one rate a group",
    ),
    "the caller schedules every group": (
        {"build.py": BUILD, "train.py": CALL + "    return OneCycleLR(optimizer, max_lr=[0.1])\n"},
        "train.py, line 6 gives OneCycleLR() one max_lr a group",
    ),
    "the caller thaws a layer": (
        {"build.py": BUILD, "train.py": CALL + "    optimizer.add_param_group({'params': head})\n"},
        "train.py, line 6 adds a group to optimizer",
    ),
    "a callee in a third file": (
        {
            "build.py": BUILD,
            "train.py": "from steps import warm_up\n" + CALL + "    warm_up(model, opt=optimizer)\n",
            "steps.py": "def warm_up(model, opt):\n    first, = opt.param_groups\n",
        },
        "steps.py, line 2 assigns opt.param_groups",
    ),
    "one of several things returned": (
        {
            "build.py": BUILD.replace("return ", "optimizer = ") + "    return model, optimizer\n",
            "train.py": CALL.replace("optimizer =", "net, o =") + "    o.load_state_dict(path)\n",
        },
        "train.py, line 6 loads a state into o",
    ),
    "a test counts the groups": (
        {
            "build.py": BUILD,
            "tests/test_build.py": "from build import build\n\n\ndef test_build():\n"
            "    opt = build(model)\n    assert len(opt.param_groups) == 1\n",
        },
        "tests/test_build.py, line 6 counts opt.param_groups",
    ),
    "a checkpoint that is made of a dict of optimizers": (
        {
            "solver.py": SOLVER,
            "checkpoint.py": "class Checkpoint:\n    def __init__(self, path, **modules):\n"
            "        self.modules = modules\n\n    def load(self, state):\n"
            "        for name, module in self.modules.items():\n"
            "            module.load_state_dict(state[name])\n",
        },
        "checkpoint.py, line 7 loads a state into module",
    ),
    "a base class of the one that keeps it": (
        {
            "trainer.py": TRAINER,
            "loop.py": "class Loop:\n    def resume(self, state):\n"
            "        self.optimizer.load_state_dict(state['optimizer'])\n",
        },
        "loop.py, line 3 loads a state into self.optimizer",
    ),
    "a class derived from the one that keeps it": (
        {
            "trainer.py": TRAINER,
            "loop.py": "class Loop:\n    pass\n",
            "more.py": "from trainer import Trainer\n\n\nclass Tuner(Trainer):\n    def lr(self):\n"
            "        return self.optimizer.param_groups[-1]['name']\n",
        },
        "more.py, line 6 indexes self.optimizer.param_groups[-1]",
    ),
    "whoever uses the class that keeps it": (
        {
            "trainer.py": TRAINER,
            "loop.py": "class Loop:\n    pass\n",
            "main.py": "from trainer import Trainer\n\ntrainer = Trainer()\n"
            "trainer.optimizer.load_state_dict(state)\n",
        },
        "main.py, line 4 loads a state into trainer.optimizer",
    ),
    "a class that gets it handed in": (
        {
            "build.py": BUILD,
            "train.py": "from loop import Loop\n" + CALL + "    Loop(optimizer).run()\n",
            "loop.py": "class Loop:\n    def __init__(self, opt):\n        self.o = opt\n\n"
            "    def run(self):\n        self.o.load_state_dict(torch.load('x'))\n",
        },
        "loop.py, line 6 loads a state into self.o",
    ),
    "Lightning resumes": (
        {
            "lit.py": LIT,
            "train.py": "from lit import Lit\n\n\ndef main(path):\n    Trainer().fit(Lit(), ckpt_path=path)\n",
        },
        "train.py, line 5 resumes from a checkpoint with fit()",
    ),
    "a hook of Lightning": (
        {
            "lit.py": LIT
            + "\n    def on_step(self, optimizer):\n        zip(optimizer.param_groups, self.lrs)\n"
        },
        "line 14 hands optimizer.param_groups to zip()",
    ),
    "a library's checkpointer": (
        {
            "build.py": BUILD,
            "train.py": "from fvcore.common.checkpoint import Checkpointer\n"
            + CALL
            + "    Checkpointer(model, optimizer=optimizer)\n",
        },
        "train.py, line 7 hands optimizer to Checkpointer(), which is not read",
    ),
}


@pytest.mark.parametrize(("files", "caution"), UNSAFE.values(), ids=UNSAFE.keys())
def test_a_fix_is_unsafe_for_what_another_file_does(files: dict[str, str], caution: str) -> None:
    fix = fix_in(files)
    assert (fix.applicability, fix.cautions) == ("unsafe", (caution,))


WITHHELD = {
    "a schedule of the decay": (
        {
            "build.py": BUILD,
            "train.py": CALL + "    for i, group in enumerate(optimizer.param_groups):\n"
            "        group['weight_decay'] *= 2\n",
        },
        "train.py, line 7 sets group['weight_decay'] in a loop, which would decay the exempt group again",
    ),
    "an update of the decay": (
        {
            "build.py": BUILD,
            "train.py": CALL + "    for group in optimizer.param_groups:\n"
            "        group.update({'weight_decay': 0.2})\n",
        },
        "train.py, line 7 calls group.update({'weight_decay': 0.2}) in a loop,"
        " which would decay the exempt group again",
    ),
    "sharded where it is used": (
        {"build.py": BUILD, "train.py": CALL + "    model = FSDP(model, use_orig_params=True)\n"},
        "train.py, line 6 shards the parameters with FSDP(): flat parameters have no ndim to split by",
    ),
    "Lightning shards": (
        {"lit.py": LIT, "train.py": "from lit import Lit\n\nTrainer(strategy='fsdp').fit(Lit())\n"},
        "train.py, line 3 shards the parameters with Trainer(): flat parameters have no ndim to split by",
    ),
    "Lightning shards a module of a configuration": (
        {
            "lit.py": LIT,
            "train.py": "trainer = Trainer(strategy='fsdp')\ntrainer.fit(instantiate(cfg.model))\n",
        },
        "train.py, line 1 shards the parameters with Trainer(): flat parameters have no ndim to split by",
    ),
}


@pytest.mark.parametrize(("files", "reason"), WITHHELD.values(), ids=WITHHELD.keys())
def test_a_fix_is_withheld_for_what_another_file_does(files: dict[str, str], reason: str) -> None:
    fix = fix_in(files)
    assert (fix.edits, fix.withheld) == ((), reason)


SAFE = {
    "a loop over all groups": CALL + "    for g in optimizer.param_groups:\n        g['lr'] = 0.1\n",
    "a count nobody looks at": CALL
    + "    for i, g in enumerate(optimizer.param_groups):\n        g['lr'] = 0.1\n",
    "a learning rate in the log": CALL + "    print(optimizer.param_groups[0]['lr'])\n",
    "a learning rate of the schedule": CALL + "    lr = StepLR(optimizer, 9).get_last_lr()[0]\n",
    "the groups in the log": CALL + "    print(optimizer.param_groups)\n",
    "a scheduler and a scaler": CALL
    + "    CosineLR(optimizer, t=9)\n    scaler = torch.cuda.amp.GradScaler()\n    scaler.step(optimizer)\n",
    "shards that keep their dimensions": CALL + "    fully_shard(model)\n",
    "saving": CALL + "    save_checkpoint(model, optimizer, path)\n",
    "another optimizer of the same name": "def main(model):\n    optimizer = SGD(model.parameters(), lr=1)\n"
    "    optimizer.load_state_dict(torch.load('x'))\n",
    "a model's state": CALL + "    model.load_state_dict(torch.load(path))\n",
    "no checkpoint": CALL + "    trainer.fit(model, ckpt_path=None)\n",
    "the caller's other optimizer": CALL
    + "    second = torch.optim.SGD(model.parameters(), lr=1)\n    second.load_state_dict(path)\n",
    "another scope of that name": CALL + "\n\ndef other(optimizer):\n    optimizer.load_state_dict(1)\n",
    "sharding in a function it does not come by": CALL + "\n\ndef other(model):\n    return FSDP(model)\n",
}


@pytest.mark.parametrize("other", SAFE.values(), ids=SAFE.keys())
def test_a_fix_stays_safe(other: str) -> None:
    fix = fix_in({"build.py": BUILD, "train.py": other})
    assert (fix.applicability, fix.cautions) == ("safe", ())


CLASS_TESTS = {
    "isinstance": "    assert isinstance(optimizer, torch.optim.Adam)\n",
    "one of several classes": "    if isinstance(optimizer, (SGD, Adam)):\n        pass\n",
    "type": "    if type(optimizer) is Adam:\n        pass\n",
    "the name of the type": "    if type(optimizer).__name__ == 'AdamW':\n        pass\n",
    "the class of an instance": "    if optimizer.__class__ is Adam:\n        pass\n",
    "the name of that": "    assert optimizer.__class__.__name__ in ('Adam', 'SGD')\n",
}


@pytest.mark.parametrize("line", CLASS_TESTS.values(), ids=CLASS_TESTS.keys())
def test_a_test_of_the_class_makes_another_class_unsafe(line: str) -> None:
    fix = fix_in({"build.py": ADAM, "train.py": CALL + line})
    assert fix.cautions == ("train.py, line 6 tests the class of optimizer",)


COPIES = {
    "    twin = type(optimizer)(model.parameters(), lr=0.1)\n": "builds another one of the class of optimizer",
    "    twin = optimizer.__class__(model.parameters())\n": "builds another one of the class of optimizer",
    "    twin = torch.optim.Adam(model.parameters(), **optimizer.defaults)\n": "hands on optimizer.defaults",
}


@pytest.mark.parametrize(("line", "text"), COPIES.items())
def test_a_copy_of_the_optimizer_makes_another_class_unsafe(line: str, text: str) -> None:
    fix = fix_in({"build.py": ADAM, "train.py": CALL + line})
    assert fix.cautions == (f"train.py, line 6 {text}",)


def test_a_test_of_the_class_does_not_matter_to_a_fix_that_keeps_it() -> None:
    fix = fix_in({"build.py": BUILD, "train.py": CALL + CLASS_TESTS["isinstance"]})
    assert fix.applicability == "safe"


def test_a_test_for_another_class_does_not_matter() -> None:
    fix = fix_in({"build.py": ADAM, "train.py": CALL + "    assert not isinstance(optimizer, LBFGS)\n"})
    assert fix.applicability == "safe"


def test_code_that_is_not_read_is_named() -> None:
    unknown = "from mystery import run\n" + CALL + "    run(model, optimizer)\n"
    fix = fix_in({"build.py": BUILD, "train.py": unknown})
    assert fix.cautions == ("train.py, line 7 hands optimizer to run(), which is not read",)


def test_many_places_of_one_kind_are_counted() -> None:
    lines = "".join(f"    optimizer.param_groups[{i}]['lr'] = 0.1\n" for i in range(5))
    fix = fix_in({"build.py": BUILD, "train.py": CALL + lines})
    assert len(fix.cautions) == 4
    assert fix.cautions[-1] == "2 more such places"


def test_a_parameter_that_callers_fill_with_an_iterator_is_not_written_twice() -> None:
    build = "import torch\n\n\ndef build(params):\n    return torch.optim.AdamW(params, lr=1e-3, weight_decay=0.05)\n"
    caller = "from build import build\n\n\ndef main(model):\n    params = model.parameters()\n"
    caller += "    optimizer = build(params)\n    clip_grad_norm_(params, 1.0)\n"
    fix = fix_in({"build.py": build, "train.py": caller})
    assert fix.withheld is not None


def test_functions_that_call_each_other_come_to_an_end() -> None:
    loop = "from build import build\n\n\ndef a(o):\n    return b(o)\n\n\ndef b(o):\n    return a(o)\n\n\na(build(m))\n"
    assert fix_in({"build.py": BUILD, "train.py": loop}).applicability == "safe"


GROUPS = """\
import torch

groups = [{"params": encoder.parameters(), "lr": 1e-4}, {"params": decoder.parameters(), "lr": 1e-3}]
optimizer = torch.optim.AdamW(groups, weight_decay=0.05)
"""


@pytest.mark.parametrize("reader", ["len(groups)", "groups[1]", "zip(groups, lrs)", "first, second = groups"])
def test_a_list_of_groups_that_something_else_counts_makes_the_split_unsafe(reader: str) -> None:
    fix = fix_in({"train.py": f"{GROUPS}{reader}\n"})
    assert fix.cautions == ("line 5 reads `groups`, which gets more entries",)


def test_a_list_of_groups_is_followed_to_where_it_is_returned() -> None:
    lines = GROUPS.splitlines()
    made = f"import torch\n\n\ndef make():\n    {lines[2]}\n    return groups\n\n\nparts = make()\n"
    fix = fix_in({"train.py": f"{made}print(len(parts))\n{lines[3].replace('groups', 'parts')}\n"})
    assert fix.cautions == ("line 10 reads `parts`, which gets more entries",)


def test_the_groups_of_a_kept_state_are_groups_too() -> None:
    kept = f"{GROUPS}state = optimizer.state_dict()\n"
    fix = fix_in({"train.py": f"{kept}print(state['param_groups'][0]['params'])\n"})
    assert fix.cautions == ("line 6 indexes state['param_groups'][0]",)
    assert fix_in({"train.py": f"{kept}print(state['param_groups'][0]['lr'])\n"}).applicability == "safe"


def test_a_loop_over_the_list_of_groups_does_not_matter() -> None:
    assert fix_in({"train.py": f"{GROUPS}for group in groups:\n    print(group)\n"}).applicability == "safe"
