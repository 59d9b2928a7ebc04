"""Where the source of an imported name stands, and modules whose names are evaluated on demand.

Files are found by path, below the import roots; nothing is imported. A module's top level is not
run: when one of its names is asked for, the statements that bind or change that name are.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeGuard

from wdlint.interpret.values import Ref, Value

LARGEST: Final = 2_000_000
"""Bytes of a file that is still read."""

OPAQUE: Final = frozenset(
    {"torch", "numpy", "scipy", "pandas", "tensorflow", "jax", "flax", "optax", "sklearn", "matplotlib"}
    | {"PIL", "cv2", "skimage", "tqdm", "wandb", "mlflow", "tensorboard", "tensorboardX", "datasets"}
    | {"tokenizers", "sentencepiece", "nltk", "spacy", "gym", "gymnasium", "networkx", "h5py", "numba"}
    | {"requests", "yaml", "click", "absl", "pytest", "setuptools", "packaging", "typing_extensions"}
    | {"torchaudio", "safetensors", "huggingface_hub", "accelerate", "deepspeed", "apex", "triton"}
    | {
        "regex",
        "importlib_metadata",
        "zipp",
        "filelock",
        "lazy_importer",
        "ray",
        "psutil",
        "omegaconf",
        "hydra",
        "rdkit",
        "ase",
        "einops",
        "opt_einsum",
        "bitsandbytes",
        "sympy",
        "mpmath",
    }
)
"""Packages whose source is never followed: it builds no modules, or is not Python."""

OPAQUE_PARTS: Final = re.compile(
    r"^transformers\.(generation|integrations|loss|quantizers|data|distributed|pipelines|trainer\w*|conversion_mapping"
    r"|core_model_loading|modeling_flash_attention_utils|masking_utils|kernels|monkey_patching|tokenization_\w+"
    r"|feature_extraction\w*|image_processing\w*|processing_utils|cache_utils|dynamic_module_utils|modelcard"
    r"|utils|video_utils|image_utils|audio_utils|safetensors_conversion|modeling_gguf_pytorch_utils)(\.|$)"
    r"|^diffusers\.(utils|loaders|quantizers|hooks|schedulers|pipelines|image_processor)(\.|$)"
    r"|^torch_geometric\.(inspector|template|data|datasets|loader|sampler|transforms|profile|explain|_compile|index"
    r"|edge_index|hash_tensor|lazy_loader|llm|graphgym|contrib|debug|experimental|seed|home|metrics)(\.|$)"
)
"""Parts of packages that are followed which hold neither modules nor what decides about them."""


@lru_cache(maxsize=8192)
def is_opaque_part(dotted: str) -> bool:
    return OPAQUE_PARTS.match(dotted) is not None


@lru_cache(maxsize=192)
def _parsed(path: str, stamp: tuple[int, int]) -> ast.Module | None:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse_file(path: str) -> ast.Module | None:
    """The syntax tree of a file, parsed once as long as it does not change; None if it cannot be."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return _parsed(path, (found.st_mtime_ns, found.st_size))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


@lru_cache(maxsize=8192)
def _is_file(path: str) -> bool:
    return os.path.isfile(path)


@lru_cache(maxsize=8192)
def _is_folder(path: str) -> bool:
    return os.path.isdir(path)


def _file_of(base: str) -> str | None:
    """The file of the module at a path without suffix: a package's ``__init__.py``, or ``base.py``."""
    for path in (os.path.join(base, "__init__.py"), f"{base}.py"):
        if _is_file(path):
            return path
    return None


@lru_cache(maxsize=2048)
def _mentions(path: str, word: str) -> bool:
    """Whether a file's bytes hold a word: a cheap no before it is parsed."""
    try:
        with open(path, "rb") as file:
            return word.encode() in file.read(LARGEST)
    except OSError:
        return False


