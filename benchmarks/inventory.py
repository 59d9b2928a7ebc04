"""How well the parameters of a model are read from source: wdlint beside PyTorch, on the zoo.

    python benchmarks/inventory.py --python VENV [--families timm,plain] [--list]

``--python`` is a virtual environment, or its interpreter, that has torch and the packages; models whose
packages it lacks are left out. They are built there once, and what they are is kept in ``--cache``.
wdlint is run by this interpreter, one model after another in one process, so that a source file that
many models need is parsed once; with ``--cold`` each model gets a process that has parsed nothing.

Recall and precision are means over the models; ``tests/oracle/inventory.py`` says of what. *Sure* rows
are those not flagged *maybe*.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # tests/oracle is no installed package

from tests.oracle.inventory import Figures, Verdict, Zookeeper, measure, wdlint_reads  # noqa: E402
from tests.oracle.zoo import Entry, entries, families  # noqa: E402
from wdlint.facts import Model  # noqa: E402

_MODES: Final = {"call known": False, "arguments unknown": True}


def summary(figures: Figures) -> str:
    """The figures of one mode, family by family and together."""
    rows = [
        (
            "",
            "models",
            "exact",
            "recall",
            "precision",
            "sure prec.",
            "coverage",
            "ranks",
            "right",
            "median",
            "p99",
        )
    ]
    parts = [*figures.by_family().items(), ("all", figures)] if figures.verdicts else []
    for family, each in parts:
        rows.append(
            (
                family,
                str(len(each.verdicts)),
                f"{each.exact:.1%}",
                f"{each.recall:.4f}",
                f"{each.precision:.4f}",
                f"{each.sure_precision:.4f}",
                f"{each.coverage:.4f}",
                f"{each.known_ranks:.1%}",
                f"{each.right_ranks:.2%}",
                f"{each.median * 1e3:.0f} ms",
                f"{each.percentile(0.99) * 1e3:.0f} ms",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    )


def details(verdict: Verdict, most: int) -> str:
    """What is wrong with one model, at most so many lines of a kind."""
    lines = [f"{verdict.entry.name}  ({verdict.seconds * 1e3:.0f} ms)"]
    sure = verdict.extra & verdict.sure
    for word, found in (
        ("missing", sorted(map(str, verdict.missing))),
        ("extra", sorted(map(str, sure))),
        ("extra, maybe", sorted(map(str, verdict.extra - sure))),
        ("rank", sorted(verdict.wrong_ranks)),
        ("loose", sorted(verdict.loose)),
        ("no such name", sorted(verdict.untrue)),
        ("gap", list(verdict.gaps)),
    ):
        lines += [f"    {word}: {each}" for each in found[:most]]
        if len(found) > most:
            lines.append(f"    {word}: ... {len(found) - most} more")
    return "\n".join(lines)


def slowest(figures: Figures, most: int) -> str:
    ordered = sorted(figures.verdicts, key=lambda each: -each.seconds)[:most]
    return "\n".join(f"    {each.seconds:6.2f} s  {each.entry.name}" for each in ordered)


def record(figures: Figures) -> list[dict[str, object]]:
    """Every verdict, for ``--json``."""
    return [
        {
            "model": each.entry.name,
            "recall": each.recall,
            "precision": each.precision,
            "sure_precision": each.sure_precision,
            "coverage": each.coverage,
            "exact": each.exact,
            "missing": sorted(map(str, each.missing)),
            "extra": sorted(map(str, each.extra - each.sure)),
            "extra_sure": sorted(map(str, each.extra & each.sure)),
            "wrong_ranks": sorted(each.wrong_ranks),
            "loose": sorted(each.loose),
            "gaps": list(each.gaps),
            "seconds": each.seconds,
        }
        for each in figures.verdicts
    ]


def reads_cold(entry: Entry, roots: Sequence[str], *, unknown_arguments: bool) -> Model:
    """Reads in a child process, which starts with what this one has parsed: nothing."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer: object = wdlint_reads(entry, roots, unknown_arguments=unknown_arguments)
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(write)
    try:
        with os.fdopen(read, "rb") as pipe:
            answer = pickle.loads(pipe.read() or pickle.dumps("the process died"))
    finally:
        os.kill(child, signal.SIGKILL)  # over the limit, or as good as ended
        os.waitpid(child, 0)
    if not isinstance(answer, Model):
        raise RuntimeError(answer)
    return answer


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    zookeeper = Zookeeper(options.python, options.cache, options.repositories)
    wanted = [entry for entry in entries(options.families, options.also) if options.only in entry.name]
    present = [entry for entry in wanted if zookeeper.reachable(entry)]
    truths = zookeeper.truths(present)
    failed = {entry: truth for entry, truth in truths.items() if truth.error}
    print(
        f"{len(truths) - len(failed)} models built, {len(failed)} not, {len(wanted) - len(present)} not here"
    )
    for entry, truth in failed.items():
        print(f"    {entry.name}: {truth.error}")
    if options.build_only or not truths:
        return 0
    import_module("wdlint.interpret")  # not part of the first model's time
    recorded = {}
    for mode in options.modes:
        reader = reads_cold if options.cold else wdlint_reads
        figures = measure(
            truths, reader, zookeeper.roots, unknown_arguments=_MODES[mode], limit=options.limit
        )
        recorded[mode] = record(figures)
        print(f"\n{mode}\n{summary(figures)}")
        print(f"the slowest:\n{slowest(figures, 5)}")
        if options.list:
            print(*(details(each, options.list) for each in figures.imperfect), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    add = parser.add_argument
    add("--python", type=_python, default=sys.executable, help="an interpreter or a virtual environment")
    add("--families", type=_families, default=families(), metavar="A,B",
        help=f"of {', '.join(families())}; or none")  # fmt: skip
    add("--also", type=Path, action="append", default=[], metavar="FILE", help="more models, listed alike")
    add("--only", default="", metavar="TEXT", help="only models whose name holds this text")
    add("--modes", type=_modes, default=tuple(_MODES), metavar="A,B", help=f"of {', '.join(_MODES)}")
    add("--list", type=int, nargs="?", const=8, default=0, metavar="LINES",
        help="show the models that are not exact, with so many rows of a kind")  # fmt: skip
    add("--cold", action="store_true", help="read each model in a process that has parsed nothing")
    add("--limit", type=float, default=60.0, metavar="SECONDS", help="give a model up after this time")
    add("--cache", type=Path, default=Path(tempfile.gettempdir(), "zoo-truth"), metavar="FOLDER",
        help="where built models are kept (%(default)s)")  # fmt: skip
    add("--repositories", type=Path, metavar="FOLDER", help="holds public repositories as owner+name")
    add("--build-only", action="store_true", help="build the models, read none")
    add("--json", type=Path, metavar="OUT", help="write every verdict")
    return parser


def _python(value: str) -> str:
    for path in (Path(value, "bin", "python"), Path(value)):
        if path.is_file():
            return str(path)
    raise argparse.ArgumentTypeError(f"no interpreter: {value}")


def _families(value: str) -> tuple[str, ...]:
    return () if value == "none" else _chosen(value, families(), "family")


def _modes(value: str) -> tuple[str, ...]:
    return _chosen(value, tuple(_MODES), "mode")


def _chosen(value: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"unknown {what} {name!r}; choose from {', '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
