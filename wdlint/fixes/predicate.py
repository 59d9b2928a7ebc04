"""Which parameters are exempt from decay, as a test that can be written on a parameter or its name.

Rank is the first choice: ``p.ndim > 1`` separates matrices and convolution kernels from gains and
biases, and needs no names. Where the inventory of the model shows that it does not, or where more
or less is to be exempt, the shortest names that do are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wdlint.accounts import topic_of
from wdlint.choices import PATTERN
from wdlint.facts import Model, Parameter, ParameterSet
from wdlint.fixes.comprehension import Comprehension
from wdlint.fixes.telling_names import telling_names
from wdlint.fixes.withheld import Withheld
from wdlint.wording import listed

USUAL: Final = ("bias", "norm")
"""What is exempt unless the settings say otherwise."""

_PLURALS: Final = {
    "norm": "norms",
    "bias": "biases",
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


@dataclass(frozen=True, slots=True)
class Exemption:
    """What is to be exempt: ``wanted`` are the kinds and patterns of the settings, empty for the usual."""

    wanted: tuple[str, ...] = ()

    def asks_for(self, parameter: Parameter) -> bool:
        """Whether a parameter is to be exempt."""
        wanted = self.wanted or USUAL
        if parameter.kind in wanted or ("bias" in wanted and topic_of(parameter) == "norm bias"):
            return True
        name = parameter.example or parameter.name
        return any(re.search(each[len(PATTERN) :], name) for each in wanted if each.startswith(PATTERN))

    def refuses(self, parameter: Parameter) -> bool:
        """Whether a parameter is to be decayed. The usual leaves layer scales and the like as they come."""
        if not self.wanted:
            return parameter.kind in ("weight", "embedding")
        return not self.asks_for(parameter)

    def finds_nothing_in(self, parameters: ParameterSet) -> bool:
        """Whether every model is known in full and has nothing to exempt."""
        return bool(parameters.models) and all(map(self._spares_all_of, parameters.models))

    def _spares_all_of(self, model: Model) -> bool:
        if not model.complete or any(map(self.asks_for, model.parameters)):
            return False
        return bool(self.wanted) or all(p.ndim is not None and p.ndim > 1 for p in model.parameters)

    def __str__(self) -> str:
        """What is exempt, in words: ``norms and biases``."""
        wanted = self.wanted or USUAL
        kinds = [plural for kind, plural in _PLURALS.items() if kind in wanted]
        patterns = [f"`{each[len(PATTERN) :]}`" for each in wanted if each.startswith(PATTERN)]
        return listed([*kinds, *patterns])


def predicates(parameters: Iterable[ParameterSet], exemption: Exemption) -> list[Predicate]:
    """The tests that exempt just what is asked for, the best first.

    Raises:
        Withheld: no such test is known, with the parameter that is in its way.
    """
    models = [model for each in parameters for model in each.models]
    held = list(dict.fromkeys(p for model in models for p in model.parameters))
    if not held:
        if set(exemption.wanted or USUAL) == set(USUAL):
            return [BY_RANK]
        raise Withheld(f"the model is not known, so nobody can say which parameters are {exemption}")
    exempt = [p for p in held if exemption.asks_for(p)]
    kept = [p for p in held if exemption.refuses(p) and p not in exempt]
    misjudged = [p for p in exempt if p.ndim is not None and p.ndim > 1]
    misjudged += [p for p in kept if p.ndim is not None and p.ndim <= 1]
    unranked = [p for p in (*exempt, *kept) if p.ndim is None] if exemption.wanted else []
    if not misjudged and not unranked:
        return [BY_RANK]
    why = _why((misjudged or unranked)[0], models[0].name)
    if not all(m.complete for m in models):
        raise Withheld(f"{why}, and it has parts whose names are not seen")
    found = list(_by_names(exempt, kept, rank_is_known=not unranked))
    if not found:
        raise Withheld(f"{why}, and no name tells it from the others")
    return found


def _by_names(exempt: list[Parameter], kept: list[Parameter], *, rank_is_known: bool) -> Iterator[Predicate]:
    """Names beside the rank where that spares some, and names alone."""
    if rank_is_known and all(p.ndim is None or p.ndim > 1 for p in kept):
        missed = [p for p in exempt if p.ndim is None or p.ndim > 1]
        yield from map(Predicate, _texts(missed, kept))
    for texts in _texts(exempt, kept):
        yield Predicate(texts, by_rank=False)


def _texts(exempt: list[Parameter], kept: list[Parameter]) -> Iterator[tuple[str, ...]]:
    """Texts that meet these names and no others: ``bias`` for all biases, if it meets nothing else."""
    others = [name for p in kept for name in (p.name.replace("*", "0"), p.example)]
    biases = [p for p in exempt if p.name.rpartition(".")[2] == "bias"]
    if biases and not any("bias" in name for name in others):
        rest = [p for p in exempt if "bias" not in p.name]
        yield from (("bias", *texts) for texts in telling_names(rest, kept))
        if not rest:
            yield ("bias",)
    for texts in telling_names(exempt, kept):
        if not any(text in name for text in texts for name in others):  # the last list is of whole names
            yield texts


def _why(parameter: Parameter, model: str) -> str:
    what = {"norm": "norm parameter", "other": "parameter"}.get(parameter.kind, parameter.kind)
    article = "an" if what[0] in "aeiou" else "a"
    dimensions = "an unknown number of" if parameter.ndim is None else str(parameter.ndim)
    plural = "" if parameter.ndim == 1 else "s"
    return (
        f"ndim does not separate the parameters of {model}: `{parameter.name}` is {article} {what}"
        f" with {dimensions} dimension{plural}"
    )
