"""detectron2: one group a parameter, a memo, overrides, norms by type, own parameters of each module."""

import torch


class Head(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(6, 6)
        self.norm = torch.nn.GroupNorm(2, 6)
        self.embed = torch.nn.Embedding(4, 6)
        self.relative_position_bias_table = torch.nn.Parameter(torch.zeros(3, 2))


class Detector(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 6, 3)
        self.bn = torch.nn.BatchNorm2d(6)
        self.heads = torch.nn.ModuleList([Head(), Head()])


def get_default_optimizer_params(
    model,
    base_lr,
    weight_decay,
    weight_decay_norm=None,
    weight_decay_bias=None,
    bias_lr_factor=1.0,
    overrides=None,
):
    if overrides is None:
        overrides = {}
    defaults = {"lr": base_lr, "weight_decay": weight_decay}
    bias_overrides = {}
    if bias_lr_factor is not None and bias_lr_factor != 1.0:
        bias_overrides["lr"] = base_lr * bias_lr_factor
    if weight_decay_bias is not None:
        bias_overrides["weight_decay"] = weight_decay_bias
    if len(bias_overrides):
        overrides["bias"] = bias_overrides
    norm_module_types = (
        torch.nn.BatchNorm1d,
        torch.nn.BatchNorm2d,
        torch.nn.SyncBatchNorm,
        torch.nn.GroupNorm,
        torch.nn.LayerNorm,
    )
    params = []
    memo = set()
    for _module_name, module in model.named_modules():
        for module_param_name, value in module.named_parameters(recurse=False):
            if not value.requires_grad:
                continue
            if value in memo:
                continue
            memo.add(value)
            hyperparams = dict(defaults)
            if isinstance(module, norm_module_types) and weight_decay_norm is not None:
                hyperparams["weight_decay"] = weight_decay_norm
            hyperparams.update(overrides.get(module_param_name, {}))
            params.append({"params": [value], **hyperparams})
    return params


params = get_default_optimizer_params(
    Detector(),
    base_lr=1e-4,
    weight_decay=0.05,
    weight_decay_norm=0.0,
    bias_lr_factor=2.0,
    overrides={"relative_position_bias_table": {"weight_decay": 0.0}},
)
optimizer = torch.optim.AdamW(params, 1e-4)
