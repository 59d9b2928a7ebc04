"""A run of ``wdlint --fix`` that is killed leaves every file as it was or as it becomes, and no other."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wdlint import check_paths, default_settings, fix_paths
from wdlint.fixes import write
from wdlint.fixing import Interrupted

ROOT = Path(__file__).parent.parent
FIXABLE = "import torch\n\nmodel = torch.nn.Linear(4, 4)\noptimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.0{}1)\n"
PADDING = "# " + "x" * 97 + "\n"
CLEAN = "import torch\n\noptimizer = torch.optim.SGD(model.parameters(), lr=1e-3)\n"

RUNS = 200
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CTRL_C = (130, -signal.SIGINT)
"""A shell says 130 for both; Python itself makes it the second where Ctrl-C comes in the middle of an exec()."""
PATIENCE = 60.0
"""Seconds after which a run is taken to hang."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def make_tree(folder: Path, files: int, lines: int = 0) -> Path:
    for i in range(files):
        home = folder / f"package{i % 3}"
        home.mkdir(parents=True, exist_ok=True)
        (home / f"train{i}.py").write_text(FIXABLE.format(i % 9 + 1) + PADDING * lines)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.py"))}


def left_over(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".py"]


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "wdlint", "--isolated", "--fix", *arguments, "."],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def is_writing(folder: Path, before: dict[str, bytes]) -> bool:
    """Whether the first file, by name, is written or has its new content beside it."""
    first, data = next(iter(before.items()))
    path = folder / first
    return path.stat().st_size != len(data) or any(n.endswith(".tmp") for n in os.listdir(path.parent))


def wait_for_writing(process: subprocess.Popen[bytes], folder: Path, before: dict[str, bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and not is_writing(folder, before):
        assert time.monotonic() < end, "nothing is written"
        time.sleep(0.002)


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], float]:
    """A folder of fixable files, what a run that nobody kills makes of it, and the seconds it takes."""
    original = make_tree(tmp_path_factory.mktemp("original"), files=3, lines=100)
    fixed = tmp_path_factory.mktemp("fixed")
    shutil.copytree(original, fixed, dirs_exist_ok=True)
    began = time.monotonic()
    process = start(fixed)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    seconds = time.monotonic() - began
    after, before = contents(fixed), contents(original)
    assert all(after[name] != before[name] for name in before)
    return original, after, seconds


def killed_run(seed: int, folder: Path, original: Path, after: dict[str, bytes], seconds: float) -> int:
    """Kill one run at a moment of its own; how many temporary files it left."""
    chance = random.Random(seed)
    shutil.copytree(original, folder)
    before = contents(folder)
    process = start(folder)
    if seed % 2:  # while files are written, which is the shortest part of a run
        wait_for_writing(process, folder, before)
        time.sleep(chance.uniform(0, 0.015))
    else:
        time.sleep(chance.uniform(0, seconds))
    process.send_signal(chance.choice(SIGNALS))
    process.communicate(timeout=PATIENCE)
    found = contents(folder)
    assert found.keys() == before.keys()
    for name, data in found.items():
        assert data in (before[name], after[name]), f"{name} is neither old nor new (seed {seed})"
    return len(left_over(folder))


def test_every_file_is_old_or_new_whenever_a_run_is_killed(
    tmp_path: Path, before_and_after: tuple[Path, dict[str, bytes], float]
) -> None:
    original, after, seconds = before_and_after

    def attempt(seed: int) -> int:
        folder = tmp_path / str(seed)
        left = killed_run(seed, folder, original, after, seconds)
        if left:
            fix_paths([str(folder)], default_settings())
            assert (contents(folder), left_over(folder)) == (after, [])
        shutil.rmtree(folder)
        return left

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(attempt, range(RUNS)))
    assert len(left) == RUNS
    assert any(left), "no run was killed in the middle of a write"


