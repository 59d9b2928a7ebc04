"""Norms whose gains have four axes, layer scale, stochastic depth, and token mixers."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class LayerNorm(nn.Module):
    """LayerNorm for two memory layouts."""

    def __init__(self, normalized_shape, eps=1e-6, data_format="channels_last"):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(normalized_shape))
        self.bias = nn.Parameter(torch.zeros(normalized_shape))
        self.eps = eps
        self.data_format = data_format
        if self.data_format not in ["channels_last", "channels_first"]:
            raise NotImplementedError
        self.normalized_shape = (normalized_shape,)


class GRN(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, dim))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, dim))


class DropPath(nn.Module):
    def __init__(self, drop_prob=None):
        super().__init__()
        self.drop_prob = drop_prob


class Block(nn.Module):
    def __init__(self, dim, drop_path=0.0, layer_scale_init_value=1e-6, grn=False):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        if grn:
            self.grn = GRN(4 * dim)
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = (
            nn.Parameter(layer_scale_init_value * torch.ones((dim)), requires_grad=True)
            if layer_scale_init_value > 0
            else None
        )
        self.drop_path = DropPath(drop_path) if drop_path > 0.0 else nn.Identity()


class ConvNeXt(nn.Module):
    def __init__(
        self, in_chans=3, num_classes=10, depths=[1, 1, 2, 1], dims=[8, 16, 24, 32], drop_path_rate=0.1, **block_kwargs
    ):
        super().__init__()
        self.downsample_layers = nn.ModuleList()
        stem = nn.Sequential(
            nn.Conv2d(in_chans, dims[0], kernel_size=4, stride=4),
            LayerNorm(dims[0], eps=1e-6, data_format="channels_first"),
        )
        self.downsample_layers.append(stem)
        for i in range(3):
            downsample_layer = nn.Sequential(
                LayerNorm(dims[i], eps=1e-6, data_format="channels_first"),
                nn.Conv2d(dims[i], dims[i + 1], kernel_size=2, stride=2),
            )
            self.downsample_layers.append(downsample_layer)
        self.stages = nn.ModuleList()
        dp_rates = [drop_path_rate * i / max(sum(depths) - 1, 1) for i in range(sum(depths))]
        cur = 0
        for i in range(4):
            stage = nn.Sequential(
                *[Block(dim=dims[i], drop_path=dp_rates[cur + j], **block_kwargs) for j in range(depths[i])]
            )
            self.stages.append(stage)
            cur += depths[i]
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Linear(dims[-1], num_classes)
        self.apply(self._init_weights)

    def _init_weights(self, m):
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.trunc_normal_(m.weight, std=0.02)
            nn.init.constant_(m.bias, 0)


class LayerScale(nn.Module):
    def __init__(self, dim, init_values=1e-5, inplace=False):
        super().__init__()
        self.gamma = nn.Parameter(init_values * torch.ones(dim))


class HeadRMSNorm(nn.Module):
    """One gain a head: (heads, 1, dim)."""

    def __init__(self, heads, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(heads, 1, dim))


class QKAttention(nn.Module):
    norm_cls = HeadRMSNorm

    def __init__(self, dim, heads, init_values=None):
        super().__init__()
        self.qkv = nn.Linear(dim, dim * 3, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(dim))
        self.v_bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("k_bias", torch.zeros(dim), persistent=False)
        self.q_norm = self.norm_cls(heads, dim // heads)
        self.k_norm = self.norm_cls(heads, dim // heads)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(9 * 9, heads))
        self.logit_scale = nn.Parameter(torch.log(10 * torch.ones((heads, 1, 1))))
        self.ls = LayerScale(dim, init_values) if init_values else nn.Identity()


class SoftmaxMixer(QKAttention):
    norm_cls = type("TableNorm", (HeadRMSNorm,), {})


class MetaBlock(nn.Module):
    mixers = {"attention": QKAttention, "pool": lambda dim, heads: nn.AvgPool2d(3, 1, 1)}

    def __init__(self, dim, mixer="attention", norm_layer=nn.LayerNorm, **kwargs):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.mixer = self.mixers[mixer](dim, 2, **kwargs)
        self.norm2 = norm_layer(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))


class MetaFormer(nn.Module):
    def __init__(self, dim=16, layout=("pool", "attention"), norm_layer=None, init_values=None):
        super().__init__()
        norm_layer = norm_layer or nn.LayerNorm
        self.blocks = nn.ModuleList()
        for mixer in layout:
            extra = {} if mixer == "pool" else {"init_values": init_values}
            self.blocks.append(MetaBlock(dim, mixer, norm_layer, **extra))
        self.head = nn.Linear(dim, 10)


class SharedScale(nn.Module):
    """A gain that every layer uses: one parameter under its first name."""

    def __init__(self, dim, depth):
        super().__init__()
        gain = nn.Parameter(torch.ones(dim))
        self.layers = nn.ModuleList()
        for _ in range(depth):
            layer = nn.Linear(dim, dim)
            layer.gain = gain
            self.layers.append(layer)
        self.final_gain = gain
