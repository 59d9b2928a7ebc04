"""Holds a model's predicted parameters against those PyTorch gives it.

A parameter is compared as a *row*: a pattern and a kind. The pattern is the name with every index,
that is every component of digits alone, written as ``*``: ``layers.0.norm.weight`` and
``layers.1.norm.weight`` are one row. Digits within a component stay, ``layer0`` is not ``layer1``; a
prediction that has a ``*`` there, ``layer*``, stands for all of them. A ``*`` predicted where the
truth has a name, as for a ``ModuleDict`` whose keys are not known, counts as right but never makes
a model *exact*.

Of kinds, four are told apart: ``norm``, ``bias``, ``embedding`` and the rest, which is ``weight``.
Names that say bias in passing, ``relative_position_bias_table``, may be either of the last two.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import signal
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from tests.oracle.zoo import Entry
from wdlint.facts import Model

BUILD: Final = Path(__file__).parent / "build.py"

# -------------------------------------------------------------------------------- rows

_INDEX: Final = re.compile(r"(?<![^.])\d+(?![^.])")
_BIAS: Final = re.compile(r"(^|_)bias(_|$)")


class Row(NamedTuple):
    """What is compared of a parameter."""

    pattern: str
    kind: str

    def __str__(self) -> str:
        return f"{self.pattern} ({self.kind})"


def row(name: str, kind: str) -> Row:
    return Row(_INDEX.sub("*", name), _coarse(name.rpartition(".")[2], kind))


def _coarse(leaf: str, kind: str) -> str:
    if kind in ("norm", "embedding"):
        return kind
    in_passing = "bias" in leaf and (not _BIAS.search(leaf) or leaf.endswith("_table"))
    return "bias or weight" if in_passing else "bias" if kind == "bias" else "weight"


def matcher(pattern: str, *, any_name: bool) -> re.Pattern[str]:
    """What a predicted pattern stands for; ``any_name``: also of names where it has a whole ``*``."""
    parts = []
    for component in pattern.split("."):
        if component == "*":
            parts.append(r"[^.]+" if any_name else r"\*")
        else:
            parts.append(re.escape(component).replace(r"\*", r"(?:\d+|\*)"))
    return re.compile(r"\.".join(parts))


# ------------------------------------------------------------------------------- truth


class Real(NamedTuple):
    """A parameter as ``build.py`` saw it."""

    name: str
    ndim: int | None
    kind: str
    owner: str


@dataclass(frozen=True)
class Truth:
    """What PyTorch built, or why it did not."""

    parameters: tuple[Real, ...] = ()
    error: str = ""

    @cached_property
    def rows(self) -> Mapping[Row, frozenset[int | None]]:
        """The ranks each row has."""
        found: dict[Row, set[int | None]] = defaultdict(set)
        for each in self.parameters:
            found[row(each.name, each.kind)].add(each.ndim)
        return {key: frozenset(ranks) for key, ranks in found.items()}


@dataclass(frozen=True)
class Zookeeper:
    """Builds models with another Python, and keeps what it found in ``cache`` if there is one.

    ``repositories`` is the folder that holds public repositories, as ``owner+name``.
    """

    python: str
    cache: Path | None = None
    repositories: Path | None = None

    @cached_property
    def installed(self) -> str:
        return self._ask("import sysconfig; print(sysconfig.get_paths()['purelib'])")

    @cached_property
    def versions(self) -> str:
        """Everything installed: what is kept is good for these packages only."""
        return self._ask(
            "from importlib.metadata import distributions as d\n"
            "print(*sorted(f'{x.name}=={x.version}' for x in d()))"
        )

    def _ask(self, program: str) -> str:
        return subprocess.run(
            [self.python, "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    def has(self, package: str) -> bool:
        return any(Path(self.installed, package + suffix).exists() for suffix in ("", ".py"))

    def roots(self, entry: Entry) -> tuple[str, ...]:
        return entry.roots(self.installed, self.repositories)

    def reachable(self, entry: Entry) -> bool:
        """Whether what it needs is here."""
        try:
            return all(map(self.has, entry.needs)) and Path(self.roots(entry)[0]).exists()
        except LookupError:
            return False

    def truths(self, entries: Iterable[Entry]) -> dict[Entry, Truth]:
        """What PyTorch makes of each; one process a family."""
        by_family: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_family[entry.family].append(entry)
        found: dict[Entry, Truth] = {}
        for family, members in by_family.items():
            kept = self._kept(family)
            jobs = {self._key(entry): self._job(entry) for entry in members}
            missing = [job for key, job in jobs.items() if key not in kept]
            kept |= self._build(missing)
            self._keep(family, kept)
            for entry in members:
                found[entry] = kept.get(
                    self._key(entry), Truth(error="the process that should build it died")
                )
        return found

    def _job(self, entry: Entry) -> dict[str, object]:
        return {
            "name": self._key(entry),
            "source": entry.source,
            "roots": self.roots(entry)[:-1],
            "stand_ins": entry.stand_ins,
        }

    def _key(self, entry: Entry) -> str:
        """Changes with everything a truth hangs on."""
        folder = Path(self.roots(entry)[0])
        own = "".join(path.read_text() for path in sorted(folder.glob("*.py"))) if not entry.needs else ""
        text = "\0".join((entry.source, *entry.stand_ins, own, BUILD.read_text(), self.versions))
        return hashlib.sha256(text.encode()).hexdigest()

    def _build(self, jobs: Sequence[Mapping[str, object]]) -> dict[str, Truth]:
        if not jobs:
            return {}
        result = subprocess.run(
            [self.python, str(BUILD)], input=json.dumps(jobs), capture_output=True, text=True, check=False
        )
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        return {
            each["name"]: Truth(tuple(Real(*p) for p in each.get("parameters", ())), each.get("error", ""))
            for each in answers
        }

    def _file(self, family: str) -> Path | None:
        return None if self.cache is None else self.cache / f"{family}.json"

    def _kept(self, family: str) -> dict[str, Truth]:
        file = self._file(family)
        if file is None or not file.exists():
            return {}
        return {
            key: Truth(tuple(Real(*p) for p in parameters))
            for key, parameters in json.loads(file.read_text()).items()
        }

    def _keep(self, family: str, truths: Mapping[str, Truth]) -> None:
        file = self._file(family)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            built = {key: truth.parameters for key, truth in truths.items() if not truth.error}
            file.write_text(json.dumps(built))


# -------------------------------------------------------------------------- prediction


class Reader(Protocol):
    """Predicts the inventory of an entry from source text alone."""

    def __call__(self, entry: Entry, roots: Sequence[str], *, unknown_arguments: bool) -> Model: ...


def wdlint_reads(entry: Entry, roots: Sequence[str], *, unknown_arguments: bool) -> Model:
    from wdlint.interpret import inventory_of_expression

    return inventory_of_expression(
        entry.source, "model", path="snippet.py", unknown_arguments=unknown_arguments, roots=roots
    )


@dataclass(frozen=True)
class Verdict:
    """One model: its rows, the predicted ones, and how they fit.

    ``covered`` are the real rows a prediction stands for, ``surely`` those a prediction without
    *maybe* stands for. ``extra`` are predictions that stand for none. ``wrong_ranks`` and ``ranks``
    count the right predictions that give a rank, ``rankless`` those that give none; a lazy parameter has
    none yet, so that any is right. ``loose`` are right only because a ``*`` stands for a name that is no
    number; ``untrue`` are the examples that are not the name of a real parameter.
    """

    entry: Entry
    truth: Truth
    predicted: frozenset[Row] = frozenset()
    sure: frozenset[Row] = frozenset()
    covered: frozenset[Row] = frozenset()
    surely: frozenset[Row] = frozenset()
    extra: frozenset[Row] = frozenset()
    wrong_ranks: tuple[str, ...] = ()
    ranks: int = 0
    rankless: int = 0
    loose: tuple[str, ...] = ()
    untrue: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def recall(self) -> float:
        return _share(len(self.covered), len(self.truth.rows))

    @property
    def precision(self) -> float | None:
        """None where nothing is predicted."""
        return 1 - len(self.extra) / len(self.predicted) if self.predicted else None

    @property
    def sure_precision(self) -> float | None:
        return 1 - len(self.extra & self.sure) / len(self.sure) if self.sure else None

    @property
    def coverage(self) -> float:
        return _share(len(self.surely), len(self.truth.rows))

    @property
    def missing(self) -> frozenset[Row]:
        return frozenset(self.truth.rows) - self.covered

    @property
    def exact(self) -> bool:
        return not (self.missing or self.extra or self.wrong_ranks or self.loose)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def judge(entry: Entry, truth: Truth, model: Model, seconds: float = 0.0) -> Verdict:
    """How a prediction fits the truth."""
    real = truth.rows
    names = {each.name for each in truth.parameters}
    by_kind: dict[str, list[str]] = defaultdict(list)
    for each in real:
        by_kind[each.kind].append(each.pattern)
    covered: set[Row] = set()
    surely: set[Row] = set()
    right: set[Row] = set()
    predicted: set[Row] = set()
    sure: set[Row] = set()
    wrong_ranks: list[str] = []
    untrue: list[str] = []
    loose: list[str] = []
    ranks = rankless = 0
    for parameter in model.parameters:
        this = row(parameter.name, parameter.kind)
        predicted.add(this)
        stands_for = [this] if this in real else list(_by_pattern(this, by_kind[this.kind], any_name=False))
        if not stands_for:
            stands_for = list(_by_pattern(this, by_kind[this.kind], any_name=True))
            loose += [parameter.name] if stands_for else []
        covered.update(stands_for)
        if not parameter.maybe:
            sure.add(this)
            surely.update(stands_for)
        if stands_for:
            right.add(this)
            possible = frozenset().union(*(real[each] for each in stands_for))
            if parameter.ndim is None:
                rankless += None not in possible
            else:
                ranks += 1
                if possible.isdisjoint({parameter.ndim, None}):
                    wrong_ranks.append(f"{parameter.name}: {parameter.ndim}, not {_listed(possible)}")
            if parameter.example and parameter.example not in names:
                untrue.append(parameter.example)
    return Verdict(
        entry,
        truth,
        frozenset(predicted),
        frozenset(sure),
        frozenset(covered),
        frozenset(surely),
        frozenset(predicted - right),
        tuple(wrong_ranks),
        ranks,
        rankless,
        tuple(loose),
        tuple(untrue),
        tuple(f"{gap.name or 'the model'}: {gap.why}" for gap in model.gaps),
        seconds,
    )


def _listed(ranks: Iterable[int | None]) -> str:
    return " or ".join(sorted(map(str, ranks)))


def _by_pattern(predicted: Row, patterns: Iterable[str], *, any_name: bool) -> Iterator[Row]:
    if "*" in predicted.pattern:
        fits = matcher(predicted.pattern, any_name=any_name).fullmatch
        yield from (Row(each, predicted.kind) for each in patterns if fits(each))


def measure(
    truths: Mapping[Entry, Truth],
    reader: Reader,
    roots: Callable[[Entry], Sequence[str]],
    *,
    unknown_arguments: bool,
    limit: float = 60.0,
) -> Figures:
    """Predict every model that could be built. What raises, or takes more than ``limit`` seconds, is empty."""
    verdicts = []
    for entry, truth in truths.items():
        if truth.error or (unknown_arguments and entry.chosen_by_name):
            continue
        began = time.perf_counter()
        try:
            with _limited(limit):
                model, problem = reader(entry, roots(entry), unknown_arguments=unknown_arguments), ""
        except (Exception, _OverLimit) as error:
            model, problem = Model(""), f"{type(error).__name__}: {error}"
        verdict = judge(entry, truth, model, time.perf_counter() - began)
        verdicts.append(_with_gap(verdict, problem) if problem else verdict)
    return Figures(tuple(verdicts))


def _with_gap(verdict: Verdict, problem: str) -> Verdict:
    return Verdict(verdict.entry, verdict.truth, gaps=(problem,), seconds=verdict.seconds)


class _OverLimit(BaseException):
    """A base exception, so that no handler of the code that is measured can swallow it."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _OverLimit(f"no answer after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ----------------------------------------------------------------------------- figures


