"""What each codemod makes of a finding: before and after, and when it declines.

The facts are made here from source text by :func:`site_in`, so that these tests say what a fix
does with given facts; that the reasoner gives these facts is tested elsewhere.
"""

from __future__ import annotations

import ast
import os
import stat
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdlint import fixes
from wdlint.facts import (
    Argument,
    Decay,
    Default,
    Edit,
    Finding,
    Fix,
    GroupKey,
    Hazard,
    HazardKind,
    Known,
    Label,
    Model,
    Naming,
    OneOf,
    Optimizer,
    OptimizerSite,
    Parameter,
    ParameterSet,
    ParamGroup,
    Place,
    Replacement,
    Span,
    Switch,
    Unknown,
    Value,
)
from wdlint.fixes.write import replace_file
from wdlint.settings import Settings, default_settings
from wdlint.sources.text import Source

_TORCH = ("params", "lr", "betas", "eps", "weight_decay")
ADAMW = Optimizer(
    "torch.optim.AdamW",
    "torch",
    "torch",
    "decoupled",
    ("torch.optim.adamw.AdamW",),
    _TORCH,
    decay_position=4,
    decay_default=0.01,
)
ADAM = Optimizer(
    "torch.optim.Adam",
    "torch",
    "torch",
    "coupled",
    ("torch.optim.adam.Adam",),
    _TORCH,
    decay_position=4,
    decay_default=0.0,
    switch=Switch("decoupled_weight_decay", False, "decoupled", "coupled"),
    replacement=Replacement("torch.optim.AdamW", drops=("decoupled_weight_decay",), same_positions=True),
)
NADAM = Optimizer(
    "torch.optim.NAdam",
    "torch",
    "torch",
    "coupled",
    (),
    _TORCH,
    decay_position=4,
    decay_default=0.0,
    switch=Switch("decoupled_weight_decay", False, "decoupled", "coupled"),
    replacement=Replacement("torch.optim.NAdam", {"decoupled_weight_decay": True}, requires="torch>=2.1"),
)
RMSPROP = Optimizer(
    "torch.optim.RMSprop",
    "torch",
    "torch",
    "coupled",
    (),
    _TORCH,
    decay_position=4,
    decay_default=0.0,
    advice="torch has no RMSprop with decoupled decay: set weight_decay to 0, or use AdamW",
)
KNOWN = {o.short_name: o for o in (ADAM, ADAMW, NADAM, RMSPROP)}


def settings(weight_decay: float | None = None) -> Settings:
    return replace(default_settings(), weight_decay=weight_decay)


# ------------------------------------------------------------------ facts from source


def site_in(
    text: str,
    *,
    values: dict[str, Value] | None = None,
    called: str | None = None,
    optimizer: Optimizer | None = None,
    **changes: object,
) -> OptimizerSite:
    """The site of the first call of a known optimizer, or of ``called``; ``changes`` replace facts."""
    source, tree = Source(text, "train.py"), ast.parse(text)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    call = next(c for c in calls if _last_name(c.func) in ((called,) if called else KNOWN))
    known = optimizer or KNOWN[_last_name(call.func)]
    arguments = tuple(_arguments(source, call, known, values or {}))
    decay = Decay(Known(known.decay_default), "default")
    for argument in arguments:
        if argument.name == "weight_decay":
            decay = Decay(argument.value, "argument", argument.place)
    lr = next((a.value for a in arguments if a.name == "lr"), Unknown("no learning rate is written here"))
    params = call.args[0] if call.args else next(k.value for k in call.keywords if k.arg == "params")
    site = OptimizerSite(
        source.place(call),
        source.place(call.func),
        source.slice(source.span(call.func)),
        "<module>",
        (known,),
        (known.coupling,),
        arguments,
        decay,
        lr,
        tuple(_groups(source, params, decay)),
        naming=Naming(source.place(call.func)),
    )
    return replace(site, **changes)  # type: ignore[arg-type]


def _arguments(
    source: Source, call: ast.Call, known: Optimizer, values: dict[str, Value]
) -> Iterable[Argument]:
    for i, node in enumerate(call.args[1:], 1):
        place = source.place(node)
        yield Argument(known.arguments[i], _value(node), place, place, "positional")
    for keyword in call.keywords:
        if keyword.arg is not None:
            value = values.get(keyword.arg, _value(keyword.value))
            yield Argument(keyword.arg, value, source.place(keyword), source.place(keyword.value))


def _groups(source: Source, params: ast.expr, decay: Decay) -> Iterable[ParamGroup]:
    if not isinstance(params, ast.List) or not params.elts:
        parameters = ParameterSet(source.place(params), "whole", repeatable=True)
        yield ParamGroup(parameters, decay, source.place(params))
        return
    for element in params.elts:
        pairs: list[tuple[str, ast.expr, ast.expr | ast.keyword]] = []
        if isinstance(element, ast.Dict):
            for key, value in zip(element.keys, element.values, strict=True):
                assert isinstance(key, ast.Constant) and isinstance(key.value, str)
                pairs.append((key.value, value, key))
        elif isinstance(element, ast.Call):
            pairs = [(k.arg or "", k.value, k) for k in element.keywords]
        entries = {name: value for name, value, _ in pairs}
        own = Decay(_value(entries["weight_decay"]), "group") if "weight_decay" in entries else decay
        parameters = ParameterSet(source.place(entries["params"]), "whole", repeatable=True)
        keys = tuple(
            GroupKey(name, _value(value), source.place(at)) for name, value, at in pairs if name != "params"
        )
        yield ParamGroup(parameters, own, source.place(element), keys, explicit=True)


def _value(node: ast.expr) -> Value:
    try:
        return Known(eval(ast.unparse(node), {"__builtins__": {}}))
    except (NameError, AttributeError, TypeError):
        return Unknown("it is computed")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def finding(code: str, site: OptimizerSite | None, place: Place, *related: Place) -> Finding:
    labels = tuple(Label(p, "here") for p in related)
    return Finding(code, "a-rule", "error", "certain", "a message", place, related=labels, site=site)


def fix_for(code: str, text: str, site: OptimizerSite, weight_decay: float | None = None) -> Fix:
    proposed = fixes.propose(
        finding(code, site, site.place), Source(text, "train.py"), ast.parse(text), settings(weight_decay)
    )
    assert proposed is not None
    return proposed


def fixed(code: str, text: str, site: OptimizerSite, weight_decay: float | None = None) -> str:
    fix = fix_for(code, text, site, weight_decay)
    assert fix.withheld is None, fix.withheld
    result, applied = fixes.apply(Source(text, "train.py"), [fix])
    assert applied == [fix]
    return result


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def model(*parameters: Parameter, complete: bool = True) -> Model:
    return Model("Net", parameters, complete)


