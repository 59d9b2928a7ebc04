"""Which texts tell some parameters of a model from the others by their names."""

from __future__ import annotations

import pytest

from wdlint.facts import Parameter, ParameterKind
from wdlint.fixes.telling_names import telling_names


def rows(*names: str, kind: ParameterKind = "norm") -> list[Parameter]:
    return [Parameter(name, kind, example=name.replace("*", "0")) for name in names]


@pytest.mark.parametrize(
    ("missed", "kept", "first"),
    [
        pytest.param(
            ["h.*.ln_1.weight", "h.*.ln_2.weight", "ln_f.weight"],
            ["wte.weight", "h.*.attn.weight"],
            ("ln_",),
            id="one word for GPT-2's norms",
        ),
        pytest.param(
            ["blocks.*.norm1.weight", "norm.weight"], ["head.weight"], ("norm",), id="one for timm's"
        ),
        pytest.param(
            ["norm1.weight"],
            ["unnormed.weight"],
            ("norm1.weight",),
            id="a word that meets a weight is no good",
        ),
        pytest.param(
            ["layers.*.a.weight", "layers.*.b.weight"],
            ["layers.*.c.weight"],
            ("a.weight", "b.weight"),
            id="ends where no word speaks",
        ),
        pytest.param(["stem.gamma"], ["stem.weight"], ("gamma",), id="a parameter's own name"),
        pytest.param(
            ["layer1.0.downsample.1.weight"],
            ["conv1.weight", "layer1.0.downsample.0.weight"],
            ("downsample.1.weight",),
            id="no end starts with an index",
        ),
        pytest.param(
            ["in_proj_bias", "bias_ih_l0"], ["in_proj_weight"], ("bias",), id="biases by their word"
        ),
    ],
)
def test_the_shortest_telling_words_come_first(
    missed: list[str], kept: list[str], first: tuple[str, ...]
) -> None:
    assert next(telling_names(rows(*missed), rows(*kept, kind="weight"))) == first


def test_a_pattern_that_stands_for_a_norm_and_a_conv_is_told_by_its_index() -> None:
    norm = Parameter("down.*.weight", "norm", example="down.1.weight")
    conv = Parameter("down.*.weight", "weight", example="down.0.weight")
    assert next(telling_names([norm], [conv])) == ("down.1.weight",)


def test_nothing_is_offered_where_a_repeated_index_is_all_that_differs() -> None:
    assert list(telling_names(rows("layers.*.weight"), rows("layers.*.weight_v", kind="weight"))) == []


def test_a_list_that_nobody_would_keep_by_hand_is_not_offered() -> None:
    missed = rows(*(f"part_{letter}.weight" for letter in "abcdefg"))
    assert list(telling_names(missed, rows("head.weight", kind="weight"))) == []
