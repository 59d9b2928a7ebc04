"""Two optimizers: Muon for the hidden matrices, AdamW with three groups for what is left."""

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)
        self.lambdas = nn.Parameter(torch.tensor([1.0, 0.0]))


class GPT(nn.Module):
    def __init__(self, vocab=16, dim=6, depth=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.blocks = nn.ModuleList([Block(dim) for _ in range(depth)])
        self.skip_weights = nn.Parameter(torch.ones(depth))
        self.lm_head = nn.Linear(dim, vocab, bias=False)


def setup_optimizers(model, weight_decay=0.1):
    hidden_matrix_params = [p for n, p in model.blocks.named_parameters() if p.ndim >= 2 and "embed" not in n]
    embed_params = [p for n, p in model.named_parameters() if "embed" in n]
    scalar_params = [p for p in model.parameters() if p.ndim < 2]
    head_params = [model.lm_head.weight]
    adam_groups = [
        dict(params=head_params, lr=0.22),
        dict(params=embed_params, lr=0.6),
        dict(params=scalar_params, lr=0.04),
    ]
    adam = torch.optim.AdamW(adam_groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0)
    muon = torch.optim.Muon(hidden_matrix_params, lr=0.05, momentum=0.95, weight_decay=weight_decay)
    return [adam, muon]


optimizers = setup_optimizers(GPT())