def with_parameters(site: OptimizerSite, **changes: object) -> OptimizerSite:
    """The site with facts about its first group's parameters replaced."""
    group = site.groups[0]
    parameters = replace(group.parameters, **changes)  # type: ignore[arg-type]
    return replace(site, groups=(replace(group, parameters=parameters), *site.groups[1:]))


def hazard(kind: HazardKind, text: str, line: int) -> Hazard:
    return Hazard(kind, text, Place("train.py", Span(0, 0), line, 1, line, 1))


# ------------------------------------------------------------------- WD101: the layout

CONVERTED = [
    pytest.param(
        """
        import torch
        optimizer = torch.optim.Adam(
            model.parameters(),
            lr=1e-3,
            weight_decay=1e-2,
        )
        """,
        """
        import torch
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in model.parameters() if p.ndim > 1]},
                {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=1e-3,
            weight_decay=1e-2,
        )
        """,
        id="params on a line of their own: the list is laid out at that indentation",
    ),
    pytest.param(
        """
        import torch
        if train:
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)
        """,
        """
        import torch
        if train:
            optimizer = torch.optim.AdamW([
                {"params": [p for p in model.parameters() if p.ndim > 1]},
                {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ], lr=1e-3, weight_decay=1e-2)
        """,
        id="params hug the parenthesis: so does the list",
    ),
    pytest.param(
        """
        import torch
        optimizer = torch.optim.Adam(
            lr=1e-3, weight_decay=1e-2,
            params=model.parameters(),  # everything
        )
        """,
        """
        import torch
        optimizer = torch.optim.AdamW(
            lr=1e-3, weight_decay=1e-2,
            params=[
                {"params": [p for p in model.parameters() if p.ndim > 1]},
                {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
            ],  # everything
        )
        """,
        id="params as a keyword: its value is replaced, the comment after it stays",
    ),
    pytest.param(
        """
        import torch
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, (0.9, 0.99), 1e-8, 1e-2)
        """,
        """
        import torch
        optimizer = torch.optim.AdamW([
            {"params": [p for p in model.parameters() if p.ndim > 1]},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ], 1e-3, (0.9, 0.99), 1e-8, 1e-2)
        """,
        id="positional weight decay stays in its position",
    ),
    pytest.param(
        """
        import torch
        name = 'a' + 'b'
        optimizer = torch.optim.Adam((model.parameters()), weight_decay=1e-2, lr=1e-3)
        """,
        """
        import torch
        name = 'a' + 'b'
        optimizer = torch.optim.AdamW(([
            {'params': [p for p in model.parameters() if p.ndim > 1]},
            {'params': [p for p in model.parameters() if p.ndim <= 1], 'weight_decay': 0.0},
        ]), weight_decay=1e-2, lr=1e-3)
        """,
        id="quotes are the file's; parentheses around the argument stay",
    ),
    pytest.param(
        """
        import torch
        def build():
          return {"optimizer": torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)}
        """,
        """
        import torch
        def build():
          return {"optimizer": torch.optim.AdamW([
            {"params": [p for p in model.parameters() if p.ndim > 1]},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
          ], lr=1e-3, weight_decay=1e-2)}
        """,
        id="inside a dict value, two-space indentation",
    ),
]


@pytest.mark.parametrize(("before", "after"), CONVERTED)
def test_coupled_adam_becomes_grouped_adamw(before: str, after: str) -> None:
    text = dedent(before)
    assert fixed("WD101", text, site_in(text)) == dedent(after)


PARAMETERS = [
    pytest.param("model.parameters()", "p for p in model.parameters() if p.ndim > 1", id="plain"),
    pytest.param(
        "filter(lambda p: p.requires_grad, model.parameters())",
        "p for p in model.parameters() if p.requires_grad and p.ndim > 1",
        id="filter with a lambda becomes a condition",
    ),
    pytest.param(
        "filter(lambda w: w.requires_grad or w.keep, list(model.parameters()))",
        "w for w in model.parameters() if (w.requires_grad or w.keep) and w.ndim > 1",
        id="the lambda's own variable is kept, an `or` gets parentheses",
    ),
    pytest.param("list(model.parameters())", "p for p in model.parameters() if p.ndim > 1", id="list() goes"),
    pytest.param(
        "[w for w in model.parameters() if w.requires_grad if w.is_leaf]",
        "w for w in model.parameters() if w.requires_grad and w.is_leaf and w.ndim > 1",
        id="conditions of a comprehension are joined",
    ),
    pytest.param(
        "[w for n, w in model.named_parameters() if 'head' not in n]",
        "w for n, w in model.named_parameters() if 'head' not in n and w.ndim > 1",
        id="a comprehension over names keeps its targets",
    ),
    pytest.param(
        "[w for m in (a if big else b) if m for w in m.parameters()]",
        "w for m in (a if big else b) if m for w in m.parameters() if w.ndim > 1",
        id="nested loops, the parentheses their iterables need",
    ),
    pytest.param("params", "p for p in params if p.ndim > 1", id="a variable is iterated as it is"),
    pytest.param(
        "p.parameters()", "q for q in p.parameters() if q.ndim > 1", id="a name in use is not taken"
    ),
    pytest.param(
        "filter(lambda p: p.requires_grad, p.parameters())",
        "q for q in filter(lambda p: p.requires_grad, p.parameters()) if q.ndim > 1",
        id="a lambda that shadows what it filters is left as written",
    ),
    pytest.param(
        "list(a.parameters()) + list(b.parameters())",
        "p for p in list(a.parameters()) + list(b.parameters()) if p.ndim > 1",
        id="several models are split together",
    ),
    pytest.param(
        "a.parameters() if big else b.parameters()",
        "p for p in (a.parameters() if big else b.parameters()) if p.ndim > 1",
        id="a conditional expression gets parentheses",
    ),
    pytest.param(
        "model.named_parameters()",
        "(n, p) for n, p in model.named_parameters() if p.ndim > 1",
        id="named parameters stay named",
    ),
    pytest.param(
        "[m.weight for m in layers]",
        "p for p in [m.weight for m in layers] if p.ndim > 1",
        id="elements that are no names",
    ),
    pytest.param(
        "itertools.chain(\n    a.parameters(),\n    b.parameters(),\n)",
        "p for p in itertools.chain(a.parameters(), b.parameters()) if p.ndim > 1",
        id="line breaks inside the expression close up",
    ),
]


