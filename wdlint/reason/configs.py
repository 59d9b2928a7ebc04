"""Configuration files as values: YAML and JSON that a program loads, and what Hydra makes of them.

A number in such a file is a default like any other: a user edits the file or overrides it on the
command line. So every leaf becomes a constant that names its key and its file. Interpolations of
plain keys are followed; resolvers (``${oc.env:X}``) are not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from wdlint.facts import Scalar, Span
from wdlint.reason.values import Abstract, Constant, Entries, Item, Items, Opaque
from wdlint.sources.project import Project
from wdlint.sources.text import Source, SourceError

_MOST_NODES: Final = 20_000
_DEEPEST: Final = 40
_MOST_FILES: Final = 60
_MOST_HOPS: Final = 8
_SUFFIXES: Final = (".yaml", ".yml")
_FLOAT: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_INTERPOLATION: Final = re.compile(r"\$\{([A-Za-z_][\w.]*)\}")
_PACKAGE: Final = re.compile(r"^\s*#\s*@package\s+(\S+)", re.MULTILINE)
_ENTRY: Final = re.compile(r"^(?:(override|optional)\s+)*(?P<group>[^@\s]+)(?:@(?P<package>\S+))?$")


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """A scalar and where it is written."""

    value: Scalar
    span: Span
    source: Source


Tree: TypeAlias = "dict[str, Tree] | list[Tree] | _Leaf"


def load(project: Project, file: str, *, floats: bool = False) -> Abstract:
    """The content of a YAML or JSON file; ``floats``: ``1e-4`` is a number, as OmegaConf reads it."""
    tree = _read(project, file, floats=floats)
    return Opaque(f"{project.shown(file)} cannot be read") if tree is None else _Values(tree).at(tree, "")


def compose(project: Project, folder: str, name: str) -> Abstract:
    """What ``@hydra.main(config_path=folder, config_name=name)`` passes to its function."""
    composition = _Composition(project, folder)
    tree = composition.config("", name, "")
    if tree is None:
        return Opaque(f"the configuration `{name}` cannot be read")
    return _Values(tree, open=composition.incomplete).at(tree, "")


# ------------------------------------------------------------------------------ reading


def _read(project: Project, file: str, *, floats: bool) -> dict[str, Tree] | None:
    """The mapping in a file; None if there is none that can be read."""
    import yaml

    data = project.read(file)
    if data is None:
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        source = Source.decode(data, project.shown(file))
        node = yaml.compose(source.text, Loader=loader)
        tree = _Reader(source, floats=floats).tree(node, 0)
    except (yaml.YAMLError, SourceError, RecursionError, ValueError):
        return None
    return tree if isinstance(tree, dict) else None


class _Reader:
    """Turns YAML nodes into a tree that remembers where its leaves stand."""

    def __init__(self, source: Source, *, floats: bool) -> None:
        self.source = source
        self.floats = floats
        self._nodes = 0

    def tree(self, node: Any, depth: int) -> Tree:
        import yaml

        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise ValueError("too large")
        match node:
            case yaml.MappingNode(value=pairs):
                found: dict[str, Tree] = {}
                for key, value in pairs:
                    inner = self.tree(value, depth + 1)
                    if key.value == "<<":
                        for merged in inner if isinstance(inner, list) else [inner]:
                            found = {**merged, **found} if isinstance(merged, dict) else found
                    else:
                        found[str(key.value)] = inner
                return found
            case yaml.SequenceNode(value=elements):
                return [self.tree(element, depth + 1) for element in elements]
            case yaml.ScalarNode():
                span = Span(node.start_mark.index, node.end_mark.index)
                return _Leaf(self._scalar(node), span, self.source)
        raise ValueError("empty")

    def _scalar(self, node: Any) -> Scalar:
        kind = node.tag.rpartition(":")[2]
        text = str(node.value)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        if kind == "int" and text.replace("_", "").lstrip("+-").isdigit():
            return int(text)
        plain = not node.style
        if (kind == "float" or (self.floats and plain)) and _FLOAT.fullmatch(text):
            return float(text)
        return text


# -------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class _Values:
    """A tree as abstract values; ``open``: something that belongs into it could not be read."""

    root: Tree
    open: bool = False

    def at(self, tree: Tree, path: str, hops: int = 0) -> Abstract:
        if isinstance(tree, dict):
            joint = f"{path}." if path else ""
            return Entries({k: (self.at(v, f"{joint}{k}", hops),) for k, v in tree.items()}, self.open)
        if isinstance(tree, list):
            return Items(tuple(Item(self.at(v, f"{path}[{i}]", hops)) for i, v in enumerate(tree)))
        if isinstance(tree.value, str) and "${" in tree.value:
            return self._interpolated(tree.value, hops)
        if tree.value == "???":
            return Opaque(f"`{path}` has to be given")
        of = f"`{path}` in {tree.source.path}"
        return Constant(tree.value, tree.source.place(tree.span), of)

    def _interpolated(self, text: str, hops: int) -> Abstract:
        plain = _INTERPOLATION.fullmatch(text)
        target = _at(self.root, plain[1].split(".")) if plain and hops < _MOST_HOPS else None
        if plain is None or target is None:
            return Opaque(f"`{text}` is resolved when the program runs")
        return self.at(target, plain[1], hops + 1)


def _at(tree: Tree, path: Sequence[str]) -> Tree | None:
    found: Tree | None = tree
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


# --------------------------------------------------------------------------------- hydra


@dataclass(slots=True)
class _Composition:
    """Hydra's composition of the files in one configuration folder."""

    project: Project
    folder: str
    files: int = 0
    incomplete: bool = False

    def config(self, group: str, name: str, package: str) -> dict[str, Tree] | None:
        """One configuration with everything its defaults list pulls in, at its place in the whole."""
        file = self._file(group, name)
        self.files += 1
        if file is None or self.files > _MOST_FILES or (tree := self._tree(file)) is None:
            self.incomplete = True
            return None
        text = (self.project.read(file) or b"").decode("utf-8", "replace")
        package = _package(text, group, package)
        defaults = tree.pop("defaults", [])
        whole: dict[str, Tree] = {}
        own = _nested(tree, package)
        listed = list(_defaults(defaults)) if isinstance(defaults, list) else []
        if ("_self_", None, None) not in listed:
            listed.append(("_self_", None, None))
        for name_or_group, option, under in listed:
            if name_or_group == "_self_":
                whole = _merged(whole, own)
                continue
            whole = _merged(whole, self._pulled_in(group, package, name_or_group, option, under))
        return whole

    def _tree(self, file: str) -> dict[str, Tree] | None:
        tree = _read(self.project, file, floats=True)
        empty = tree is None and not (self.project.read(file) or b"").strip()
        return {} if empty else tree

    def _pulled_in(
        self, group: str, package: str, name: str, option: str | None, under: str | None
    ) -> dict[str, Tree]:
        absolute = name.startswith("/")
        inner = name.strip("/")
        if option is None:  # "- base": a file beside this one
            folder, _, file = inner.rpartition("/")
            place = folder if absolute or not group else "/".join(filter(None, (group, folder)))
            return self.config(place, file, under or package) or {}
        place = inner if absolute or not group else f"{group}/{inner}"
        return self.config(place, option, _absolute(under, package, place)) or {}

    def _file(self, group: str, name: str) -> str | None:
        stem = os.path.normpath(os.path.join(self.folder, group, name))
        if not stem.startswith(self.project.root):
            return None
        candidates = (stem, *(f"{stem}{suffix}" for suffix in _SUFFIXES))
        return next((c for c in candidates if c.endswith(_SUFFIXES) and self.project.state(c)), None)


