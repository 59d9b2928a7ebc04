"""BEiT with layer decay through a bound method handed over as an argument; q_bias and gamma_1 have one rank."""

import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, dim * 3, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(dim))
        self.v_bias = nn.Parameter(torch.zeros(dim))
        self.relative_position_bias_table = nn.Parameter(torch.zeros(9, 2))


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = Attention(dim)
        self.gamma_1 = nn.Parameter(0.1 * torch.ones(dim), requires_grad=True)


class Beit(nn.Module):
    def __init__(self, dim=4, depth=2):
        super().__init__()
        self.mask_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.blocks = nn.ModuleList([Block(dim) for _ in range(depth)])
        self.lm_head = nn.Linear(dim, 7)

    def get_num_layers(self):
        return len(self.blocks)


class LayerDecayValueAssigner(object):
    def __init__(self, values):
        self.values = values

    def get_scale(self, layer_id):
        return self.values[layer_id]

    def get_layer_id(self, var_name):
        return get_num_layer_for_vit(var_name, len(self.values))


def get_num_layer_for_vit(var_name, num_max_layer):
    if var_name in ("cls_token", "mask_token", "pos_embed"):
        return 0
    elif var_name.startswith("blocks"):
        layer_id = int(var_name.split(".")[1])
        return layer_id + 1
    else:
        return num_max_layer - 1


def get_parameter_groups(model, weight_decay, skip_list, get_num_layer, get_layer_scale):
    groups = {}
    for name, param in model.named_parameters():
        plain = len(param.shape) == 1 or name.endswith(".bias") or name in skip_list
        layer_id = get_num_layer(name)
        key = "layer_%d_%s" % (layer_id, "no_decay" if plain else "decay")
        if key not in groups:
            groups[key] = {
                "weight_decay": 0.0 if plain else weight_decay,
                "params": [],
                "lr_scale": get_layer_scale(layer_id),
            }
        groups[key]["params"].append(param)
    return list(groups.values())


model = Beit()
num_layers = model.get_num_layers()
assigner = LayerDecayValueAssigner(list(0.9 ** (num_layers + 1 - i) for i in range(num_layers + 2)))
optimizer = torch.optim.AdamW(
    get_parameter_groups(model, 0.05, {"mask_token"}, assigner.get_layer_id, assigner.get_scale), lr=1e-3
)
