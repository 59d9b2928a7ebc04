"""The vocabulary: what wdlint knows about a program, as plain frozen data.

This is the waist of the hourglass. Front ends produce these facts; checks, fixes and reports
consume them. Nothing in here knows syntax, a framework, a file system or a terminal, and nothing
of ours is imported here.

Offsets and columns count characters (code points) of the decoded file, byte order mark excluded,
newlines as they stand in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

# ---------------------------------------------------------------------------- where


class Span(NamedTuple):
    """A half-open stretch ``[start, end)`` of a file's text, in characters."""

    start: int
    end: int


class Place(NamedTuple):
    """A span of one file, with its 1-based lines and columns; ``end_column`` is exclusive."""

    path: str
    span: Span
    line: int
    column: int
    end_line: int
    end_column: int


# --------------------------------------------------------------------------- values

Scalar: TypeAlias = float | int | bool | str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The program always computes this value here."""

    value: Scalar
    where: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Default:
    """The value unless the user or a caller overrides it; ``of`` names what, e.g. ``--lr``."""

    value: Scalar
    of: str
    where: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values; which one is decided when the program runs."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decidable from the text; ``why`` completes the sentence "its value is unknown: ..."."""

    why: str


Value: TypeAlias = Known | Default | OneOf | Unknown


def scalars(value: Value) -> Iterator[Scalar]:
    """Every scalar the value may take, as far as it is known; an unknown yields nothing."""
    match value:
        case Known(value=scalar) | Default(value=scalar):
            yield scalar
        case OneOf(values=values):
            for each in values:
                yield from scalars(each)
        case Unknown():
            return


def number(value: Value) -> float | None:
    """The one number the value is known or defaults to, else None.

    Booleans are not numbers here: ``weight_decay=True`` is a mistake of another kind.
    """
    found = {s for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool)}
    return float(found.pop()) if len(found) == 1 else None


def has_unknown(value: Value) -> bool:
    """Whether the value, or one of its alternatives, is unknown."""
    return isinstance(value, Unknown) or (isinstance(value, OneOf) and any(map(has_unknown, value.values)))


NOISE: Final = 1e-9
"""A coefficient at or below this is noise: wd*|theta| falls under Adam's eps of 1e-8."""


def positive(value: Value) -> tuple[float, ...]:
    """The coefficients above noise a value may have, smallest first."""
    found = {float(s) for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool)}
    return tuple(sorted(n for n in found if n > NOISE))


def surely_positive(value: Value) -> bool:
    """Whether the value, run as written, is a coefficient above noise whatever happens."""
    match value:
        case Known() | Default():
            return bool(positive(value))
        case OneOf(values=values):
            return all(surely_positive(v) for v in values)
    return False


# ----------------------------------------------------------------------- parameters

