"""A rule's mathematics with the user's own numbers in it, and a rule card as printed text.

Pure functions from findings and cards to plain text. Whether a finding is right was decided
before; nothing in here looks at source code, and nothing knows a terminal. A number that the
program does not show is never made up: it is named as an example, or left as a symbol.

Notation: ``lr`` learning rate, ``wd`` weight decay, ``g`` gradient of the loss, ``θ`` a weight,
``v`` the running mean of squared gradients (``v̂`` corrected for its start at zero), ``ε`` eps.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wdlint.facts import (
    Coupling,
    Decay,
    Default,
    Finding,
    GroupKey,
    Optimizer,
    OptimizerSite,
    ParamGroup,
    Unknown,
    Value,
    has_unknown,
    number,
    scalars,
)

if TYPE_CHECKING:
    from wdlint.knowledge import Card, Example

NEGLIGIBLE_STEPS: Final = 1e6
"""A decay whose time scale is longer than this many steps does next to nothing in a run."""

_RUN: Final = 10_000  # steps, the length of run that examples are worked for
_USUAL_LR: Final = 1e-3
_USUAL_L2: Final = 1e-4
_USUAL_DECAY: Final = 0.01
_USUAL_WEIGHT: Final = 0.05

# ------------------------------------------------------------------------- formulas


def per_step_shrink(lr: float, weight_decay: float, coupling: Coupling = "decoupled") -> float:
    """The fraction of itself a weight loses in one step through the decay alone.

    ``decoupled``: lr*wd (Loshchilov & Hutter, arXiv:1711.05101, as PyTorch implements it);
    ``decoupled_absolute``: wd, whatever lr is; ``decoupled_prox``: 1 - 1/(1 + lr*wd);
    ``l2_sgd``: lr*wd, without momentum (proposition 1 of the same paper).

    Raises:
        ValueError: for other couplings, which have no such number.
    """
    match coupling:
        case "decoupled" | "l2_sgd":
            return lr * weight_decay
        case "decoupled_absolute":
            return weight_decay
        case "decoupled_prox":
            return lr * weight_decay / (1 + lr * weight_decay)
        case _:
            raise ValueError(f"{coupling} decay has no per-step shrink")


def time_scale(shrink: float) -> float:
    """Steps in which a decay of ``shrink`` per step takes a weight to 1/e: 1/(lr*wd).

    The averaging time of AdamW's weights (Wang & Aitchison, arXiv:2405.13698).
    """
    return 1 / shrink


def half_life(shrink: float) -> float:
    """Steps in which a decay of ``shrink`` per step halves a weight; about ln 2/(lr*wd).

    0 where one step takes the whole weight or more.
    """
    return math.log(2) / -math.log1p(-shrink) if shrink < 1 else 0.0


def remaining(shrink: float, steps: float) -> float:
    """The fraction of a weight that ``steps`` steps leave when no gradient holds it; ``shrink`` < 1."""
    return math.pow(1 - shrink, steps)


def coupled_rate(lr: float, weight_decay: float, preconditioner: float, eps: float = 1e-8) -> float:
    """The fraction of itself a weight loses per step when wd*θ is part of an adaptive gradient.

    ``preconditioner`` is what the optimizer divides by, e.g. √v̂, in units of the gradient. v̂
    contains the decay term too, so the preconditioner is at least about wd*|θ| and the loss at
    most about lr/|θ|: the step is then lr*sign(θ), whatever wd is. (Arithmetic of arXiv:1412.6980,
    algorithm 1, with g + wd*θ for the gradient.)
    """
    return lr * weight_decay / (preconditioner + eps)


# ------------------------------------------------------------------------- numbers


def format_number(value: float, digits: int = 3) -> str:
    """As a person writes it: ``1e-7``, ``0.05``, ``2.5e-5``, ``1,200``."""
    rounded = float(f"{value:.{digits}g}")
    size = abs(rounded)
    if size == 0 or 0.01 <= size < 1000 or not math.isfinite(size):
        return f"{rounded:.{max(digits, 3)}g}"
    if 1000 <= size <= 1e6:
        return f"{rounded:,.0f}"
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def format_count(count: float) -> str:
    """A large count in words: ``69``, ``20,000``, ``10 million``."""
    count = float(f"{count:.3g}")
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if unit <= count < 1000 * unit:
            return f"{format_number(count / unit)} {word}"
    return f"{count:.0f}" if count < 1000 else format_number(count)


def format_steps(steps: float) -> str:
    """``1 step``, ``20,000 steps``, ``10 million steps``."""
    count = format_count(steps)
    return "1 step" if count == "1" else f"{count} steps"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A hyper-parameter as the text uses it.

    ``number`` is the user's own, or where ``known`` is False a usual one, an example. ``note``
    says where it comes from when it is not simply written there.
    """

    symbol: str
    number: float
    known: bool = True
    note: str = ""

    def __str__(self) -> str:
        written = f"{self.symbol} = {format_number(self.number, 6)}"
        return f"{written} ({self.note})" if self.note else written


