"""A convolutional classifier, trained with Adam and an L2 coefficient from SGD.

wdlint reports WD101: Adam divides the L2 term by the size of each gradient.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
        )
        self.head = nn.Linear(2 * width, classes)

    def forward(self, images):
        return self.head(self.features(images).mean(dim=(2, 3)))


def noisy_prints(count, classes, size=12):
    """Images of one fixed print per class under noise, and their labels."""
    prints = torch.randn(classes, 1, size, size)
    labels = torch.randint(classes, (count,))
    return prints[labels] + 0.5 * torch.randn(count, 1, size, size), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    args = parser.parse_args()

    torch.manual_seed(0)
    images, labels = noisy_prints(count=1024, classes=10)
    model = ConvNet(width=16, classes=10)
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=args.lr,
        weight_decay=args.weight_decay,
    )
    for epoch in range(args.epochs):
        for batch in torch.randperm(len(images)).split(args.batch_size):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