@dataclass(frozen=True)
class Figures:
    """Shares are means over the models; those of a model without predictions do not count as precise."""

    verdicts: tuple[Verdict, ...] = field(repr=False)

    @property
    def recall(self) -> float:
        return _mean(each.recall for each in self.verdicts)

    @property
    def precision(self) -> float:
        return _mean(each.precision for each in self.verdicts)

    @property
    def sure_precision(self) -> float:
        return _mean(each.sure_precision for each in self.verdicts)

    @property
    def coverage(self) -> float:
        return _mean(each.coverage for each in self.verdicts)

    @property
    def exact(self) -> float:
        return _mean(float(each.exact) for each in self.verdicts)

    @property
    def right_ranks(self) -> float:
        """Of the right rows that give a rank, those that give the right one."""
        ranks = sum(each.ranks for each in self.verdicts)
        return 1 - _share(sum(len(each.wrong_ranks) for each in self.verdicts), ranks) if ranks else 1.0

    @property
    def known_ranks(self) -> float:
        known = sum(each.ranks for each in self.verdicts)
        return _share(known, known + sum(each.rankless for each in self.verdicts))

    @property
    def imperfect(self) -> tuple[Verdict, ...]:
        return tuple(each for each in self.verdicts if not each.exact)

    @property
    def median(self) -> float:
        return statistics.median(each.seconds for each in self.verdicts)

    def percentile(self, share: float) -> float:
        """The time that this share of the models does not exceed."""
        ordered = sorted(each.seconds for each in self.verdicts)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def by_family(self) -> dict[str, Figures]:
        found: dict[str, list[Verdict]] = defaultdict(list)
        for each in self.verdicts:
            found[each.entry.family].append(each)
        return {family: Figures(tuple(verdicts)) for family, verdicts in sorted(found.items())}


def _mean(shares: Iterable[float | None]) -> float:
    counted = [share for share in shares if share is not None]
    return statistics.fmean(counted) if counted else 0.0
