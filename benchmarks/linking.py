"""How many optimizers are followed to their models, over whole repositories.

    python benchmarks/linking.py FOLDER [--root SITE_PACKAGES ...] [--list REASON] [--jobs 2]

FOLDER holds one checked-out repository a subfolder. Every construction of an optimizer that takes
parameters is followed, whatever it decays. Printed: the share with a complete inventory, with a
partial one, with none; and for those the reasons, by how often they are given.
"""

from __future__ import annotations

import argparse
import collections
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wdlint.engine.gate import passes_gate
from wdlint.facts import OptimizerSite
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError, parse


class Outcome(NamedTuple):
    """What became of one construction."""

    where: str
    state: str
    why: str


def outcome(site: OptimizerSite) -> Outcome:
    where = f"{site.place.path}:{site.place.line}"
    real = [g for g in site.groupings if g.basis != "probes"]
    if not real:
        probed = "its model is not known" if site.groupings else ""
        return Outcome(where, "none", site.groupings_unknown or probed)
    if all(g.model.complete for g in real):
        return Outcome(where, "complete", "")
    gap = next(gap for g in real for gap in g.model.gaps)
    return Outcome(where, "partial", gap.why)


def examined(path: Path, roots: Sequence[str]) -> tuple[list[Outcome], float]:
    """The outcomes of one file and the seconds it took."""
    data = path.read_bytes()
    if not passes_gate(data, catalogue()):
        return [], 0.0
    began = time.perf_counter()
    try:
        source = Source.decode(data, str(path))
        facts = examine(source, parse(source), catalogue(), Project(str(path)), every_site=True)
    except (SourceError, RecursionError):
        return [], 0.0
    sites = [
        s for s in facts.sites if s.optimizer.framework == "torch" and "partial" not in s.groupings_unknown
    ]
    return [outcome(s) for s in sites], time.perf_counter() - began


def python_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if path.is_file() and path.stat().st_size < 1_000_000:
            yield path


_QUOTED = re.compile(r"`[^`]*`|'[^']*'|[\w.]+\.[\w.]+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("--list", default="", help="print the sites whose reason holds this text")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    found: list[Outcome] = []
    seconds: list[tuple[float, str]] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        work = partial(examined, roots=options.root)
        files = list(python_files(options.folder))
        for path, (outcomes, spent) in zip(files, pool.map(work, files, chunksize=16), strict=True):
            found.extend(outcomes)
            if outcomes:
                seconds.append((spent, str(path)))
    states = collections.Counter(o.state for o in found)
    total = max(1, len(found))
    for state in ("complete", "partial", "none"):
        print(f"{state:9} {states[state]:5} {states[state] / total:6.1%}")
    for state in ("partial", "none"):
        print(f"\nwhy {state}:")
        reasons = collections.Counter(_QUOTED.sub("...", o.why) for o in found if o.state == state)
        for why, count in reasons.most_common(25):
            print(f"{count:5}  {why}")
    if options.list:
        for each in found:
            if options.list in each.why or options.list == each.state:
                print(f"{each.where}: {each.state}: {each.why}")
    seconds.sort()
    print(f"\n{len(seconds)} files, median {seconds[len(seconds) // 2][0]:.3f} s; the slowest:")
    for spent, path in seconds[-5:]:
        print(f"{spent:8.2f} s  {path}")


if __name__ == "__main__":
    main()
