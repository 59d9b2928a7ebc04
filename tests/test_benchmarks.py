"""The benchmarks measure what they say they measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import wdlint

_BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
_MIB = 1024 * 1024

pytestmark = pytest.mark.skipif(
    not hasattr(os, "waitid") or sys.platform == "win32", reason="the benchmarks need waitid"
)
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is sampled from /proc"
)


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """The scripts, and what they start, find one another and the wdlint that is being tested."""
    root = str(Path(wdlint.__file__).parents[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_BENCHMARKS))
        patch.setenv("PYTHONPATH", root, prepend=os.pathsep)
        yield


@pytest.fixture
def compare() -> ModuleType:
    import compare

    return compare


@pytest.fixture
def startup() -> ModuleType:
    import startup

    return startup


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "plain.py").write_text("print('no optimizer')\n", "utf-8")
    return folder


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def tool(folder: Path, name: str, code: str) -> None:
    """A command called ``name`` that runs ``code``."""
    folder.mkdir(exist_ok=True)
    command = folder / name
    command.write_text(f"#!{sys.executable}\n{code}\n", "utf-8")
    command.chmod(0o755)


def test_wall_time_counts_sleep_and_cpu_time_does_not(compare: ModuleType) -> None:
    slept = compare.measure(python("import time; time.sleep(0.5)"))
    assert slept.wall > 0.5 > slept.cpu


def test_cpu_time_counts_the_children(compare: ModuleType) -> None:
    busy = "import time\\nwhile time.process_time() < 0.4: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{busy}'])"
    assert compare.measure(python(code)).cpu > 0.4


@needs_proc
def test_memory_is_the_sum_over_the_processes_and_largest_is_one_of_them() -> None:
    hold = "held = bytearray(b'x') * (40 << 20); import time; time.sleep(0.5)"
    code = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; child.wait()"
    # A process starts as a copy of the one that measures, and its peak remembers it: pytest may be huge by now.
    measuring = f"import compare; m = compare.measure({python(code)!r}); print(m.memory, m.largest)"
    done = subprocess.run(python(measuring), cwd=_BENCHMARKS, capture_output=True, text=True, check=True)
    memory, largest = map(int, done.stdout.split())
    assert memory > 80 * _MIB > largest > 40 * _MIB


def test_the_exit_code_is_kept(compare: ModuleType) -> None:
    assert compare.measure(python("raise SystemExit(3)")).exit_code == 3


def test_the_limit_ends_a_process_with_its_children(compare: ModuleType, tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time; time.sleep(1.5); open({str(late)!r}, 'w')"
    code = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    )
    measured = compare.measure(python(code), limit=0.5)
    assert measured.exit_code is None
    assert 0.5 <= measured.wall < 30
    compare.measure(python("import time; time.sleep(1.5)"))
    assert not late.exists()


def test_runs_are_interleaved_and_a_tool_over_the_limit_runs_once(
    compare: ModuleType, tmp_path: Path, tree: Path
) -> None:
    log = tmp_path / "log"
    commands = {
        name: python(f"import time; open({str(log)!r}, 'a').write('{name}'); time.sleep({sleep})")
        for name, sleep in (("a", 0), ("b", 60), ("c", 0))
    }
    contestants = [compare.Contestant(name, command) for name, command in commands.items()]
    compare.compete(contestants, [tree], runs=3, limit=1.0)
    assert log.read_text("utf-8") == "abcacac"
    assert [each.over_limit for each in contestants] == [False, True, False]


def test_a_limit_makes_the_ratio_a_lower_bound(compare: ModuleType) -> None:
    def contestant(name: str, wall: float, exit_code: int | None) -> object:
        return compare.Contestant(name, runs=[compare.Measurement(wall, wall, 0, 0, exit_code)])

    ratios = compare.ratios(
        [contestant("wdlint", 2.0, 0), contestant("ruff", 1.0, 1), contestant("torchfix", 60.0, None)]
    )
    assert [str(ratio) for ratio in ratios] == [
        "wdlint takes 2.00 times as long as ruff",
        "torchfix takes more than 60.00 times as long as ruff",
        "torchfix takes more than 30.00 times as long as wdlint",
    ]


def test_tools_that_are_missing_or_broken_are_reported(
    compare: ModuleType, tmp_path: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool(tmp_path / "bin", "fixit", "raise SystemExit(2)")
    out = tmp_path / "out.json"
    arguments = ["--tools", "wdlint,torchfix,fixit", "--runs", "2", "--json", str(out)]
    assert compare.main([str(tree), *arguments, "--path", str(tmp_path / "bin")]) == 0
    shown = capsys.readouterr().out
    assert "torchfix: not installed" in shown
    assert "fixit: exits with 2 on an empty file" in shown
    tools = {each["name"]: each for each in json.loads(out.read_text("utf-8"))["tools"]}
    assert tools["wdlint"]["version"] == wdlint.__version__
    assert [run["exit_code"] for run in tools["wdlint"]["runs"]] == [0, 0]
    assert tools["torchfix"]["runs"] == tools["fixit"]["runs"] == []


def test_neither_the_version_nor_a_file_without_optimizers_imports_libcst(
    startup: ModuleType, tmp_path: Path
) -> None:
    commands = startup.commands(tmp_path)
    for name in ("wdlint --version", "wdlint one_file.py"):
        modules = startup.imported(commands[name])
        assert "wdlint.cli" in modules  # the log was read
        assert "libcst" not in modules
    assert "wdlint.engine" in startup.imported(commands["wdlint one_file.py"])


def test_a_command_that_fails_is_not_timed(startup: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="broken exits with 1"):
        startup.times({"broken": python("raise SystemExit(1)")}, runs=1)
