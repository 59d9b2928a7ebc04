"""Every example of every rule card, executed: what it reports, what its fix makes of it, and that it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wdlint.engine import check_source, fix_source
from wdlint.facts import Finding
from wdlint.knowledge import Card, Example, card, cards, rule_names
from wdlint.settings import Settings, default_settings

IN_SCOPE = (
    *(
        "WD101",
        "WD102",
        "WD103",
        "WD107",
        "WD201",
        "WD202",
        "WD203",
        "WD204",
        "WD205",
        "WD206",
        "WD207",
        "WD208",
    ),
    *("WD301", "WD901"),
)

EXAMPLES = [(found, example) for found in cards() for example in found.examples]
CLEAN = [(of, example) for of, example in EXAMPLES if example.fixed is not None]
FIXED = [(of, example) for of, example in CLEAN if example.applicability != "display"]
UNSAFE = [(of, example) for of, example in FIXED if example.applicability == "unsafe"]

RULES = Path(__file__).parent.parent / "rules"


def each(examples: list[tuple[Card, Example]]) -> pytest.MarkDecorator:
    """Parametrise over examples, named by their rule and title."""
    ids = [f"{of.code}: {example.title}" for of, example in examples]
    return pytest.mark.parametrize(("of", "example"), examples, ids=ids)


def settings_for(of: Card, example: Example, *, unsafe: bool = False) -> Settings:
    """What a user would have to set for this example: the defaults, and what the card says."""
    default = default_settings()
    number = example.options.get("weight-decay")
    return replace(
        default,
        rules=default.rules | {of.code},
        pedantic=of.pedantic,
        weight_decay=float(number) if isinstance(number, int | float) else None,
        unsafe_fixes=unsafe,
    )


def findings(source: str, settings: Settings) -> tuple[Finding, ...]:
    report = check_source(source.encode(), "example.py", settings)
    assert not report.errors
    return report.findings


@each(EXAMPLES)
def test_the_bad_example_raises_exactly_its_rule(of: Card, example: Example) -> None:
    found = findings(example.bad, settings_for(of, example))
    assert [(f.code, f.name, f.severity) for f in found] == [(of.code, of.name, of.severity)]
    assert found[0].certainty in ("certain", "likely")


@each(CLEAN)
def test_the_fixed_example_is_clean(of: Card, example: Example) -> None:
    assert example.fixed is not None
    assert findings(example.fixed, settings_for(of, example)) == ()


@each(FIXED)
def test_the_fix_turns_the_bad_example_into_the_fixed_one(of: Card, example: Example) -> None:
    settings = settings_for(of, example, unsafe=example.applicability == "unsafe")
    fixed = fix_source(example.bad.encode(), "example.py", settings)
    assert fixed.data.decode() == example.fixed
    assert not fixed.problems
    again = fix_source(fixed.data, "example.py", settings)
    assert (again.data, again.applied) == (fixed.data, ())


@each(EXAMPLES)
def test_the_fix_is_as_safe_as_the_card_says(of: Card, example: Example) -> None:
    (found,) = findings(example.bad, settings_for(of, example))
    edits = found.fix.edits if found.fix else ()
    by_hand = found.fix is not None and found.fix.withheld is None and not edits
    assert not by_hand or (found.fix is not None and found.fix.applicability == "display")
    applicability = found.fix.applicability if found.fix and (edits or by_hand) else "none"
    assert applicability == example.applicability


@each(UNSAFE)
def test_an_unsafe_fix_waits_to_be_asked_for(of: Card, example: Example) -> None:
    fixed = fix_source(example.bad.encode(), "example.py", settings_for(of, example))
    assert fixed.data.decode() == example.bad


@pytest.mark.parametrize("code", IN_SCOPE)
def test_every_rule_in_scope_has_a_card(code: str) -> None:
    found = card(code)
    assert found is not None
    assert found == card(found.name)
    assert rule_names()[code] == found.name


def test_cards_come_in_the_order_of_their_codes() -> None:
    codes = [found.code for found in cards()]
    assert codes == sorted(codes)
    assert set(codes) == set(rule_names())


@pytest.mark.parametrize("found", cards(), ids=lambda found: str(found.code))
def test_a_card_is_filed_under_its_code_and_name(found: Card) -> None:
    if not RULES.is_dir():
        pytest.skip("the tests run without the source tree")
    assert (RULES / f"{found.code}-{found.name}.yaml").is_file()


@pytest.mark.parametrize("found", cards(), ids=lambda found: str(found.code))
def test_a_card_is_complete(found: Card) -> None:
    for text in (
        found.summary,
        found.what,
        found.why,
        found.math,
        found.latex,
        found.fix_safety,
        found.limits,
    ):
        assert text.strip()
    assert 1 <= len(found.examples) <= 3
    assert all(reference.url.startswith("https://") and reference.title for reference in found.references)
    assert found.references


@each(EXAMPLES)
def test_an_example_has_a_fix_or_says_that_there_is_none(of: Card, example: Example) -> None:
    assert (example.fixed is None) == (example.applicability == "none")
    for source in filter(None, (example.bad, example.fixed)):
        compile(source, f"{of.code}.py", "exec")
        assert source.endswith("\n")


def test_a_default_of_zero_is_only_said_to_the_pedantic() -> None:
    source = b"import torch\n\ndef build(model, wd=0.0):\n    return torch.optim.Adam(model.parameters(), weight_decay=wd)\n"
    quiet = check_source(source, "train.py", default_settings())
    assert (quiet.findings, quiet.hidden) == ((), 1)
    pedantic = check_source(source, "train.py", replace(default_settings(), pedantic=True))
    assert [(f.code, f.certainty) for f in pedantic.findings] == [("WD101", "possible")]
