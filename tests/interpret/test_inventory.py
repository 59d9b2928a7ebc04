"""Which parameters a small model is read to have: one way of building it a test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from wdlint.interpret import inventory_of_expression

_IMPORTS = "import torch\nfrom torch import nn\n"


def read(program: str, *, arguments_unknown: bool = False, folder: Path | None = None) -> dict[str, str]:
    """The rows of ``model``: pattern to kind, a ``?`` after those that are there only perhaps."""
    model = inventory_of_expression(
        _IMPORTS + dedent(program),
        "model",
        path=str((folder or Path()) / "program.py"),
        unknown_arguments=arguments_unknown,
        roots=[str(folder)] if folder else [],
    )
    return {p.name: p.kind + ("?" if p.maybe else "") for p in model.parameters}


LINEAR = {"weight": "weight", "bias": "bias"}


def below(prefix: str, rows: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": kind for name, kind in rows.items()}


# ------------------------------------------------------------------------------ classes


def test_super_with_arguments_runs_the_constructor_of_the_base() -> None:
    assert read(
        """
        class Base(nn.Module):
            def __init__(self, width):
                super(Base, self).__init__()
                self.fc = nn.Linear(width, width)
        class Net(Base):
            def __init__(self):
                super(Net, self).__init__(4)
        model = Net()
        """
    ) == below("fc", LINEAR)


def test_a_tied_weight_is_what_its_first_owner_makes_of_it() -> None:
    assert read(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(10, 4)
                self.head = nn.Linear(4, 10, bias=False)
                self.embed.weight = self.head.weight
        model = Net()
        """
    ) == {"embed.weight": "embedding"}


def test_new_may_make_the_object() -> None:
    assert read(
        """
        class Net(nn.Module):
            def __new__(cls, *args, **kwargs):
                return super().__new__(cls)
            def __init__(self, width):
                super().__init__()
                self.fc = nn.Linear(width, width)
        model = Net(4)
        """
    ) == below("fc", LINEAR)


def test_a_mapping_that_is_its_own_attributes() -> None:
    assert read(
        """
        class Config(dict):
            def __init__(self, *args):
                super(Config, self).__init__(*args)
                self.__dict__ = self
        config = Config({"norm": True})
        model = nn.Sequential(nn.LayerNorm(4)) if config.norm else nn.Linear(4, 4)
        """
    ) == {"*.weight": "norm", "*.bias": "norm"}


def test_a_class_registered_by_a_decorator_of_an_object() -> None:
    assert read(
        """
        class Registry:
            def __init__(self):
                self.known = {}
            def name(self, key):
                def keep(cls):
                    self.known[key] = cls
                    return cls
                return keep
        LAYERS = Registry()
        @LAYERS.name("fc")
        class Layer(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 4)
        model = LAYERS.known["fc"]()
        """
    ) == below("fc", LINEAR)


def test_a_partial_knows_its_class_and_function() -> None:
    assert read(
        """
        import functools
        def build(norm):
            bias = norm.func == nn.InstanceNorm2d if type(norm) == functools.partial else norm == nn.InstanceNorm2d
            return nn.Conv2d(3, 4, 3, bias=bias)
        model = nn.ModuleList([build(functools.partial(nn.InstanceNorm2d, affine=True)), build(nn.BatchNorm2d)])
        """
    ) == {"*.weight": "weight", "*.bias": "bias"}


# --------------------------------------------------------------------------- containers


@pytest.mark.parametrize(
    "change",
    ["net.head = nn.LayerNorm(4)", "net[1] = nn.LayerNorm(4)", "setattr(net, 'head', nn.LayerNorm(4))"],
)
def test_an_element_of_a_named_sequential_is_replaced(change: str) -> None:
    assert read(
        f"""
        from collections import OrderedDict
        net = nn.Sequential(OrderedDict(body=nn.ReLU(), head=nn.Linear(4, 4)))
        {change}
        model = net
        """
    ) == {"head.weight": "norm", "head.bias": "norm"}


def test_a_slice_of_a_named_sequential_keeps_the_names() -> None:
    assert read(
        """
        from collections import OrderedDict
        model = nn.Sequential(OrderedDict(a=nn.Linear(4, 4), b=nn.Linear(4, 4)))[:1]
        """
    ) == below("a", LINEAR)


