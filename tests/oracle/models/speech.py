"""Tacotron 2, whose ConvNorm and LinearNorm are no norms, and HiFi-GAN with weight norm."""

import torch
import torch.nn as nn
from torch.nn import Conv1d, Conv2d, ConvTranspose1d
from torch.nn.utils import remove_weight_norm, spectral_norm, weight_norm


class AttrDict(dict):
    def __init__(self, *args, **kwargs):
        super(AttrDict, self).__init__(*args, **kwargs)
        self.__dict__ = self


class LinearNorm(torch.nn.Module):
    def __init__(self, in_dim, out_dim, bias=True, w_init_gain="linear"):
        super(LinearNorm, self).__init__()
        self.linear_layer = torch.nn.Linear(in_dim, out_dim, bias=bias)
        torch.nn.init.xavier_uniform_(self.linear_layer.weight, gain=torch.nn.init.calculate_gain(w_init_gain))


class ConvNorm(torch.nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=1, stride=1, padding=None, dilation=1, bias=True):
        super(ConvNorm, self).__init__()
        if padding is None:
            assert kernel_size % 2 == 1
            padding = int(dilation * (kernel_size - 1) / 2)
        self.conv = torch.nn.Conv1d(
            in_channels, out_channels, kernel_size=kernel_size, stride=stride, padding=padding, bias=bias
        )


class LocationLayer(nn.Module):
    def __init__(self, n_filters, kernel_size, attention_dim):
        super().__init__()
        self.location_conv = ConvNorm(2, n_filters, kernel_size=kernel_size, bias=False)
        self.location_dense = LinearNorm(n_filters, attention_dim, bias=False, w_init_gain="tanh")


class Attention(nn.Module):
    def __init__(self, rnn_dim, embedding_dim, attention_dim):
        super().__init__()
        self.query_layer = LinearNorm(rnn_dim, attention_dim, bias=False, w_init_gain="tanh")
        self.memory_layer = LinearNorm(embedding_dim, attention_dim, bias=False, w_init_gain="tanh")
        self.v = LinearNorm(attention_dim, 1, bias=False)
        self.location_layer = LocationLayer(4, 3, attention_dim)


class Prenet(nn.Module):
    def __init__(self, in_dim, sizes):
        super(Prenet, self).__init__()
        in_sizes = [in_dim] + sizes[:-1]
        self.layers = nn.ModuleList(
            [LinearNorm(in_size, out_size, bias=False) for (in_size, out_size) in zip(in_sizes, sizes)]
        )


class Postnet(nn.Module):
    def __init__(self, hparams):
        super(Postnet, self).__init__()
        self.convolutions = nn.ModuleList()
        self.convolutions.append(
            nn.Sequential(ConvNorm(hparams.n_mel, hparams.dim, kernel_size=5), nn.BatchNorm1d(hparams.dim))
        )
        for i in range(1, hparams.postnet_n_convolutions - 1):
            self.convolutions.append(
                nn.Sequential(ConvNorm(hparams.dim, hparams.dim, kernel_size=5), nn.BatchNorm1d(hparams.dim))
            )
        self.convolutions.append(
            nn.Sequential(ConvNorm(hparams.dim, hparams.n_mel, kernel_size=5), nn.BatchNorm1d(hparams.n_mel))
        )


class Encoder(nn.Module):
    def __init__(self, hparams):
        super(Encoder, self).__init__()
        convolutions = []
        for _ in range(hparams.encoder_n_convolutions):
            convolutions.append(
                nn.Sequential(ConvNorm(hparams.dim, hparams.dim, kernel_size=5), nn.BatchNorm1d(hparams.dim))
            )
        self.convolutions = nn.ModuleList(convolutions)
        self.lstm = nn.LSTM(hparams.dim, int(hparams.dim / 2), 1, batch_first=True, bidirectional=True)


class Decoder(nn.Module):
    def __init__(self, hparams):
        super(Decoder, self).__init__()
        self.prenet = Prenet(hparams.n_mel * hparams.frames, [hparams.dim, hparams.dim])
        self.attention_rnn = nn.LSTMCell(hparams.dim * 2, hparams.dim)
        self.attention_layer = Attention(hparams.dim, hparams.dim, 8)
        self.decoder_rnn = nn.LSTMCell(hparams.dim * 2, hparams.dim, 1)
        self.linear_projection = LinearNorm(hparams.dim * 2, hparams.n_mel * hparams.frames)
        self.gate_layer = LinearNorm(hparams.dim * 2, 1, bias=True, w_init_gain="sigmoid")


