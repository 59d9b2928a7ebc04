"""Small programs in the spellings people use, and the decay their matrices have after every fix.

Each defines its model, builds its optimizer and ends. ``decay`` is what is expected of weights;
norms and biases are expected to have none.
"""

from __future__ import annotations

from dataclasses import dataclass

NET = """
class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.conv = nn.Conv2d(1, width, kernel_size=3)
        self.bn = nn.BatchNorm2d(width)
        self.embed = nn.Embedding(5, width)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 2)
"""


@dataclass(frozen=True, slots=True)
class Program:
    """``body`` follows the imports of torch and the class ``Net``; ``codes`` are applied, sorted."""

    body: str
    codes: str
    decay: float

    @property
    def text(self) -> str:
        return f"import torch\nfrom torch import nn\n\n{NET}\n\n{self.body}"


PROGRAMS = {
    "class imported by name": Program(
        """\
from torch.optim import Adam

model = Net()
optimizer = Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "class imported under another name": Program(
        """\
from torch.optim import Adam as Optimizer, lr_scheduler

model = Net()
optimizer = Optimizer(model.parameters(), lr=1e-3, weight_decay=0.01)
scheduler = lr_scheduler.StepLR(optimizer, step_size=10)
""",
        "WD101",
        0.01,
    ),
    "module imported under another name": Program(
        """\
import torch.optim as optim

model = Net()
optimizer = optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "module imported from its package": Program(
        """\
from torch import optim

net = Net()
optimizer = optim.Adam(params=net.parameters(), weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "everything imported": Program(
        """\
from torch.optim import *

net = Net()
optimizer = Adam(net.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "filter on requires_grad": Program(
        """\
model = Net()
model.conv.requires_grad_(False)
optimizer = torch.optim.Adam(
    filter(lambda w: w.requires_grad, model.parameters()), lr=1e-3, weight_decay=0.01
)
""",
        "WD101",
        0.01,
    ),
    "comprehension on requires_grad": Program(
        """\
model = Net()
model.embed.requires_grad_(False)
optimizer = torch.optim.AdamW(
    [p for p in model.parameters() if p.requires_grad],
    lr=1e-3,
    weight_decay=0.05,
)
""",
        "WD201",
        0.05,
    ),
    "comprehension over named_parameters": Program(
        """\
model = Net()
model.bn.requires_grad_(False)
optimizer = torch.optim.AdamW(
    [p for n, p in model.named_parameters() if p.requires_grad], lr=1e-3, weight_decay=0.05
)
""",
        "WD201",
        0.05,
    ),
    "generator expression": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW((p for p in model.parameters()), lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "lists of two models added": Program(
        """\
encoder, decoder = Net(), Net(width=4)
optimizer = torch.optim.Adam(
    list(encoder.parameters()) + list(decoder.parameters()), lr=1e-3, weight_decay=0.01
)
""",
        "WD101",
        0.01,
    ),
    "two models chained": Program(
        """\
import itertools

encoder, decoder = Net(), Net(width=4)
optimizer = torch.optim.AdamW(
    itertools.chain(encoder.parameters(), decoder.parameters()), lr=1e-3, weight_decay=0.05
)
""",
        "WD201",
        0.05,
    ),
    "two models unpacked": Program(
        """\
encoder, decoder = Net(), Net(width=4)
optimizer = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()], weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "variable that holds a list": Program(
        """\
model = Net()
params = list(model.parameters())
optimizer = torch.optim.Adam(params, lr=1e-3, weight_decay=0.01)
torch.nn.utils.clip_grad_norm_(params, 1.0)
""",
        "WD101",
        0.01,
    ),
    "list extended in a loop": Program(
        """\
encoder, decoder = Net(), Net(width=4)
params = []
for module in (encoder, decoder):
    params += list(module.parameters())
optimizer = torch.optim.AdamW(params, lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "groups that only set learning rates": Program(
        """\
class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Net()
        self.head = nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 6), nn.GELU(), nn.Linear(6, 2))


model = Detector()
optimizer = torch.optim.AdamW(
    [
        {"params": model.backbone.parameters(), "lr": 1e-4},
        {"params": model.head.parameters(), "betas": (0.8, 0.9)},
    ],
    lr=1e-3,
    weight_decay=0.05,
)
""",
        "WD201",
        0.05,
    ),
    "coupled groups that only set learning rates": Program(
        """\
model = Net()
head = Net(width=4)
optimizer = torch.optim.Adam(
    [{"params": model.parameters()}, {"params": head.parameters(), "lr": 1e-2}], lr=1e-3, weight_decay=0.01
)
""",
        "WD101 WD201",
        0.01,
    ),
    "positional arguments": Program(
        """\
model = Net()
optimizer = torch.optim.Adam(model.parameters(), 2e-3, (0.8, 0.99), 1e-7, 0.01)
""",
        "WD101",
        0.01,
    ),
    "other options": Program(
        """\
model = Net()
optimizer = torch.optim.Adam(
    model.parameters(), amsgrad=True, weight_decay=0.01, betas=(0.5, 0.9), eps=1e-6, foreach=True
)
""",
        "WD101",
        0.01,
    ),
    "flag that keeps it coupled": Program(
        """\
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01, decoupled_weight_decay=False)
""",
        "WD101",
        0.01,
    ),
    "NAdam, whose flag decouples": Program(
        """\
model = Net()
optimizer = torch.optim.NAdam(model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "RAdam, with its flag switched off": Program(
        """\
model = Net()
optimizer = torch.optim.RAdam(
    model.parameters(),
    lr=1e-3,
    weight_decay=0.01,
    decoupled_weight_decay=False,
)
""",
        "WD101",
        0.01,
    ),
    "returned by a function": Program(
        """\
def make_optimizer(model, lr=1e-3, weight_decay=0.01):
    return torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)


optimizer = make_optimizer(Net())
""",
        "WD101",
        0.01,
    ),
    "value of a dict": Program(
        """\
model = Net()
configured = {
    "optimizer": torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01),
    "monitor": "loss",
}
""",
        "WD101",
        0.01,
    ),
    "body of a lambda": Program(
        """\
build = lambda model: torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
optimizer = build(Net())
""",
        "WD201",
        0.05,
    ),
    "branch of a conditional expression": Program(
        """\
model = Net()
frozen = False
optimizer = None if frozen else torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "assigned in an expression": Program(
        """\
model = Net()
print((optimizer := torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)).defaults)
""",
        "WD201",
        0.05,
    ),
    "configure_optimizers of a module": Program(
        """\
class Task(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.norm = nn.LayerNorm(4)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=1e-3, weight_decay=0.01)
        return {"optimizer": optimizer, "lr_scheduler": None}


configured = Task().configure_optimizers()
""",
        "WD101",
        0.01,
    ),
    "attribute of a trainer": Program(
        """\
class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.05)


trainer = Trainer(Net())
""",
        "WD201",
        0.05,
    ),
    "decay by default": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
""",
        "WD201",
        0.01,
    ),
    "decay by default, nothing else written": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(model.parameters())
""",
        "WD201",
        0.01,
    ),
    "two spaces": Program(
        """\
def build():
  model = Net()
  return torch.optim.Adam(
    model.parameters(),
    lr=1e-3,
    weight_decay=0.01,
  )


optimizer = build()
""",
        "WD101",
        0.01,
    ),
    "tabs, single quotes, a comment on every line": Program(
        """\
def build():
\tmodel = Net()  # 'model'
\treturn torch.optim.Adam(  # build
\t\tmodel.parameters(),  # all
\t\tlr=1e-3,  # usual
\t\tweight_decay=1e-2,  # usual, too
\t)  # built


kind = 'adam'
optimizer = build()
""",
        "WD101",
        0.01,
    ),
    "number in a constant": Program(
        """\
LR, WEIGHT_DECAY = 1e-3, 5 * 10**-2

model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=WEIGHT_DECAY)
""",
        "WD201",
        0.05,
    ),
    "number that a flag can change": Program(
        """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--wd", type=float, default=0.02)
args = parser.parse_args()
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=args.wd)
""",
        "WD101",
        0.02,
    ),
    "number in a dataclass": Program(
        """\
from dataclasses import dataclass


@dataclass
class Config:
    lr: float = 1e-3
    weight_decay: float = 0.02


config = Config()
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
""",
        "WD101",
        0.02,
    ),
    "options in a dict": Program(
        """\
options = dict(lr=1e-3, weight_decay=0.01)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), **options)
""",
        "WD101",
        0.01,
    ),
    "class looked up in a table": Program(
        """\
OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}

model = Net()
optimizer = OPTIMIZERS["adam"](model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "class named by a string": Program(
        """\
name = "Adam"
model = Net()
optimizer = getattr(torch.optim, name)(model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "class in an attribute": Program(
        """\
class Trainer:
    optimizer_class = torch.optim.Adam

    def __init__(self, model):
        self.optimizer = self.optimizer_class(model.parameters(), 1e-3, (0.9, 0.98), 1e-8, 0.01, True)


trainer = Trainer(Net())
""",
        "WD101",
        0.01,
    ),
    "partial that leaves the decay to the call": Program(
        """\
from functools import partial

make = partial(torch.optim.Adam, lr=1e-3)
model = Net()
optimizer = make(model.parameters(), weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "RAdam, all by position": Program(
        """\
model = Net()
optimizer = torch.optim.RAdam(model.parameters(), 1e-3, (0.9, 0.98), 1e-8, 0.01, False)
""",
        "WD101",
        0.01,
    ),
    "annotated, two of one class": Program(
        """\
from torch.optim import Adam


def build(model) -> Adam:
    optimizer: Adam = Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
    return optimizer


net = Net()
first, second = build(Net()), Adam(net.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101 WD101",
        0.01,
    ),
    "class in a variable": Program(
        """\
optimizer_class = torch.optim.Adam
model = Net()
optimizer = optimizer_class(model.parameters(), lr=1e-3, weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "partial": Program(
        """\
from functools import partial

make_optimizer = partial(torch.optim.AdamW, lr=1e-3, weight_decay=0.05)
model = Net()
optimizer = make_optimizer(model.parameters())
""",
        "WD201",
        0.05,
    ),
    "partial, called at once": Program(
        """\
from functools import partial

model = Net()
optimizer = partial(torch.optim.Adam, lr=1e-3, weight_decay=0.01)(model.parameters())
""",
        "WD101 WD201",
        0.01,
    ),
    "options spread from a dict display": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(model.parameters(), **{"lr": 1e-3, "weight_decay": 0.05})
""",
        "WD201",
        0.05,
    ),
    "parameters named last": Program(
        """\
model = Net()
optimizer = torch.optim.Adam(lr=1e-3, weight_decay=0.01, params=tuple(model.parameters()))
""",
        "WD101",
        0.01,
    ),
    "body of a class": Program(
        """\
class Experiment:
    encoder, decoder = Net(), Net(width=4)
    optimizer = torch.optim.AdamW(list(encoder.parameters()) + list(decoder.parameters()), weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "model with the name of the variable the fix would use": Program(
        """\
p = Net()
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, p.parameters()), weight_decay=0.01)
""",
        "WD101",
        0.01,
    ),
    "decay in the only group": Program(
        """\
model = Net()
optimizer = torch.optim.Adam([{"params": model.parameters(), "weight_decay": 0.01}], lr=1e-3)
""",
        "WD101 WD201",
        0.01,
    ),
    "groups of NAdam": Program(
        """\
backbone, head = Net(), Net(width=4)
optimizer = torch.optim.NAdam(
    [{'params': backbone.parameters(), 'lr': 1e-4}, dict(params=head.parameters())],
    lr=1e-3,
    weight_decay=0.01,
)
""",
        "WD101 WD201",
        0.01,
    ),
    "group without decay under Adam, which inherits": Program(
        """\
model = Net()
decay = [p for p in model.parameters() if p.ndim > 1]
no_decay = [p for p in model.parameters() if p.ndim <= 1]
optimizer = torch.optim.Adam([{"params": decay}, {"params": no_decay}], lr=1e-3, weight_decay=0.01)
""",
        "WD101 WD203",
        0.01,
    ),
    "recurrent layers and a dict of layers": Program(
        """\
class Recognizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = nn.ModuleDict({"proj": nn.Linear(3, 3), "norm": nn.GroupNorm(1, 3)})
        self.rnn = nn.LSTM(3, 4, num_layers=2, bidirectional=True)
        self.attend = nn.MultiheadAttention(8, num_heads=2)


model = Recognizer()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "layers without a class": Program(
        """\
model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "tied weights": Program(
        """\
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.norm = nn.RMSNorm(4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight


model = Tied()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
""",
        "WD201",
        0.05,
    ),
    "two optimizers": Program(
        """\
generator, discriminator = Net(), Net(width=4)
optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999), weight_decay=0.01)
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999), weight_decay=0.01)
""",
        "WD101 WD101",
        0.01,
    ),
    "no-decay group that inherits": Program(
        """\
model = Net()
no_decay = [p for n, p in model.named_parameters() if "norm" in n or "bn" in n or n.endswith("bias")]
decay = [p for n, p in model.named_parameters() if not ("norm" in n or "bn" in n or n.endswith("bias"))]
optimizer = torch.optim.AdamW(
    [
        dict(params=decay, weight_decay=0.05),
        dict(params=no_decay, lr=2e-3),
    ],
    lr=1e-3,
)
""",
        "WD203",
        0.05,
    ),
    "no-decay group from a loop, which inherits": Program(
        """\
def groups(model):
    decay, no_decay = [], []
    for name, param in model.named_parameters():
        if param.ndim < 2:
            no_decay.append(param)
        else:
            decay.append(param)
    return [{"params": decay}, {"params": no_decay}]


optimizer = torch.optim.AdamW(groups(Net()), lr=1e-3, weight_decay=0.05)
""",
        "WD203",
        0.05,
    ),
    "keys of another library": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(
    [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "wd": 0.05},
        {"params": [p for p in model.parameters() if p.dim() < 2], "wd": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD204 WD204",
        0.05,
    ),
    "BERT's names and norms of another name": Program(
        """\
model = Net()
no_decay = ["bias", "LayerNorm.weight"]
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "TensorFlow's names, compared as ends": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not n.endswith(("bias", "gamma"))], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if n.endswith(("bias", "gamma"))], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "a dead name compared by itself": Program(
        """\
model = Net()
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not ("bias" in n or "LayerNorm" in n)], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if ("bias" in n or "LayerNorm" in n)], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "whole names, one of them of an older model": Program(
        """\
model = Net()
no_decay = ["conv.bias", "bn.bias", "norm.bias", "head.bias", "bn1.weight"]
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not n in no_decay], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if n in no_decay], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "a set of dead names": Program(
        """\
model = Net()
skip = {"bias", "LayerNorm.weight", "layer_norm.weight"}
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not any(s in n for s in skip)], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if any(s in n for s in skip)], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "a loop that names one norm of two": Program(
        """\
model = Net()
decay, no_decay = [], []
for name, p in model.named_parameters():
    if not p.requires_grad:
        continue
    if "norm" in name or name.endswith("bias"):
        no_decay.append(p)
    else:
        decay.append(p)
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3
)
""",
        "WD202",
        0.05,
    ),
    "a helper that gets the model, with dead names": Program(
        """\
def build(model, lr=1e-3, weight_decay=0.05):
    no_decay = ("bias", "LayerNorm.weight")
    groups = [
        {"params": [p for n, p in model.named_parameters() if not any(d in n for d in no_decay)],
         "weight_decay": weight_decay},
        {"params": [p for n, p in model.named_parameters() if any(d in n for d in no_decay)],
         "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr)


optimizer = build(Net())
""",
        "WD205",
        0.05,
    ),
    "a dict of names and a dead one in a class attribute": Program(
        """\
class Recipe:
    no_decay = ["bias", "LayerNorm.weight"]

    def build(self, model):
        params = dict(model.named_parameters())
        exempt = {n for n in params if any(d in n for d in self.no_decay)}
        return torch.optim.AdamW(
            [
                {"params": [params[n] for n in params if n not in exempt], "weight_decay": 0.05},
                {"params": [params[n] for n in params if n in exempt], "weight_decay": 0.0},
            ],
            lr=1e-3,
        )


optimizer = Recipe().build(Net())
""",
        "WD205",
        0.05,
    ),
    "norms that only their rank tells apart": Program(
        """\
layers = []
for _ in range(3):
    layers += [nn.Linear(6, 6), nn.LayerNorm(6)]
model = nn.Sequential(*layers)
no_decay = ["bias", "LayerNorm.weight"]
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], "weight_decay": 0.05},
        {"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
    ],
    lr=1e-3,
)
""",
        "WD205",
        0.05,
    ),
    "dead names before three groups": Program(
        """\
model = Net()
no_decay = ["bias", "LayerNorm.weight"]
optimizer = torch.optim.AdamW(
    [
        {"params": [p for n, p in model.named_parameters() if "head" in n and not any(d in n for d in no_decay)],
         "lr": 1e-2},
        {"params": [p for n, p in model.named_parameters() if "head" not in n and not any(d in n for d in no_decay)]},
        {"params": [p for n, p in model.named_parameters() if any(d in n for d in no_decay)], "weight_decay": 0.0},
    ],
    lr=1e-3,
    weight_decay=0.05,
)
""",
        "WD205",
        0.05,
    ),
}
