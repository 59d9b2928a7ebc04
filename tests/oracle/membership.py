"""Which group each parameter is in, and with what decay: wdlint's answer beside torch's.

``python -m tests.oracle.membership [PROGRAM...]`` prints both for the programs in ``groupings``, or for
any other scripts.

What is compared is one optimizer of a program at a time. A parameter is *right* where wdlint names
its groups and their decay, *unsure* where it says maybe or does not know the coefficient, *missing*
where it says nothing, and *wrong* where it is certain of something else.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wdlint.facts import Grouping, Membership, OptimizerSite, has_unknown, number
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.sources.project import Project
from wdlint.sources.text import Source, parse

if TYPE_CHECKING:
    from tests.oracle.torch_groups import Built, Truth

GROUPINGS = Path(__file__).parent / "groupings"
PROGRAMS = sorted(GROUPINGS.glob("[0-9]*_*"), key=lambda path: int(path.name.partition("_")[0]))


# ------------------------------------------------------------------------------ the two sides


def truths(programs: Sequence[Path]) -> dict[str, Truth]:
    """What torch makes of the programs, by path: all of them in one process of their own."""
    command = [sys.executable, "-m", "tests.oracle.torch_groups", *map(str, programs)]
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, Truth] = json.loads(run.stdout)
    return found


@cache
def static_groupings(program: Path) -> dict[str, tuple[OptimizerSite, ...]]:
    """The sites wdlint finds in each file of a program, by the file's path within it.

    A program is copied first, so that it is a project of its own and its neighbours are not read.
    """
    found: dict[str, tuple[OptimizerSite, ...]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "project")
        if program.is_dir():
            shutil.copytree(program, home, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            home.mkdir()
            shutil.copy(program, home)
        (home / "pyproject.toml").touch()
        for file in sorted(home.rglob("*.py")):
            source = Source.decode(file.read_bytes(), str(file))
            facts = examine(source, parse(source), catalogue(), Project(str(file)), every_site=True)
            found[file.relative_to(home).as_posix()] = facts.sites
    return found


# ------------------------------------------------------------------------------ the comparison


@dataclass(slots=True)
class Verdict:
    """How one optimizer fares: its parameters by name, with a reason where there is one."""

    line: str
    right: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.right) + len(self.unsure) + len(self.missing) + len(self.wrong)


def compare(program: Path, truth: Truth) -> list[Verdict]:
    """One verdict for each optimizer that the program built."""
    sites = static_groupings(program)
    return [_verdict(built, sites.get(built["file"], ())) for built in truth["built"]]


def _verdict(built: Built, sites: Iterable[OptimizerSite]) -> Verdict:
    covering = [s for s in sites if s.place.line <= built["line"] <= s.place.end_line]
    line = f"{built['file']}:{built['line']} {built['optimizer']}"
    if not covering:
        return _silent(built, line, "no optimizer was seen here")
    site = min(covering, key=lambda s: s.place.span.end - s.place.span.start)
    if not site.groupings or any(g.basis == "probes" for g in site.groupings):
        return _silent(built, line, site.groupings_unknown or "no grouping")
    return judge(built, site.groupings, line)


def judge(built: Built, groupings: Sequence[Grouping], line: str = "") -> Verdict:
    """What one optimizer was given beside the grouping that speaks of the same model."""
    frame, grouping = max(
        ((frame, grouping) for grouping in groupings for frame in _frames(built)),
        key=lambda pair: _likeness(*pair, built),
    )
    return _judge(built, line, frame, grouping)


def _silent(built: Built, line: str, why: str) -> Verdict:
    frame = _frames(built)[0]
    return Verdict(line, missing=[f"{name}: {why}" for name in sorted(_names(frame).values())])


Frame = dict[str, set[int]]
"""What parameters are called when one asks a certain module, or several modules at once."""


def _frames(built: Built) -> list[Frame]:
    """The module that holds all of the optimizer's parameters first, or all the largest together.

    Each smaller module comes after it: it may be the one that reached the optimizer.
    """
    held = {number for group in built["groups"] for number in group["parameters"]}
    named = sorted(built["modules"], key=lambda names: (not held <= set(names.values()), -len(names)))
    frames: list[Frame] = [{name: {key} for name, key in names.items()} for names in named]
    if len(named) > 1 and not held <= set(named[0].values()):
        together: Frame = defaultdict(set)
        seen: set[int] = set()
        for names in named:  # largest first, so that the parts of what is in already add nothing
            if not set(names.values()) <= seen:
                seen.update(names.values())
                for name, key in names.items():
                    together[name].add(key)
        frames.insert(0, together)
    return frames or [{}]


def _names(frame: Frame) -> dict[int, str]:
    """One name for each parameter: the first a module lists it under, as torch does."""
    names: dict[int, str] = {}
    for name, keys in frame.items():
        for key in keys:
            names.setdefault(key, name)
    return names


def _likeness(frame: Frame, grouping: Grouping, built: Built) -> tuple[int, int, int, int]:
    """How well a grouping's names are those of a frame; a parameter without a name costs as much.

    Of groupings with the same names the one that holds more of what the optimizer holds.
    """
    matched = [_matched(frame, member) for member in grouping.members]
    found = set().union(*matched)
    held = {number for group in built["groups"] for number in group["parameters"]}
    strangers = sum(not keys for keys in matched)
    told = [keys for keys, member in zip(matched, grouping.members, strict=True) if member.groups]
    return len(found & held) - strangers, len(found), -len(frame), len(set().union(*told) & held)


def _matched(frame: Frame, member: Membership) -> set[int]:
    """The parameters that a member's pattern stands for.

    Where several modules reach an optimizer, a name may begin with the variable that holds one.
    """
    pattern = re.compile(re.escape(member.parameter.name).replace(r"\*", r"\d+"))
    found = {key for name, keys in frame.items() if pattern.fullmatch(name) for key in keys}
    rest = member.parameter.name.partition(".")[2]
    if not found and isinstance(frame, defaultdict) and rest:
        pattern = re.compile(re.escape(rest).replace(r"\*", r"\d+"))
        found = {key for name, keys in frame.items() if pattern.fullmatch(name) for key in keys}
    return found


def _judge(built: Built, line: str, frame: Frame, grouping: Grouping) -> Verdict:
    names = _names(frame)
    groups_of: dict[int, set[int]] = {key: set() for key in names}
    for index, group in enumerate(built["groups"]):
        for key in group["parameters"]:
            if key in groups_of:
                groups_of[key].add(index)
    verdict = Verdict(line)
    told: set[int] = set()
    for member in grouping.members:
        keys = _matched(frame, member)
        told |= keys
        shown = [names[key] for key in sorted(keys)]
        if not keys:
            if not (member.maybe or member.parameter.maybe):
                verdict.wrong.append(f"{member.parameter.name}: there is no such parameter")
            continue
        truth = set().union(*(groups_of[key] for key in keys))
        problem, unsure = _problem(member, truth, built, grouping)
        where = verdict.wrong if problem else verdict.unsure if unsure else verdict.right
        where.extend(f"{name}: {problem}" if problem else name for name in shown)
    verdict.missing.extend(names[key] for key in sorted(names.keys() - told))
    for name in _elsewhere(built, frame):
        verdict.missing.append(name)
    return verdict


def _problem(member: Membership, truth: set[int], built: Built, grouping: Grouping) -> tuple[str, bool]:
    """What is wrong with a member, and whether wdlint was unsure of it."""
    certain, maybe = set(member.groups), set(member.maybe)
    if max(certain | maybe, default=-1) >= len(grouping.groups):
        return "in a group that is not listed", False
    if not certain <= truth or not truth <= certain | maybe:
        said = f"{sorted(certain)}" + (f" or {sorted(maybe)}" if maybe else "")
        return f"in groups {said}, but really in {sorted(truth)}", False
    unsure = bool(maybe) or member.parameter.maybe
    for index in sorted(certain):
        decay = grouping.groups[index].decay.value
        real, said_decay = built["groups"][index]["weight_decay"], number(decay)
        if said_decay is None or has_unknown(decay):
            unsure = True
        elif not math.isclose(said_decay, real, rel_tol=1e-9):
            return f"decayed by {said_decay}, but really by {real}", False
    return "", unsure


def _elsewhere(built: Built, frame: Frame) -> list[str]:
    """The optimizer's parameters that the frame does not name, under the name another module has."""
    held = {number for group in built["groups"] for number in group["parameters"]}
    left = held - set().union(*frame.values(), set())
    names = {key: name for names in reversed(built["modules"]) for name, key in names.items()}
    return sorted(names[key] for key in left if key in names)


