"""The zoo: models that PyTorch can build, as text, one file a family.

A file is paragraphs of Python. The statements of a paragraph that are expressions are models, each
a constructor call; the others are what it needs first: imports, and a configuration if it must be.
``# word: ...`` before them sets something for the paragraph, in a paragraph of its own for the rest
of the file:

``needs``
    The packages that must be installed, by the names they are imported under.
``stands-in``
    Packages imported on the way that no constructor uses: an empty stand-in is enough.
``repository``, ``root``
    Where the code is, ``owner/name@commit`` of a public repository, and the folder its imports start at.
``chosen-by-name``
    An argument says which model it is, or is the model, so that the call says nothing without it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ZOO: Final = Path(__file__).parent
PLAIN: Final = ZOO.parent / "models"
"""Models written for this zoo, in the styles people write them; its files import one another by name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model: ``prelude`` is what its snippet starts with, ``call`` the expression that builds it."""

    family: str
    prelude: str
    call: str
    settings: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        return f"{self.family}: {self.call}"

    @property
    def source(self) -> str:
        return f"{self.prelude}model = {self.call}\n"

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(self.settings.get("needs", "").split())

    @property
    def stand_ins(self) -> tuple[str, ...]:
        return tuple(self.settings.get("stands-in", "").split())

    @property
    def chosen_by_name(self) -> bool:
        return "chosen-by-name" in self.settings

    def roots(self, installed: str, repositories: Path | None = None) -> tuple[str, ...]:
        """The folders its imports start at; ``installed`` is where packages are installed.

        Raises:
            LookupError: it lies in a repository, and there is no folder of them.
        """
        repository = self.settings.get("repository")
        if repository is None:
            return (str(PLAIN), installed)
        if repositories is None:
            raise LookupError(f"{self.name}: {repository} is needed")
        folder = repositories / repository.partition("@")[0].replace("/", "+")
        return (str(folder / self.settings.get("root", "")), str(folder), installed)


def families() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in ZOO.glob("*.txt")))


def entries(chosen: Sequence[str] | None = None, also: Sequence[Path] = ()) -> list[Entry]:
    """The models of these families, or of all, in the order they are written; ``also`` are other files."""
    named = families() if chosen is None else chosen
    files = [*(ZOO / f"{family}.txt" for family in named), *also]
    return [entry for file in files for entry in read(file.stem, file.read_text())]


def read(family: str, text: str) -> Iterator[Entry]:
    """The models of one file's text."""
    standing: dict[str, str] = {}
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line.strip()]
        settings = dict(_setting(line) for line in lines if line.startswith("# ") and ":" in line)
        statements = ast.parse(paragraph).body
        if not statements:
            standing |= settings
        prelude = "".join(
            f"{ast.get_source_segment(paragraph, each)}\n"
            for each in statements
            if not isinstance(each, ast.Expr)
        )
        for each in statements:
            if isinstance(each, ast.Expr):
                call = ast.get_source_segment(paragraph, each)
                assert call is not None
                yield Entry(family, prelude, call, standing | settings)


def _setting(line: str) -> tuple[str, str]:
    word, _, rest = line.removeprefix("# ").partition(":")
    return word.strip(), rest.strip()