def quantity(symbol: str, value: Value, usual: float) -> Quantity:
    """The number to work with: the largest the value may be, or ``usual`` when there is none."""
    numbers = _numbers(value)
    unknown = has_unknown(value)
    if not numbers or numbers[-1] <= 0:
        return Quantity(symbol, usual, known=False, note=f"an example: {_why_not(value)}")
    if len(numbers) == 1 and not unknown:
        note = f"the default of {value.of}" if isinstance(value, Default) else ""
        return Quantity(symbol, numbers[0], note=note)
    others = [format_number(n, 6) for n in numbers] + ["a value not known here"] * unknown
    return Quantity(symbol, numbers[-1], note=f"it may be {', '.join(others[:-1])} or {others[-1]}")


def _why_not(value: Value) -> str:
    """Why there is no number to work with."""
    if isinstance(value, Unknown) and len(value.why) <= 60:
        return value.why
    zero = _numbers(value) and not has_unknown(value)
    return "it is 0 in this call" if zero else "its value is not known here"


def _numbers(value: Value) -> list[float]:
    found = {float(s) for s in scalars(value) if isinstance(s, int | float) and not isinstance(s, bool)}
    return sorted(n for n in found if math.isfinite(n))


# ------------------------------------------------------------------ the site's numbers


@dataclass(frozen=True, slots=True)
class _Case:
    """What a finding is about: one optimizer, its coupling, and the numbers of one group."""

    site: OptimizerSite
    optimizer: Optimizer
    coupling: Coupling
    lr: Quantity
    wd: Quantity

    @property
    def product(self) -> float:
        return self.lr.number * self.wd.number

    @property
    def given(self) -> str:
        """``With lr = 1e-3 and wd = 0.05``; only what the decay depends on."""
        return f"With {self.wd}" if self.coupling == "decoupled_absolute" else f"With {self.lr} and {self.wd}"

    def argument(self, name: str) -> float | None:
        found = self.site.argument(name)
        return None if found is None else number(found.value)


def _case(site: OptimizerSite, group: ParamGroup | None, decay: Decay, *wanted: Coupling) -> _Case:
    index = next((i for i, c in enumerate(site.couplings) if c in wanted), 0)
    optimizer, coupling = site.optimizers[index], site.couplings[index]
    own_lr = group.key("lr") if group else None
    lr = quantity("lr", own_lr.value if own_lr else site.lr, _USUAL_LR)
    wd = quantity("wd", decay.value, _USUAL_L2 if coupling == "coupled" else _USUAL_DECAY)
    if decay.origin == "default" and wd.known:
        wd = replace(wd, note=f"the default of {optimizer.short_name}")
    return _Case(site, optimizer, coupling, lr, wd)


def _pointed_at(finding: Finding, site: OptimizerSite) -> ParamGroup | None:
    """The group whose dict, or a key of it, the finding stands at."""
    for group in site.groups:
        if finding.place in (group.place, *(key.place for key in group.keys)):
            return group
    return None


def _may_decay(decay: Decay) -> bool:
    return has_unknown(decay.value) or any(n > 0 for n in _numbers(decay.value))


def _strongest(site: OptimizerSite) -> tuple[ParamGroup | None, Decay]:
    """The group with the largest decay, and that decay; the constructor's where there are no groups."""
    decays: list[tuple[ParamGroup | None, Decay]] = [(group, group.decay) for group in site.groups]
    return max(decays or [(None, site.decay)], key=lambda pair: max(_numbers(pair[1].value), default=0.0))


# -------------------------------------------------------------------- preconditioners


