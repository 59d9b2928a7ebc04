"""Graph networks without a graph library: Kipf's GCN, Velickovic's GAT, message passing, temporal graphs."""

import math

import torch
import torch.nn as nn
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter


class GraphConvolution(Module):
    def __init__(self, in_features, out_features, bias=True):
        super(GraphConvolution, self).__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(torch.FloatTensor(in_features, out_features))
        if bias:
            self.bias = Parameter(torch.FloatTensor(out_features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None:
            self.bias.data.uniform_(-stdv, stdv)


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout):
        super(GCN, self).__init__()
        self.gc1 = GraphConvolution(nfeat, nhid)
        self.gc2 = GraphConvolution(nhid, nclass, bias=False)
        self.dropout = dropout


class GraphAttentionLayer(nn.Module):
    def __init__(self, in_features, out_features, alpha, concat=True):
        super().__init__()
        self.W = nn.Parameter(torch.empty(size=(in_features, out_features)))
        nn.init.xavier_uniform_(self.W.data, gain=1.414)
        self.a = nn.Parameter(torch.empty(size=(2 * out_features, 1)))
        self.leakyrelu = nn.LeakyReLU(alpha)


class GAT(nn.Module):
    def __init__(self, nfeat, nhid, nclass, alpha=0.2, nheads=3):
        super().__init__()
        self.attentions = [GraphAttentionLayer(nfeat, nhid, alpha=alpha, concat=True) for _ in range(nheads)]
        for i, attention in enumerate(self.attentions):
            self.add_module("attention_{}".format(i), attention)
        self.out_att = GraphAttentionLayer(nhid * nheads, nclass, alpha=alpha, concat=False)


def build_mlp(*widths, norm=None, last=True):
    layers = [
        module
        for a, b in zip(widths, widths[1:])
        for module in (nn.Linear(a, b), norm(b) if norm else None, nn.ReLU())
        if module is not None
    ]
    return nn.Sequential(*(layers if last else layers[:-1]))


class MessagePassing(nn.Module):
    def __init__(self, node=4, edge=2, hidden=8, steps=2, shared=False):
        super().__init__()
        self.encode = nn.ModuleDict({"node": build_mlp(node, hidden), "edge": build_mlp(edge, hidden)})
        step = lambda: nn.ModuleList([build_mlp(3 * hidden, hidden), build_mlp(2 * hidden, hidden, norm=nn.LayerNorm)])
        if shared:
            block = step()
            self.steps = nn.ModuleList([block for _ in range(steps)])
        else:
            self.steps = nn.ModuleList([step() for _ in range(steps)])
        self.decode = build_mlp(hidden, hidden, 1, last=False)


class STGCNBlock(nn.Module):
    def __init__(self, in_channels, spatial_channels, out_channels, num_nodes):
        super().__init__()
        self.temporal1 = nn.Conv2d(in_channels, out_channels, (1, 3))
        self.Theta1 = nn.Parameter(torch.FloatTensor(out_channels, spatial_channels))
        self.temporal2 = nn.Conv2d(spatial_channels, out_channels, (1, 3))
        self.batch_norm = nn.BatchNorm2d(num_nodes)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.Theta1.shape[1])
        self.Theta1.data.uniform_(-stdv, stdv)


class STGCN(nn.Module):
    def __init__(self, num_nodes, num_features, layers=2):
        super().__init__()
        channels = [num_features, *[8] * layers]
        self.blocks = nn.ModuleList(STGCNBlock(c, 4, d, num_nodes) for c, d in zip(channels, channels[1:]))
        self.fully = nn.Linear(16, 3)


class GraphWaveNet(nn.Module):
    def __init__(self, num_nodes, supports=None, addaptadj=True, gcn_bool=True, blocks=2, layers=2, width=4):
        super().__init__()
        self.filter_convs = nn.ModuleList()
        self.bn = nn.ModuleList()
        self.gconv = nn.ModuleList()
        self.residual_convs = nn.ModuleList()
        self.supports = supports
        self.supports_len = 0
        if supports is not None:
            self.supports_len += len(supports)
        if gcn_bool and addaptadj:
            if supports is None:
                self.supports = []
            self.nodevec1 = nn.Parameter(torch.randn(num_nodes, 10), requires_grad=True)
            self.nodevec2 = nn.Parameter(torch.randn(10, num_nodes), requires_grad=True)
            self.supports_len += 1
        for b in range(blocks):
            for i in range(layers):
                self.filter_convs.append(nn.Conv2d(width, width, (1, 2)))
                self.bn.append(nn.BatchNorm2d(width))
                if gcn_bool:
                    self.gconv.append(nn.Conv2d((self.supports_len + 1) * width, width, 1))
                else:
                    self.residual_convs.append(nn.Conv1d(width, width, 1))
        self.end_conv = nn.Conv2d(width, 2, (1, 1), bias=True)
