"""The optimizer is built in another file, from the model it is handed."""

from engine.optim import make_optimizer
from torch import nn


class SmallNet(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, 10)


def main():
    net = SmallNet()
    optimizer = make_optimizer(net, lr=0.1, weight_decay=5e-4)
    return optimizer


if __name__ == "__main__":
    main()