@dataclass(frozen=True, slots=True)
class _Preconditioner:
    """What an adaptive optimizer divides a gradient by.

    ``symbol`` stands in formulas; ``low`` and ``high`` say where it is small and where it is
    large, given gradients of an RMS; ``growth`` is its size in units of that RMS; ``limit`` is
    the step where the gradient is far below wd*|θ|. ``eps`` is None where ``symbol`` contains it.
    """

    symbol: str
    low: str = "where its gradients have RMS {rms}"
    high: str = "where they have RMS {rms}"
    growth: float = 1.0
    limit: str = "the step is lr·sign(θ) = ±{lr}"
    eps: float | None = 1e-8


_ADAM: Final = _Preconditioner("√v̂")
_AMSGRAD: Final = replace(
    _ADAM, symbol="√v̂max", low="where √v̂ has peaked at {rms}", high="where it has at {rms}"
)
_RADAM: Final = replace(
    _ADAM,
    low="once rectified, where its gradients have RMS {rms}",
    limit="the step tends to lr·sign(θ) = ±{lr}",
)
_RMSPROP: Final = _Preconditioner("√v")
_ADAMAX: Final = _Preconditioner(
    "u",
    low="where u, the largest recent |g|, is {rms}",
    high="where it is {rms}",
    eps=None,
)
_ADAGRAD: Final = _Preconditioner(
    "√s",
    low="after 10,000 steps with gradients of RMS {rms}, s being the sum of their squares",
    high="with gradients of RMS {rms}",
    growth=math.sqrt(_RUN),
    limit="step t is lr·sign(θ)/√t = ±{lr}/√t",
    eps=1e-10,
)

# By class name, lower case: the same name means the same update in every framework we know.
_PRECONDITIONERS: Final[Mapping[str, _Preconditioner]] = {
    **dict.fromkeys(("adam", "nadam", "adam8bit", "adam4bit", "adamfp8", "muadam", "nadamlegacy"), _ADAM),
    **dict.fromkeys(("fusedadam", "hybridadam", "cpuadam", "deepspeedcpuadam"), _ADAM),
    "radam": _RADAM,
    "rmsprop": _RMSPROP,
    "adamax": _ADAMAX,
    **dict.fromkeys(("adagrad", "fusedadagrad", "deepspeedcpuadagrad"), _ADAGRAD),
}


def preconditioner_symbol(optimizer: Optimizer) -> str:
    """What the optimizer divides a gradient by, as formulas write it: ``√v̂`` for Adam."""
    found = _PRECONDITIONERS.get(optimizer.short_name.lower())
    return found.symbol if found else "its own measure of the gradient's size"


def _preconditioner(case: _Case) -> _Preconditioner | None:
    found = _PRECONDITIONERS.get(case.optimizer.short_name.lower())
    amsgrad = case.site.argument("amsgrad")
    if found is _ADAM and amsgrad is not None and True in scalars(amsgrad.value):
        found = _AMSGRAD
    eps = case.argument("eps")
    if found is None or found.eps is None or eps is None or eps < 0:
        return found
    return replace(found, eps=eps)


def _low_rms(wd: float) -> float:
    """A small gradient RMS, a power of ten, that still outweighs wd*θ for weights of usual size.

    Below it v̂ is made of the decay term itself and the rate no longer depends on wd.
    """
    return min(0.1, math.pow(10, math.ceil(math.log10(max(1e-4, 0.1 * wd)) - 1e-9)))


# --------------------------------------------------------------------------- the rules


def mathematics(finding: Finding) -> tuple[str, ...]:
    """One to three lines of mathematics for a finding, with the numbers of its own site.

    Empty where there is nothing to compute: no site, or a rule that is not about a number.
    """
    site = finding.site
    if site is None or not site.optimizers:
        return ()
    try:
        return _mathematics(finding, site)
    except (ArithmeticError, ValueError):  # numbers at the ends of what a float holds, such as 1e-320
        return ()


