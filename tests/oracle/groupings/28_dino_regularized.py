"""DINO's get_params_groups: regularised and not, the student wrapped with its head."""

import torch
from torch import nn


class Head(nn.Module):
    def __init__(self, dim, out):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(dim, dim), nn.BatchNorm1d(dim), nn.GELU(), nn.Linear(dim, out))
        self.last_layer = nn.utils.parametrizations.weight_norm(nn.Linear(out, out, bias=False))


class MultiCropWrapper(nn.Module):
    def __init__(self, backbone, head):
        super(MultiCropWrapper, self).__init__()
        backbone.fc, backbone.head = nn.Identity(), nn.Identity()
        self.backbone = backbone
        self.head = head


class Backbone(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 4)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)


def get_params_groups(model):
    regularized = []
    not_regularized = []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        # we do not regularize biases nor Norm parameters
        if name.endswith(".bias") or len(param.shape) == 1:
            not_regularized.append(param)
        else:
            regularized.append(param)
    return [{"params": regularized}, {"params": not_regularized, "weight_decay": 0.0}]


student = MultiCropWrapper(Backbone(6), Head(6, 4))
teacher = MultiCropWrapper(Backbone(6), Head(6, 4))
for p in teacher.parameters():
    p.requires_grad = False
params_groups = get_params_groups(student)
optimizer = torch.optim.AdamW(params_groups)
