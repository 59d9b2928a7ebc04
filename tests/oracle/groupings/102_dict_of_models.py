"""MonoDepth: a dict of models, a list that grows by += list(...), one optimizer for all."""

import torch.nn as nn
import torch.optim as optim


class DepthEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_in = nn.Conv2d(3, 4, 3)
        self.bn_in = nn.BatchNorm2d(4)


class DepthDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.upconv = nn.Conv2d(4, 1, 3)


class PoseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.pose_conv = nn.Conv2d(6, 6, 1)


class Trainer:
    def __init__(self, use_pose=True):
        self.models = {}
        self.parameters_to_train = []
        self.models["encoder"] = DepthEncoder()
        self.models["encoder"].to("cpu")
        self.parameters_to_train += list(self.models["encoder"].parameters())
        self.models["depth"] = DepthDecoder()
        self.parameters_to_train += list(self.models["depth"].parameters())
        if use_pose:
            self.models["pose"] = PoseNet()
            self.parameters_to_train += list(self.models["pose"].parameters())
        self.model_optimizer = optim.AdamW(self.parameters_to_train, 1e-4, weight_decay=0.004)


Trainer()
