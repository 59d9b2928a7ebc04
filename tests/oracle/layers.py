"""A described layer against the module the library builds."""

from __future__ import annotations

import re
from typing import Any

from wdlint.knowledge import Layer, LayerParameter


def created(module: Any) -> dict[str, int | None]:
    """Name to rank of what torch made; a lazy parameter has no rank yet."""
    lazy = {n for n, p in module.named_parameters() if type(p).__name__ == "UninitializedParameter"}
    return {n: None if n in lazy else p.ndim for n, p in module.named_parameters()}


def pattern(name: str) -> str:
    return re.escape(name).replace(r"\*", r"\w+")


def expected(found: Layer, flags: dict[str, bool]) -> list[LayerParameter]:
    return [p for p in found.parameters if all(flags[flag] for flag in p.needs)]


def compare(found: Layer, module: Any, flags: dict[str, bool]) -> None:
    """What a module of a library has is what is said of it, the modules it was given aside."""
    wanted = expected(found, flags)
    handed = tuple(f"{prefix}." for prefix in found.submodules)
    made = {name: ndim for name, ndim in created(module).items() if not name.startswith(handed)}
    for name, ndim in made.items():
        fits = [p for p in wanted if re.fullmatch(pattern(p.name), name)]
        assert len(fits) == 1, f"{found.name}({flags}): {name} is described {len(fits)} times"
        assert ndim is None or fits[0].ndim_of or fits[0].ndim == ndim, f"{found.name}: {name}"
    for parameter in wanted:
        if not parameter.maybe:
            made_of_it = [n for n in made if re.fullmatch(pattern(parameter.name), n)]
            assert made_of_it, f"{found.name}({flags}) has no {parameter.name}"
