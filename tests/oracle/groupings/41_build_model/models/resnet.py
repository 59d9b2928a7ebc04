"""Residual networks."""

from torch import nn


class BasicBlock(nn.Module):
    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.downsample = None
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(
                nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)
            )


class ResNet(nn.Module):
    def __init__(self, layers, num_classes=10):
        super().__init__()
        self.inner = 4
        self.conv1 = nn.Conv2d(3, self.inner, 3, bias=False)
        self.layer1 = self._make_layer(4, layers[0])
        self.layer2 = self._make_layer(8, layers[1], stride=2)
        self.fc = nn.Linear(8, num_classes)

    def _make_layer(self, outer, blocks, stride=1):
        made = [BasicBlock(self.inner, outer, stride)]
        self.inner = outer
        for _ in range(1, blocks):
            made.append(BasicBlock(self.inner, outer))
        return nn.Sequential(*made)


def small(**kwargs):
    return ResNet([1, 1], **kwargs)


def deep(**kwargs):
    return ResNet([2, 3], **kwargs)
