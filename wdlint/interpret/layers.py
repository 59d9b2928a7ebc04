"""The layers of ``torch.nn`` that are made of layers, or whose parameters depend on more than flags.

Never imported: the machine follows this file like the program's own (:mod:`wdlint.interpret.torch`).
Names and order are those of torch 2.13.
"""

# ruff: noqa
# mypy: ignore-errors
import torch
from torch.nn import Dropout, Identity, LayerNorm, Linear, Module, ModuleList, Parameter


class MultiheadAttention(Module):
    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        bias=True,
        add_bias_kv=False,
        add_zero_attn=False,
        kdim=None,
        vdim=None,
        batch_first=False,
        device=None,
        dtype=None,
    ):
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        if (kdim is None or kdim == embed_dim) and (vdim is None or vdim == embed_dim):
            self.in_proj_weight = Parameter(torch.empty(3, embed_dim))
        else:
            self.q_proj_weight = Parameter(torch.empty(embed_dim, embed_dim))
            self.k_proj_weight = Parameter(torch.empty(embed_dim, kdim))
            self.v_proj_weight = Parameter(torch.empty(embed_dim, vdim))
        if bias:
            self.in_proj_bias = Parameter(torch.empty(3))
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias)
        if add_bias_kv:
            self.bias_k = Parameter(torch.empty(1, 1, embed_dim))
            self.bias_v = Parameter(torch.empty(1, 1, embed_dim))


class TransformerEncoderLayer(Module):
    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        self.self_attn = MultiheadAttention(d_model, nhead, bias=bias)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias)
        self.norm1 = LayerNorm(d_model, bias=bias)
        self.norm2 = LayerNorm(d_model, bias=bias)


class TransformerDecoderLayer(Module):
    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        self.self_attn = MultiheadAttention(d_model, nhead, bias=bias)
        self.multihead_attn = MultiheadAttention(d_model, nhead, bias=bias)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias)
        self.norm1 = LayerNorm(d_model, bias=bias)
        self.norm2 = LayerNorm(d_model, bias=bias)
        self.norm3 = LayerNorm(d_model, bias=bias)


def _clones(module, n):
    import copy

    return ModuleList([copy.deepcopy(module) for i in range(n)])


class TransformerEncoder(Module):
    def __init__(self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True):
        self.layers = _clones(encoder_layer, num_layers)
        self.norm = norm


class TransformerDecoder(Module):
    def __init__(self, decoder_layer, num_layers, norm=None):
        self.layers = _clones(decoder_layer, num_layers)
        self.norm = norm


class Transformer(Module):
    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation=None,
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            encoder_layer = TransformerEncoderLayer(d_model, nhead, dim_feedforward, bias=bias)
            self.encoder = TransformerEncoder(
                encoder_layer, num_encoder_layers, LayerNorm(d_model, bias=bias)
            )
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            decoder_layer = TransformerDecoderLayer(d_model, nhead, dim_feedforward, bias=bias)
            self.decoder = TransformerDecoder(
                decoder_layer, num_decoder_layers, LayerNorm(d_model, bias=bias)
            )


def _recurrent(self, num_layers, bias, bidirectional, proj_size):
    for layer in range(num_layers):
        for suffix in ["", "_reverse"] if bidirectional else [""]:
            setattr(self, f"weight_ih_l{layer}{suffix}", Parameter(torch.empty(1, 1)))
            setattr(self, f"weight_hh_l{layer}{suffix}", Parameter(torch.empty(1, 1)))
            if bias:
                setattr(self, f"bias_ih_l{layer}{suffix}", Parameter(torch.empty(1)))
                setattr(self, f"bias_hh_l{layer}{suffix}", Parameter(torch.empty(1)))
            if proj_size:
                setattr(self, f"weight_hr_l{layer}{suffix}", Parameter(torch.empty(1, 1)))


class RNNBase(Module):
    def __init__(
        self,
        mode,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        self.hidden_size = hidden_size
        _recurrent(self, num_layers, bias, bidirectional, proj_size)


class RNN(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        self.hidden_size = hidden_size
        _recurrent(self, num_layers, bias, bidirectional, 0)


class LSTM(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        self.hidden_size = hidden_size
        _recurrent(self, num_layers, bias, bidirectional, proj_size)


class GRU(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        self.hidden_size = hidden_size
        _recurrent(self, num_layers, bias, bidirectional, 0)


class AdaptiveLogSoftmaxWithLoss(Module):
    def __init__(
        self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None
    ):
        self.head = Linear(in_features, n_classes, bias=head_bias)
        self.tail = ModuleList()
        for cutoff in cutoffs:
            self.tail.append(
                torch.nn.Sequential(
                    Linear(in_features, cutoff, bias=False), Linear(cutoff, cutoff, bias=False)
                )
            )