# ------------------------------------------------------------------------------ to read


def report(program: Path, truth: Truth, *, full: bool = False) -> str:
    """A few lines: what torch did and how wdlint's answer compares."""
    lines = [f"{program.name}  {truth['error']}".rstrip()]
    for built, verdict in zip(truth["built"], compare(program, truth), strict=True):
        lines.append(
            f"  {verdict.line}: {len(verdict.right)} right, {len(verdict.unsure)} unsure, "
            f"{len(verdict.missing)} missing, {len(verdict.wrong)} wrong"
        )
        lines.extend(f"    WRONG {each}" for each in verdict.wrong)
        lines.extend(f"    unsure {each}" for each in verdict.unsure)
        lines.extend(f"    missing {each}" for each in sorted(set(verdict.missing)))
        if full:
            lines.extend(_told(built))
    return "\n".join(lines)


def _told(built: Built) -> list[str]:
    names = _names(_frames(built)[0])
    lines = []
    for index, group in enumerate(built["groups"]):
        members = ", ".join(names.get(key, "a loose tensor") for key in group["parameters"])
        lines.append(f"    truth {index}: decay {group['weight_decay']:g}: {members or 'nothing'}")
    held = {key for group in built["groups"] for key in group["parameters"]}
    lost = ", ".join(name for key, name in names.items() if key not in held)
    return [*lines, f"    truth, in no group: {lost}"] if lost else lines


def main(arguments: list[str]) -> None:
    """Print every program's report and the totals. ``-v`` prints torch's groups as well."""
    full = "-v" in arguments
    programs = [Path(a).resolve() for a in arguments if a != "-v"] or PROGRAMS
    found = truths(programs)
    verdicts: list[Verdict] = []
    for program in programs:
        print(report(program, found[str(program)], full=full))
        verdicts.extend(compare(program, found[str(program)]))
    total = sum(v.total for v in verdicts)
    kinds = ("right", "unsure", "missing", "wrong")
    counts = {kind: sum(len(getattr(v, kind)) for v in verdicts) for kind in kinds}
    said = ", ".join(f"{count} {kind} ({count / max(total, 1):.1%})" for kind, count in counts.items())
    print(f"{len(programs)} programs, {len(verdicts)} optimizers, {total} parameters: {said}")


if __name__ == "__main__":
    main(sys.argv[1:])
