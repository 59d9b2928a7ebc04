"""wdlint beside ruff, TorchFix and Fixit on the same trees, in one run.

    python benchmarks/compare.py TREE [TREE ...] [--runs 5] [--tools ruff,wdlint] [--limit 600] [--json OUT]

Every run is a whole process, from its start to its end, that is given all the trees at once. The
runs are interleaved (A B C A B C ...), so that what else the machine does hits every tool alike.
Files and bytecode are warm: the trees are read once, and every tool has checked an empty file, which
also shows that it works, before the first run that counts; PYTHONDONTWRITEBYTECODE is taken out of
the environment, since an installed tool has its bytecode. ruff runs without its cache; the other
tools keep no results. The output of the tools is thrown away.

wall    Seconds from just before the process is started until it has ended.
CPU     Seconds of user and system time of the process and of all the descendants it waited for,
        from ``wait4``.
memory  The most memory the process and its descendants held *together*, in MiB: the sum of their
        proportional set sizes (a page that n processes share counts 1/n in each), sampled from
        ``/proc/PID/smaps_rollup``. The time between samples starts at 10 ms and grows to 2 % of the
        time that has passed, a peak between two samples is missed, so the number is a lower bound.
        Where there is no ``smaps_rollup`` this is 0.
largest The peak resident set of the largest single process, in MiB, exact, from ``wait4``.

This script imports nothing but the standard library and runs on Linux and other Unix systems with
``waitid``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

_FIRST_SAMPLE: Final = 0.010
_SAMPLE_SHARE: Final = 0.02
"""Of the time that has passed; sampling more often would slow down what is measured."""

_PROBE_LIMIT: Final = 60.0
_MIB: Final = 1024 * 1024


# ------------------------------------------------------------------------ one process


@dataclass(frozen=True)
class Measurement:
    """One process from start to end. Seconds and bytes; ``exit_code`` is None when the limit ended it."""

    wall: float
    cpu: float
    memory: int
    largest: int
    exit_code: int | None


def measure(command: Sequence[str], cwd: Path | None = None, limit: float | None = None) -> Measurement:
    """Run a command to its end, or until ``limit`` seconds have passed: then its whole session is killed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    )
    watch = _Watch(process.pid, start, limit)
    watch.start()
    try:
        # Without reaping: until the watch has stopped, the process id must not go to another process.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - start
    finally:
        watch.stop()
        _end_session(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measurement(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=watch.peak,
        largest=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        exit_code=None if watch.killed else process.returncode,
    )


class _Watch(threading.Thread):
    """Samples the memory of a process and its descendants, and kills them at the limit."""

    def __init__(self, pid: int, start: float, limit: float | None) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.killed = False
        self._pid = pid
        self._begin = start
        self._limit = limit
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(self._pause()):
            if self._limit is not None and self._passed() >= self._limit:
                self.killed = True
                _end_session(self._pid)
                return
            self.peak = max(self.peak, sum(map(_proportional_set, _with_descendants(self._pid))))

    def stop(self) -> None:
        self._done.set()
        self.join()

    def _passed(self) -> float:
        return time.perf_counter() - self._begin

    def _pause(self) -> float:
        pause = max(_FIRST_SAMPLE, self._passed() * _SAMPLE_SHARE)
        if self._limit is None:
            return pause
        return max(0.0, min(pause, self._limit - self._passed()))


def _end_session(pid: int) -> None:
    # Nothing may be left but a process that has ended; macOS calls that a lack of permission.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _with_descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is walked
        for task in _listing(f"/proc/{parent}/task"):
            found.extend(map(int, _text(f"/proc/{parent}/task/{task}/children").split()))
    return found


def _listing(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []  # ended meanwhile


def _proportional_set(pid: int) -> int:
    """Bytes; 0 for a process that has ended."""
    for line in _text(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""  # ended meanwhile


# --------------------------------------------------------------------------- the tools


@dataclass(frozen=True)
class Tool:
    """How a tool is started; the paths to check come after ``arguments``."""

    name: str
    arguments: tuple[str, ...]
    version: tuple[str, ...] = ("--version",)
    module: str | None = None
    """What ``python -m`` runs where the command is not installed."""


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool("wdlint", ("check", "--isolated"), module="wdlint"),
        Tool("ruff", ("check", "--no-cache", "--isolated", "--select", "F,E9")),
        Tool("torchfix", ()),
        Tool("fixit", ("lint",)),
    )
}
_REFERENCE: Final = "ruff"
_OURS: Final = "wdlint"


@dataclass
class Contestant:
    """A tool in this comparison: its command, or why there is none, and what was measured."""

    name: str
    command: tuple[str, ...] = ()
    version: str = ""
    problem: str | None = None
    runs: list[Measurement] = field(default_factory=list)

    @property
    def over_limit(self) -> bool:
        return any(run.exit_code is None for run in self.runs)

    def median(self, of: Callable[[Measurement], float]) -> float:
        return statistics.median(map(of, self.runs))


def find(tool: Tool, folders: str, probe: Path) -> Contestant:
    """The tool's command in ``folders`` (a search path), tried on ``probe``, a file nobody objects to."""
    launcher = _launcher(tool, folders)
    if launcher is None:
        return Contestant(tool.name, problem="not installed")
    command = (*launcher, *tool.arguments)
    tried = measure((*command, str(probe)), limit=_PROBE_LIMIT)
    if tried.exit_code is None:
        return Contestant(tool.name, command, problem=f"takes over {_PROBE_LIMIT:.0f} s on an empty file")
    if tried.exit_code != 0:
        return Contestant(tool.name, command, problem=f"exits with {tried.exit_code} on an empty file")
    return Contestant(tool.name, command, version=_output((*launcher, *tool.version)))


def _launcher(tool: Tool, folders: str) -> tuple[str, ...] | None:
    """The command, or ``python -m`` with the first interpreter that can import the module."""
    if command := shutil.which(tool.name, path=folders):
        return (command,)
    for python in (shutil.which("python", path=folders), sys.executable):
        if tool.module and python and not _fails((python, "-c", f"import {tool.module}")):
            return (python, "-m", tool.module)
    return None


def _fails(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def _output(command: Sequence[str]) -> str:
    """The last word of what a command prints: the version, whatever the tool says before it."""
    words = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return words[-1] if words else ""


# ---------------------------------------------------------------------- the comparison


def compete(contestants: Sequence[Contestant], trees: Sequence[Path], runs: int, limit: float | None) -> None:
    """Add ``runs`` measurements to each contestant that works, in turn; one over the limit runs once."""
    paths = tuple(str(tree.resolve()) for tree in trees)
    with tempfile.TemporaryDirectory() as elsewhere:  # no tool finds a configuration above the trees
        for _ in range(runs):
            for contestant in contestants:
                if contestant.problem is None and not contestant.over_limit:
                    measured = measure((*contestant.command, *paths), Path(elsewhere), limit)
                    contestant.runs.append(measured)


@dataclass(frozen=True)
class Corpus:
    """The trees, and how much Python they hold; not every tool checks every file of it."""

    trees: tuple[str, ...]
    files: int
    bytes: int
    lines: int


def read(trees: Sequence[Path]) -> Corpus:
    """Read every Python file: to count, and so that no tool has to wait for the disk."""
    files = size = lines = 0
    for tree in trees:
        for path in [tree] if tree.is_file() else sorted(tree.rglob("*.py")):
            if path.is_file():
                data = path.read_bytes()
                files, size, lines = files + 1, size + len(data), lines + data.count(b"\n")
    return Corpus(tuple(tree.name for tree in trees), files, size, lines)


# -------------------------------------------------------------------------- what is shown

_HEADER: Final = (
    "tool", "version", "wall s", "min-max", "CPU s", "memory MiB", "largest MiB", "runs", "exit"
)  # fmt: skip


def table(contestants: Iterable[Contestant]) -> str:
    """Medians, one tool a line; a tool that did not run says why."""
    rows = [_HEADER, *(_row(each) for each in contestants if each.runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]
    lines += [f"{each.name}: {each.problem}" for each in contestants if each.problem]
    return "\n".join(lines)


def _row(contestant: Contestant) -> tuple[str, ...]:
    walls = [run.wall for run in contestant.runs]
    more = ">" if contestant.over_limit else ""
    codes = {"killed" if run.exit_code is None else str(run.exit_code) for run in contestant.runs}
    return (
        contestant.name,
        contestant.version,
        f"{more}{contestant.median(lambda run: run.wall):.2f}",
        f"{min(walls):.2f}-{max(walls):.2f}",
        f"{more}{contestant.median(lambda run: run.cpu):.2f}",
        f"{contestant.median(lambda run: run.memory) / _MIB:.0f}",
        f"{contestant.median(lambda run: run.largest) / _MIB:.0f}",
        str(len(contestant.runs)),
        " ".join(sorted(codes)),
    )


@dataclass(frozen=True)
class Ratio:
    """How many times the wall time of ``under`` that of ``over`` is; ``at_least``: a limit ended ``over``."""

    over: str
    under: str
    times: float
    at_least: bool

    def __str__(self) -> str:
        bound = "more than " if self.at_least else ""
        return f"{self.over} takes {bound}{self.times:.2f} times as long as {self.under}"


def ratios(contestants: Sequence[Contestant]) -> list[Ratio]:
    """Every tool to ruff, and every tool but ruff to wdlint, by the medians of the wall time."""
    ran = {each.name: each for each in contestants if each.runs}
    pairs = [(name, _REFERENCE) for name in ran if name != _REFERENCE]
    pairs += [(name, _OURS) for name in ran if name not in (_OURS, _REFERENCE)]
    return [
        Ratio(over, under, _wall(ran[over]) / _wall(ran[under]), ran[over].over_limit)
        for over, under in pairs
        if under in ran and not ran[under].over_limit
    ]


def _wall(contestant: Contestant) -> float:
    return contestant.median(lambda run: run.wall)


def record(contestants: Iterable[Contestant], corpus: Corpus) -> dict[str, object]:
    """Everything that was measured, for ``--json``: seconds and bytes."""
    return {
        "machine": {
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "corpus": asdict(corpus),
        "tools": [asdict(each) for each in contestants],
    }


# --------------------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    corpus = read(options.trees)
    print(*corpus.trees, f"{corpus.files:,} files, {corpus.lines:,} lines, {corpus.bytes:,} bytes", sep=", ")
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder, "empty.py")
        probe.touch()
        contestants = [find(TOOLS[name], options.path, probe) for name in options.tools]
    compete(contestants, options.trees, options.runs, options.limit)
    print(table(contestants))
    print(*ratios(contestants), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps(record(contestants, corpus), indent=2) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    beside = os.path.dirname(sys.executable)
    add = parser.add_argument
    add("trees", nargs="+", type=_tree, metavar="TREE", help="a folder or a file")
    add("--runs", type=_count, default=5, help="runs of each tool (%(default)s)")
    add("--tools", type=_tools, default=tuple(TOOLS), metavar="A,B", help=f"of {', '.join(TOOLS)}")
    add("--limit", type=float, metavar="SECONDS", help="kill a run after this time, and do not repeat it")
    add("--path", default=os.pathsep.join((beside, os.environ.get("PATH", ""))), metavar="FOLDERS",
        help="where the commands are: beside this Python, then PATH")  # fmt: skip
    add("--json", type=Path, metavar="OUT", help="write everything that was measured")
    return parser


def _tree(value: str) -> Path:
    if not os.path.exists(value):
        raise argparse.ArgumentTypeError(f"no such file or directory: {value}")
    return Path(value)


def _count(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"not a positive number: {value}")
    return int(value)


def _tools(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    for name in names:
        if name not in TOOLS:
            raise argparse.ArgumentTypeError(f"unknown tool {name!r}; choose from {', '.join(TOOLS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
