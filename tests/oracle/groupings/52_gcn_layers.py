"""GCN: the first layer decays and the second does not; a hand-made layer with `weight` and `bias`."""

import torch
from torch import nn


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.FloatTensor(in_features, out_features))
        if bias:
            self.bias = nn.Parameter(torch.FloatTensor(out_features))
        else:
            self.register_parameter("bias", None)


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass):
        super().__init__()
        self.conv1 = GraphConvolution(nfeat, nhid)
        self.conv2 = GraphConvolution(nhid, nclass, bias=False)
        self.reg_params = list(self.conv1.parameters())
        self.non_reg_params = self.conv2.parameters()


model = GCN(8, 4, 3)
optimizer = torch.optim.Adam(
    [
        dict(params=model.reg_params, weight_decay=5e-4),
        dict(params=model.non_reg_params, weight_decay=0),
    ],
    lr=0.01,
)
