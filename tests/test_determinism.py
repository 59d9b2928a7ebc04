"""Equal bytes out for any number of processes and any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TRAIN = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.norm = nn.Linear(4, 4), nn.LayerNorm(4)

def build(model, wd={wd}):
    a = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=wd)
    b = torch.optim.AdamW(Net().parameters(), lr=1e-3)
    named = model.named_parameters()
    groups = [dict(params=[p for n, p in named], wd=0.1), dict(params=[p for n, p in named])]
    return a, b, torch.optim.AdamW(groups)  # wdlint: ignore[WD101]
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough files for several workers, a few of them broken."""
    folder = tmp_path_factory.mktemp("tree")
    for i in range(140):
        home = folder / f"package{i % 7}"
        home.mkdir(exist_ok=True)
        text = TRAIN.format(wd=f"{i + 1}e-4") if i % 3 else "print('nothing here')\n"
        if i % 35 == 1:
            text += "torch.optim.Adam(\n"
        (home / f"train{i}.py").write_text(text)
    return folder


def output(tree: Path, *arguments: str, seed: str = "0") -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "wdlint", *arguments, "."]
    run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False)
    assert run.returncode == 2, run.stderr.decode()  # some files are broken
    return run.stdout + run.stderr


@pytest.mark.parametrize("output_format", ["full", "json", "sarif"])
def test_the_number_of_processes_changes_nothing(tree: Path, output_format: str) -> None:
    one = output(tree, "--output-format", output_format, "--jobs", "1")
    assert b"WD101" in one
    assert one == output(tree, "--output-format", output_format, "--jobs", "2")


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_hash_seed_changes_nothing(tree: Path, seed: str) -> None:
    assert output(tree, "--output-format", "json") == output(tree, "--output-format", "json", seed=seed)


def test_fixes_are_the_same_as_well(tree: Path) -> None:
    one = output(tree, "--diff", "--unsafe-fixes", "--jobs", "1")
    assert b"+++ b/" in one
    assert one == output(tree, "--diff", "--unsafe-fixes", "--jobs", "2", seed="3")