def _absolute(under: str | None, package: str, group: str) -> str:
    """The package ``group@under`` asks for."""
    if under is None:
        return group.replace("/", ".")
    if under == "_global_":
        return ""
    return f"{package}.{under}" if package else under


def _package(text: str, group: str, package: str) -> str:
    """Where a file's content goes: as its header says, else as it was pulled in."""
    header = _PACKAGE.search(text[:2000])
    if header is None:
        return package
    named = header[1]
    if named == "_global_":
        return ""
    return named.replace("_group_", group.replace("/", ".")).replace("_global_.", "")


def _defaults(entries: list[Tree]) -> Iterator[tuple[str, str | None, str | None]]:
    """The entries of a defaults list: group or name, option, package; overrides take the first's place."""
    found: dict[str, tuple[str, str | None, list[str | None]]] = {}
    for entry in entries:
        if isinstance(entry, _Leaf) and isinstance(entry.value, str):
            found[entry.value] = (entry.value, None, [None])
        for key, chosen in entry.items() if isinstance(entry, dict) else ():
            parsed = _ENTRY.match(key)
            if parsed is None or "hydra/" in key:
                continue
            group = parsed["group"]
            several = chosen if isinstance(chosen, list) else [chosen]
            options = [str(o.value) for o in several if isinstance(o, _Leaf) and o.value is not None]
            if "override " in key:
                group = next((g for g in found if g.strip("/") == group.strip("/")), group)
            found[group] = (group, parsed["package"], list(options))
    for name, package, chosen_options in found.values():
        for option in chosen_options:
            yield name, option, package


def _nested(tree: dict[str, Tree], package: str) -> dict[str, Tree]:
    for name in reversed(package.split(".") if package else []):
        tree = {name: tree}
    return tree


def _merged(below: Mapping[str, Tree], above: Mapping[str, Tree]) -> dict[str, Tree]:
    """Two mappings, key by key; the second one wins where both have a value."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found
