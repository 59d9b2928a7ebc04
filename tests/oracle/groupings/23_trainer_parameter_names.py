"""The Trainer's get_parameter_names: recursion over children, forbidden types and forbidden regexes."""

import re

import torch
from torch import nn

ALL_LAYERNORM_LAYERS = [nn.LayerNorm]


class MistralRMSNorm(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))


class DecoderLayer(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.q_proj = nn.Linear(hidden, hidden, bias=False)
        self.o_proj = nn.Linear(hidden, hidden, bias=True)
        self.input_layernorm = MistralRMSNorm(hidden)
        self.gate = nn.Parameter(torch.zeros(hidden))


class Decoder(nn.Module):
    def __init__(self, hidden=6, layers=2):
        super().__init__()
        self.embed_tokens = nn.Embedding(14, hidden)
        self.layers = nn.ModuleList([DecoderLayer(hidden) for _ in range(layers)])
        self.out_norm = nn.LayerNorm(hidden)
        self.scale = nn.Parameter(torch.ones(1))


def get_parameter_names(model, forbidden_layer_types, forbidden_layer_names=None):
    patterns = [re.compile(pattern) for pattern in forbidden_layer_names or []]
    result = []
    for name, child in model.named_children():
        child_params = get_parameter_names(child, forbidden_layer_types, forbidden_layer_names)
        result += [
            f"{name}.{n}"
            for n in child_params
            if not isinstance(child, tuple(forbidden_layer_types))
            and not any(pattern.search(f"{name}.{n}".lower()) for pattern in patterns)
        ]
    result += [n for n in model._parameters if not any(pattern.search(n.lower()) for pattern in patterns)]
    return result


class Trainer:
    def __init__(self, model, weight_decay=0.0, learning_rate=5e-5):
        self.model = model
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.optimizer = None

    def get_decay_parameter_names(self, model):
        forbidden = [r"bias", r"layernorm", r"rmsnorm", r"(?:^|\.)norm(?:$|\.)", r"_norm(?:$|\.)"]
        return get_parameter_names(model, ALL_LAYERNORM_LAYERS, forbidden)

    def create_optimizer(self):
        opt_model = self.model
        if self.optimizer is None:
            decay_parameters = self.get_decay_parameter_names(opt_model)
            optimizer_grouped_parameters = [
                {
                    "params": [p for n, p in opt_model.named_parameters() if n in decay_parameters],
                    "weight_decay": self.weight_decay,
                },
                {
                    "params": [p for n, p in opt_model.named_parameters() if n not in decay_parameters],
                    "weight_decay": 0.0,
                },
            ]
            self.optimizer = torch.optim.AdamW(optimizer_grouped_parameters, lr=self.learning_rate)
        return self.optimizer


trainer = Trainer(Decoder(), weight_decay=0.1)
trainer.create_optimizer()
