"""Ways to build a model that people do use, one small class a way."""

import itertools
from collections import OrderedDict, namedtuple
from copy import deepcopy
from enum import Enum
from functools import partial

import torch
from torch import nn
from torch.nn.utils import parametrizations

__all__ = ["Registry"]


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn


class TokenMixer(nn.Sequential):
    """A function that makes layers, and partials of a convolution."""

    def __init__(self, dim, depth, tokens, expansion=2):
        chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear

        def feed_forward(dim, dense):
            inner = int(dim * expansion)
            return nn.Sequential(dense(dim, inner), nn.GELU(), dense(inner, dim))

        super().__init__(
            nn.Linear(dim, dim),
            *[
                nn.Sequential(Residual(feed_forward(tokens, chan_first)), Residual(feed_forward(dim, chan_last)))
                for _ in range(depth)
            ],
            nn.LayerNorm(dim),
        )


class Registry(nn.Module):
    """Classes by name, filled by a decorator."""

    known = {}

    @classmethod
    def register(cls, name):
        def wrap(builder):
            cls.known[name] = builder
            return builder

        return wrap

    def __init__(self, kind, **options):
        super().__init__()
        self.body = self.known[kind](**options)


@Registry.register("mlp")
class RegisteredMLP(nn.Module):
    def __init__(self, width=8, norm="layer"):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.norm = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d, "none": nn.Identity}[norm](width)


@Registry.register("gated")
def gated(width=8, **kwargs):
    return nn.ModuleDict({"value": nn.Linear(width, width), "gate": nn.Linear(width, width, bias=False)})


class Numbered(nn.Module):
    """setattr in a loop, getattr to reach them again."""

    def __init__(self, depth=3, width=8):
        super().__init__()
        for i in range(depth):
            setattr(self, "layer%d" % i, nn.Linear(width, width))
            self.add_module("norm_{}".format(i), nn.LayerNorm(width))
        self.tail = nn.Sequential(getattr(self, "layer0"), nn.ReLU())
        self.depth = depth


class Experts(nn.Module):
    """Stacked weights of many experts, biases of two axes."""

    def __init__(self, experts, dim, hidden, bias=True):
        super().__init__()
        self.router = nn.Linear(dim, experts, bias=False)
        self.w1 = nn.Parameter(torch.empty(experts, dim, hidden))
        self.w2 = nn.Parameter(torch.empty(experts, hidden, dim))
        self.b1_bias = nn.Parameter(torch.empty(experts, hidden)) if bias else None
        self.register_parameter("b2_bias", nn.Parameter(torch.empty(experts, dim)) if bias else None)


class Tables(nn.Module):
    """ParameterDict and ParameterList."""

    def __init__(self, names=("left", "right"), rank=4):
        super().__init__()
        self.lora_A = nn.ParameterDict({name: nn.Parameter(torch.zeros(rank, 8)) for name in names})
        self.lora_B = nn.ParameterDict()
        for name in names:
            self.lora_B[name] = nn.Parameter(torch.zeros(8, rank))
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(1)) for _ in range(3)])
        self.extra = nn.ParameterList()
        self.extra.append(nn.Parameter(torch.zeros(2, 2)))
        self.heads = nn.ModuleDict([[name, nn.Linear(8, 2)] for name in names])


class NormMixin:
    norm_class = nn.LayerNorm

    def make_norm(self, width):
        return self.norm_class(width)


class Configurable:
    @classmethod
    def from_config(cls, config):
        return cls(**{key: value for key, value in config.items() if not key.startswith("_")})


class Mixed(NormMixin, Configurable, nn.Module):
    """Mixins, a class method that builds, an overridden class attribute."""

    def __init__(self, width, depth=2, dropout=0.0):
        nn.Module.__init__(self)
        self.norms = nn.ModuleList([self.make_norm(width) for _ in range(depth)])
        self.proj = nn.Linear(width, width)


class MixedBatch(Mixed):
    norm_class = partial(nn.BatchNorm1d, eps=1e-3)