def _mathematics(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    match finding.code:
        case "WD101":
            return _coupled(site)
        case "WD201":
            return _missing_group(site)
        case "WD202" | "WD205":
            return _wrong_group(site)
        case "WD203":
            return _inherited(finding, site)
        case "WD204":
            return _ignored_key(finding, site)
        case "WD301":
            return _implicit(site)
        case _:
            return ()


def _coupled(site: OptimizerSite) -> tuple[str, ...]:
    case = _case(site, *_strongest(site), "coupled")
    name = case.optimizer.short_name
    preconditioner = _preconditioner(case)
    if preconditioner is not None:
        return _lines(_rate(case, preconditioner), _limit(case, preconditioner), _decoupled_twin(case))
    if name.lower() == "adadelta":
        return (*_adadelta_rate(case), _decoupled_twin(case))
    return (
        f"{name} adds wd·θ to the gradient before it rescales the gradient: how much of itself a weight "
        "loses per step depends on its gradients, and no choice of wd makes it the same for all.",
        _decoupled_twin(case),
    )


def _rate(case: _Case, by: _Preconditioner) -> str:
    """What a weight loses per step at a small and a large gradient."""
    low, eps = _low_rms(case.wd.number), by.eps or 0.0
    at_low, at_high = (
        coupled_rate(case.lr.number, case.wd.number, by.growth * rms, eps) for rms in (low, 1.0)
    )
    formula = by.symbol if by.eps is None else f"({by.symbol}+ε)"
    denominator = by.symbol if eps < 0.01 * low else f"({by.symbol}+{format_number(eps)})"
    return (
        f"{case.given} a weight loses lr·wd/{formula} = {format_number(case.product)}/{denominator} of "
        f"itself per step: {format_number(at_low)} {by.low.format(rms=format_number(low))}; "
        f"{format_number(at_high)} {by.high.format(rms='1')}, {format_count(at_low / at_high)} times less. "
        "That is not one weight decay."
    )


def _limit(case: _Case, by: _Preconditioner) -> str | None:
    """Where the gradient vanishes the coefficient cancels, as long as ε is smaller still."""
    if case.wd.number * _USUAL_WEIGHT < 4 * (by.eps or 0.0):
        return None
    limit = by.limit.format(lr=format_number(case.lr.number))
    text = f"Where |g| is far below wd·|θ| (rare embedding rows, dead units), wd cancels: {limit} for any wd."
    momentum = case.argument("momentum") if by.symbol == _RMSPROP.symbol else None
    if momentum and 0 < momentum < 1:
        factor = format_number(1 / (1 - momentum))
        text += f" Momentum {format_number(momentum)} multiplies both, in the long run, by {factor}."
    return text


def _adadelta_rate(case: _Case) -> tuple[str, str]:
    return (
        f"{case.given} a weight loses lr·wd·√(Δ+ε)/√(v+ε) = {format_number(case.product)}·√(Δ+ε)/√(v+ε) of "
        "itself per step, v and Δ being the running means of its squared gradients and updates.",
        "Two weights whose gradients differ a hundredfold may be decayed at rates that differ a hundredfold. "
        "That is not one weight decay.",
    )


def _decoupled_twin(case: _Case) -> str:
    """What the same number would do outside the gradient, and that it must be chosen anew."""
    replacement = case.optimizer.replacement
    if replacement is None:
        subject = "Decay outside the gradient"
    elif replacement.flags:
        subject = "With " + ", ".join(f"{k}={v}" for k, v in replacement.flags.items()) + " it"
    else:
        subject = replacement.name.rpartition(".")[2]
    usual = "; 0.01 to 0.1 is usual" if subject == "AdamW" else ": an L2 coefficient does not carry over"
    if not case.wd.known:
        return f"{subject} would shrink every weight by lr·wd per step. Choose a value for it{usual}."
    at = "" if case.lr.known else " at that lr"
    effect = f"{subject} would shrink every weight by lr·wd = {format_number(case.product)} per step{at}"
    steps = time_scale(case.product)
    if steps > NEGLIGIBLE_STEPS * (1 + 1e-9):
        return f"{effect} (time scale {format_steps(steps)}): next to nothing. Choose a value for it{usual}."
    return f"{effect} ({_duration(case.product)}): another regulariser, so the number must be tuned again."


def _duration(shrink: float) -> str:
    if shrink >= 1:
        return "the whole weight in one step"
    return f"time scale {format_steps(time_scale(shrink))}, half-life {format_count(half_life(shrink))}"


_FORMULAS: Final[Mapping[Coupling, str]] = {
    "decoupled": "lr·wd",
    "decoupled_absolute": "wd",
    "decoupled_prox": "lr·wd/(1+lr·wd)",
    "l2_sgd": "lr·wd",
}


def _shrink(case: _Case) -> tuple[str, float] | None:
    """The formula and the fraction lost per step; None where it depends on the gradients."""
    formula = _FORMULAS.get(case.coupling)
    if formula is None:
        return None
    shrink = per_step_shrink(case.lr.number, case.wd.number, case.coupling)
    momentum = case.argument("momentum") if case.coupling == "l2_sgd" else None
    if momentum and 0 < momentum < 1:
        return f"{formula}/(1-{format_number(momentum)})", shrink / (1 - momentum)
    return formula, shrink


def _loses(case: _Case, subject: str) -> str | None:
    """``With lr = 1e-3 and wd = 0.05 <subject> loses lr·wd = 5e-5 of itself per step (...)``."""
    found = _shrink(case)
    if found is None:
        return None
    formula, shrink = found
    value = f"{formula} = {format_number(shrink)}" if formula != "wd" else format_number(shrink)
    unscaled = ", not multiplied by lr" if case.coupling == "decoupled_absolute" else ""
    return f"{case.given} {subject} loses {value} of itself per step{unscaled} ({_duration(shrink)})."


def _gain_line(case: _Case) -> str | None:
    """What the decay does to a norm's gain, which starts at 1 and has no reason to go to 0."""
    found = _shrink(case)
    if found is None or found[1] >= 1:
        return None
    shrink = found[1]
    steps = _RUN if remaining(shrink, _RUN) > 0.01 else time_scale(shrink)
    left = remaining(shrink, steps)
    if left > 0.99:
        lost = format_number(100 * (1 - left), 2)
        return (
            f"In {format_steps(steps)} that is at most {lost} % of a norm's gain: little, at this lr and wd."
        )
    scheduled = "" if case.coupling == "decoupled_absolute" else ", at constant lr"
    return (
        f"After {format_steps(steps)}{scheduled}, a norm's gain of 1 that no gradient holds is "
        f"{format_number(left, 2)}: it goes towards 0, not towards 1."
    )


def _lines(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _missing_group(site: OptimizerSite) -> tuple[str, ...]:
    wanted: tuple[Coupling, ...] = ("decoupled", "decoupled_absolute", "decoupled_prox")
    case = _case(site, *_strongest(site), *wanted)
    return _lines(_loses(case, "every parameter, norms and biases included,"), _gain_line(case))


def _wrong_group(site: OptimizerSite) -> tuple[str, ...]:
    """What the decay does to a norm or bias that is in the decayed group."""
    decays = [group.decay for grouping in site.groupings for group in grouping.groups]
    if not any(_numbers(decay.value) for decay in decays):
        return ()
    decay = max(decays, key=lambda each: max(_numbers(each.value), default=0.0))
    case = _case(site, None, decay, *_FORMULAS, "coupled")
    if case.coupling == "coupled":
        return (
            f"{case.optimizer.short_name} adds wd·θ to the gradients of these parameters, with {case.wd}.",
        )
    return _lines(_loses(case, "each of these parameters"), _gain_line(case))


def _group_case(site: OptimizerSite, group: ParamGroup) -> _Case:
    """The case of a group that gets its decay from elsewhere, with a note that says from where."""
    case = _case(site, group, group.decay, *_FORMULAS, "coupled")
    if group.decay.origin != "argument" or not case.wd.known:
        return case
    note = f"the constructor's, {case.wd.note}" if case.wd.note else "the constructor's"
    return replace(case, wd=replace(case.wd, note=note))


def _effect(case: _Case) -> str:
    """What the decay does to the parameters of one group."""
    if case.coupling == "coupled":
        name = case.optimizer.short_name
        return f"{name} adds wd·θ to the gradients of this group's parameters, with {case.wd}."
    return _loses(case, "each parameter of this group") or f"The decay of this group is {case.wd}."


def _inherited(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    pointed = _pointed_at(finding, site)
    silent = [g for g in (pointed, *site.groups) if g is not None and g.decay.origin != "group"]
    silent.sort(key=lambda group: (group is not pointed, not group.parameters.exempts))
    if not silent:
        return ()
    case = _group_case(site, silent[0])
    return _lines(_effect(case), _gain_line(case))


def _ignored_key(finding: Finding, site: OptimizerSite) -> tuple[str, ...]:
    found = _ignored(finding, site)
    if found is None:
        return ()
    group, key = found
    written = number(key.value)
    ignored = f'"{key.name}"' if written is None else f'"{key.name}": {format_number(written, 6)}'
    in_force = "The decay of this group is 0."
    if _may_decay(group.decay):
        in_force = _effect(_group_case(site, group))
    return (f"{ignored} stands in the group and has no effect.", in_force)


def _ignored(finding: Finding, site: OptimizerSite) -> tuple[ParamGroup, GroupKey] | None:
    """The group and its key that the optimizer does not read."""
    keys = [(group, key) for group in site.groups for key in group.keys if key.name != "weight_decay"]
    pointed = (pair for pair in keys if pair[1].place == finding.place)
    named = (pair for pair in keys if re.search(r"decay|wd|l2", pair[1].name))
    return next(pointed, None) or next(named, None)


def _implicit(site: OptimizerSite) -> tuple[str, ...]:
    case = _case(site, None, site.decay, "decoupled", "decoupled_absolute", "decoupled_prox")
    return _lines(_loses(case, "every decayed weight"))


# --------------------------------------------------------------------------- the card


def render_card(card: Card, width: int) -> str:
    """A rule card as plain text of at most ``width`` columns; code and formulas are not wrapped."""
    width = max(width, 40)
    sections = [
        f"{card.code} {card.name}\n{_facts_line(card)}\n\n{_wrap(card.summary, width)}",
        _section("What", card.what, width),
        _section("Why", card.why, width),
        _section("Mathematics", card.math, width),
        *(_example(example, width) for example in card.examples),
        _section("Fix safety", card.fix_safety, width),
        _section("Limits", card.limits, width),
        "References\n" + "\n".join(_reference(r.title, r.url, width) for r in card.references),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _facts_line(card: Card) -> str:
    shown = "shown with --pedantic, " if card.pedantic else ""
    return f"{card.severity}, {shown}since {card.since}"


def _section(heading: str, text: str, width: int) -> str:
    return f"{heading}\n{_wrap(text, width, '  ')}" if text.strip() else ""


_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def _wrap(text: str, width: int, indent: str = "") -> str:
    """Paragraphs and list items wrapped; lines that are indented or hold columns kept as they are."""
    wrapped: list[str] = []
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n")):
        wrapped.append("\n".join(_wrap_paragraph(paragraph.splitlines(), width, indent)))
    return "\n\n".join(wrapped)


def _wrap_paragraph(lines: list[str], width: int, indent: str) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        if line.startswith((" ", "\t")) and not (block and _ITEM.match(block[0])):
            yield from _fill(block, width, indent)
            block = []
            yield indent + line.rstrip()
        elif _ITEM.match(line):
            yield from _fill(block, width, indent)
            block = [line]
        else:
            block.append(line.strip())
    yield from _fill(block, width, indent)


def _fill(block: list[str], width: int, indent: str) -> list[str]:
    if not block:
        return []
    marker = _ITEM.match(block[0])
    hanging = indent + " " * (marker.end() if marker else 0)
    return textwrap.wrap(
        " ".join(block),
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _example(example: Example, width: int) -> str:
    """The reported code in full and what the fix changes in it."""
    import difflib

    code = " " * 6
    lines = [_wrap(f"Example: {example.title}", width), "  Reported:"]
    lines.append(textwrap.indent(example.bad.rstrip(), code))
    if example.fixed is None:
        lines.append("  There is no automatic fix.")
        return "\n".join(lines)
    by_hand = example.applicability == "display"
    lines.append("  By hand:" if by_hand else f"  {_command(example)} makes of it:")
    changes = difflib.unified_diff(example.bad.splitlines(), example.fixed.splitlines(), n=1, lineterm="")
    shown = [line for line in changes if not line.startswith(("---", "+++"))]
    lines += [code + ("..." if line.startswith("@@") else line).rstrip() for line in shown]
    return "\n".join(lines)


def _command(example: Example) -> str:
    flags = ["wdlint --fix"]
    if example.applicability == "unsafe":
        flags.append("--unsafe-fixes")
    flags += [f"--{name} {value}" for name, value in example.options.items()]
    return " ".join(flags)


def _reference(title: str, url: str, width: int) -> str:
    return f"{_wrap(title, width, '  ')}\n    {url}"
