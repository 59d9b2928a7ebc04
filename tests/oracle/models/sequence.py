"""Recurrent language models, attention over a recurrent encoder, WaveNet, TCN, retention."""

import math

import torch
import torch.nn as nn
from torch.nn.utils import weight_norm


class RNNModel(nn.Module):
    def __init__(self, rnn_type, ntoken, ninp, nhid, nlayers, dropout=0.5, tie_weights=False):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        if rnn_type in ["LSTM", "GRU"]:
            self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers, dropout=dropout)
        else:
            try:
                nonlinearity = {"RNN_TANH": "tanh", "RNN_RELU": "relu"}[rnn_type]
            except KeyError as e:
                raise ValueError("An invalid option for `--model` was supplied") from e
            self.rnn = nn.RNN(ninp, nhid, nlayers, nonlinearity=nonlinearity, dropout=dropout)
        self.decoder = nn.Linear(nhid, ntoken)
        if tie_weights:
            if nhid != ninp:
                raise ValueError("When using the tied flag, nhid must be equal to emsize")
            self.decoder.weight = self.encoder.weight
        self.init_weights()

    def init_weights(self):
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)


class CellLM(nn.Module):
    """Cells in a list, not a module of many layers."""

    def __init__(self, vocab, hidden=16, layers=2, cell="lstm", skip=True):
        super().__init__()
        cells = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}
        self.embed = nn.Embedding(vocab, hidden, padding_idx=0)
        self.cells = nn.ModuleList([cells[cell](hidden, hidden) for _ in range(layers)])
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in self.cells)
        self.gate = nn.Bilinear(hidden, hidden, 1) if skip else None
        self.out = nn.Linear(hidden, vocab, bias=not skip)


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size, bidirectional=True):
        super().__init__()
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True, bidirectional=bidirectional)


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size, bias=False)
        self.v = nn.Parameter(torch.rand(hidden_size) / math.sqrt(hidden_size))


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size, embedding=None):
        super().__init__()
        self.embedding = embedding if embedding is not None else nn.Embedding(output_size, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)


class Seq2Seq(nn.Module):
    def __init__(self, encoder, decoder, share_embeddings=False):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        if share_embeddings:
            self.decoder.embedding.weight = self.encoder.embedding.weight


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super().__init__()
        self.chomp_size = chomp_size


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size, stride, dilation, padding, dropout=0.2):
        super().__init__()
        self.conv1 = weight_norm(nn.Conv1d(n_inputs, n_outputs, kernel_size, stride, padding, dilation))
        self.chomp1 = Chomp1d(padding)
        self.conv2 = weight_norm(nn.Conv1d(n_outputs, n_outputs, kernel_size, stride, padding, dilation))
        self.chomp2 = Chomp1d(padding)
        self.net = nn.Sequential(self.conv1, self.chomp1, nn.ReLU(), self.conv2, self.chomp2, nn.ReLU())
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.init_weights()

    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.01)
        if self.downsample is not None:
            self.downsample.weight.data.normal_(0, 0.01)


class TemporalConvNet(nn.Module):
    def __init__(self, num_inputs, num_channels, kernel_size=2, dropout=0.2):
        super().__init__()
        layers = []
        num_levels = len(num_channels)
        for i in range(num_levels):
            dilation_size = 2**i
            in_channels = num_inputs if i == 0 else num_channels[i - 1]
            layers += [
                TemporalBlock(
                    in_channels,
                    num_channels[i],
                    kernel_size,
                    stride=1,
                    dilation=dilation_size,
                    padding=(kernel_size - 1) * dilation_size,
                    dropout=dropout,
                )
            ]
        self.network = nn.Sequential(*layers)


class WaveNet(nn.Module):
    def __init__(self, layers=3, blocks=2, residual_channels=8, skip_channels=16, classes=32, bias=False):
        super().__init__()
        self.dilated_queues = []
        self.filter_convs = nn.ModuleList()
        self.gate_convs = nn.ModuleList()
        self.residual_convs = nn.ModuleList()
        self.skip_convs = nn.ModuleList()
        self.start_conv = nn.Conv1d(classes, residual_channels, kernel_size=1, bias=bias)
        for b in range(blocks):
            new_dilation = 1
            for i in range(layers):
                self.filter_convs.append(nn.Conv1d(residual_channels, residual_channels, 2, bias=bias))
                self.gate_convs.append(nn.Conv1d(residual_channels, residual_channels, 2, bias=bias))
                self.residual_convs.append(nn.Conv1d(residual_channels, residual_channels, 1, bias=bias))
                self.skip_convs.append(nn.Conv1d(residual_channels, skip_channels, 1, bias=bias))
                new_dilation *= 2
        self.end_conv_1 = nn.Conv1d(skip_channels, skip_channels, kernel_size=1, bias=True)
        self.end_conv_2 = nn.Conv1d(skip_channels, classes, kernel_size=1, bias=True)


class MultiScaleRetention(nn.Module):
    def __init__(self, hidden_size, heads, double_v_dim=False):
        super().__init__()
        self.head_size = hidden_size // heads
        self.v_dim = hidden_size * 2 if double_v_dim else hidden_size
        gammas = 1 - torch.exp(torch.linspace(math.log(1 / 32), math.log(1 / 512), heads))
        self.gammas = gammas.detach().cpu().tolist() if gammas.device.type == "cpu" else [0.5] * heads
        self.swish = lambda x: x * torch.sigmoid(x)
        self.W_G = nn.Parameter(torch.randn(hidden_size, self.v_dim) / hidden_size)
        self.W_O = nn.Parameter(torch.randn(self.v_dim, hidden_size) / hidden_size)
        self.group_norm = nn.GroupNorm(heads, self.v_dim)
        self.retentions = nn.ModuleList([SimpleRetention(self.head_size) for _ in range(heads)])


class SimpleRetention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.W_Q = nn.Parameter(torch.randn(size, size) / size)
        self.W_K = nn.Parameter(torch.randn(size, size) / size)
        self.W_V = nn.Parameter(torch.randn(size, size) / size)


class RetNet(nn.Module):
    def __init__(self, layers, hidden_dim, ffn_size, heads):
        super().__init__()
        self.retentions = nn.ModuleList([MultiScaleRetention(hidden_dim, heads) for _ in range(layers)])
        self.ffns = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(hidden_dim, ffn_size), nn.GELU(), nn.Linear(ffn_size, hidden_dim))
                for _ in range(layers)
            ]
        )
        self.layer_norms_1 = nn.ModuleList([nn.LayerNorm(hidden_dim) for _ in range(layers)])
        self.layer_norms_2 = nn.ModuleList([nn.LayerNorm(hidden_dim) for _ in range(layers)])


class AttentionIsAllYouNeed(nn.Module):
    """torch's own Transformer inside."""

    def __init__(self, src_vocab, trg_vocab, d_model=32, nhead=2, layers=2, share=True):
        super().__init__()
        self.src_emb = nn.Embedding(src_vocab, d_model)
        self.trg_emb = nn.Embedding(trg_vocab, d_model)
        self.register_buffer("pos_table", torch.zeros(1, 64, d_model))
        self.transformer = nn.Transformer(d_model, nhead, layers, layers, dim_feedforward=64, batch_first=True)
        self.generator = nn.Linear(d_model, trg_vocab, bias=False)
        if share:
            self.generator.weight = self.trg_emb.weight

    @property
    def device(self):
        return self.generator.weight.device
