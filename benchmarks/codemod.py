"""``wdlint --fix --unsafe-fixes`` over copies of whole trees: what it changes, and what it must not.

    python benchmarks/codemod.py TREE [TREE ...] [--option=--fix-style=loop] [--patches FOLDER]

Each tree is copied (source and settings files only) and fixed twice. Then, for every file that changed:

compiles    The new text compiles, if the old one did. Compiling runs nothing.
comments    Every comment is still there: as a multiset, those of before are contained in those of after.
converges   The second run changes nothing.
untouched   Every other file has the bytes it had.

``--patches`` writes one patch a tree, to be read. The exit code is 1 if any of these fails.
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

_COPIED: Final = frozenset({".py", ".yaml", ".yml", ".toml", ".cfg", ".json"})
_LARGEST: Final = 1_000_000
"""Bytes; a larger file is data."""

Texts: TypeAlias = Mapping[Path, bytes]


@dataclass
class Outcome:
    """What fixing did to one tree: files changed, fixes made, and each promise that was broken."""

    tree: str
    changed: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE")
    parser.add_argument("--option", action="append", default=[], metavar="FLAG", help="a flag for wdlint")
    parser.add_argument("--patches", type=Path, metavar="FOLDER", help="write what changes, a patch a tree")
    parser.add_argument("--wdlint", nargs="+", default=[sys.executable, "-m", "wdlint"], metavar="COMMAND")
    options = parser.parse_args(arguments)
    if options.patches:
        options.patches.mkdir(parents=True, exist_ok=True)
    outcomes = []
    for tree in options.trees:
        outcome = examine(tree, [*options.wdlint, "check", *_FLAGS, *options.option], options.patches)
        outcomes.append(outcome)
        if outcome.changed or outcome.broken:
            print(f"{outcome.tree}: {outcome.changed} changed, {outcome.seconds:.1f} s", flush=True)
        for line in outcome.broken:
            print(f"  {line}", flush=True)
    changed = sum(o.changed for o in outcomes)
    trees = sum(o.changed > 0 for o in outcomes)
    broken = sum(len(o.broken) for o in outcomes)
    print(f"{len(outcomes)} trees, {changed} files changed in {trees} of them, {broken} promises broken")
    return 1 if broken else 0


_FLAGS: Final = (
    "--isolated",
    "--fix",
    "--unsafe-fixes",
    "--quiet",
    "--exit-zero",
    "--output-format",
    "concise",
)


def examine(tree: Path, command: Sequence[str], patches: Path | None) -> Outcome:
    """Fix a copy of a tree twice and hold the result against what is promised."""
    outcome = Outcome(tree.name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / tree.name
        _copy(tree, copy)
        before = _read(copy)
        started = time.monotonic()
        first = _run(command, copy)
        outcome.seconds = time.monotonic() - started
        after = _read(copy)
        _run(command, copy)
        again = _read(copy)
        changed = [path for path in before if after.get(path) != before[path]]
        outcome.changed = len(changed)
        outcome.broken = [f"exit code {first}"] if first not in (0, 2) else []
        outcome.broken += [f"{p}: a second run changes it" for p in after if again.get(p) != after[p]]
        outcome.broken += [f"{p}: is new" for p in again if p not in before]
        for path in changed:
            outcome.broken += [f"{path}: {why}" for why in _faults(before[path], after.get(path))]
        if patches is not None and changed:
            _write_patch(patches / f"{tree.name}.patch", before, after, changed)
    return outcome


def _copy(tree: Path, copy: Path) -> None:
    for path in _files(tree):
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / path, target)
    copy.mkdir(exist_ok=True)


def _files(tree: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in _COPIED and path.is_file() and path.stat().st_size <= _LARGEST:
                yield path.relative_to(tree)


def _read(tree: Path) -> Texts:
    return {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def _run(command: Sequence[str], tree: Path) -> int:
    done = subprocess.run(
        [*command, "."], cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode


def _faults(before: bytes, after: bytes | None) -> Iterator[str]:
    if after is None:
        yield "is lost"
        return
    if _compiles(before) and not _compiles(after):
        yield "does not compile any more"
    lost = _comments(before) - _comments(after)
    yield from (f"lost {comment!r}" for comment in lost)


def _compiles(text: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "file.py", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _comments(text: bytes) -> Counter[str]:
    try:
        tokens = list(tokenize.tokenize(io.BytesIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return Counter()
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def _write_patch(path: Path, before: Texts, after: Texts, changed: Sequence[Path]) -> None:
    import difflib

    with open(path, "wb") as file:
        for each in changed:
            names = (f"a/{each}".encode(), f"b/{each}".encode())
            lines = (before[each].splitlines(True), after.get(each, b"").splitlines(True))
            file.writelines(difflib.diff_bytes(difflib.unified_diff, *lines, *names, n=4))


if __name__ == "__main__":
    sys.exit(main())
