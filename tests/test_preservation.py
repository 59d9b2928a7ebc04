"""Fixing end to end, from bytes to bytes: nothing but the edited spans may change, however a file is written.

Every layout is fixed in every file format; since a format is a plain transformation of the text,
fixing the transformed file must give the transformed result.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wdlint.choices import STYLES
from wdlint.engine import check_source, fix_source
from wdlint.facts import Span
from wdlint.settings import Settings, default_settings
from wdlint.sources.text import Source

SAFE = default_settings()
UNSAFE = replace(SAFE, unsafe_fixes=True)


def fixed(data: bytes, chosen: Settings = SAFE) -> bytes:
    result = fix_source(data, "train.py", chosen)
    assert not result.problems and not result.report.errors
    return result.data


DECAYED = '{"params": [p for p in net.parameters() if p.ndim > 1]},'
EXEMPT = '{"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},'


def split(indent: str = "") -> str:
    """The two groups of ``net`` as they are laid out on a line with this indentation."""
    return f"[\n{indent}    {DECAYED}\n{indent}    {EXEMPT}\n{indent}]"


LAYOUTS = {
    "plain": (
        "opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
        f"opt = torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2)\n",
    ),
    "comments in every position of the call": (
        """\
opt = torch.optim.Adam(  # a
    # b
    net.parameters(),  # c
    # d, with ) and "
    lr=1e-2,  # e
    # f
    weight_decay=1e-2  # g
    # h
)  # i
""",
        f"""\