@pytest.mark.parametrize(("params", "decayed"), PARAMETERS)
def test_parameters_are_taken_apart_and_split_by_rank(params: str, decayed: str) -> None:
    text = f'import torch\nopt = torch.optim.Adam({params}, lr=1e-2, weight_decay=1e-2, foo="")\n'
    exempt = decayed.replace(".ndim > 1", ".ndim <= 1")
    assert fixed("WD101", text, site_in(text)) == (
        "import torch\nopt = torch.optim.AdamW([\n"
        f'    {{"params": [{decayed}]}},\n'
        f'    {{"params": [{exempt}], "weight_decay": 0.0}},\n'
        '], lr=1e-2, weight_decay=1e-2, foo="")\n'
    )


def test_a_variable_of_named_pairs_is_unpacked() -> None:
    text = "import torch\npairs = list(m.named_parameters())\no = torch.optim.Adam(pairs, weight_decay=1)\n"
    assert "[(n, p) for n, p in pairs if p.ndim > 1]" in fixed("WD101", text, site_in(text))


def test_a_shadowed_list_is_not_taken_for_the_builtin() -> None:
    text = "import torch\nfrom a import list\no = torch.optim.Adam(list(m.parameters()), weight_decay=1)\n"
    assert "[p for p in list(m.parameters()) if p.ndim > 1]" in fixed("WD101", text, site_in(text))


# ------------------------------------------------------------- WD101: names and imports

CALL = "opt = {}(groups, lr=1e-2, weight_decay=1e-2)"
SPELLINGS = [
    pytest.param("import torch", "torch.optim.Adam", "import torch", "torch.optim.AdamW", id="dotted"),
    pytest.param(
        "from torch import optim", "optim.Adam", "from torch import optim", "optim.AdamW", id="from torch"
    ),
    pytest.param(
        "import torch.optim as O", "O.Adam", "import torch.optim as O", "O.AdamW", id="module alias"
    ),
    pytest.param(
        "from torch.optim import Adam",
        "Adam",
        "from torch.optim import Adam, AdamW",
        "AdamW",
        id="extended",
    ),
    pytest.param(
        "import torch\nfrom torch.optim import SGD, Adam\nisinstance(x, Adam)",
        "Adam",
        "import torch\nfrom torch.optim import SGD, Adam, AdamW\nisinstance(x, Adam)",
        "AdamW",
        id="used elsewhere: extended",
    ),
    pytest.param(
        '__all__ = ["Adam"]\nfrom torch.optim import Adam',
        "Adam",
        '__all__ = ["Adam"]\nfrom torch.optim import Adam, AdamW',
        "AdamW",
        id="named in a string: extended",
    ),
    pytest.param(
        "from torch.optim import (\n    Adam,  # default\n    SGD,\n)\nx = Adam",
        "Adam",
        "from torch.optim import (\n    Adam,\n    AdamW,  # default\n    SGD,\n)\nx = Adam",
        "AdamW",
        id="one name a line",
    ),
    pytest.param(
        "from torch.optim import Adam, AdamW",
        "Adam",
        "from torch.optim import Adam, AdamW",
        "AdamW",
        id="already imported",
    ),
    pytest.param("from torch.optim import *", "Adam", "from torch.optim import *", "AdamW", id="star import"),
    pytest.param(
        "import torch\nfrom torch.optim import Adam as Opt",
        "Opt",
        "import torch\nfrom torch.optim import Adam as Opt",
        "torch.optim.AdamW",
        id="alias, torch is reachable",
    ),
    pytest.param(
        "from torch.optim import Adam as Opt",
        "Opt",
        "from torch.optim import Adam as Opt, AdamW",
        "AdamW",
        id="alias, nothing else reachable",
    ),
    pytest.param(
        "from torch.optim import AdamW as W, Adam",
        "Adam",
        "from torch.optim import AdamW as W, Adam",
        "W",
        id="imported under another name",
    ),
    pytest.param(
        "from torch import optim\nfrom transformers import AdamW\nfrom torch.optim import Adam",
        "Adam",
        "from torch import optim\nfrom transformers import AdamW\nfrom torch.optim import Adam",
        "optim.AdamW",
        id="another AdamW is not shadowed",
    ),
    pytest.param(
        "import torch\nfrom transformers import *\ny = AdamW\nfrom torch.optim import Adam",
        "Adam",
        "import torch\nfrom transformers import *\ny = AdamW\nfrom torch.optim import Adam",
        "torch.optim.AdamW",
        id="an AdamW of unknown origin is not shadowed",
    ),
    pytest.param(
        "import torch.optim.adam  # old style",
        "torch.optim.adam.Adam",
        "import torch.optim.adam  # old style",
        "torch.optim.AdamW",
        id="the class's own module has no AdamW",
    ),
    pytest.param(
        "from torch.optim.adam import Adam  # c",
        "Adam",
        "from torch.optim.adam import Adam  # c\nfrom torch.optim import AdamW",
        "AdamW",
        id="an import is added after the one that brought the class",
    ),
]


@pytest.mark.parametrize(("imports", "callee", "new_imports", "new_callee"), SPELLINGS)
def test_the_new_class_is_spelled_as_the_file_spells_its_neighbours(
    imports: str, callee: str, new_imports: str, new_callee: str
) -> None:
    text = f"{imports}\n{CALL.format(callee)}\n"
    site = site_in(
        text, called=callee.rpartition(".")[2], optimizer=ADAM, groups=(), groups_unknown="not read"
    )
    assert fixed("WD101", text, site) == f"{new_imports}\n{CALL.format(new_callee)}\n"


UNSPELLABLE = [
    pytest.param(
        "from transformers import AdamW\nfrom torch.optim import Adam", "Adam", "already means", id="taken"
    ),
    pytest.param(
        "try:\n    from torch.optim import Adam\nexcept ImportError:\n    from torch.optim.adam import Adam",
        "Adam",
        "no single import",
        id="two imports",
    ),
    pytest.param(
        "if x: from torch.optim.adam import Adam", "Adam", "several statements", id="one-line import"
    ),
]


@pytest.mark.parametrize(("imports", "callee", "why"), UNSPELLABLE)
def test_a_class_that_cannot_be_spelled_is_left_alone(imports: str, callee: str, why: str) -> None:
    text = f"{imports}\n{CALL.format(callee)}\n"
    fix = fix_for("WD101", text, site_in(text, groups=()))
    assert fix.edits == () and fix.applicability == "display"
    assert fix.withheld is not None and why in fix.withheld


# --------------------------------------------------------- WD101: what the twin is given


