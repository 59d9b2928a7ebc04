"""The example scripts: what is reported where, and what the fixes make of them, line by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from wdlint.engine import check_source, fix_source
from wdlint.settings import default_settings

EXAMPLES = Path(__file__).parent.parent / "examples"
SAFE = default_settings()
UNSAFE = replace(SAFE, unsafe_fixes=True)


@dataclass(frozen=True, slots=True)
class Expected:
    """``found``: code, line and certainty; ``safe`` and ``unsafe``: the lines each fix takes and gives."""

    found: tuple[tuple[str, int, str], ...] = ()
    safe: str = ""
    unsafe: str = ""


RENAMED_KEYS = """\
-            "weight_decay_rate": 0.05,
+            "weight_decay": 0.05,
-            "weight_decay_rate": 0.0,
+            "weight_decay": 0.0,
"""
KEPT_LIST = """\
-    param_optimizer = model.named_parameters()
+    param_optimizer = list(model.named_parameters())
"""
GROUPED_ADAMW = """\
-    optimizer = torch.optim.Adam(
-        model.parameters(),
+    optimizer = torch.optim.AdamW(
+        [
+            {"params": [p for p in model.parameters() if p.ndim > 1]},
+            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
+        ],
"""
NEW_CLASS = """\
-    optimizer = torch.optim.Adam([
+    optimizer = torch.optim.AdamW([
"""
NEW_GROUP = """\
-    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
+    optimizer = torch.optim.AdamW([
+        {"params": [p for p in model.parameters() if p.ndim > 1]},
+        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
+    ], lr=3e-3, weight_decay=0.1)
"""

NORM_NAMES = """\
-    no_decay = ["bias", "LayerNorm.weight"]
+    no_decay = ["bias", "norm"]
"""

EXPECTED = {
    "adam_l2_classifier.py": Expected((("WD101", 49, "certain"),), "", GROUPED_ADAMW),
    "bert_no_decay.py": Expected(
        (("WD204", 47, "certain"), ("WD208", 51, "certain"), ("WD204", 53, "certain")),
        RENAMED_KEYS,
        KEPT_LIST + RENAMED_KEYS,
    ),
    "clean_vit.py": Expected(),
    "copied_recipe.py": Expected((("WD205", 28, "certain"),), NORM_NAMES, NORM_NAMES),
    "gcn_two_groups.py": Expected((("WD101", 51, "certain"),), "", NEW_CLASS),
    "mini_gpt.py": Expected((("WD201", 56, "certain"),), NEW_GROUP, NEW_GROUP),
}
each_example = pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED.keys())


def changed_lines(before: bytes, after: bytes) -> str:
    """The lines taken out and put in, as a diff without context or positions writes them."""
    old, new = before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True)
    lines = list(difflib.unified_diff(old, new, n=0))[2:]
    return "".join(line for line in lines if not line.startswith("@@"))


def test_every_example_is_expected_something_of() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == EXPECTED.keys()


@each_example
def test_what_an_example_reports(name: str, expected: Expected) -> None:
    report = check_source((EXAMPLES / name).read_bytes(), name, SAFE)
    assert tuple((f.code, f.place.line, f.certainty) for f in report.findings) == expected.found
    assert not report.errors
    assert report.builds_optimizers == 1


@each_example
@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
def test_what_fixing_an_example_changes(name: str, expected: Expected, unsafe: bool) -> None:
    before = (EXAMPLES / name).read_bytes()
    settings = UNSAFE if unsafe else SAFE
    fixed = fix_source(before, name, settings)
    assert changed_lines(before, fixed.data) == (expected.unsafe if unsafe else expected.safe)
    assert not fixed.problems
    again = fix_source(fixed.data, name, settings)
    assert (again.data, again.applied) == (fixed.data, ())


@each_example
def test_an_example_is_clean_once_everything_is_fixed(name: str, expected: Expected) -> None:
    fixed = fix_source((EXAMPLES / name).read_bytes(), name, UNSAFE)
    found = sorted(code for code, _, _ in expected.found)
    assert sorted(f.code for f in fixed.applied) == found
    left = check_source(fixed.data, name, replace(UNSAFE, pedantic=True)).findings
    assert not left