opt = torch.optim.AdamW(  # a
    # b
    {split("    ")},  # c
    # d, with ) and "
    lr=1e-2,  # e
    # f
    weight_decay=1e-2  # g
    # h
)  # i
""",
    ),
    "trailing comma on the same line": (
        "opt = torch.optim.Adam( net.parameters() , weight_decay = 1e-2 , lr = 1e-2 , )\n",
        f"opt = torch.optim.AdamW( {split()} , weight_decay = 1e-2 , lr = 1e-2 , )\n",
    ),
    "aligned with the parenthesis": (
        "opt = torch.optim.Adam(net.parameters(),\n                       lr=1e-2,\n                       weight_decay=1e-2)\n",
        f"opt = torch.optim.AdamW({split()},\n                       lr=1e-2,\n                       weight_decay=1e-2)\n",
    ),
    "nested in another call": (
        "opt = wrap(torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2), [1, 2])\n",
        f"opt = wrap(torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2), [1, 2])\n",
    ),
    "line continuations": (
        "opt = \\\n    torch.optim.Adam(net.parameters(), \\\n        lr=1e-2, weight_decay=1e-2)\n",
        f"opt = \\\n    torch.optim.AdamW({split('    ')}, \\\n        lr=1e-2, weight_decay=1e-2)\n",
    ),
    "one-line if": (
        "if train: opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)  # one line\n",
        f"if train: opt = torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2)  # one line\n",
    ),
    "returned": (
        "def build():\n    return torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
        f"def build():\n    return torch.optim.AdamW({split('    ')}, lr=1e-2, weight_decay=1e-2)\n",
    ),
    "value of a dict": (
        'both = {\n    "optimizer": torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2),\n    "x": 1,\n}\n',
        f'both = {{\n    "optimizer": torch.optim.AdamW({split("    ")}, lr=1e-2, weight_decay=1e-2),\n    "x": 1,\n}}\n',
    ),
    "body of a lambda": (
        "build = lambda: torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
        f"build = lambda: torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2)\n",
    ),
    "argument of a decorator": (
        "@register(torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2))\ndef main():\n    pass\n",
        f"@register(torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2))\ndef main():\n    pass\n",
    ),
    "two statements on a line, text beyond ascii before the call": (
        'name = "Größe"; opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2); go(opt)\n',
        f'name = "Größe"; opt = torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2); go(opt)\n',
    ),
    "unpacked into a list, options unpacked too": (
        'opt = torch.optim.Adam([*net.parameters()], **{"lr": 1e-2, "weight_decay": 1e-2})\n',
        f"opt = torch.optim.AdamW({split().replace('net.parameters()', '[*net.parameters()]')}, "
        '**{"lr": 1e-2, "weight_decay": 1e-2})\n',
    ),
    "in a decorated function, between comments": (
        "@register\ndef build():  # a\n    # b\n"
        "    return torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)  # c\n    # d\n",
        "@register\ndef build():  # a\n    # b\n"
        f"    return torch.optim.AdamW({split('    ')}, lr=1e-2, weight_decay=1e-2)  # c\n    # d\n",
    ),
    "trailing white space and blank lines around": (
        "x = 1   \n\n\t\nopt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)   \n\n\n",
        f"x = 1   \n\n\t\nopt = torch.optim.AdamW({split()}, lr=1e-2, weight_decay=1e-2)   \n\n\n",
    ),
}
HEAD = "import torch\nfrom nets import Net, register, wrap\n\nnet = Net()\n"

FORMATS: dict[str, Callable[[str], bytes]] = {
    "utf-8, LF": str.encode,
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "byte order mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "byte order mark and CRLF": lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(),
    "latin-1 cookie": lambda text: f'# -*- coding: latin-1 -*-\nname = "é"\n{text}'.encode("latin-1"),
    "no final newline": lambda text: text.rstrip("\n").encode(),
    "form feeds": lambda text: f"\f\n{text}\n\f\ny = 1\n".encode(),
    "form feed before the statement": lambda text: text.replace(HEAD, f"{HEAD}\f").encode(),
    "tabs": lambda text: f"def f():\n\tpass\n{text}".replace("    ", "\t").encode(),
    "two spaces": lambda text: f"def f():\n  pass\n{text}".replace("    ", "  ").encode(),
    "a line of four bytes a character": lambda text: f'"🔥🔥"\n{text}'.encode(),
}


@pytest.mark.parametrize("encode", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_only_the_edited_spans_change(before: str, after: str, encode: Callable[[str], bytes]) -> None:
    once = fixed(encode(HEAD + before))
    assert once == encode(HEAD + after)
    assert fixed(once) == once, "a second run changes nothing"


def test_every_line_ending_of_a_mixed_file_stays() -> None:
    head = b"import torch\r\nfrom nets import Net\nnet = Net()\r\n"
    result = fixed(head + b"opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)\r\nx = 1\n")
    assert result.startswith(head + b"opt = torch.optim.AdamW([")
    assert result.endswith(b"], lr=1e-2, weight_decay=1e-2)\r\nx = 1\n")


def test_imports_and_two_calls_change_in_one_run() -> None:
    before = b"""\
from torch.optim import Adam
from nets import A, B

