"""GPT-NeoX: modules by the name of their class, own parameters from module._parameters."""

import torch


class RMSNorm(torch.nn.Module):
    def __init__(self, dim, eps=1e-8):
        super().__init__()
        self.eps = eps
        self.scale = torch.nn.Parameter(torch.ones(dim))


class ScaleNorm(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.g = torch.nn.Parameter(torch.ones(1))


class Layer(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.input_layernorm = RMSNorm(dim)
        self.dense = torch.nn.Linear(dim, dim)
        self.post = ScaleNorm(dim)


class NeoX(torch.nn.Module):
    def __init__(self, dim=6, layers=2):
        super().__init__()
        self.word_embeddings = torch.nn.Embedding(10, dim)
        self.sequential = torch.nn.Sequential(*[Layer(dim) for _ in range(layers)])
        self.norm = torch.nn.LayerNorm(dim)


def get_params_for_weight_decay_optimization(module, weight_decay):
    weight_decay_params = {"params": []}
    no_weight_decay_params = {"params": [], "weight_decay": 0.0}
    for module_ in module.modules():
        if (
            any(isinstance(module_, kind) for kind in [torch.nn.LayerNorm])
            or type(module_).__name__ in ["RMSNorm", "ScaleNorm"]
            or (weight_decay == 0.0)
        ):
            no_weight_decay_params["params"].extend(
                [p for p in list(module_._parameters.values()) if p is not None]
            )
        else:
            weight_decay_params["params"].extend(
                [p for n, p in list(module_._parameters.items()) if p is not None and n != "bias"]
            )
            no_weight_decay_params["params"].extend(
                [p for n, p in list(module_._parameters.items()) if p is not None and n == "bias"]
            )
    if weight_decay == 0.0:
        return [no_weight_decay_params]
    return weight_decay_params, no_weight_decay_params


param_groups = get_params_for_weight_decay_optimization(NeoX(), 0.1)
optimizer = torch.optim.AdamW(param_groups, lr=6e-4, weight_decay=0.1)