class Tacotron2(nn.Module):
    def __init__(self, hparams):
        super(Tacotron2, self).__init__()
        self.embedding = nn.Embedding(hparams.n_symbols, hparams.dim)
        std = (2.0 / (hparams.n_symbols + hparams.dim)) ** 0.5
        self.embedding.weight.data.uniform_(-std, std)
        self.encoder = Encoder(hparams)
        self.decoder = Decoder(hparams)
        self.postnet = Postnet(hparams)


def init_weights(m, mean=0.0, std=0.01):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        m.weight.data.normal_(mean, std)


def get_padding(kernel_size, dilation=1):
    return int((kernel_size * dilation - dilation) / 2)


class ResBlock1(torch.nn.Module):
    def __init__(self, h, channels, kernel_size=3, dilation=(1, 3, 5)):
        super(ResBlock1, self).__init__()
        self.h = h
        self.convs1 = nn.ModuleList(
            [
                weight_norm(Conv1d(channels, channels, kernel_size, 1, get_padding(kernel_size, d), d))
                for d in dilation
            ]
        )
        self.convs1.apply(init_weights)
        self.convs2 = nn.ModuleList(
            [weight_norm(Conv1d(channels, channels, kernel_size, 1, padding=1)) for _ in dilation]
        )

    def remove_weight_norm(self):
        for layer in self.convs1:
            remove_weight_norm(layer)


class ResBlock2(torch.nn.Module):
    def __init__(self, h, channels, kernel_size=3, dilation=(1, 3)):
        super(ResBlock2, self).__init__()
        self.convs = nn.ModuleList(
            [
                weight_norm(Conv1d(channels, channels, kernel_size, 1, dilation=dilation[0])),
                weight_norm(Conv1d(channels, channels, kernel_size, 1, dilation=dilation[1])),
            ]
        )


class HifiGenerator(torch.nn.Module):
    def __init__(self, h):
        super(HifiGenerator, self).__init__()
        self.h = h
        self.num_kernels = len(h.resblock_kernel_sizes)
        self.conv_pre = weight_norm(Conv1d(16, h.upsample_initial_channel, 7, 1, padding=3))
        resblock = ResBlock1 if h.resblock == "1" else ResBlock2
        self.ups = nn.ModuleList()
        for i, (u, k) in enumerate(zip(h.upsample_rates, h.upsample_kernel_sizes)):
            self.ups.append(
                weight_norm(
                    ConvTranspose1d(
                        h.upsample_initial_channel // (2**i),
                        h.upsample_initial_channel // (2 ** (i + 1)),
                        k,
                        u,
                        padding=(k - u) // 2,
                    )
                )
            )
        self.resblocks = nn.ModuleList()
        for i in range(len(self.ups)):
            ch = h.upsample_initial_channel // (2 ** (i + 1))
            for j, (k, d) in enumerate(zip(h.resblock_kernel_sizes, h.resblock_dilation_sizes)):
                self.resblocks.append(resblock(h, ch, k, d))
        self.conv_post = weight_norm(Conv1d(ch, 1, 7, 1, padding=3))


class DiscriminatorP(torch.nn.Module):
    def __init__(self, period, kernel_size=5, stride=3, use_spectral_norm=False):
        super(DiscriminatorP, self).__init__()
        self.period = period
        norm_f = weight_norm if use_spectral_norm == False else spectral_norm
        self.convs = nn.ModuleList(
            [
                norm_f(Conv2d(1, 8, (kernel_size, 1), (stride, 1), padding=(get_padding(5, 1), 0))),
                norm_f(Conv2d(8, 16, (kernel_size, 1), (stride, 1), padding=(get_padding(5, 1), 0))),
            ]
        )
        self.conv_post = norm_f(Conv2d(16, 1, (3, 1), 1, padding=(1, 0)))


class DiscriminatorS(torch.nn.Module):
    def __init__(self, use_spectral_norm=False):
        super(DiscriminatorS, self).__init__()
        norm_f = weight_norm if use_spectral_norm == False else spectral_norm
        self.convs = nn.ModuleList([norm_f(Conv1d(1, 8, 15, 1, padding=7)), norm_f(Conv1d(8, 8, 41, 2, groups=4))])
        self.conv_post = norm_f(Conv1d(8, 1, 3, 1, padding=1))


class Discriminators(torch.nn.Module):
    def __init__(self, periods=(2, 3, 5)):
        super().__init__()
        self.mpd = nn.ModuleList([DiscriminatorP(p) for p in periods])
        self.msd = nn.ModuleList([DiscriminatorS(use_spectral_norm=True), DiscriminatorS(), DiscriminatorS()])
        self.meanpools = nn.ModuleList([nn.AvgPool1d(4, 2, padding=2), nn.AvgPool1d(4, 2, padding=2)])
