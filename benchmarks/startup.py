"""What the start costs: ``wdlint --version``, and a run on one file that builds no optimizer.

    python benchmarks/startup.py [--runs 15]

Each is a whole process with warm files and bytecode; ``python -c pass`` beside them is what the
interpreter costs by itself. The runs are interleaved as in ``compare.py``, which also says what is
measured. wdlint is run by this interpreter, ``python -m wdlint``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from compare import measure

Command: TypeAlias = tuple[str, ...]

_BARE: Final = "python -c pass"
_HEAVY: Final = ("libcst", "yaml", "pathspec", "concurrent.futures", "tomllib", "json")
"""Named when they were imported; the first must never be at the start, and the others need a reason."""

_PLAIN: Final = '''"""No optimizer is built here."""

import math


def area(radius: float) -> float:
    return math.pi * radius**2
'''


def commands(folder: Path) -> dict[str, Command]:
    """What is measured, by the name it is shown under; writes the file to check into ``folder``."""
    plain = folder / "plain.py"
    plain.write_text(_PLAIN, "utf-8")
    wdlint = (sys.executable, "-m", "wdlint")
    return {
        _BARE: (sys.executable, "-c", "pass"),
        "wdlint --version": (*wdlint, "--version"),
        "wdlint one_file.py": (*wdlint, "check", "--isolated", str(plain)),
    }


def times(measured: Mapping[str, Command], runs: int) -> dict[str, list[float]]:
    """Seconds of wall time, run by run.

    Raises:
        RuntimeError: a command did not exit with 0; its time would mean nothing.
    """
    walls: dict[str, list[float]] = {name: [] for name in measured}
    for run in range(runs + 1):
        for name, command in measured.items():
            result = measure(command)
            if result.exit_code != 0:
                raise RuntimeError(f"{name} exits with {result.exit_code}")
            if run:  # the first makes files and bytecode warm
                walls[name].append(result.wall)
    return walls


def imported(command: Command) -> tuple[str, ...]:
    """Every module a command (of this interpreter) imports, in the order the imports end."""
    python, *rest = command
    result = subprocess.run(
        [python, "-X", "importtime", *rest], capture_output=True, encoding="utf-8", check=False
    )
    lines = (line for line in result.stderr.splitlines() if line.startswith("import time:"))
    return tuple(line.rpartition("|")[2].strip() for line in lines)[1:]  # the first is the heading


def main(arguments: Sequence[str] | None = None) -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (%(default)s)")
    runs: int = parser.parse_args(arguments).runs
    with tempfile.TemporaryDirectory() as folder:
        measured = commands(Path(folder))
        for name, walls in times(measured, runs).items():
            modules = imported(measured[name])
            heavy = [module for module in _HEAVY if module in modules]
            print(
                f"{name:20} {statistics.median(walls) * 1e3:6.1f} ms "
                f"({min(walls) * 1e3:.1f}-{max(walls) * 1e3:.1f})  {len(modules)} modules"
                + (f", among them {', '.join(heavy)}" if heavy else "")
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
