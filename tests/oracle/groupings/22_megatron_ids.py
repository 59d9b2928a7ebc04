"""Megatron's earlier form: the ids of norm parameters are gathered, then compared."""

import torch


class Layer(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.input_layernorm = torch.nn.LayerNorm(dim)
        self.query_key_value = torch.nn.Linear(dim, 3 * dim)
        self.dense = torch.nn.Linear(dim, dim)


class Language(torch.nn.Module):
    def __init__(self, dim=6, depth=2):
        super().__init__()
        self.embedding = torch.nn.Embedding(13, dim)
        self.layers = torch.nn.ModuleList([Layer(dim) for _ in range(depth)])


model = Language()
norm_ids = []
for module in model.modules():
    if isinstance(module, torch.nn.LayerNorm):
        norm_ids.extend(id(p) for p in module.parameters())
bias_ids = [id(p) for n, p in model.named_parameters() if n.split(".")[-1] == "bias"]
exempt = norm_ids + bias_ids
decayed = [p for p in model.parameters() if id(p) not in exempt]
others = [p for p in model.parameters() if id(p) in exempt]
optimizer = torch.optim.Adam([dict(params=decayed, weight_decay=1e-2), dict(params=others)], lr=1e-4)
