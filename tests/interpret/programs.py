"""What a small program comes to: the value of an expression after it, and the groups of its optimizers."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

from wdlint.facts import OptimizerSite
from wdlint.interpret.machine import STEPS, Frame, Machine
from wdlint.interpret.modules import Library
from wdlint.interpret.values import List, Value, options
from wdlint.knowledge import catalogue
from wdlint.reason import examine
from wdlint.sources.project import Project
from wdlint.sources.text import Source, parse


def value_of(expression: str, program: str = "", *, root: str = ".", steps: int = STEPS) -> Value:
    """The value of an expression at the end of a program whose modules are below ``root``.

    Raises:
        Exhausted: the program costs more than ``steps``.
    """
    machine = Machine(Library([root]), steps=steps)
    module = machine.library.main(str(Path(root, "main.py")), ast.parse(dedent(program)))
    with machine.running():
        env = machine.importer.env(module)
        machine.frames.append(Frame(env))
        return machine.evaluate(ast.parse(expression, mode="eval").body, env)


def any_of(value: Value) -> set[Value]:
    """The alternatives of a value, lists as tuples."""
    return {tuple(o.data) if isinstance(o, List) else o for o in options(value)}


def sites(folder: Path, files: dict[str, str], main: str = "train.py") -> tuple[OptimizerSite, ...]:
    """The optimizers of one file of a project."""
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    source = Source.decode((folder / main).read_bytes(), str(folder / main))
    return examine(source, parse(source), catalogue(), Project(source.path), every_site=True).sites


def members(site: OptimizerSite, grouping: int = 0) -> dict[str, tuple[int, ...]]:
    """The groups that surely hold each parameter, by its name."""
    return {m.parameter.name: m.groups for m in site.groupings[grouping].members if not m.maybe}


def unsure(site: OptimizerSite) -> set[str]:
    """The parameters of which it is not sure where they are."""
    return {m.parameter.name for m in site.groupings[0].members if m.maybe or m.parameter.maybe}
