"""The one place that declares a setting, when the object that holds it cannot be followed.

``args.weight_decay`` in a function nobody visibly calls, or after a framework handed ``args``
around, is still what the program's only ``--weight-decay`` says. Looked for are options,
configuration fields, Hydra's configurations and yacs defaults, in the files reached along the
imports of the asking module, then along those of the modules that import it. Declarations that
disagree decide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from wdlint.reason import loaders, members
from wdlint.reason.arguments import as_default
from wdlint.reason.scopes import ModuleIndex
from wdlint.reason.values import Abstract, Constant, Entries, Lazy, Opaque, alternatives, choice
from wdlint.sources.project import is_test

if TYPE_CHECKING:
    from wdlint.reason.evaluate import Evaluator
    from wdlint.reason.modules import Modules

_HOLDER: Final = re.compile(
    r"^_?(\w+_)?(args?|arguments|opts?|options?|cfg|conf|config|configs|configuration|hparams?|hps?|hyp"
    r"|flags|params|settings|namespace)$",
    re.IGNORECASE,
)
"""What people call the object that carries a program's settings."""

_WORTH: Final = re.compile(
    r"decay|wd($|_)|(^|_)wd|^l2|^reg|_reg$|lambda|lamb|penalty|^lr$|_lr$|learning_rate|optim", re.IGNORECASE
)
"""Only what configures an optimizer is worth a search."""

_MOST_IMPORTERS: Final = 8
_LEVELS: Final = 4
"""How far up the imports are followed, from a library's file to the script that declares."""


def setting(evaluator: Evaluator, chain: str, homes: Sequence[ModuleIndex] = ()) -> Abstract | None:
    """The declared default behind ``cfg.a.b``, given as that text; None where nothing declares it.

    ``homes`` are modules known to take part in declaring it.
    """
    modules = evaluator.modules
    names = _path(chain)
    if modules is None or not names or not _WORTH.search(names[-1]):
        return None
    start = [modules.file_of(modules.evaluator(home)) for home in homes] + [modules.file_of(evaluator)]
    for files in _circles(modules, start):
        mentioning = [f for f in files if _mentions(modules, f, names[-1])]
        found = [v for f in mentioning for v in _declarations(modules.load(f), names)]
        if found:
            return _agreed(found, names[-1])
    if len(names) > 1:  # a path of several names says enough to be sought everywhere
        mentioning = modules.project.mentioning(names[-1], ".".join(names)) or []
        holders = [modules.load(file) for file in mentioning[:_MOST_IMPORTERS]]
        found = [value for holder in holders if holder is not None for value in _assigned(holder, names)]
        return _agreed(found, names[-1]) if found else None
    return None


def _path(chain: str) -> tuple[str, ...]:
    """``("a", "b")`` of ``self.cfg.a.b``; nothing where no name says that it holds settings."""
    parts = chain.split(".")
    for i, part in enumerate(parts[:-1]):
        if _HOLDER.match(part):
            return tuple(parts[i + 1 :])
    return ()


def _circles(modules: Modules, start: Iterable[str]) -> Iterator[list[str]]:
    """What the files reach, then what the files that import them reach, and so on upwards."""
    level = list(dict.fromkeys(start))
    seen: set[str] = set()
    for _ in range(_LEVELS):
        reached = dict.fromkeys(each for file in level for each in modules.project.reachable(file))
        yield [file for file in reached if file not in seen]
        seen |= reached.keys()
        above = [each for file in level for each in modules.project.importers(file) if not is_test(each)]
        level = list(dict.fromkeys(above))[:_MOST_IMPORTERS]


def _mentions(modules: Modules, file: str, name: str) -> bool:
    data = modules.project.read(file) or b""
    return any(word in data for word in (name.encode(), name.replace("_", "-").encode(), b"hydra"))


def _declarations(evaluator: Evaluator | None, names: tuple[str, ...]) -> Iterator[Abstract]:
    if evaluator is None:
        yield Opaque("the search for it ran out of budget")
        return
    name = names[-1]
    if name in evaluator.options:
        yield members.declared_option(evaluator, name)
    for cls in members.field_classes(evaluator, name):
        yield choice(members.class_attribute(evaluator, cls, name, None))
    yield from _composed(evaluator, names)
    if len(names) > 1:
        yield from _assigned(evaluator, names)


def _composed(evaluator: Evaluator, names: tuple[str, ...]) -> Iterator[Abstract]:
    """The key in the configuration that Hydra composes for a function of the file."""
    for functions in evaluator.index.functions.values():
        for function in functions:
            value: Lazy | None = loaders.hydra_configuration(evaluator, function)
            for name in names:
                value = value.entries.get(name, (None,))[-1] if isinstance(value, Entries) else None
            if isinstance(value, Constant):
                yield value


def _assigned(evaluator: Evaluator, names: tuple[str, ...]) -> Iterator[Abstract]:
    """``_C.SOLVER.WEIGHT_DECAY = 1e-4``: yacs and its like, where the whole path agrees."""
    path = ".".join(names)
    for binding in evaluator.index.attributes_set.get(names[-1], ()):
        ends = binding.name == path or binding.name.endswith(f".{path}")
        if ends and binding.statement is not None and binding.value is not None:
            value = evaluator.evaluate(binding.value, evaluator.frame(binding.statement))
            yield as_default(value, f"`{binding.name}`") if not binding.path else Opaque("it is unpacked")


def _agreed(found: Sequence[Abstract], name: str) -> Abstract:
    constants = [each for value in found for each in alternatives(value) if isinstance(each, Constant)]
    if len({(type(c.value), c.value) for c in constants}) == 1:
        if all(isinstance(each, Constant) for value in found for each in alternatives(value)):
            return constants[0]
    if len(found) == 1:
        return found[0]
    return Opaque(f"several places declare `{name}`, each its own default")