@lru_cache(maxsize=8192)
def _may_export(path: str, name: str) -> bool:
    """Whether a file's text looks as if it bound a name at its top level, or took others' with ``*``."""
    try:
        with open(path, "rb") as file:
            data = b"\n" + file.read(LARGEST)
    except OSError:
        return False
    if b"import *" in data and os.path.basename(path) == "__init__.py":
        return True
    word = name.encode()
    if word in data:
        binders = (b"class %b", b"def %b", b"\n%b =", b"\n%b:", b" %b,\n", b"import %b", b", %b")
        if any(binder % word in data for binder in binders):
            return True
    return b"import *" in data


class Module(Ref):
    """A module: ``data`` are its names so far; ``index`` the statements that make the others."""

    __slots__ = ("folder", "is_package", "name", "path", "pending", "tree", "under_way")

    def __init__(self, path: str, name: str, tree: ast.Module) -> None:
        self.path = path
        self.name = name
        self.tree = tree
        self.folder = os.path.dirname(path)
        self.is_package = os.path.basename(path) == "__init__.py"
        self.data: dict[str, Value] = {"__name__": name, "__file__": path}
        self.pending: Index = Index(tree.body)
        self.under_way: set[tuple[ast.stmt, str]] = set()
        """The statements that ran, each with the name it ran for where it only imports."""

    def __repr__(self) -> str:
        return f"<module {self.name}>"


class Index:
    """Which top-level statements make or change which names."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self.makers: dict[str, list[ast.stmt]] = {}
        self.stars: list[ast.ImportFrom] = []
        self.binds: set[str] = set()
        self.importing: set[ast.stmt] = set()
        """Those that import, or choose what to import: they run again for each name."""
        for statement in _unwrapped(body):
            self._enter(statement)
        self._enter_decorated(body)
        self.effects = [s for s in body if _registers_elsewhere(s, self.makers)]
        """Calls that enter something of the module in another's registry."""

    def _enter_decorated(self, body: Sequence[ast.stmt]) -> None:
        """What is defined under a decorator changes what that keeps it in: ``@register("x")``."""
        fills = {s.name: _filled_by(s) & self.binds for s in body if isinstance(s, ast.FunctionDef)}
        made = {root_name(s.targets[0]) for s in body if _makes_object(s)}
        for statement in body:
            for decorator in getattr(statement, "decorator_list", ()):
                function = decorator.func if isinstance(decorator, ast.Call) else decorator
                root = root_name(function) or ""
                kept = {root} & (self.binds if "regist" in ast.unparse(function).lower() else made)
                for name in fills.get(root, kept):
                    self.makers[name].append(statement)

    def _enter(self, statement: ast.stmt) -> None:
        bound: set[str] = set()
        changed: set[str] = set()
        _collect(statement, bound, changed, self.stars)
        self.binds |= bound
        if _imports(statement):
            self.importing.add(statement)
        for name in bound | changed:
            self.makers.setdefault(name, []).append(statement)


