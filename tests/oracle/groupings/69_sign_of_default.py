"""The other way round: the constructor's decay is zero and one group alone has one."""

import torch.nn as nn
import torch.optim as O


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.prelu = nn.PReLU(4)
        self.bn = nn.BatchNorm2d(4, affine=False)
        self.ln = nn.LayerNorm(4, bias=False)
        self.fc = nn.Linear(4, 2)


net = Net()
others = {"prelu.weight", "ln.weight", "fc.bias"}
opt = O.Adamax(
    [
        dict(params=(p for n, p in net.named_parameters() if n in others)),
        dict(params=(p for n, p in net.named_parameters() if n not in others), weight_decay=3e-4),
    ],
    lr=2e-3,
)