def test_nadam_gets_the_flag_after_its_last_argument() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.NAdam(
            groups,
            lr=1e-2,
            weight_decay=(1e-2),  # L2
        )
        """
    )
    after = text.replace("(1e-2),", "(1e-2),\n    decoupled_weight_decay=True,")
    assert fixed("WD101", text, site_in(text, groups=())) == after


def test_a_flag_that_is_written_false_is_turned() -> None:
    text = "import torch\nopt = torch.optim.NAdam(g, 1e-2, weight_decay=1e-2, decoupled_weight_decay=False)\n"
    assert fixed("WD101", text, site_in(text, groups=())) == text.replace("False", "True")


def test_a_flag_and_a_default_written_out_stand_side_by_side() -> None:
    text = "import torch\nopt = torch.optim.NAdam(g, lr=1e-2)\n"
    site = site_in(text, optimizer=replace(NADAM, decay_default=1e-2), groups=())
    after = text.replace("1e-2)", "1e-2, decoupled_weight_decay=True, weight_decay=0.01)")
    assert fixed("WD101", text, site) == after


def test_a_flag_that_is_a_variable_is_not_disconnected() -> None:
    text = "import torch\nopt = torch.optim.NAdam(g, 1e-2, weight_decay=1e-2, decoupled_weight_decay=flag)\n"
    assert fix_for("WD101", text, site_in(text, groups=())).withheld == "line 2 sets `decoupled_weight_decay`"


def test_the_switch_that_kept_decay_coupled_is_dropped() -> None:
    text = "import torch\nopt = torch.optim.Adam(g, 1e-2, decoupled_weight_decay=False, weight_decay=1e-2)\n"
    after = "import torch\nopt = torch.optim.AdamW(g, 1e-2, weight_decay=1e-2)\n"
    assert fixed("WD101", text, site_in(text, groups=())) == after


def test_a_keyword_the_twin_does_not_take_withholds_the_fix() -> None:
    text = "import torch\nopt = torch.optim.Adam(g, lr=1e-2, weight_decay=1e-2, schedule_decay=4e-3)\n"
    twin = Replacement("torch.optim.AdamW", carries=("lr", "weight_decay"), same_positions=True)
    site = site_in(text, optimizer=replace(ADAM, replacement=twin), groups=())
    assert fix_for("WD101", text, site).withheld == "torch.optim.AdamW does not take `schedule_decay`"


def test_positional_arguments_in_another_order_withhold_the_fix() -> None:
    text = "import torch\nopt = torch.optim.Adam(g, 1e-2, weight_decay=1e-2)\n"
    site = site_in(text, optimizer=replace(ADAM, replacement=Replacement("torch.optim.AdamW")), groups=())
    fix = fix_for("WD101", text, site)
    assert fix.withheld is not None and "another order" in fix.withheld


def test_an_optimizer_without_a_twin_shows_the_advice() -> None:
    text = "import torch\nopt = torch.optim.RMSprop(m.parameters(), lr=1e-2, weight_decay=1e-2)\n"
    fix = fix_for("WD101", text, site_in(text))
    assert fix.applicability == "display" and not fix.edits and fix.withheld == RMSPROP.advice


def test_explicit_groups_get_a_plain_rename_and_keep_their_decays() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.Adam([
            {"params": a.parameters(), "weight_decay": 5e-2},
            dict(params=b.parameters(), weight_decay=0),
        ], lr=1e-2)
        """
    )
    assert fixed("WD101", text, site_in(text)) == text.replace("Adam(", "AdamW(")


