"""The hooks of ``.pre-commit-hooks.yaml``, installed and run by pre-commit itself as on a user's machine.

Skipped where pre-commit is not installed, or cannot build the hook's environment: that takes a
package index.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

COUPLED = """\
import torch

model = torch.nn.Linear(8, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
"""

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(
        not (ROOT / ".git").exists(), reason="pre-commit clones hooks, and this is no repository"
    ),
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a file that can be fixed, and the same in a folder that is excluded."""
    folder = tmp_path / "repository"
    (folder / "build").mkdir(parents=True)
    for name in ("train.py", "build/copy.py"):
        (folder / name).write_text(COUPLED)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["git", "add", "--force", "."], cwd=folder, check=True)
    return folder


def hook(name: str, folder: Path) -> tuple[int, str]:
    """Run a hook over all files; the exit code and what is shown."""
    command = [
        sys.executable,
        "-m",
        "pre_commit",
        "try-repo",
        str(ROOT),
        name,
        "--all-files",
        "--color",
        "never",
    ]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "home")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if "An unexpected error has occurred" in done.stdout:
        pytest.skip("pre-commit could not build the environment of the hook")
    return done.returncode, done.stdout


def test_the_fixing_hook_fails_once_with_changes_and_then_passes(repository: Path) -> None:
    code, shown = hook("wdlint-fix", repository)
    assert code == 1
    assert "wdlint --fix.............................................................Failed" in shown
    assert "- files were modified by this hook" in shown
    assert "Fixed 1 finding in 1 file.\nAll clear: 1 file checked" in shown
    assert "AdamW" in (repository / "train.py").read_text()
    assert (repository / "build/copy.py").read_text() == COUPLED
    code, shown = hook("wdlint-fix", repository)
    assert code == 0
    assert "wdlint --fix.............................................................Passed" in shown


def test_the_checking_hook_fails_and_changes_nothing(repository: Path) -> None:
    code, shown = hook("wdlint", repository)
    assert code == 1
    assert "train.py:4:13: error WD101 coupled-weight-decay" in shown
    assert "build/copy.py" not in shown
    assert (repository / "train.py").read_text() == COUPLED