def _unwrapped(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under ``if TYPE_CHECKING`` among them."""
    for statement in body:
        match statement:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=inner):
                yield from _unwrapped(inner)
            case _:
                yield statement


def _imports(statement: ast.stmt) -> bool:
    """Whether a statement is an import, or a choice between imports."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.If(body=body, orelse=orelse):
            return any(map(_imports, (*body, *orelse)))
        case ast.Try(body=body, handlers=handlers, orelse=orelse):
            return any(map(_imports, (*body, *(s for h in handlers for s in h.body), *orelse)))
    return False


def _collect(statement: ast.stmt, bound: set[str], changed: set[str], stars: list[ast.ImportFrom]) -> None:
    """The names a statement binds and those whose value it may change in place."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            bound.add(name)
        case ast.Import(names=names):
            bound.update(a.asname or a.name.partition(".")[0] for a in names)
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            stars.append(statement)
        case ast.ImportFrom(names=names):
            bound.update(a.asname or a.name for a in names)
        case ast.Assign(targets=targets):
            for target in targets:
                _target(target, bound, changed)
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                _target(target, bound, changed)
        case ast.AugAssign(target=target):
            _target(target, bound, changed)
        case ast.Delete(targets=targets):
            for target in targets:
                if not isinstance(target, ast.Name):
                    _target(target, bound, changed)
        case ast.Expr(value=ast.Call() as call):
            _changed_by(call, changed)
        case (
            ast.For(target=target, body=body, orelse=orelse)
            | ast.AsyncFor(target=target, body=body, orelse=orelse)
        ):
            _target(target, bound, changed)
            for inner in (*body, *orelse):
                _collect(inner, bound, changed, stars)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            for item in items:
                if item.optional_vars is not None:
                    _target(item.optional_vars, bound, changed)
            for inner in body:
                _collect(inner, bound, changed, stars)
        case ast.If(test=test, body=body, orelse=orelse):
            if not _is_main(test):
                for inner in (*body, *orelse):
                    _collect(inner, bound, changed, stars)
        case ast.While(body=body, orelse=orelse):
            for inner in (*body, *orelse):
                _collect(inner, bound, changed, stars)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            for inner in (*body, *(s for h in handlers for s in h.body), *orelse, *final):
                _collect(inner, bound, changed, stars)


def _makes_object(statement: ast.stmt) -> TypeGuard[ast.Assign]:
    """``NAME = Class(...)``."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Call()):
            return True
    return False


def _registers_elsewhere(statement: ast.stmt, makers: dict[str, list[ast.stmt]]) -> bool:
    """``register_block("mobile", Block)``, of an imported function."""
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)) as called)
        ):
            word = called.attr if isinstance(called, ast.Attribute) else name
            return "regist" in word and any(
                isinstance(s, ast.ImportFrom | ast.Import) for s in makers.get(name, ())
            )
    return False