def test_a_group_that_inherited_zero_does_not_inherit_adamw_s_default() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.Adam([
            {"params": a.parameters(), "weight_decay": 5e-2},
            {"params": b.parameters()},
        ], lr=1e-2)
        """
    )
    after = text.replace("Adam(", "AdamW(").replace("lr=1e-2", "lr=1e-2, weight_decay=0.0")
    assert fixed("WD101", text, site_in(text)) == after


def test_a_model_of_matrices_only_is_not_split() -> None:
    text = "import torch\nopt = torch.optim.Adam(m.parameters(), lr=1e-2, weight_decay=1e-2)\n"
    site = with_parameters(site_in(text), models=(model(Parameter("w", "weight", 2)),))
    assert fixed("WD101", text, site) == text.replace("Adam(", "AdamW(")


@pytest.mark.parametrize("extent", ["tensors", "adapters", "embeddings", "unknown"])
def test_parameters_that_are_no_whole_model_are_not_split(extent: str) -> None:
    text = "import torch\nopt = torch.optim.Adam(some, lr=1e-2, weight_decay=1e-2)\n"
    site = with_parameters(site_in(text), extent=extent)
    assert fixed("WD101", text, site) == text.replace("Adam(", "AdamW(")


def test_parameters_the_author_marked_as_decayed_are_not_split() -> None:
    text = "import torch\nopt = torch.optim.Adam(decay_params, lr=1e-2, weight_decay=1e-2)\n"
    site = with_parameters(site_in(text), extent="part", exempts=False)
    assert fixed("WD101", text, site) == text.replace("Adam(", "AdamW(")


# ------------------------------------------------------------------ WD101: the number

ONE_LINE = "import torch\nopt = torch.optim.Adam(model.parameters(), lr={lr}, weight_decay={wd})\n"


@pytest.mark.parametrize(
    ("lr", "wd", "caution"),
    [
        pytest.param("1e-3", "1e-2", None, id="100 thousand steps: safe"),
        pytest.param("1e-3", "1e-3", None, id="a million steps is not beyond it"),
        pytest.param(
            "1e-3",
            "1e-4",
            "weight_decay 1e-4 at lr 1e-3 has a time scale 1/(lr·wd) of 10 million steps",
            id="ten million steps",
        ),
        pytest.param("lr", "1e-3", None, id="lr unknown, a usual decay"),
        pytest.param(
            "lr", "5e-4", "weight_decay 5e-4 was an L2 coefficient", id="lr unknown, an L2 coefficient"
        ),
    ],
)
def test_a_number_that_would_do_nothing_makes_the_conversion_unsafe(
    lr: str, wd: str, caution: str | None
) -> None:
    text = ONE_LINE.format(lr=lr, wd=wd)
    fix = fix_for("WD101", text, site_in(text))
    assert fix.applicability == ("safe" if caution is None else "unsafe")
    assert [c.startswith(caution or "") for c in fix.cautions] == ([] if caution is None else [True])


def test_an_unknown_number_makes_the_conversion_unsafe() -> None:
    text = ONE_LINE.format(lr="1e-3", wd="cfg.wd")
    site = site_in(text, values={"weight_decay": OneOf((Known(1e-2), Unknown("cfg comes from elsewhere")))})
    fix = fix_for("WD101", text, site)
    assert fix.applicability == "unsafe" and "cfg comes from elsewhere" in fix.cautions[0]


@pytest.mark.parametrize(("wd", "wanted", "written"), [("1e-4", 0.05, "0.05"), ("5 * 10**-4", 1e-5, "1e-5")])
def test_the_user_s_number_replaces_the_written_one_and_is_safe(wd: str, wanted: float, written: str) -> None:
    text = ONE_LINE.format(lr="1e-3", wd=wd)
    fix = fix_for("WD101", text, site_in(text), wanted)
    assert fix.applicability == "safe"
    assert fixed("WD101", text, site_in(text), wanted).endswith(f"], lr=1e-3, weight_decay={written})\n")


def test_a_number_from_an_option_is_not_disconnected_from_it() -> None:
    text = ONE_LINE.format(lr="1e-2", wd="args.wd")
    where = Place("train.py", Span(0, 0), 57, 1, 57, 2)
    site = site_in(text, values={"weight_decay": Default(1e-2, "--wd", where)})
    assert fix_for("WD101", text, site).applicability == "safe"
    fix = fix_for("WD101", text, site, 0.05)
    assert fix.cautions == ("line 57 sets weight_decay, so 0.05 is not written in its stead",)
    assert "weight_decay=args.wd" in fixed("WD101", text, site, 0.05)


def test_the_number_is_to_be_chosen_where_it_can_be_set() -> None:
    literal = ONE_LINE.format(lr="1e-3", wd="1e-4")
    (caution,) = fix_for("WD101", literal, site_in(literal)).cautions
    assert caution.endswith("next to nothing: choose the number, for example --weight-decay 0.05")

    option = ONE_LINE.format(lr="1e-3", wd="args.wd")
    where = Place("train.py", Span(0, 0), 57, 1, 57, 2)
    site = site_in(option, values={"weight_decay": Default(1e-4, "--wd", where)})
    (caution,) = fix_for("WD101", option, site).cautions
    assert caution.endswith("next to nothing: choose the number in line 57, for example 0.05")


def test_the_user_s_number_leaves_deliberate_group_decays_alone() -> None:
    text = 'import torch\nopt = torch.optim.Adam([{"params": a, "weight_decay": 5e-2}], lr=1e-2)\n'
    site = site_in(text)
    place = Place("train.py", Span(0, 0), 2, 1, 2, 2)
    groups = (replace(site.groups[0], decay=Decay(Known(5e-2), "group", place)),)
    fix = fix_for("WD101", text, replace(site, groups=groups), 0.1)
    assert fixed("WD101", text, replace(site, groups=groups), 0.1) == text.replace("Adam(", "AdamW(")
    assert not fix.edits[1:]


def test_a_coupled_default_is_written_out() -> None:
    text = "import torch\nopt = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
    site = site_in(text, optimizer=replace(ADAM, decay_default=1e-2))
    assert '{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.01},' in fixed(
        "WD101", text, site
    )


# ------------------------------------------------------- WD101 and WD201: not, or with care

PLAIN = {
    "WD101": "import torch\nopt = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-2)\n",
    "WD201": "import torch\nopt = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)\n",
}
CAREFUL: list[tuple[HazardKind, str]] = [
    ("indexed-groups", "indexes optimizer.param_groups[0]"),
    ("loads-state", "loads a state into optimizer"),
    ("per-group-list", "gives LambdaLR() one lr_lambda a group"),
    ("adds-group", "adds a group to optimizer"),
]


@pytest.mark.parametrize("code", PLAIN)
@pytest.mark.parametrize(("kind", "text"), CAREFUL)
def test_what_happens_to_the_optimizer_later_makes_the_fix_unsafe(
    code: str, kind: HazardKind, text: str
) -> None:
    site = site_in(PLAIN[code], hazards=(hazard(kind, text, 57), hazard(kind, text, 57)))
    fix = fix_for(code, PLAIN[code], site)
    assert fix.applicability == "unsafe" and fix.cautions == (f"line 57 {text}",) and fix.edits


WITHHELD: list[object] = [
    pytest.param(
        lambda s: replace(s, hazards=(hazard("sharded", "shards the parameters with FSDP()", 9),)),
        "line 9 shards the parameters with FSDP(): flat parameters have no ndim to split by",
        id="flat parameters have no rank",
    ),
    pytest.param(
        lambda s: replace(s, hazards=(hazard("edits-decay", 'sets g["weight_decay"] in a loop', 9),)),
        'line 9 sets g["weight_decay"] in a loop, which would decay the exempt group again',
        id="a schedule of the decay reaches every group",
    ),
    pytest.param(
        lambda s: with_parameters(
            s, repeatable=False, reason_not_repeatable="`params` is a one-shot iterator"
        ),
        "the parameters cannot be written twice: `params` is a one-shot iterator;"
        " --fix-style helper hands them over as they are",
        id="one-shot iterator",
    ),
    pytest.param(
        lambda s: with_parameters(
            s, models=(model(Parameter("b", "bias", 1), Parameter("grn.gamma", "norm", 4), complete=False),)
        ),
        "ndim does not separate the parameters of Net: `grn.gamma` is a norm parameter with 4 dimensions,"
        " and it has parts whose names are not seen",
        id="a norm of rank 4 would be decayed",
    ),
    pytest.param(
        lambda s: with_parameters(
            s, models=(model(Parameter("wx", "weight", 2), Parameter("x", "bias", 2)),)
        ),
        "ndim does not separate the parameters of Net: `x` is a bias with 2 dimensions,"
        " and no name tells it from the others",
        id="names do not tell them apart, either",
    ),
]


@pytest.mark.parametrize("code", PLAIN)
@pytest.mark.parametrize(("change", "why"), WITHHELD)
def test_a_split_that_would_be_wrong_is_withheld(
    code: str, change: Callable[[OptimizerSite], OptimizerSite], why: str
) -> None:
    fix = fix_for(code, PLAIN[code], change(site_in(PLAIN[code])))
    assert (fix.withheld, fix.edits, fix.applicability) == (why, (), "display")


@pytest.mark.parametrize("code", PLAIN)
def test_a_norm_of_known_rank_one_does_not_stop_the_split(code: str) -> None:
    known = model(Parameter("w", "weight", 2), Parameter("n", "norm", 1), Parameter("s", "scale", 3))
    assert (
        fix_for(code, PLAIN[code], with_parameters(site_in(PLAIN[code]), models=(known,))).applicability
        == "safe"
    )


@pytest.mark.parametrize("code", PLAIN)
def test_a_comment_inside_the_replaced_argument_withholds_the_fix(code: str) -> None:
    text = PLAIN[code].replace("model.parameters()", "model.parameters(  # all\n)")
    fix = fix_for(code, text, site_in(text))
    assert fix.withheld is not None and "comment" in fix.withheld


def test_a_hash_in_a_string_is_no_comment() -> None:
    text = PLAIN["WD101"].replace("model.", "models['#'].")
    assert fix_for("WD101", text, site_in(text)).withheld is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param(
            {"naming": Naming(None, "it arrives as an argument")}, "as an argument", id="an interface"
        ),
        pytest.param(
            {"optimizers": (ADAM, NADAM)}, "may be torch.optim.Adam or torch.optim.NAdam", id="ambiguous"
        ),
        pytest.param(
            {"spelled": "Other"}, "not written out in this file", id="facts that do not fit the text"
        ),
    ],
)
def test_a_class_that_is_not_this_call_s_to_choose_is_left_alone(
    changes: dict[str, object], why: str
) -> None:
    fix = fix_for("WD101", PLAIN["WD101"], site_in(PLAIN["WD101"], **changes))  # type: ignore[arg-type]
    assert fix.withheld is not None and why in fix.withheld and not fix.edits


# --------------------------------------------------------------------------- WD201


def test_the_constructor_s_decay_stays_and_the_norms_get_a_group() -> None:
    text = PLAIN["WD201"]
    assert fixed("WD201", text, site_in(text)) == dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [p for p in model.parameters() if p.ndim > 1]},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ], lr=1e-2, weight_decay=1e-2)
        """
    )