def test_a_run_with_workers_leaves_no_process_behind(tmp_path: Path) -> None:
    make_tree(tmp_path, files=80)
    before = contents(tmp_path)
    process = start(tmp_path, "--jobs", "2")
    time.sleep(0.4)
    process.kill()
    process.communicate(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < end, "its workers are still there"
        time.sleep(0.05)
    assert contents(tmp_path).keys() == before.keys()


# ------------------------------------------------------------------------------ Ctrl-C


@pytest.mark.parametrize("arguments", [("--jobs", "1"), ("--jobs", "2")])
def test_ctrl_c_before_anything_is_written_says_so(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    make_tree(tmp_path, files=300)
    before = contents(tmp_path)
    process = start(tmp_path, "--verbose", *arguments)
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"settings: ")  # the run begins
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does
    _, said = process.communicate(timeout=PATIENCE)
    assert said == b"interrupted; no file written\n"
    assert process.returncode in CTRL_C
    assert contents(tmp_path) == before


def test_ctrl_c_while_files_are_written_says_how_many_are(tmp_path: Path) -> None:
    make_tree(tmp_path, files=60)
    before = contents(tmp_path)
    process = start(tmp_path)
    wait_for_writing(process, tmp_path, before)
    time.sleep(0.004)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    written = sum(data != before[name] for name, data in contents(tmp_path).items())
    told = f"{written} of 60 files" if written else "no file"
    assert said.decode() == f"interrupted; {told} written\n"
    assert process.returncode in CTRL_C
    assert not left_over(tmp_path)


def test_an_interrupted_run_counts_what_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, files=5)
    in_place = write.replace_file
    written: list[Path] = []

    def interrupted(path: Path, data: bytes) -> None:
        in_place(path, data)
        written.append(path)
        if len(written) == 3:  # after the file, before anyone could count it
            raise KeyboardInterrupt

    monkeypatch.setattr(write, "replace_file", interrupted)
    with pytest.raises(Interrupted) as caught:
        fix_paths([str(tmp_path)], default_settings())
    assert (caught.value.written, caught.value.wanted) == (3, 5)


# --------------------------------------------------------------------------- left-overs


def test_the_temporary_file_of_a_run_that_lives_is_not_swept(tmp_path: Path) -> None:
    descriptor, temporary = write._locked_beside(tmp_path / "train.py")
    write.sweep([str(tmp_path)])
    assert temporary.exists()
    os.close(descriptor)  # as the end of its process does
    write.sweep([str(tmp_path)])
    assert not temporary.exists()


def test_the_next_run_sweeps_folders_where_it_fixes_nothing(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(CLEAN)
    (tmp_path / ".wdlint-0abc.tmp").touch()
    (tmp_path / ".wdlint.tmp").touch()  # somebody else's
    (tmp_path / "notes.tmp").touch()
    fix_paths([str(tmp_path)], default_settings())
    assert sorted(p.name for p in left_over(tmp_path)) == [".wdlint.tmp", "notes.tmp"]


@pytest.mark.parametrize("run", [check_paths, lambda p, s: fix_paths(p, s, diff=True)], ids=["check", "diff"])
def test_a_run_that_fixes_nothing_removes_nothing(tmp_path: Path, run: object) -> None:
    (tmp_path / "train.py").write_text(FIXABLE.format(1))
    (tmp_path / ".wdlint-0abc.tmp").touch()
    run([str(tmp_path)], default_settings())  # type: ignore[operator]
    assert [p.name for p in left_over(tmp_path)] == [".wdlint-0abc.tmp"]


def test_a_link_named_like_a_temporary_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(CLEAN)
    (tmp_path / ".wdlint-0abc.tmp").symlink_to(tmp_path / "train.py")
    write.sweep([str(tmp_path)])
    assert (tmp_path / ".wdlint-0abc.tmp").is_symlink()


def test_a_file_with_the_longest_name_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 252 + ".py")
    path.write_bytes(b"old")
    write.replace_file(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_file_that_changes_while_it_is_checked_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("train.py")
    path.write_text(FIXABLE.format(1))
    monkeypatch.setattr(write, "sweep", lambda folders: path.write_text(CLEAN))
    run = fix_paths(["train.py"], default_settings())
    assert [e.message for e in run.all_errors] == [
        "could not be written: it has changed since it was checked"
    ]
    assert path.read_text() == CLEAN


# ---------------------------------------------------------------------- many processes


def test_fixing_with_many_processes_writes_the_same_bytes(tmp_path: Path) -> None:
    one, many = make_tree(tmp_path / "one", files=66), make_tree(tmp_path / "many", files=66)
    for folder in (one, many):  # what one file passes on is an iterator until the other is fixed
        (folder / "groups.py").write_text(
            "def groups(model):\n    named = model.named_parameters()\n"
            "    decay = [p for n, p in named if 'bias' not in n]\n"
            "    rest = [p for n, p in named if 'bias' in n]\n"
            "    return [{'params': decay, 'weight_decay': 0.1}, {'params': rest, 'weight_decay': 0.0}]\n"
        )
        (folder / "aaa.py").write_text(
            "import torch\nfrom groups import groups\n\noptimizer = torch.optim.Adam(groups(model), lr=1e-3)\n"
        )
    serial = fix_paths([str(one)], default_settings(), jobs=1)
    parallel = fix_paths([str(many)], default_settings(), jobs=3)
    assert contents(one) == contents(many)
    assert len(serial.fixed) == len(parallel.fixed) >= 66
