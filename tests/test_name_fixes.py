"""WD202 and WD205: how names are corrected, and when they are left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wdlint.engine import check_paths, check_source, fix_source
from wdlint.facts import Fix
from wdlint.settings import default_settings

UNSAFE = replace(default_settings(), unsafe_fixes=True)

GPT = """\
import torch
from torch import nn


class GPT(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.wte = nn.Embedding(16, width)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Linear(width, width)
        self.ln_f = nn.LayerNorm(width)


"""
TWO_GROUPS = """\
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not EXEMPT], "weight_decay": 0.1},
        {"params": [p for n, p in model.named_parameters() if EXEMPT], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
"""


def by(condition: str, before: str = "") -> str:
    """A program whose groups are made by a condition on the name ``n`` or the parameter ``p``."""
    return f"{GPT}model = GPT()\n{before}{TWO_GROUPS.replace('EXEMPT', condition)}"


def proposed(program: str) -> Fix:
    (found,) = check_source(program.encode(), "train.py", default_settings()).findings
    assert found.fix is not None
    return found.fix


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            by("any(nd in n for nd in no_decay)", 'no_decay = ["bias", "LayerNorm.weight"]\n'),
            by("any(nd in n for nd in no_decay)", 'no_decay = ["bias", "ln_"]\n'),
            id="a dead name of a list is replaced",
        ),
        pytest.param(
            by("any(nd in n for nd in no_decay)", "no_decay = ('bias', 'LayerNorm.weight', 'norm.weight')\n"),
            by("any(nd in n for nd in no_decay)", "no_decay = ('bias', 'ln_')\n"),
            id="a second dead name goes, and quotes stay",
        ),
        pytest.param(
            by('("bias" in n or "LayerNorm" in n)'),
            by('("bias" in n or "ln_" in n)'),
            id="a name that is compared directly, wherever it stands",
        ),
        pytest.param(
            by('n.endswith(("bias", "norm.weight"))'),
            by('n.endswith(("bias", "ln_1.weight", "ln_f.weight"))'),
            id="ends of names where ends are compared",
        ),
        pytest.param(
            by("n in no_decay", 'no_decay = ["ln_1.weight", "ln_1.bias", "mlp.bias", "ln_f.bias"]\n'),
            by(
                "n in no_decay",
                'no_decay = ["ln_1.weight", "ln_f.weight", "ln_1.bias", "mlp.bias", "ln_f.bias"]\n',
            ),
            id="whole names where whole names are compared",
        ),
    ],
)
def test_the_names_of_the_model_take_the_place_of_dead_ones(before: str, after: str) -> None:
    fixed = fix_source(before.encode(), "train.py", default_settings())
    assert fixed.data.decode() == after
    assert not fixed.report.findings


def test_the_rank_takes_the_place_of_names_where_no_name_tells_norms_apart() -> None:
    model = """\
import torch
from torch import nn

layers = []
for _ in range(3):
    layers += [nn.Linear(4, 4), nn.LayerNorm(4)]
model = nn.Sequential(*layers)
no_decay = ["bias", "LayerNorm.weight"]
"""
    program = model + TWO_GROUPS.replace("EXEMPT", "any(nd in n for nd in no_decay)")
    fixed = fix_source(program.encode(), "train.py", default_settings())
    assert "if p.ndim >= 2]" in fixed.data.decode() and "if p.ndim < 2]" in fixed.data.decode()
    assert not fixed.report.findings


HELPER = """\
def build(model):
    no_decay = ["bias", "LayerNorm.weight"]
    return torch.optim.AdamW(
        [
            {"params": [p for n, p in model.named_parameters() if not any(d in n for d in no_decay)],
             "weight_decay": 0.1},
            {"params": [p for n, p in model.named_parameters() if any(d in n for d in no_decay)],
             "weight_decay": 0.0},
        ],
        lr=1e-3,
    )


optimizer = build(GPT())
"""


def test_a_function_that_may_serve_other_models_keeps_its_names() -> None:
    fixed = fix_source((GPT + HELPER).encode(), "train.py", default_settings())
    assert 'no_decay = ["bias", "LayerNorm.weight", "ln_"]' in fixed.data.decode()
    assert not fixed.report.findings


def test_the_functions_of_a_script_serve_the_script() -> None:
    guarded = HELPER.replace("optimizer = build(GPT())", 'if __name__ == "__main__":\n    build(GPT())')
    fixed = fix_source((GPT + guarded).encode(), "train.py", default_settings())
    assert 'no_decay = ["bias", "ln_"]' in fixed.data.decode()


def test_a_main_function_serves_nobody_else() -> None:
    program = f'{GPT}def main():\n    model = GPT()\n    no_decay = ["bias", "LayerNorm.weight"]\n'
    groups = TWO_GROUPS.replace("EXEMPT", "any(nd in n for nd in no_decay)")
    program += "".join(f"    {line}\n" for line in groups.splitlines()) + "\n\nmain()\n"
    fixed = fix_source(program.encode(), "train.py", default_settings())
    assert 'no_decay = ["bias", "ln_"]' in fixed.data.decode()


def test_the_fix_says_what_becomes_of_the_name_and_which_parameters_move() -> None:
    fix = proposed(by("any(nd in n for nd in names)", 'names = ["bias", "LayerNorm.weight"]\n'))
    assert fix.message == (
        '"LayerNorm.weight" becomes "ln_", so that `ln_1.weight` and `ln_f.weight` are no longer decayed'
    )
    assert fix.applicability == "safe" and not fix.cautions


def test_a_state_that_is_loaded_makes_it_unsafe() -> None:
    program = by("any(nd in n for nd in names)", 'names = ["bias", "LayerNorm.weight"]\n')
    fix = proposed(program + 'optimizer.load_state_dict(torch.load("state.pt"))\n')
    assert fix.applicability == "unsafe"
    assert "the sizes of the groups change" in fix.cautions[0]


def test_a_comment_between_the_parts_of_a_name_is_not_lost() -> None:
    names = 'no_decay = ["bias", (\n    "LayerNorm"  # as in BERT\n    ".weight"\n)]\n'
    fix = proposed(by("any(nd in n for nd in no_decay)", names))
    assert "ndim < 2" in fix.message


def test_another_learning_rate_in_the_new_group_makes_it_unsafe() -> None:
    by_names = by("any(nd in n for nd in no_decay)", 'no_decay = ["bias", "LayerNorm.weight"]\n')
    fix = proposed(by_names.replace('"weight_decay": 0.0', '"weight_decay": 0.0, "lr": 2e-3'))
    assert (fix.applicability, fix.cautions) == ("unsafe", ("their `lr` changes with the group, too",))


def test_a_candidate_that_moves_something_else_is_not_offered() -> None:
    """The list says what is decayed, too: no name may be put into it that meets an embedding."""
    program = GPT.replace("self.wte", "self.ln_emb") + 'model = GPT()\nno_decay = ["bias", "LayerNorm"]\n'
    program += TWO_GROUPS.replace("EXEMPT", "any(nd in n for nd in no_decay)")
    fixed = fix_source(program.encode(), "train.py", default_settings())
    assert 'no_decay = ["bias", "ln_1.weight", "ln_f.weight"]' in fixed.data.decode()


def test_names_of_another_file_are_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "groups.py").write_text(
        "def split(model):\n"
        '    names = ["bias", "LayerNorm.weight"]\n'
        "    decayed = [p for n, p in model.named_parameters() if not any(d in n for d in names)]\n"
        "    exempt = [p for n, p in model.named_parameters() if any(d in n for d in names)]\n"
        '    return [{"params": decayed, "weight_decay": 0.1}, {"params": exempt, "weight_decay": 0.0}]\n'
    )
    train = tmp_path / "train.py"
    train.write_text(
        "from groups import split\n" + GPT + "optimizer = torch.optim.AdamW(split(GPT()), lr=1e-3)\n"
    )
    (found,) = check_paths([str(train)], default_settings()).findings
    assert found.fix is not None and not found.fix.edits
    assert found.fix.withheld is not None
    assert '"ln_" would meet what is missed' in found.fix.withheld
    assert found.fix.withheld.endswith(f"{tmp_path / 'groups.py'}, line 2")


def test_groups_by_type_are_answered_by_hand() -> None:
    program = by("any(p is q for m in model.modules() if type(m) is nn.Linear for q in [m.bias])")
    result = fix_source(program.encode(), "train.py", UNSAFE)
    assert all(f.fix is None or not f.fix.edits for f in result.report.findings if f.code == "WD202")
    assert result.data.decode() == program