ParameterKind: TypeAlias = Literal["weight", "bias", "norm", "embedding", "position", "scale", "other"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a model, or one pattern of them (``blocks.*.norm1.weight``).

    name
        The dotted name with every index that repeats written as ``*``.
    kind, ndim
        ``norm`` is a gain or bias of a normalisation layer; ``ndim`` is None where it is not known.
    where
        The statement that builds the layer, in whatever file it stands.
    maybe
        It exists only under a condition that could not be decided.
    trainable
        False where the code freezes it, None where that is not known.
    owner
        The class of the module that registers it, by its last name: ``LayerNorm``.
    example
        One concrete name the pattern stands for: ``blocks.0.norm1.weight``.
    """

    name: str
    kind: ParameterKind
    ndim: int | None = None
    where: Place | None = field(default=None, compare=False)
    maybe: bool = False
    trainable: bool | None = True
    owner: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a model that could not be read.

    ``name`` is its path in the model ("" for all of it); ``why`` completes "it is not known: ...".
    """

    name: str
    why: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Model:
    """The module whose parameters are optimised, as far as it can be seen.

    ``complete`` is False when some child is opaque, so that parameters may be missing here;
    ``gaps`` says which and why.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    complete: bool = False
    where: Place | None = field(default=None, compare=False)
    gaps: tuple[Gap, ...] = ()

    def of_kind(self, *kinds: ParameterKind) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.kind in kinds)


Extent: TypeAlias = Literal["whole", "part", "adapters", "embeddings", "tensors", "unknown"]


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """The parameters an expression hands to an optimizer.

    extent
        ``whole``: all (trainable) parameters of one or more modules; ``part``: picked by a
        predicate on names, ranks or types; ``adapters`` and ``embeddings``: only such;
        ``tensors``: loose tensors, no module; ``unknown``: cannot be told, ``why`` says why.
    exempts
        True where the author's own names or predicate say that this part must not decay
        (``no_decay``, ``p.ndim < 2``), False where they say it must, None where they are silent.
    says_no_decay
        Whether the words "no decay" themselves stand there.
    models
        What it holds of each model that was followed into it; empty where none was.
    repeatable
        The expression can be evaluated twice and gives the same parameters both times: no
        one-shot iterator, no call with effects.
    reason_not_repeatable
        Why not, as the rest of the sentence "cannot be written twice: ...".
    """

    place: Place
    extent: Extent
    models: tuple[Model, ...] = ()
    exempts: bool | None = None
    says_no_decay: bool = False
    repeatable: bool = False
    reason_not_repeatable: str = ""
    why: str = ""


# ----------------------------------------------------------------------- optimizers

Coupling: TypeAlias = Literal[
    "coupled",  # wd*p enters the gradient before an adaptive, element-wise preconditioner
    "decoupled",  # p *= 1 - lr*wd, the moments never see it
    "decoupled_absolute",  # p *= 1 - wd, not multiplied by the learning rate
    "decoupled_prox",  # p /= 1 + lr*wd
    "l2_sgd",  # L2 in the gradient of a non-adaptive optimizer: fine
    "in_update_trust_ratio",  # added to the preconditioned update, rescaled by LAMB's trust ratio
    "lars",
    "l2_layerwise_normalised",
    "wrapper",  # decided by the optimizer it wraps
    "transform",
    "none",  # takes no weight decay
    "no_effect",
    "unknown",
    "bug",
]


@dataclass(frozen=True, slots=True)
class Switch:
    """A flag of an optimizer that chooses its coupling, e.g. ``decoupled_weight_decay``.

    ``position`` is its index among positional arguments, ``params`` being 0, or None.
    """

    flag: str
    default: bool
    when_true: Coupling
    when_false: Coupling
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to use instead of a coupled optimizer.

    Either another class (``name``), or the same class with ``flags`` added. ``carries`` are the
    keywords that mean the same there; None: all of them. ``drops`` are keywords it does not take.
    ``same_positions``: positional arguments keep their order and meaning. ``requires`` is e.g.
    ``torch>=2.1``.
    """

    name: str
    flags: Mapping[str, Scalar] = field(default_factory=dict)
    carries: tuple[str, ...] | None = None
    drops: tuple[str, ...] = ()
    same_positions: bool = False
    requires: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Optimizer:
    """What one optimizer class does with weight decay.

    name
        Canonical dotted name; ``aliases`` are other dotted names of the same class.
    arguments
        The positional parameters in order, ``params`` first, as far as they are known.
    decay_argument, decay_position, decay_default
        The keyword that carries the coefficient, its index (the parameters are 0; None: keyword
        only) and the value when it is omitted (None: required, or there is none).
    lr_scaled
        Whether the decay per step is multiplied by the learning rate.
    replacement
        The decoupled twin; None when there is none, then ``advice`` says what to do.
    """

    name: str
    framework: str
    package: str
    coupling: Coupling
    aliases: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    decay_argument: str | None = "weight_decay"
    decay_position: int | None = None
    decay_default: float | None = None
    lr_scaled: bool = True
    switch: Switch | None = None
    replacement: Replacement | None = None
    advice: str = ""
    notes: str = ""

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Choice:
    """A word by which a factory picks a coupled optimizer: ``create_optimizer_v2(model, "adam")``.

    ``optimizer`` is the class it stands for, ``instead`` the factory's word for the decoupled twin, ""
    if it has none; ``requires`` is the version of the package that knows that word.
    """

    word: str
    optimizer: str
    instead: str = ""
    requires: str = ""


@dataclass(frozen=True, slots=True)
class Factory:
    """An API that builds optimizers from their names, and groups the parameters of a module itself.

    ``arguments`` are the positional parameters in order; ``picks_by`` is the one that holds the
    name; ``choices`` are the names of coupled optimizers, in small letters.
    """

    name: str
    arguments: tuple[str, ...]
    picks_by: str
    choices: Mapping[str, Choice]

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call. ``place`` covers ``lr=1e-3``, ``value_place`` only ``1e-3``.

    ``how``: written as a keyword, by position, or arriving in a ``**mapping`` whose entry is at
    ``value_place``.
    """

    name: str
    value: Value
    place: Place
    value_place: Place
    how: Literal["keyword", "positional", "spread"] = "keyword"


@dataclass(frozen=True, slots=True)
class Decay:
    """The weight decay a group gets: its coefficient and who says so.

    ``origin``: written in the ``group``, inherited from the constructor's ``argument``, or the
    library's ``default`` because nobody wrote a number. ``place`` is where it is written.
    """

    value: Value
    origin: Literal["group", "argument", "default"]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key of a group's dict other than ``params``; ``place`` is the key as written."""

    name: str
    value: Value
    place: Place
    read_by_project: bool = False


@dataclass(frozen=True, slots=True)
class ParamGroup:
    """One parameter group. ``place`` is its dict, or the argument itself when there is no dict."""

    parameters: ParameterSet
    decay: Decay
    place: Place
    keys: tuple[GroupKey, ...] = ()
    explicit: bool = False  # written as a dict, not made by the optimizer from a bare iterable

    def key(self, name: str) -> GroupKey | None:
        return next((k for k in self.keys if k.name == name), None)


@dataclass(frozen=True, slots=True)
class Membership:
    """Where one parameter of the model ended: the groups, by index, that hold it or may hold it."""

    parameter: Parameter
    groups: tuple[int, ...] = ()
    maybe: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NameTest:
    """A text written in the code that parameter names were compared with.

    ``pattern`` is the text, ``place`` where it is written, ``test`` the comparison, and ``matches``
    the names of this model that it matched: none for a dead pattern.
    """

    pattern: str
    place: Place
    test: Place
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltGroup:
    """A parameter group as the group-building code left it; ``place`` is where it was made.

    ``options`` are the keys it sets itself, the parameters and the decay aside: ``lr``.
    """

    decay: Decay
    place: Place | None = None
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grouping:
    """What became of a model's parameters when the code that builds the groups was followed.

    model
        All modules that reached the optimizer, as one inventory.
    groups, members
        The groups in their order, and where each parameter of the model ended.
    tests
        The texts that names were compared with on the way.
    basis
        What the code was run on: an ``inventory`` read from source, the names of a model
        ``family`` (then ``family`` names it), or ``probes``: names that many models have.
    splits_whole
        The code visibly shares out *all* parameters of the model, so that one in no group was
        forgotten rather than left out.
    caller
        The call that handed the model over, where it came through a function's argument.
    """

    model: Model
    groups: tuple[BuiltGroup, ...] = ()
    members: tuple[Membership, ...] = ()
    tests: tuple[NameTest, ...] = ()
    basis: Literal["inventory", "family", "probes"] = "inventory"
    family: str = ""
    splits_whole: bool = False
    caller: Place | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """Where the class of an optimizer is named, so that another one can be named there instead.

    ``place`` is a name, an attribute or, under ``getattr``, a string. It is None where renaming
    would change more than this optimizer, and where the name cannot be seen; ``why`` says so in a
    sentence without a full stop.
    """

    place: Place | None
    why: str = ""


HazardKind: TypeAlias = Literal[
    "indexed-groups",  # optimizer.param_groups[0][...]
    "loads-state",  # optimizer.load_state_dict(...)
    "per-group-list",  # a scheduler given one entry per group
    "adds-group",  # optimizer.add_param_group(...)
    "edits-decay",  # a loop that writes group["weight_decay"]
    "sharded",  # ZeRO / FSDP / DeepSpeed: parameters may be flat, ndim means nothing
    "checks-class",  # isinstance(optimizer, Adam)
    "unseen",  # handed to code that is not read
]


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that happens around the optimizer that a fix may break.

    ``text`` completes "line 12 ...", e.g. "indexes optimizer.param_groups[0]".
    """

    kind: HazardKind
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class LrSchedule:
    """The scheduler that is attached to an optimizer, by its last name, and what it is given.

    ``arguments`` are those other than the optimizer, by name, as far as they are written.
    """

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()
    place: Place | None = field(default=None, compare=False)

    def argument(self, name: str) -> Value | None:
        return dict(self.arguments).get(name)


@dataclass(frozen=True, slots=True)
class OptimizerSite:
    """One place that builds an optimizer, and everything a check or a fix asks about it.

    optimizers
        The catalogue entries the class may be: more than one when the name is ambiguous
        (conditional imports, a choice at run time). ``couplings`` is parallel to it, after flags
        such as ``decoupled_weight_decay=`` are applied.
    callee
        The class as it is written in the call. ``spelled`` is that text.
    naming
        Where the class is named: by the callee itself, or where a variable, a table of optimizers,
        a partial ... that leads to the call gets it.
    number_at
        Where the coefficient is written, if that is outside of the call and for this optimizer alone.
    more_arguments
        A ``*`` or ``**`` that cannot be read may hold others than ``arguments``.
    choice
        The word by which a factory picked the optimizer; None where a class is called.
    groups
        Empty when they are unknown; then ``groups_unknown`` says why.
    decay_from_partial
        The coefficient was fixed by a ``functools.partial``, which is a site of its own.
    other_classes
        The class may also be one that cannot be seen, e.g. another value of an option.
    among_many
        The class is one of many that are picked by their names: nothing says that it ever is.
    groupings
        Parameter by parameter, what the groups hold: one entry for each model that reaches this
        call, none when no model could be followed; then ``groupings_unknown`` says why.
    schedule
        The learning-rate schedule, where exactly one is attached in the same scope.
    """

    place: Place
    callee: Place
    spelled: str
    owner: str
    optimizers: tuple[Optimizer, ...]
    couplings: tuple[Coupling, ...]
    arguments: tuple[Argument, ...]
    decay: Decay
    lr: Value
    groups: tuple[ParamGroup, ...] = ()
    groups_unknown: str = ""
    hazards: tuple[Hazard, ...] = ()
    in_test: bool = False
    decay_from_partial: bool = False
    other_classes: bool = False
    among_many: bool = False
    groupings: tuple[Grouping, ...] = ()
    groupings_unknown: str = ""
    naming: Naming = Naming(None, "it is not known where the class is named")
    choice: Choice | None = None
    more_arguments: bool = False
    schedule: LrSchedule | None = None
    number_at: Place | None = None

    def argument(self, name: str) -> Argument | None:
        return next((a for a in self.arguments if a.name == name), None)

    @property
    def optimizer(self) -> Optimizer:
        """The first candidate: the optimizer, when the name is not ambiguous."""
        return self.optimizers[0]

    @property
    def ambiguous(self) -> bool:
        """Whether which class is built is only decided when the program runs."""
        return len(self.optimizers) > 1 or self.other_classes

    @property
    def coupled(self) -> bool:
        """Whether any candidate puts the decay into a preconditioned gradient."""
        return "coupled" in self.couplings


@dataclass(frozen=True, slots=True)
class ExhaustedIterator:
    """A one-shot iterator over parameters that is consumed a second time.

    ``kind`` is the call that made it, e.g. ``named_parameters()`` or ``filter()``.
    """

    name: str
    kind: str
    made: Place
    first_use: Place
    second_use: Place


PenaltyKind: TypeAlias = Literal[
    "loss",  # c*||theta||^2 is part of what backward() is called on
    "gradient",  # c*theta is added to the gradients themselves
    "constant",  # as in a loss, but cut off from the graph: it has no gradient
]


@dataclass(frozen=True, slots=True)
class Penalty:
    """An L2 term written by hand, and the optimizer that takes the parameters it is over.

    place
        The term as it enters the loss, or the expression that adds to the gradient.
    squared
        Where the parameters are squared, which may be in another statement or function.
    coefficient
        What multiplies the squared norm, or for a gradient the parameter itself: every factor that
        could be read, ``1/2`` included.
    positive
        Whether the coefficient is above zero for certain, also where its number is not known.
    whole
        Whether the term is over all parameters of a module, none picked out.
    conditional
        It enters only under a condition that could not be decided, or that is off by default.
    site, only
        The optimizer, and whether it is for certain the one that steps.
    cut
        Where a ``constant`` term is cut off: ``p.data``, ``.item()``, ``torch.no_grad()``.
    """

    kind: PenaltyKind
    place: Place
    squared: Place
    coefficient: Value
    positive: bool
    whole: bool
    conditional: bool
    site: OptimizerSite
    only: bool
    cut: Place | None = None

    @property
    def factor(self) -> float:
        """From the coefficient to torch's ``weight_decay``, which adds (wd/2)*||theta||^2."""
        return 1.0 if self.kind == "gradient" else 2.0


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Everything the reasoner found in one file that a check may want to look at."""

    sites: tuple[OptimizerSite, ...] = ()
    exhausted: tuple[ExhaustedIterator, ...] = ()
    penalties: tuple[Penalty, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sites or self.exhausted or self.penalties)


# ------------------------------------------------------------------------- findings

Severity: TypeAlias = Literal["error", "warning", "info"]
Certainty: TypeAlias = Literal["certain", "likely", "possible"]
Applicability: TypeAlias = Literal["safe", "unsafe", "display"]


class Edit(NamedTuple):
    """Replace ``span`` of the file's text by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a finding.

    ``withheld`` is the reason when there are no edits; ``cautions`` say why it is not *safe*,
    one line each, naming the line that makes it so.
    """

    message: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()
    cautions: tuple[str, ...] = ()
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A few words at a place: ``adds 1e-4*theta to the gradient``."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class CoupledDecay:
    """A decay that an adaptive optimizer divides by the size of each gradient, in numbers.

    ``twin`` is the optimizer that decouples it, ``symbol`` what ``optimizer`` divides by, and
    ``given`` says what lr and wd are and where they come from. ``low_rms`` is a small gradient RMS
    that still outweighs the decay. ``takes_adams_steps``: it is Adam, not a relative of it.
    """

    optimizer: str
    twin: str
    symbol: str
    given: str
    lr: float
    weight_decay: float
    low_rms: float
    eps: float = 1e-8
    takes_adams_steps: bool = False


@dataclass(frozen=True, slots=True)
class SteadyDecay:
    """A decay of ``shrink`` per step, a fraction of the weight, whatever its gradients are."""

    given: str
    shrink: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report that draws shows of a finding beside its text; made only where one is wanted.

    decay
        What the pictures of the decay are drawn from; None where there is nothing to draw.
    groupings, fixed
        Where the parameters of each model are, and where they are in the program with this fix in
        it, which was followed anew; ``fixed`` is empty where there is no such program, where it
        could not be followed, or where enough programs were followed for one file.
    changes
        The fix as the lines of a unified diff, without the names of files.
    """

    decay: CoupledDecay | SteadyDecay | None = None
    groupings: tuple[Grouping, ...] = ()
    fixed: tuple[Grouping, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, as a sentence over labelled places.

    ``message`` is one sentence without a final full stop. ``label`` stands under the finding's
    own place, ``related`` under others. ``math`` are the lines of mathematics with the user's own
    numbers. ``site`` and ``penalty`` are what the fixes work from and never reach a report;
    ``figures`` is what the reports that draw have instead, None where none was asked for.
    """

    code: str
    name: str
    severity: Severity
    certainty: Certainty
    message: str
    place: Place
    label: str = ""
    related: tuple[Label, ...] = ()
    math: tuple[str, ...] = ()
    fix: Fix | None = None
    site: OptimizerSite | None = field(default=None, compare=False, repr=False)
    figures: Figures | None = field(default=None, compare=False, repr=False)
    penalty: Penalty | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FileError:
    """A file, or a part of one, that could not be checked."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """All that a check of one file says.

    ``lines`` holds the source lines the findings' frames show, keyed by 1-based number, without
    their line endings; ``elsewhere`` those of the related places in other files, by their path.
    ``positions`` has the 1-based line and column of each offset at which an edit starts or ends;
    their lines are among ``lines``. ``builds_optimizers`` counts the optimizer sites that were looked at.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    errors: tuple[FileError, ...] = ()
    lines: dict[int, str] = field(default_factory=dict)
    builds_optimizers: int = 0
    suppressed: int = 0
    hidden: int = 0
    """Findings that are only *possible*, or pedantic, and so not shown."""
    elsewhere: dict[str, dict[int, str]] = field(default_factory=dict)
    positions: dict[int, tuple[int, int]] = field(default_factory=dict)
    baselined: int = 0
    """Findings that are not shown because they are in the baseline."""
    left_over: int = 0
    """Findings of the baseline that this file no longer has."""
