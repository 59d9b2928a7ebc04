"""The parameters of a file's optimizers, or of a class, for whoever asks about them by name."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from wdlint.engine.checking import project_of
from wdlint.facts import Model, OptimizerSite
from wdlint.failures import reason
from wdlint.knowledge import catalogue
from wdlint.settings import Settings
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError, parse


class TargetError(Exception):
    """What ``params`` was asked about cannot be listed; the text is one line."""


@dataclass(frozen=True, slots=True)
class ParameterReport:
    """The optimizers of a file with what became of each parameter, or the inventory of a class.

    ``model`` is None for a file, and ``sites`` are empty for a class.
    """

    path: str
    sites: tuple[OptimizerSite, ...] = ()
    model: Model | None = None


def parameters_of(target: str, settings: Settings) -> ParameterReport:
    """The parameters of ``train.py``, optimizer by optimizer, or of the class in ``model.py:GPT``.

    Raises:
        TargetError: no such file or class, or it cannot be read.
    """
    path, name = _file_and_class(target)
    try:
        with open(path, "rb") as file:
            source = Source.decode(file.read(), path)
        tree = parse(source)
        if name:
            _check_class(tree, path, name)
            return ParameterReport(path, model=_inventory(source, tree, name, project_of(path, settings)))
        from wdlint.reason import examine

        project = project_of(path, settings)
        facts = examine(source, tree, catalogue(settings.extend_catalogue), project, every_site=True)
        return ParameterReport(path, facts.sites)
    except OSError as error:
        raise TargetError(f"{path}: {reason(error)}") from None
    except SourceError as error:
        where = ":".join(str(part) for part in (path, error.line, error.column) if part is not None)
        raise TargetError(f"{where}: {error.message}") from None
    except RecursionError:
        raise TargetError(f"{path}: nested too deeply to be read") from None


def _file_and_class(target: str) -> tuple[str, str]:
    """``model.py:GPT`` in its two parts; a file whose name holds a colon is a file."""
    path, _, name = target.rpartition(":")
    named = path and name.isidentifier() and not Path(target).exists()
    return (path, name) if named and len(path) > 1 else (target, "")


def _check_class(tree: ast.Module, path: str, name: str) -> None:
    """See that a module has a class, or imports something, of this name."""
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    imported = (alias.asname or alias.name for node in imports for alias in node.names)
    if name not in classes and name not in imported:
        from wdlint.settings import suggestion

        known = f"it has {', '.join(classes)}" if classes else "it has no classes"
        raise TargetError(f"{path}: no class '{name}'; {suggestion(name, classes, known)}")


def _inventory(source: Source, tree: ast.Module, name: str, project: Project) -> Model:
    from wdlint.interpret import Follower

    found = Follower(tree, source, project).inventory(name)
    if found is None:
        raise TargetError(f"{source.path}: '{name}' is not a class that can be followed")
    return found
