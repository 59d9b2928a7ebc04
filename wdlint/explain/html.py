"""A page as one HTML file that needs nothing else: no script, no network, formulas as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Final

from wdlint.explain import mathml
from wdlint.explain.markdown import without_margin
from wdlint.explain.page import Block, Code, Formula, Page, Piece, Section, Words, groups

_CODE_SPAN: Final = re.compile(r"`([^`]*)`")

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --wdlint-paper: Canvas; }
@media (prefers-color-scheme: dark) { :root { --wdlint-coupled: #fb923c; --wdlint-decoupled: #2dd4bf; } }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; margin-bottom: 0; }
h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
.facts { opacity: .7; margin-top: .2rem; }
.summary { font-size: 1.1rem; }
pre { background: var(--soft); padding: .7rem 1rem; overflow-x: auto; line-height: 1.4; }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
ins { color: #1a7f37; text-decoration: none; }
del { color: #cf222e; text-decoration: none; }
math[display="block"] { margin: 1.2rem 0; overflow-x: auto; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; }
"""


def render(page: Page, pictures: Mapping[str, str] | None = None) -> str:
    """The whole document; ``pictures`` are SVG elements by the heading they stand under."""
    parts = [f"<h1>{_inline(page.title)}</h1>"]
    parts += [f'<p class="facts">{escape(page.facts)}</p>'] if page.facts else []
    parts.append(f'<p class="summary">{_inline(page.summary)}</p>')
    for each in page.sections:
        parts += _section(each, (pictures or {}).get(each.heading, ""))
    if page.see:
        names = "".join(f"<li><code>wdlint explain {escape(name)}</code></li>" for name in page.see)
        parts.append(f"<h2>See also</h2>\n<ul>{names}</ul>")
    if page.references:
        links = (f'<li><a href="{escape(url)}">{_inline(title)}</a></li>' for title, url in page.references)
        parts.append("<h2>References</h2>\n<ul>\n" + "\n".join(links) + "\n</ul>")
    head = (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(page.title)}</title>\n<style>{_STYLE}</style>"
    )
    body = "\n".join(parts)
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _section(section: Section, picture: str) -> Iterator[str]:
    yield f"<h2>{_inline(section.heading)}</h2>"
    if picture:
        yield f"<figure>{picture}</figure>"
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        for pieces in groups(block.text):
            yield from _parts(pieces)
    elif isinstance(block, Code):
        mark = _changed if block.language == "diff" else escape
        yield _preformatted("\n".join(map(mark, block.text.splitlines())))
    else:
        yield _formula(block)


def _parts(pieces: tuple[Piece, ...]) -> Iterator[str]:
    for kind, run in groupby(pieces, key=lambda piece: piece.kind):
        rows = list(run)
        if kind == "line":
            yield _preformatted(escape("\n".join(without_margin(row.text for row in rows))))
        elif kind == "item":
            element = "ol" if rows[0].marker[0].isdigit() else "ul"
            items = "\n".join(f"<li>{_inline(row.text)}</li>" for row in rows)
            yield f"<{element}>\n{items}\n</{element}>"
        else:
            yield from (f"<p>{_inline(row.text)}</p>" for row in rows)


def _formula(formula: Formula) -> str:
    """MathML, or the LaTeX itself where nothing can draw it."""
    if mathml.available():
        return mathml.convert(formula.latex)
    return _preformatted(escape(formula.latex.strip("\n")))


def _preformatted(content: str) -> str:
    return f"<pre>{content}</pre>"


def _changed(line: str) -> str:
    element = {"+": "ins", "-": "del"}.get(line[:1])
    return f"<{element}>{escape(line)}</{element}>" if element else escape(line)


def _inline(text: str) -> str:
    return _CODE_SPAN.sub(r"<code>\1</code>", escape(text))


def has_formulas(page: Page) -> bool:
    """Whether there is anything on the page for MathML to draw."""
    return any(isinstance(block, Formula) for each in page.sections for block in each.blocks)