def test_an_implicit_decay_is_written_into_the_decayed_group() -> None:
    text = "import torch\nopt = torch.optim.AdamW(p for p in m.parameters() if p.requires_grad)\n"
    assert fixed("WD201", text, site_in(text)) == dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [p for p in m.parameters() if p.requires_grad and p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in m.parameters() if p.requires_grad and p.ndim <= 1], "weight_decay": 0.0},
        ])
        """
    )


def test_groups_that_differ_in_lr_are_each_split_with_their_keys() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {'params': body.parameters(), 'lr': int(n)},  # a
            dict(
                params=head.parameters(),  # fast
                weight_decay=0.05,
            ),
            {'params': rest, 'weight_decay': 0.0},
        ], lr=1e-3, weight_decay=0.1)
        """
    )
    assert fixed("WD201", text, site_in(text)) == dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {'params': [p for p in body.parameters() if p.ndim > 1], 'lr': int(n)},
            {'params': [p for p in body.parameters() if p.ndim <= 1], 'lr': int(n), 'weight_decay': 0.0},  # a
            dict(
                params=[p for p in head.parameters() if p.ndim > 1],  # fast
                weight_decay=0.05,
            ),
            dict(params=[p for p in head.parameters() if p.ndim <= 1], weight_decay=0.0),
            {'params': rest, 'weight_decay': 0.0},
        ], lr=1e-3, weight_decay=0.1)
        """
    )


def test_a_list_that_stood_in_lines_and_is_too_long_for_one_stays_in_lines() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [p for name, p in model_of_the_second_stage.named_parameters()
                        if not is_part_of_the_backbone(name, arguments)], "lr": 1},
        ], weight_decay=0.1)
        """
    )
    assert fixed("WD201", text, site_in(text)) == dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [
                p
                for name, p in model_of_the_second_stage.named_parameters()
                if not is_part_of_the_backbone(name, arguments) and p.ndim > 1
            ], "lr": 1},
            {"params": [
                p
                for name, p in model_of_the_second_stage.named_parameters()
                if not is_part_of_the_backbone(name, arguments) and p.ndim <= 1
            ], "lr": 1, "weight_decay": 0.0},
        ], weight_decay=0.1)
        """
    )


def test_the_copy_of_a_group_is_laid_out_as_the_group() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.AdamW([dict(params=a),
                                 dict(params=b)], weight_decay=0.1)
        later = torch.optim.AdamW(
            [
                {
                    "params": c,
                    "lr": 1,
                },
            ]
        )
        """
    )
    first = site_in(text)
    assert fixed("WD201", text, first).startswith(
        dedent(
            """
            import torch
            opt = torch.optim.AdamW([dict(params=[p for p in a if p.ndim > 1]),
                                     dict(params=[p for p in a if p.ndim <= 1], weight_decay=0.0),
                                     dict(params=[p for p in b if p.ndim > 1]),
                                     dict(params=[p for p in b if p.ndim <= 1], weight_decay=0.0)], weight_decay=0.1)
            """
        )
    )
    rest = "import torch\n" + text[text.index("later") :]
    assert fixed("WD201", rest, site_in(rest)) == dedent(
        """
        import torch
        later = torch.optim.AdamW(
            [
                {
                    "params": [p for p in c if p.ndim > 1],
                    "lr": 1,
                    "weight_decay": 0.01,
                },
                {
                    "params": [p for p in c if p.ndim <= 1],
                    "lr": 1,
                    "weight_decay": 0.0,
                },
            ]
        )
        """
    )


