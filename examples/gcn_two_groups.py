"""A two-layer graph convolutional network on a random graph of three communities.

As in the paper, only the first layer has an L2 term. wdlint reports WD101 and leaves
the two groups as they are: the author has chosen them.
"""

import torch
import torch.nn.functional as F
from torch import nn


class GCNConv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.lin = nn.Linear(in_channels, out_channels, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x, adjacency):
        return adjacency @ self.lin(x) + self.bias


class GCN(nn.Module):
    def __init__(self, in_channels, hidden_channels, out_channels):
        super().__init__()
        self.conv1 = GCNConv(in_channels, hidden_channels)
        self.conv2 = GCNConv(hidden_channels, out_channels)

    def forward(self, x, adjacency):
        x = F.dropout(x, p=0.5, training=self.training)
        x = F.relu(self.conv1(x, adjacency))
        x = F.dropout(x, p=0.5, training=self.training)
        return self.conv2(x, adjacency)


def random_communities(nodes=150, communities=3, features=32):
    """Node features, the normalised adjacency matrix, and the community of each."""
    y = torch.arange(nodes) % communities
    x = torch.randn(communities, features)[y] + 2 * torch.randn(nodes, features)
    likely = torch.where(y[:, None] == y[None, :], 0.1, 0.01)
    edges = torch.bernoulli(likely).triu(diagonal=1)
    edges = edges + edges.T + torch.eye(nodes)
    scale = edges.sum(dim=1).rsqrt()
    return x, scale[:, None] * edges * scale[None, :], y


def main():
    torch.manual_seed(0)
    x, adjacency, y = random_communities()
    train = torch.arange(len(y)) < 30
    model = GCN(x.shape[1], hidden_channels=16, out_channels=3)
    optimizer = torch.optim.Adam([
        dict(params=model.conv1.parameters(), weight_decay=5e-4),
        dict(params=model.conv2.parameters(), weight_decay=0)
    ], lr=0.01)  # weight decay on the first convolution only
    for _ in range(100):
        model.train()
        optimizer.zero_grad()
        F.cross_entropy(model(x, adjacency)[train], y[train]).backward()
        optimizer.step()
    model.eval()
    right = (model(x, adjacency).argmax(dim=1) == y)[~train]
    print(f"test accuracy {right.float().mean().item():.3f}")


if __name__ == "__main__":
    main()