class Base(nn.Module):
    """A template method: the subclass says what the layers are."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.stem = self.build_stem()
        self.build()

    def build_stem(self):
        return nn.Linear(4, self.width)

    def build(self):
        raise NotImplementedError


class Derived(Base):
    def __init__(self, width, bias=False):
        self.use_bias = bias
        super().__init__(width)
        self.stem.bias = None

    def build(self):
        self.body = nn.Linear(self.width, self.width, bias=self.use_bias)
        self.norm = nn.GroupNorm(2, self.width)


class Replaced(nn.Module):
    """A layer of a finished model is replaced, another deleted, a third wrapped."""

    def __init__(self, width=8, classes=3):
        super().__init__()
        self.backbone = nn.Sequential(
            OrderedDict(
                conv=nn.Conv1d(1, width, 3), norm=nn.BatchNorm1d(width), act=nn.ReLU(), head=nn.Linear(width, 10)
            )
        )
        self.backbone.head = nn.Linear(width, classes)
        self.backbone.norm = nn.Identity()
        self.aux = nn.Linear(width, 1)
        del self.aux
        self.backbone[0] = nn.Sequential(self.backbone[0], nn.GroupNorm(2, width))


class Activation(str, Enum):
    RELU = "relu"
    PRELU = "prelu"


def activation(kind):
    return {Activation.RELU: nn.ReLU, Activation.PRELU: nn.PReLU}[Activation(kind)]()


LayerSpec = namedtuple("LayerSpec", "kind width norm", defaults=(True,))


class FromSpec(nn.Module):
    """A table of named tuples, an Enum, and ``match``."""

    def __init__(self, specs, act="relu", in_width=4):
        super().__init__()
        layers = []
        for spec in specs:
            match spec.kind:
                case "linear":
                    layers.append(nn.Linear(in_width, spec.width))
                case "conv" | "conv1d":
                    layers.append(nn.Conv1d(in_width, spec.width, 3))
                case other:
                    raise ValueError(other)
            if spec.norm:
                layers.append(nn.BatchNorm1d(spec.width))
            layers.append(activation(act))
            in_width = spec.width
        self.layers = nn.Sequential(*layers)


def build_from_yaml(config):
    """Nested dictionaries as a YAML file would give them."""
    model = config["model"]
    layers = OrderedDict()
    for name, options in model["layers"].items():
        options = dict(options)
        layers[name] = getattr(nn, options.pop("type"))(*options.pop("args", ()), **options)
    return nn.Sequential(layers)


class Teacher(nn.Module):
    """A student and a frozen copy."""

    def __init__(self, student, momentum=0.99):
        super().__init__()
        self.student = student
        self.teacher = deepcopy(student)
        for p in self.teacher.parameters():
            p.requires_grad = False
        self.momentum = momentum


class WeightNormed(nn.Module):
    """The parametrizations of today's torch."""

    def __init__(self, width=8):
        super().__init__()
        self.first = parametrizations.weight_norm(nn.Linear(width, width))
        self.second = parametrizations.spectral_norm(nn.Linear(width, width, bias=False))
        self.last = nn.utils.weight_norm(nn.Linear(width, 2, bias=False))
        self.last.weight_g.data.fill_(1)
        self.last.weight_g.requires_grad = False


class ZippedStages(nn.Module):
    """itertools, walrus, conditional expressions, star expressions."""

    def __init__(self, widths=(4, 8, 16), downs=(True, False), act=None):
        super().__init__()
        stages = []
        for (a, b), down in zip(itertools.pairwise(widths), downs):
            stages.append(
                nn.Sequential(
                    *([nn.Conv2d(a, a, 2, 2), nn.BatchNorm2d(a)] if down else []),
                    nn.Conv2d(a, b, 3),
                    *((act(),) if act else ()),
                )
            )
        self.stages = nn.ModuleList(stages)
        if (n := len(stages)) > 1:
            self.fuse = nn.Parameter(torch.ones(n))
        self.blocks = nn.ModuleList(nn.ModuleList(nn.Linear(w, w) for _ in range(i)) for i, w in enumerate(widths))


class Tied(nn.Module):
    """An encoder's weights used by the decoder, and one module under two names."""

    def __init__(self, vocab=16, width=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.encoder = nn.LSTM(width, width, num_layers=2, bidirectional=True)
        self.again = self.encoder
        self.out = nn.Linear(width, vocab)
        self.out.weight = self.embed.weight
        self.out_bias = self.out.bias

    @property
    def weight(self):
        return self.out.weight


class Flagged(nn.Module):
    """Flags that take parameters away."""

    def __init__(self, width=8, affine=True, norm_bias=False, conv_bias="auto"):
        super().__init__()
        conv_bias = conv_bias if conv_bias != "auto" else not affine
        self.conv = nn.Conv2d(3, width, 3, bias=conv_bias)
        self.bn = nn.BatchNorm2d(width, affine=affine)
        self.inorm = nn.InstanceNorm2d(width)
        self.ln = nn.LayerNorm(width, bias=norm_bias)
        self.ln2 = nn.LayerNorm((width, width), elementwise_affine=affine)
        self.rms = nn.RMSNorm(width)
        self.attn = nn.MultiheadAttention(width, 2, bias=False, add_bias_kv=True, kdim=4)
        self.emb = nn.EmbeddingBag(4, width)


class LazyNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.LazyConv2d(width, 3)
        self.bn = nn.LazyBatchNorm2d()
        self.fc = nn.LazyLinear(2)


class Recursive(nn.Module):
    """A tree of modules, built by recursion."""

    def __init__(self, depth, width=4):
        super().__init__()
        self.lin = nn.Linear(width, width)
        self.left = Recursive(depth - 1, width) if depth > 0 else None
        if depth > 1:
            self.right = type(self)(depth - 2, width)


class Scaled(nn.Linear):
    """A subclass of a layer that adds a parameter."""

    def __init__(self, *args, scale=1.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.scale = nn.Parameter(torch.full((self.out_features, 1), scale))


class BatchNormAct(nn.BatchNorm1d):
    def __init__(self, width, slope=0.1):
        super().__init__(width)
        self.slope = nn.Parameter(torch.tensor(slope))


class Subclassed(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = Scaled(width, width, bias=False)
        self.norm = BatchNormAct(width)
        self.register_module("head", Scaled(width, 2))
        self.blocks = nn.ModuleList()
        self.blocks.extend([Scaled(width, width), nn.ReLU()])
        self.blocks.insert(0, nn.LayerNorm(width))
        self.blocks += [nn.PReLU(width)]


class Unused(nn.Module):
    """What is only made, kept in a plain list, or passed on, is no parameter of this model."""

    def __init__(self, width=8):
        super().__init__()
        nn.Linear(width, width)
        self.hidden = [nn.Linear(width, width)]
        self.shadow = {"ema": nn.Parameter(torch.zeros(3))}
        self.seen = nn.Linear(width, width)
        self.register_buffer("count", torch.zeros(1))
        self.tensor = torch.zeros(4, requires_grad=True)