def test_groups_chosen_by_hand_are_not_split_and_exempt_ones_only_say_so() -> None:
    text = dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [net.embed.weight]},
            {"params": norms},
            {"params": net.blocks.parameters()},
        ], weight_decay=0.1)
        """
    )
    site = site_in(text)
    known: list[dict[str, object]] = [{"extent": "tensors"}, {"extent": "part", "exempts": True}, {}]
    groups = tuple(
        replace(g, parameters=replace(g.parameters, **k))  # type: ignore[arg-type]
        for g, k in zip(site.groups, known, strict=True)
    )
    assert fixed("WD201", text, replace(site, groups=groups)) == dedent(
        """
        import torch
        opt = torch.optim.AdamW([
            {"params": [net.embed.weight]},
            {"params": norms, "weight_decay": 0.0},
            {"params": [p for p in net.blocks.parameters() if p.ndim > 1]},
            {"params": [p for p in net.blocks.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ], weight_decay=0.1)
        """
    )
    fix = fix_for("WD201", text, replace(site, groups=groups[:1]))
    assert fix.withheld == "its groups hold single tensors or were chosen by hand"


@pytest.mark.parametrize(
    ("group", "why"),
    [
        pytest.param(
            '{"params": m.parameters(), "lr": next(lrs)}', "`lr` in line 2 calls something", id="effects"
        ),
        pytest.param(
            '{"params": m.parameters(  # all\n)}', "a comment stands inside the params", id="comment"
        ),
    ],
)
def test_a_group_that_cannot_be_copied_is_left_alone(group: str, why: str) -> None:
    text = f"import torch\nopt = torch.optim.AdamW([{group}], weight_decay=0.1)\n"
    fix = fix_for("WD201", text, site_in(text))
    assert fix.withheld is not None and why in fix.withheld and not fix.edits


def test_a_group_that_is_appended_is_left_alone() -> None:
    text = (
        'import torch\ng.append({"params": m.parameters()})\nopt = torch.optim.AdamW(g, weight_decay=0.1)\n'
    )
    site = site_in(text)
    node = next(n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Dict))
    group = replace(site.groups[0], place=Source(text, "train.py").place(node), explicit=True)
    fix = fix_for("WD201", text, replace(site, groups=(group,)))
    assert fix.withheld == "the group in line 2 stands in no list that could take a second one"


# -------------------------------------------------------------- WD203, WD204, WD208, WD901


def at(text: str, part: str) -> Place:
    """The place of a part of the text that occurs once."""
    assert text.count(part) == 1
    return Source(text, "train.py").place(Span(text.index(part), text.index(part) + len(part)))


def mended(code: str, text: str, part: str, *related: str, site: OptimizerSite | None = None) -> str:
    found = finding(code, site, at(text, part), *(at(text, r) for r in related))
    fix = fixes.propose(found, Source(text, "train.py"), ast.parse(text), settings())
    assert fix is not None and fix.withheld is None, fix
    return fixes.apply(Source(text, "train.py"), [fix])[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("{'params': b}", "{'params': b, 'weight_decay': 0.0}", id="the dict's quotes"),
        pytest.param(
            '{"params": (b), "lr": 1,  }',
            '{"params": (b), "lr": 1, "weight_decay": 0.0,  }',
            id="trailing comma",
        ),
        pytest.param(
            '{\n    "params": b,  # norms )\n}',
            '{\n    "params": b,\n    "weight_decay": 0.0,  # norms )\n}',
            id="one entry a line, a comment after it",
        ),
        pytest.param(
            '{\n    "params": (b)  # norms )\n}',
            '{\n    "params": (b),\n    "weight_decay": 0.0  # norms )\n}',
            id="parentheses in the value and in the comment",
        ),
        pytest.param(
            '{"params": b, **rest}', '{"params": b, **rest, "weight_decay": 0.0}', id="after a spread"
        ),
        pytest.param("dict(params=b)", "dict(params=b, weight_decay=0.0)", id="dict()"),
    ],
)
def test_an_inherited_decay_is_switched_off_in_the_group(before: str, after: str) -> None:
    assert mended("WD203", f"groups = [{before}]\n", before) == f"groups = [{after}]\n"


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        pytest.param("{'params': b, 'wd': 0}", "'wd'", "{'params': b, 'weight_decay': 0}", id="same quotes"),
        pytest.param('{u"decay": 0}', 'u"decay"', '{u"weight_decay": 0}', id="prefix kept"),
        pytest.param("dict(params=b, wd=0)", "wd=0", "dict(params=b, weight_decay=0)", id="keyword"),
        pytest.param(
            "dict(params=b, wd=0.5)", "0.5", "dict(params=b, weight_decay=0.5)", id="keyword, by its value"
        ),
    ],
)
def test_an_ignored_key_is_renamed_in_its_own_quotes(before: str, key: str, after: str) -> None:
    assert mended("WD204", f"groups = [{before}]\n", key) == f"groups = [{after}]\n"


@pytest.mark.parametrize("text", ['x = {"w" "d": 0}\n', "x = {key: 0}\n"])
def test_a_key_that_is_no_plain_literal_is_left_alone(text: str) -> None:
    place = at(text, '"w" "d"' if '"w"' in text else "key")
    fix = fixes.propose(finding("WD204", None, place), Source(text, "train.py"), ast.parse(text), settings())
    assert fix is not None and fix.withheld is not None


def test_an_ignored_key_beside_a_real_one_is_left_alone() -> None:
    text = 'import torch\nopt = torch.optim.AdamW([{"params": b, "wd": 0, "weight_decay": 0.1}])\n'
    found = finding("WD204", site_in(text), at(text, '"wd"'))
    fix = fixes.propose(found, Source(text, "train.py"), ast.parse(text), settings())
    assert fix is not None and fix.withheld == "the group has a weight_decay as well: delete one of the two"


def test_a_one_shot_iterator_is_kept_in_a_list_where_it_is_made() -> None:
    text = "ps = model.parameters()\na = [p for p in ps]\nb = [q for q in ps]\n"
    found = finding("WD208", None, at(text, "[q for q in ps]"), at(text, "model.parameters()"))
    fix = fixes.propose(found, Source(text, "train.py"), ast.parse(text), settings())
    assert fix is not None and fix.applicability == "unsafe" and fix.cautions
    assert fixes.apply(Source(text, "train.py"), [fix])[0] == text.replace(
        "model.parameters()", "list(model.parameters())"
    )


def test_a_shadowed_list_is_not_called() -> None:
    text = "list = 1\nps = m.parameters()\n"
    assert mended("WD208", text, "ps", "m.parameters()") == "list = 1\nps = [*m.parameters()]\n"


@pytest.mark.parametrize(
    ("before", "comment", "unused", "after"),
    [
        pytest.param(
            "x = 1  # wdlint: ignore[WD101]\n", "# wdlint: ignore[WD101]", ["WD101"], "x = 1\n", id="all"
        ),
        pytest.param(
            "x = 1\n    # wdlint: ignore[WD101]\ny = 2\n",
            "# wdlint: ignore[WD101]",
            ["WD101"],
            "x = 1\ny = 2\n",
            id="alone: the line goes",
        ),
        pytest.param("# noqa: WD101", "# noqa: WD101", ["WD101"], "", id="last line without newline"),
        pytest.param(
            "x = 1  # noqa: E501, WD101\n",
            "# noqa: E501, WD101",
            ["WD101"],
            "x = 1  # noqa: E501\n",
            id="last code",
        ),
        pytest.param(
            "x = 1  # noqa: WD101, E501\n",
            "# noqa: WD101, E501",
            ["WD101"],
            "x = 1  # noqa: E501\n",
            id="first code",
        ),
        pytest.param(
            "x = 1  # wdlint: ignore[WD101, WD201 ,WD203]\n",
            "# wdlint: ignore[WD101, WD201 ,WD203]",
            ["WD101", "WD203"],
            "x = 1  # wdlint: ignore[WD201]\n",
            id="first and last",
        ),
        pytest.param(
            "x = 1  # wdlint: ignore[WD101, WD201, WD203]\n",
            "# wdlint: ignore[WD101, WD201, WD203]",
            ["WD101", "WD201"],
            "x = 1  # wdlint: ignore[WD203]\n",
            id="the first two",
        ),
        pytest.param(
            "x = 1  # type: ignore  # noqa: WD101\n",
            "# noqa: WD101",
            ["WD101"],
            "x = 1  # type: ignore\n",
            id="tail",
        ),
        pytest.param(
            "x = 1  # noqa: WD101  # why not\n", "# noqa: WD101  ", ["WD101"], "x = 1  # why not\n", id="head"
        ),
    ],
)
def test_an_unused_suppression_is_removed(before: str, comment: str, unused: list[str], after: str) -> None:
    assert mended("WD901", before, comment, *unused) == after


def test_a_reason_written_after_a_suppression_is_not_removed_lightly() -> None:
    text = "x = 1  # wdlint: ignore[WD101] as in the paper\n"
    found = finding("WD901", None, at(text, "# wdlint: ignore[WD101] as in the paper"), at(text, "WD101"))
    fix = fixes.propose(found, Source(text, "train.py"), ast.parse(text), settings())
    assert fix is not None and fix.applicability == "unsafe" and "as in the paper" in fix.cautions[0]


def test_a_mistaken_suppression_is_not_removed() -> None:
    text = "x = 1  # wdlint: ignore\n"
    fix = fixes.propose(
        finding("WD901", None, at(text, "# wdlint: ignore")),
        Source(text, "train.py"),
        ast.parse(text),
        settings(),
    )
    assert fix is not None and fix.withheld == "name the rule that is meant, or delete the comment"


def test_a_rule_without_a_codemod_has_no_fix() -> None:
    assert (
        fixes.propose(
            finding("WD301", None, at("x = 1", "x")), Source("x = 1", "t"), ast.parse("x"), settings()
        )
        is None
    )


# -------------------------------------------------------------------------- applying


def fix_of(*edits: tuple[int, int, str]) -> Fix:
    return Fix("a change", "safe", tuple(Edit(Span(start, end), text) for start, end, text in edits))


def test_edits_are_applied_from_the_end_so_that_offsets_hold() -> None:
    source = Source("a = b + c\n", "t.py")
    text, applied = fixes.apply(source, [fix_of((8, 9, "long_c")), fix_of((0, 1, "long_a"), (4, 5, ""))][:1])
    assert (text, len(applied)) == ("a = b + long_c\n", 1)
    assert fixes.apply(source, [fix_of((8, 9, "cc")), fix_of((0, 1, "aa"))])[0] == "aa = b + cc\n"


def test_a_fix_that_overlaps_an_earlier_one_waits_whole() -> None:
    source = Source("aaaa = bbbb\n", "t.py")
    first, second = fix_of((0, 4, "x")), fix_of((2, 4, "y"), (7, 11, "z"))
    assert fixes.apply(source, [first, second]) == ("x = bbbb\n", [first])


def test_an_edit_two_fixes_share_is_made_once() -> None:
    source = Source("import a\nf(1)\ng(2)\n", "t.py")
    shared = (8, 8, ", b")
    text, applied = fixes.apply(source, [fix_of(shared, (11, 12, "3")), fix_of(shared, (16, 17, "4"))])
    assert (text, len(applied)) == ("import a, b\nf(3)\ng(4)\n", 2)


def test_different_insertions_at_one_point_clash() -> None:
    source = Source("f(1)\n", "t.py")
    first, second = fix_of((3, 3, ", 2")), fix_of((3, 3, ", 3"))
    assert fixes.apply(source, [first, second]) == ("f(1, 2)\n", [first])


def test_a_result_that_does_not_compile_is_refused_and_the_culprit_named() -> None:
    source = Source("f(a=1)\ng(2)\n", "t.py")
    good, bad = fix_of((9, 10, "3")), fix_of((5, 5, ", a=2"))
    with pytest.raises(fixes.BrokenFix, match="keyword argument repeated") as raised:
        fixes.apply(source, [good, bad])
    assert raised.value.fix is bad


def test_an_edit_that_swallows_code_is_refused() -> None:
    with pytest.raises(fixes.BrokenFix, match="differs outside of the edits"):
        fixes.apply(Source("a = 1; b = 2\n", "t.py"), [fix_of((5, 5, "  #"))])


def test_a_file_that_never_compiled_may_still_be_fixed() -> None:
    assert fixes.apply(Source("return 1\nf(2)\n", "t.py"), [fix_of((11, 12, "3"))])[0] == "return 1\nf(3)\n"


def test_a_text_the_file_s_encoding_cannot_hold_is_refused() -> None:
    with pytest.raises(fixes.BrokenFix, match="latin-1"):
        fixes.apply(Source("x = 'a'\n", "t.py", "latin-1"), [fix_of((5, 6, "\u03b8"))])


@given(st.data())
def test_applying_non_overlapping_edits_changes_exactly_their_spans(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(["a", "bb", "ccc", "d_4"]), min_size=1, max_size=12))
    gaps = data.draw(
        st.lists(
            st.sampled_from(["\n", "\r\n", "  # c\n", "\n\n\f\n"]), min_size=len(names), max_size=len(names)
        )
    )
    chosen = data.draw(
        st.lists(
            st.one_of(st.none(), st.sampled_from(["x", "yyyyy", "(z)"])),
            min_size=len(names),
            max_size=len(names),
        )
    )
    before = after = ""
    made = []
    for name, gap, new in zip(names, gaps, chosen, strict=True):
        if new is not None:
            made.append(fix_of((len(before), len(before) + len(name), new)))
        before += name + gap
        after += (name if new is None else new) + gap
    order = data.draw(st.permutations(made))
    text, applied = fixes.apply(Source(before, "t.py"), order)
    assert text == after and applied == list(order)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_accepted_fixes_never_overlap_and_refused_ones_always_do(spans: list[tuple[int, int]]) -> None:
    source = Source("a, b, c, d, e", "t.py")
    wanted = [fix_of((min(s), max(s), source.text[min(s) : max(s)])) for s in spans]
    text, applied = fixes.apply(source, wanted)
    assert text == source.text
    for fix in wanted:
        clashes = [a for a in applied if a != fix and _overlap(a.edits[0].span, fix.edits[0].span)]
        assert (fix in applied) != bool(clashes)


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


# --------------------------------------------------------------------------- writing


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_replacing_a_file_keeps_its_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_bytes(b"old")
    path.chmod(0o755)
    replace_file(path, b"new\r\n")
    assert path.read_bytes() == b"new\r\n" and stat.S_IMODE(path.stat().st_mode) == 0o755
    assert names_in(tmp_path) == ["train.py"]


def test_a_symbolic_link_stays_a_link_and_its_target_changes(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "train.py", tmp_path / "link.py"
    target.write_bytes(b"old")
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"


def test_a_failed_write_leaves_the_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.py"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old" and names_in(tmp_path) == ["train.py"]


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "gone.py", b"new")
    assert names_in(tmp_path) == []
