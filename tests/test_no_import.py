"""Nothing of the code that is analysed is ever run: not imported, not as a hook of Python's own, not as YAML.

Every file of the project below leaves a mark if it is executed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TRAIN = """\
import torch
from timm.optim import create_optimizer_v2
from transformers import AutoModel

from shop.groups import split
from shop.model import Net

model = Net()
pretrained = AutoModel.from_pretrained("bert-base-uncased")
first = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
second = torch.optim.AdamW(split(model, 0.1), lr=1e-3)
third = torch.optim.AdamW(pretrained.parameters(), lr=1e-3)
"""

GROUPS = """\
def split(model, weight_decay):
    no_decay = ["bias", "LayerNorm.weight"]
    return [
        {"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)]},
        {"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
    ]
"""

MODEL = """\
from torch import nn

from shop import registry
from shop.layers import *


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(4)
        self.fc = nn.Linear(4, 4)
"""

LAYERS = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
"""

MODULES = {
    "train.py": TRAIN,
    "shop/__init__.py": "from shop.model import Net\n",
    "shop/groups.py": GROUPS,
    "shop/layers.py": LAYERS,
    "shop/model.py": MODEL,
    "shop/registry.py": "REGISTRY = {}\n",
    "setup.py": "from setuptools import setup\n\nsetup()\n",
    "conftest.py": "import torch\n",
    "sitecustomize.py": "",
    "usercustomize.py": "",
    # named like what wdlint itself imports, and like what it might be tempted to import
    "ast.py": "",
    "click.py": "",
    "libcst/__init__.py": "",
    "tomllib.py": "",
    "torch.py": "",
    "yaml.py": "",
}

SITE = f".venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
ENVIRONMENT = {
    "sitecustomize.py": "",
    "torch/__init__.py": "from torch import nn, optim\n",
    "torch/nn/__init__.py": "class Module: ...\n",
    "torch/optim/__init__.py": "class Adam: ...\n",
    "timm/__init__.py": "from timm import optim\n",
    "timm/optim/__init__.py": "def create_optimizer_v2(model): ...\n",
    "transformers/__init__.py": "from transformers.auto import AutoModel\n",
    "transformers/auto.py": "class AutoModel: ...\n",
}

CONFIG = """\
optimizer: !!python/object/apply:os.system ['touch {mark}']
_target_: torch.optim.Adam
weight_decay: 0.01
"""


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path, marks: Path) -> Path:
    home = tmp_path / "project"
    trapped = {**MODULES, **{f"{SITE}/{name}": text for name, text in ENVIRONMENT.items()}}
    trapped |= {f"shop/more/script{i}.py": TRAIN for i in range(70)}  # enough for worker processes
    for number, (name, text) in enumerate(trapped.items()):
        mark = marks / f"{number} {name.replace('/', ' ')}"
        write(home / name, f"open({str(mark)!r}, 'w').close()\n{text}")
    write(home / SITE / "hook.pth", f"import pathlib; pathlib.Path({str(marks / 'pth')!r}).touch()\n")
    write(home / ".venv/bin/python", f"#!/bin/sh\ntouch '{marks}/interpreter'\n").chmod(0o755)
    write(home / ".venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n")
    write(home / "conf/config.yaml", CONFIG.format(mark=marks / "yaml"))
    write(home / "pyproject.toml", "[tool.wdlint]\n")
    return home


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def contents(project: Path) -> dict[str, bytes]:
    """Every file, byte-compiled ones included."""
    return {str(p.relative_to(project)): p.read_bytes() for p in project.rglob("*") if p.is_file()}


def wdlint(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run as the installed command runs: its own folder is on the path, the current one is not."""
    command = write(
        project.parent / "bin/wdlint", "import sys\nfrom wdlint.cli import main\nsys.exit(main())\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "VIRTUAL_ENV": str(project / ".venv"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [sys.executable, str(command), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def offers(project: Path, what: str) -> bool:
    return what in wdlint(project, "--help").stdout


COMMANDS = {
    "check": ["check", "."],
    "check of one file": ["train.py"],
    "full report": ["--output-format", "full", "train.py"],
    "sarif": ["--output-format", "sarif", "."],
    "fixes": ["--fix", "--unsafe-fixes", "--diff", "."],
    "explain": ["explain", "WD101"],
    "explain of a line": ["explain", "train.py:1"],
    "params": ["params", "train.py", "--format", "json"],
    "another environment": ["--python", ".venv", "."],
    "another interpreter": ["--python", ".venv/bin/python", "train.py"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS.keys())
def test_nothing_is_run_compiled_or_changed(project: Path, marks: Path, arguments: list[str]) -> None:
    for optional in {"params", "--python"} & set(arguments):
        if not offers(project, optional):
            pytest.skip(f"there is no {optional} yet")
    before = contents(project)
    run = wdlint(project, *arguments)
    assert run.returncode in (0, 1), run.stderr
    assert [mark.name for mark in marks.iterdir()] == []
    assert contents(project) == before


def test_a_fix_changes_source_and_runs_none(project: Path, marks: Path) -> None:
    before = contents(project)
    run = wdlint(project, "--fix", "--unsafe-fixes", "train.py")
    assert run.returncode in (0, 1), run.stderr
    after = contents(project)
    assert [name for name in after if after[name] != before.get(name)] == ["train.py"]
    assert list(marks.iterdir()) == []


def test_a_catalogue_with_python_in_it_is_refused(project: Path, marks: Path) -> None:
    write(project / "pyproject.toml", '[tool.wdlint]\nextend-catalogue = ["conf/config.yaml"]\n')
    run = wdlint(project, ".")
    assert run.returncode == 2
    assert "conf/config.yaml" in run.stderr and "Traceback" not in run.stderr
    assert list(marks.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("import shop", "shop __init__.py"),
        ("import yaml", "yaml.py"),
        (f"import site; site.addsitedir({SITE!r})", "pth"),
        (f"import sys; sys.path.insert(0, {SITE!r}); import transformers", "transformers __init__.py"),
        ("import subprocess; subprocess.run(['.venv/bin/python'])", "interpreter"),
    ],
)
def test_the_marks_are_left_where_code_does_run(project: Path, marks: Path, code: str, mark: str) -> None:
    """So that the tests above can fail."""
    environment = {**os.environ, "PYTHONPATH": ""}
    subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=environment, capture_output=True, check=False
    )
    assert any(left.name.endswith(mark) for left in marks.iterdir())


def test_yaml_would_run_the_configuration_if_it_were_let(project: Path, marks: Path) -> None:
    import yaml

    yaml.unsafe_load((project / "conf/config.yaml").read_text())
    assert (marks / "yaml").exists()
