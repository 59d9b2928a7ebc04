"""torchvision's set_weight_decay: a recursive closure, custom keys with prefixes, keys zipped with decays."""

import torch
from torch import nn


class ViT(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.conv_proj = nn.Conv2d(3, dim, 2)
        self.class_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.encoder = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim), nn.BatchNorm1d(dim))
        self.heads = nn.Linear(dim, 3)


def set_weight_decay(
    model, weight_decay, norm_weight_decay=None, norm_classes=None, custom_keys_weight_decay=None
):
    if not norm_classes:
        norm_classes = [
            torch.nn.modules.batchnorm._BatchNorm,
            torch.nn.LayerNorm,
            torch.nn.GroupNorm,
            torch.nn.modules.instancenorm._InstanceNorm,
            torch.nn.LocalResponseNorm,
        ]
    norm_classes = tuple(norm_classes)
    params = {"other": [], "norm": []}
    params_weight_decay = {"other": weight_decay, "norm": norm_weight_decay}
    custom_keys = []
    if custom_keys_weight_decay is not None:
        for key, weight_decay in custom_keys_weight_decay:
            params[key] = []
            params_weight_decay[key] = weight_decay
            custom_keys.append(key)

    def _add_params(module, prefix=""):
        for name, p in module.named_parameters(recurse=False):
            if not p.requires_grad:
                continue
            is_custom_key = False
            for key in custom_keys:
                target_name = f"{prefix}.{name}" if prefix != "" and "." in key else name
                if key == target_name:
                    params[key].append(p)
                    is_custom_key = True
                    break
            if not is_custom_key:
                if norm_weight_decay is not None and isinstance(module, norm_classes):
                    params["norm"].append(p)
                else:
                    params["other"].append(p)

        for child_name, child_module in module.named_children():
            child_prefix = f"{prefix}.{child_name}" if prefix != "" else child_name
            _add_params(child_module, prefix=child_prefix)

    _add_params(model)
    param_groups = []
    for key in params:
        if len(params[key]) > 0:
            param_groups.append({"params": params[key], "weight_decay": params_weight_decay[key]})
    return param_groups


custom = [("bias", 0.0), ("class_token", 0.0), ("encoder.1.weight", 0.3)]
parameters = set_weight_decay(ViT(), 0.1, norm_weight_decay=0.0, custom_keys_weight_decay=custom)
optimizer = torch.optim.AdamW(parameters, lr=0.003, weight_decay=0.1)