a, b = A(), B()
one = Adam(a.parameters(), lr=1e-2, weight_decay=1e-2)
two = Adam(b.parameters(), lr=1e-2, weight_decay=1e-2)
"""
    result = fixed(before).decode()
    assert result.count("AdamW([") == 2
    assert result.startswith("from torch.optim import AdamW\nfrom nets import A, B\n")
    assert not check_source(result.encode(), "train.py", SAFE).findings


def test_an_unsafe_fix_waits_until_it_is_asked_for() -> None:
    data = (HEAD + "opt = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-5)\n").encode()
    assert fixed(data) == data
    assert b"AdamW([" in fixed(data, UNSAFE)


def test_a_file_with_nothing_to_fix_is_the_same_object_s_bytes() -> None:
    data = b"\xef\xbb\xbfimport torch\r\n\x0copt = torch.optim.SGD(net.parameters(), lr=1, weight_decay=1e-2)"
    assert fixed(data, UNSAFE) == data


UNCHANGED = {
    "plain SGD: L2 is decay": "opt = torch.optim.SGD(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
    "zero decay": "opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=0)\n",
    "a string is no code": 's = "opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)"\n',
    "another Adam": "from mine import Adam\nopt = Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
    "suppressed": "opt = torch.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-2)  # wdlint: ignore[WD101]\n",
    "a class that arrives as an argument": (
        "def f(cls=torch.optim.Adam):\n    return cls(net.parameters(), lr=1e-2, weight_decay=1e-2)\n"
    ),
    "an optimizer without a twin": "opt = torch.optim.RMSprop(net.parameters(), lr=1e-2, weight_decay=1e-2)\n",
    "an iterator that cannot be read twice": (
        "ps = net.parameters()\nfirst = next(ps)\nopt = torch.optim.Adam(ps, lr=1e-2, weight_decay=1e-2)\n"
    ),
    "sharded parameters": (
        "from torch.distributed.fsdp import FullyShardedDataParallel as FSDP\nmodel = FSDP(net)\n"
        "opt = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-2)\n"
    ),
}


@pytest.mark.parametrize("text", UNCHANGED.values(), ids=UNCHANGED.keys())
def test_what_must_not_change_does_not(text: str) -> None:
    data = (HEAD + text).encode()
    assert fixed(data, UNSAFE) == data


GAPS = st.sampled_from(["", " ", "\n", "\n        ", "  # note )\n  ", "\n\t# \"'\n", " \\\n"])


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call of Adam with its arguments in some order and any white space and comments between tokens."""
    keywords = draw(st.permutations(["lr=1e-2", "weight_decay = 1e-2", "eps=(1e-8)", "betas=(0.9,\n 0.99)"]))
    params = draw(st.sampled_from(["net.parameters()", "params=net.parameters()", "(net.parameters())"]))
    parts = ["torch.optim.Adam("]
    for i, argument in enumerate([params, *keywords]):
        parts += [draw(GAPS), argument, draw(GAPS), "," if i < 4 or draw(st.booleans()) else ""]
    return "".join([*parts, draw(GAPS), ")"])


@settings(max_examples=45, deadline=None)
@given(calls(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(STYLES))
def test_any_layout_of_the_call_survives(call: str, newline: str, style: str) -> None:
    before = f"{HEAD}if net:\n    opt = {call}  # end\n".replace("\n", newline)
    assert_only_edits_change(before, replace(SAFE, fix_style=style))


@pytest.mark.parametrize("style", ["loop", "helper"])
@pytest.mark.parametrize("encode", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("before", [each[0] for each in LAYOUTS.values()], ids=LAYOUTS.keys())
def test_the_other_styles_change_no_more(before: str, encode: Callable[[str], bytes], style: str) -> None:
    source = Source.decode(encode(HEAD + before), "train.py")
    assert_only_edits_change(source.text, replace(SAFE, fix_style=style), source)


def assert_only_edits_change(before: str, chosen: Settings, source: Source | None = None) -> None:
    """Fix a program with one WD101: nothing but the spans of its edits may differ, and that for good."""
    data = (source or Source(before, "train.py")).encode(before)
    (finding,) = check_source(data, "train.py", chosen).findings
    assert finding.code == "WD101" and finding.fix is not None and finding.fix.edits
    once = fixed(data, chosen)
    after = Source.decode(once, "train.py").text
    ast.parse(after)
    assert comments(after) == comments(before)
    shift, landed = 0, []
    for edit in finding.fix.edits:
        start = edit.span.start + shift
        landed.append(Span(start, start + len(edit.text)))
        shift += len(edit.text) - (edit.span.end - edit.span.start)
    assert without(after, landed) == without(before, [edit.span for edit in finding.fix.edits])
    newlines = set(re.findall(r"\r\n|\n", before))
    assert not newlines or set(re.findall(r"\r\n|\n", after)) <= newlines
    assert fixed(once, chosen) == once


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def without(text: str, spans: list[Span]) -> str:
    """The text without what is in these spans."""
    ends = [0, *(span.end for span in spans)]
    return "".join(text[a:b] for a, b in zip(ends, [*(s.start for s in spans), len(text)], strict=True))