def _filled_by(function: ast.FunctionDef) -> set[str]:
    """The names of which a function, or one within it, changes an element."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=holder)]):
                found.add(root_name(holder) or "")
            case ast.Call(func=ast.Attribute(value=holder, attr="append" | "update" | "add" | "setdefault")):
                found.add(root_name(holder) or "")
    return found


def _is_main(test: ast.expr) -> bool:
    """``__name__ == "__main__"``."""
    match test:
        case ast.Compare(left=ast.Name(id="__name__")):
            return True
    return False


def _target(target: ast.expr, bound: set[str], changed: set[str]) -> None:
    match target:
        case ast.Name(id=name):
            bound.add(name)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                _target(element, bound, changed)
        case ast.Starred(value=value):
            _target(value, bound, changed)
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            if (root := root_name(value)) is not None:
                changed.add(root)


def _changed_by(call: ast.Call, changed: set[str]) -> None:
    """A method called for its effect changes what it is called on; a ``register`` call its arguments."""
    if isinstance(call.func, ast.Attribute) and (name := root_name(call.func.value)) is not None:
        changed.add(name)
    for argument in call.args:
        if isinstance(argument, ast.Name):
            changed.add(argument.id)


def last_name(node: ast.expr) -> str:
    """``c`` of ``a.b.c``; "" of what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def root_name(node: ast.expr) -> str | None:
    """``a`` of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def likely_first(stars: Sequence[ast.ImportFrom], name: str) -> list[ast.ImportFrom]:
    """Star imports in the order to search them: the last one wins, but one named like the name first.

    ``from .bert import *`` is where ``BertModel`` comes from; a large package has hundreds.
    """
    wanted = name.lower().replace("_", "")

    def fits(statement: ast.ImportFrom) -> int:
        last = (statement.module or "").rpartition(".")[2].lower().replace("_", "")
        return len(last) if last and wanted.startswith(last) else 0

    return sorted(reversed(stars), key=fits, reverse=True)  # noqa: C414 (the last wins among equals)


class Library:
    """Finds modules below import roots; each file is one module, however it is imported.

    ``roots`` are tried in order: the folder of the analysed file and its parents up to the
    project's root, configured ones, then the packages of an environment.
    """

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = tuple(dict.fromkeys(os.path.abspath(r) for r in roots))
        self._modules: dict[str, Module] = {}
        self.charge: Callable[[int], None] = lambda size: None
        """Told of the bytes of every file before it is parsed."""
        self._paths: dict[str, str | None] = {}

    def main(self, path: str, tree: ast.Module, name: str = "__main__") -> Module:
        """The module of the file that is analysed, whose tree is there already."""
        module = Module(os.path.abspath(path), name, tree)
        self._modules[module.path] = module
        return module

    def module(self, path: str, name: str) -> Module | None:
        """The module of a file; None if it cannot be parsed."""
        path = os.path.abspath(path)
        known = self._modules.get(path)
        if known is None:
            self.charge(_size(path))
            tree = parse_file(path)
            if tree is None:
                return None
            known = self._modules[path] = Module(path, name, tree)
        return known

    def find(self, dotted: str) -> Module | None:
        """The module of an absolute dotted name; None if it is not below the roots, or opaque."""
        path = self.path(dotted)
        return None if path is None else self.module(path, dotted)

    def path(self, dotted: str) -> str | None:
        """The file of an absolute dotted name; None if it is not below the roots, or opaque."""
        if dotted in self._paths:
            return self._paths[dotted]
        first = dotted.partition(".")[0]
        found = None
        for root in () if is_opaque_part(dotted) else self.roots:
            outside = "site-packages" in root
            if (first in OPAQUE and (outside or first in ("torch", "numpy"))) or (
                outside and first in sys.stdlib_module_names
            ):
                continue
            if (found := _file_of(os.path.join(root, *dotted.split(".")))) is not None:
                break
        self._paths[dotted] = found
        return found

    def is_package(self, dotted: str) -> bool:
        """Whether a dotted name is a folder below a root, with or without ``__init__.py``."""
        return any(_is_folder(os.path.join(root, *dotted.split("."))) for root in self.roots)

    def relative(self, importer: Module, level: int, dotted: str) -> Module | None:
        """The module of ``from ..dotted import``, seen from the importing module's folder."""
        folder = importer.folder
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        base = os.path.join(folder, *dotted.split(".")) if dotted else folder
        name = relative_name(importer, level, dotted)
        path = None if is_opaque_part(name) else _file_of(base)
        return None if path is None else self.module(path, name)

    def beside(self, package: Module, name: str) -> Module | None:
        """The submodule ``name`` of a package."""
        if not package.is_package:
            return None
        full = f"{package.name}.{name}"
        path = None if is_opaque_part(full) else _file_of(os.path.join(package.folder, name))
        return None if path is None else self.module(path, full)

    def star(self, importer: Module, statement: ast.ImportFrom) -> Module | None:
        if statement.level:
            return self.relative(importer, statement.level, statement.module or "")
        return self.find(statement.module or "")

    def exports(self, module: Module, name: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a module has a name, by itself or through star imports."""
        if name in module.pending.binds or name in module.data:
            return True
        if module.path in seen:
            return False
        for statement in likely_first(module.pending.stars, name):
            path = self._star_path(module, statement)
            if path is None or not _may_export(path, name):
                continue
            inner = self.star(module, statement)
            if inner is not None and self.exports(inner, name, seen | {module.path}):
                return True
        return False

    def _star_path(self, importer: Module, statement: ast.ImportFrom) -> str | None:
        dotted = statement.module or ""
        if statement.level:
            folder = importer.folder
            for _ in range(statement.level - 1):
                folder = os.path.dirname(folder)
            return _file_of(os.path.join(folder, *dotted.split(".")) if dotted else folder)
        for root in self.roots:
            if (path := _file_of(os.path.join(root, *dotted.split(".")))) is not None:
                return path
        return None

    def defining(self, package: Module, text: str) -> Iterator[Module]:
        """The modules of a package's folder whose bytes hold a text, in the order of their names."""
        for folder, folders, files in os.walk(package.folder):
            folders.sort()
            for file in sorted(files):
                path = os.path.join(folder, file)
                if file.endswith(".py") and _mentions(path, text):
                    inside = os.path.relpath(path, package.folder)[:-3].replace(os.sep, ".")
                    dotted = f"{package.name}.{inside.removesuffix('.__init__')}"
                    if (module := self.module(path, dotted)) is not None:
                        yield module


def relative_name(importer: Module, level: int, dotted: str) -> str:
    """The absolute name of a relative import."""
    parts = importer.name.split(".")
    if not importer.is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*parts, dotted] if dotted else parts) or dotted