def test_what_is_set_in_the_table_of_modules_is_set_in_the_module() -> None:
    assert read(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = nn.BatchNorm2d(4)
                for name, child in self.named_children():
                    self._modules[name] = nn.Identity()
                self.fc = nn.Linear(4, 4)
        model = Net()
        """
    ) == below("fc", LINEAR)


def test_a_module_dict_of_lists_of_two() -> None:
    assert read("model = nn.ModuleDict([[name, nn.Linear(4, 4)] for name in ('a', 'b')])") == {
        **below("a", LINEAR),
        **below("b", LINEAR),
    }


def test_a_parametrized_weight_moves() -> None:
    assert read(
        """
        from torch.nn.utils.parametrize import register_parametrization
        class Unit(nn.Module):
            def forward(self, x):
                return x
        model = nn.Linear(4, 4, bias=False)
        register_parametrization(model, "weight", Unit())
        """
    ) == {"parametrizations.weight.original": "weight"}


# ------------------------------------------------------------------------------ numbers


def test_short_vectors_are_computed() -> None:
    assert read(
        """
        import numpy as np
        widths = (2 * torch.arange(1, 3)).tolist()
        plain = np.all(np.atleast_1d(1) == 1)
        model = nn.ModuleList([nn.LayerNorm(4) if plain else nn.Linear(w, w) for w in widths])
        """
    ) == {"*.weight": "norm", "*.bias": "norm"}


def test_long_tables_of_numbers_do_not_use_up_the_budget() -> None:
    assert read(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                offsets = {}
                for a in range(300):
                    for b in range(300):
                        for c in range(300):
                            offsets[(a, b, c)] = a * b + c
                self.fc = nn.Linear(4, 4)
        model = Net()
        """
    ) == below("fc", LINEAR)


# ------------------------------------------------------------------------------ imports


def test_only_the_imports_that_are_needed_run(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(
        "from torch import nn\nfrom broken import nothing\nclass Layer(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 4)\n"
    )
    (tmp_path / "broken.py").write_text("raise RuntimeError\n")
    assert read("from layers import Layer\nmodel = Layer()", folder=tmp_path) == below("fc", LINEAR)


def test_a_module_registers_its_class_with_another(tmp_path: Path) -> None:
    (tmp_path / "registry.py").write_text("KNOWN = {}\ndef register(name, cls):\n    KNOWN[name] = cls\n")
    (tmp_path / "layers.py").write_text(
        "from torch import nn\nfrom registry import register\nclass Layer(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 4)\n"
        "register('layer', Layer)\ndef build(known, name):\n    return known[name]()\n"
    )
    program = "from layers import build\nfrom registry import KNOWN\nmodel = build(KNOWN, 'layer')"
    assert read(program, folder=tmp_path) == below("fc", LINEAR)


# ----------------------------------------------------------------- what nobody can know


def test_what_all_alternatives_have_is_sure() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, rms):
                super().__init__()
                self.norm = nn.RMSNorm(4) if rms else nn.LayerNorm(4)
        model = Net(True)
        """
    assert read(program, arguments_unknown=True) == {"norm.weight": "norm", "norm.bias": "norm?"}


def test_lists_of_two_branches_are_joined_place_by_place() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, norm):
                super().__init__()
                if norm:
                    layers = [nn.Linear(4, 4), nn.ReLU()]
                else:
                    layers = [nn.Linear(4, 4)]
                self.net = nn.Sequential(*layers)
        model = Net(True)
        """
    assert read(program, arguments_unknown=True) == {"net.*.weight": "weight", "net.*.bias": "bias"}


def test_a_weight_that_is_tied_perhaps_is_there_perhaps() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, tie):
                super().__init__()
                self.embed = nn.Embedding(10, 4)
                self.head = nn.Linear(4, 10, bias=False)
                if tie:
                    self.head.weight = self.embed.weight
        model = Net(True)
        """
    assert read(program, arguments_unknown=True) == {"embed.weight": "embedding", "head.weight": "weight?"}


def test_the_first_round_of_a_loop_is_certain_and_later_ones_are_not_the_first() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, depth):
                super().__init__()
                for i in range(depth):
                    if i == 0:
                        self.stem = nn.Linear(4, 4, bias=False)
                    if i > 0:
                        self.down = nn.LayerNorm(4, bias=False)
                    if i == 2:
                        self.last = nn.Linear(4, 4, bias=False)
        model = Net(3)
        """
    assert read(program, arguments_unknown=True) == {
        "stem.weight": "weight",
        "down.weight": "norm",
        "last.weight": "weight?",
    }


def test_membership_in_a_list_of_texts_narrows_an_argument() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self, kind):
                super().__init__()
                if kind in ["LSTM", "GRU"]:
                    self.rnn = getattr(nn, kind)(4, 4, bias=False)
                else:
                    self.rnn = nn.RNN(4, 4, bias=False)
        model = Net("GRU")
        """
    assert set(read(program, arguments_unknown=True).values()) == {"weight"}


def test_an_option_of_an_imagined_configuration_that_is_none_is_open() -> None:
    program = """
        from dataclasses import dataclass
        @dataclass
        class Config:
            experts: int | None = None
        class Net(nn.Module):
            def __init__(self, config: Config):
                super().__init__()
                if config.experts is not None:
                    self.router = nn.Linear(4, 4, bias=False)
                else:
                    self.fc = nn.Linear(4, 4, bias=False)
        model = Net(Config(3))
        """
    assert read(program, arguments_unknown=True) == {"router.weight": "weight?", "fc.weight": "weight?"}
