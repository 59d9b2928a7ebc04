"""Whatever stands in a file, it becomes findings or one error about that file."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wdlint import check_source, default_settings
from wdlint.engine import check_paths

OPTIMIZER = b"\n\nimport torch\ntorch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)\n"

BROKEN = {
    "NUL bytes": (b"import torch.optim as o\no.Adam(p)\0\n", 2),
    "an encoding not of text": (b"# coding: rot13\nimport torch.optim as o\no.Adam(p)\n", 1),
    "bytes that are not UTF-8": (b"import torch\ntorch.optim.Adam(p)\nx = '\xff'\n", 3),
    "Python 2": (b"import torch\ntorch.optim.Adam(p)\nprint 'x'\n", 3),
    "a string that never ends": (b"import torch\ntorch.optim.Adam(p)\nx = 'abc\n", 3),
    "a parenthesis that never ends": (b"import torch\ntorch.optim.Adam(p\n", 2),
    "an unknown encoding": (b"# coding: klingon\nimport torch\ntorch.optim.Adam(p)\n", 1),
    "ten thousand terms": (b"import torch\ntorch.optim.Adam(p)\nx = " + b"1 + " * 10_000 + b"1\n", None),
    "a thousand brackets": (b"import torch\ntorch.optim.Adam(p)\nx = " + b"(" * 1000 + b")" * 1000, None),
}

FINE = {
    "an empty file": b"",
    "only a byte order mark": b"\xef\xbb\xbf",
    "CR-only newlines": b"import torch\rtorch.optim.Adam(p, weight_decay=0.1)\r",
    "latin-1 with a cookie": b"# coding: latin-1\nimport torch\nx = '\xe9'\ntorch.optim.Adam(p, weight_decay=.1)\n",
    "two thousand elifs": b"import torch\nif a == 0:\n    wd = 0.1\n"
    + b"".join(b"elif a == %d:\n    wd = 0.2\n" % i for i in range(300))
    + b"torch.optim.Adam(p, weight_decay=wd)\n",
    "a chain of calls": b"import torch\nx = a" + b".b()" * 150 + b"\ntorch.optim.Adam(p, weight_decay=0.1)\n",
    "one line of two megabytes": b"import torch; x = '"
    + b"a" * 2_000_000
    + b"'; torch.optim.Adam(p, weight_decay=1)",
}


@pytest.mark.parametrize(("data", "line"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_one_error_with_its_line(data: bytes, line: int | None) -> None:
    report = check_source(data, "train.py", default_settings())
    (error,) = report.errors
    assert report.findings == ()
    assert line is None or error.line == line


@pytest.mark.parametrize("data", FINE.values(), ids=FINE.keys())
def test_an_odd_file_is_checked(data: bytes) -> None:
    report = check_source(data, "train.py", default_settings())
    assert report.errors == ()
    assert [f.code for f in report.findings] == (["WD101"] if b"Adam" in data else [])


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, (data, _) in zip("abcdefghi", BROKEN.values(), strict=True):
        (tmp_path / f"{name}.py").write_bytes(data)
    (tmp_path / "z.py").write_bytes(b"import torch\ntorch.optim.Adam(p, weight_decay=0.1)\n")
    run = check_paths([str(tmp_path)], default_settings())
    assert [f.code for f in run.findings] == ["WD101"]
    assert len(run.all_errors) == len(BROKEN)


@pytest.mark.parametrize(
    "numbers", ["weight_decay=1e999", "lr=1e-320, weight_decay=0.1", "lr=5e-324, weight_decay=1e-4"]
)
@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_numbers_at_the_ends_of_what_a_float_holds(name: str, numbers: str) -> None:
    data = f"import torch\ntorch.optim.{name}(m.parameters(), {numbers})\n".encode()
    report = check_source(data, "train.py", default_settings())
    assert len(report.findings) == 1


def standard_library() -> list[Path]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    return sorted(p for p in folder.glob("*.py") if p.stat().st_size < 120_000)


def test_the_standard_library_with_an_optimizer_at_its_end() -> None:
    """Real code in every shape: the reasoner runs over all of it and says nothing wrong."""
    checked = 0
    for path in standard_library():
        report = check_source(path.read_bytes() + OPTIMIZER, path.name, default_settings())
        assert report.errors == (), path.name
        assert report.findings == (), path.name
        checked += 1
    assert checked > 100


# ------------------------------------------------------------------ generated programs

NAMES = st.sampled_from(["wd", "lr", "kw", "params", "groups", "model", "args", "cfg"])
VALUES = st.one_of(
    st.sampled_from(
        ["0.1", "1e-4", "None", "{}", "[]", "model.parameters()", "args.wd", "kw['wd']", "f(wd)"]
    ),
    NAMES,
    st.builds("{} + {}".format, NAMES, NAMES),
    st.builds("{} if {} else {}".format, NAMES, NAMES, st.sampled_from(["0.1", "wd"])),
    st.builds("dict(weight_decay={}, **{})".format, NAMES, NAMES),
    st.builds("[p for p in {} if p.ndim > 1]".format, NAMES),
)
CALLS = st.builds(
    "torch.optim.{}({}, {})".format,
    st.sampled_from(["Adam", "AdamW", "SGD"]),
    VALUES,
    st.sampled_from(["weight_decay=wd", "**kw", "lr, (0.9, 0.99), 1e-8, wd", "*args", "weight_decay=0.1"]),
)
SIMPLE = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{} += {}".format, NAMES, VALUES),
    st.builds("{}['weight_decay'] = {}".format, NAMES, VALUES),
    st.builds("{}.append({})".format, NAMES, VALUES),
    st.builds("del {}".format, NAMES),
    st.builds("opt = {}".format, CALLS),
    CALLS,
)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def nested(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Lines, or a compound statement around them."""
    return st.one_of(
        inner,
        st.builds(lambda n, b: [f"if {n}:", *indented(b)], NAMES, inner),
        st.builds(lambda n, a, b: [f"if {n}:", *indented(a), "else:", *indented(b)], NAMES, inner, inner),
        st.builds(lambda n, v, b: [f"for {n} in {v}:", *indented(b)], NAMES, VALUES, inner),
        st.builds(lambda n, b: [f"def f({n}, wd=0.1, **kw):", *indented(b), "    return wd"], NAMES, inner),
        st.builds(lambda b: ["class T:", "    def __init__(self, wd):", *indented(indented(b))], inner),
        st.builds(lambda a, b: ["try:", *indented(a), "except E:", *indented(b)], inner, inner),
        st.builds(lambda a, b: [*a, *b], inner, inner),
    )


BLOCKS = nested(nested(nested(st.lists(SIMPLE, min_size=1, max_size=4))))


@settings(max_examples=150, deadline=None)
@given(BLOCKS)
def test_generated_programs_are_checked_without_error(lines: list[str]) -> None:
    text = "import torch\n" + "\n".join(lines) + "\n"
    report = check_source(text.encode(), "train.py", default_settings())
    assert report.errors == ()
    for finding in report.findings:
        assert text[slice(*finding.place.span)].strip()
        for label in finding.related:
            assert text[slice(*label.place.span)].strip()
