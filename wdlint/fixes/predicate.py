"""Which parameters are exempt from decay, as a test that can be written on a parameter or its name.

Rank is the first choice: ``p.ndim > 1`` separates matrices and convolution kernels from gains and
biases, and needs no names. Where the inventory of the model shows that it does not, or where more
or less is to be exempt, the shortest names that do are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wdlint.accounts import topic_of
from wdlint.facts import Parameter, ParameterSet
from wdlint.fixes.comprehension import Comprehension
from wdlint.fixes.telling_names import telling_names
from wdlint.fixes.withheld import Withheld
from wdlint.settings import PATTERN

USUAL: Final = ("bias", "norm")
"""What is exempt unless the settings say otherwise."""

_PLURALS: Final = {
    "bias": "biases",
    "norm": "norms",
    "embedding": "embeddings",
    "position": "position embeddings",
    "scale": "scales",
}


@dataclass(frozen=True, slots=True)
class Predicate:
    """A test on a parameter: exempt is what has one of the ``texts`` in its name, or no two dimensions.

    Without ``by_rank`` the names alone decide.
    """

    texts: tuple[str, ...] = ()
    by_rank: bool = True

    def exempt(self, shape: Comprehension, quote: str) -> str:
        """The condition under which the parameter of a comprehension is not decayed."""
        tests = [f"{shape.variable}.ndim <= 1"] if self.by_rank else []
        if self.texts:
            tests.append(self._by_name(shape.name, quote))
        return " or ".join(tests)

    def decayed(self, shape: Comprehension, quote: str) -> str:
        """The opposite."""
        tests = [f"{shape.variable}.ndim > 1"] if self.by_rank else []
        if len(self.texts) == 1:
            tests.append(f"{self._quoted(quote)[0]} not in {shape.name}")
        elif self.texts:
            tests.append(f"not {self._by_name(shape.name, quote)}")
        return " and ".join(tests)

    def _by_name(self, name: str, quote: str) -> str:
        written = self._quoted(quote)
        if len(written) == 1:
            return f"{written[0]} in {name}"
        return f"any(text in {name} for text in ({', '.join(written)}))"

    def _quoted(self, quote: str) -> list[str]:
        return [f"{quote}{text}{quote}" for text in self.texts]


BY_RANK: Final = Predicate()


def predicates(parameters: Iterable[ParameterSet], wanted: Sequence[str]) -> list[Predicate]:
    """The tests that exempt just what is ``wanted``, the best first; empty ``wanted`` is the usual.

    Raises:
        Withheld: no such test is known, with the parameter that is in its way.
    """
    models = [model for each in parameters for model in each.models]
    held = list(dict.fromkeys(p for model in models for p in model.parameters))
    is_exempt = _asked(wanted or USUAL)
    if not held and set(wanted or USUAL) == set(USUAL):
        return [BY_RANK]
    if not held:
        raise Withheld(f"the model is not known, so it is not known which parameters are {shown(wanted)}")
    may_lie_either_way = _policy if not wanted else _never
    exempt = [p for p in held if is_exempt(p)]
    kept = [p for p in held if not is_exempt(p) and not may_lie_either_way(p)]
    misjudged = [p for p in exempt if p.ndim is not None and p.ndim > 1]
    misjudged += [p for p in kept if p.ndim is not None and p.ndim <= 1]
    unranked = [p for p in (*exempt, *kept) if p.ndim is None] if wanted else []
    if not misjudged and not unranked:
        return [BY_RANK]
    if opaque := next((m for m in models if not m.complete), None):
        raise Withheld(
            f"{_why(misjudged or unranked, opaque.name)}, and it has parts whose names are not seen"
        )
    found = list(_by_names(exempt, kept, rank_is_known=not unranked))
    if not found:
        raise Withheld(f"{_why(misjudged or unranked, models[0].name)}, and no name tells it from the others")
    return found


def _by_names(exempt: list[Parameter], kept: list[Parameter], *, rank_is_known: bool) -> Iterable[Predicate]:
    vectors_are_exempt = all(p.ndim is None or p.ndim > 1 for p in kept)
    if rank_is_known and vectors_are_exempt:
        missed = [p for p in exempt if p.ndim is None or p.ndim > 1]
        for texts in telling_names(missed, kept):
            yield Predicate(texts)
    for texts in telling_names(exempt, kept):
        yield Predicate(texts, by_rank=False)


def _asked(wanted: Sequence[str]) -> Callable[[Parameter], bool]:
    """Whether a parameter is among what is wanted: kinds, and patterns on its name."""
    patterns = [re.compile(each[len(PATTERN) :]) for each in wanted if each.startswith(PATTERN)]

    def is_asked(parameter: Parameter) -> bool:
        if parameter.kind in wanted or ("bias" in wanted and topic_of(parameter) == "norm bias"):
            return True
        return any(pattern.search(parameter.example or parameter.name) for pattern in patterns)

    return is_asked


def _policy(parameter: Parameter) -> bool:
    """What convention neither exempts nor decays: layer scales, positions and the like."""
    return parameter.kind not in ("weight", "embedding")


def _never(parameter: Parameter) -> bool:
    return False


def _why(misjudged: Sequence[Parameter], model: str) -> str:
    parameter = misjudged[0]
    what = {"norm": "norm parameter", "other": "parameter"}.get(parameter.kind, parameter.kind)
    article = "an" if what[0] in "aeiou" else "a"
    dimensions = "an unknown number of" if parameter.ndim is None else str(parameter.ndim)
    plural = "" if parameter.ndim == 1 else "s"
    return (
        f"ndim does not separate the parameters of {model}: `{parameter.name}` is {article} {what}"
        f" with {dimensions} dimension{plural}"
    )


def shown(wanted: Sequence[str]) -> str:
    """What is exempt, in words: ``norms and biases``."""
    kinds = [_PLURALS[kind] for kind in _PLURALS if kind in wanted]
    if kinds[:2] == ["biases", "norms"]:
        kinds[:2] = ["norms", "biases"]
    patterns = [f"/{each[len(PATTERN) :]}/" for each in wanted if each.startswith(PATTERN)]
    words = [*kinds, *patterns]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
