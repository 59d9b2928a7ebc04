"""BERT's names left standing over a GPT-2: `LayerNorm.weight` matches nothing, `ln_1.weight` decays."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, n_embd, n_head):
        super().__init__()
        self.ln_1 = nn.LayerNorm(n_embd)
        self.attn = nn.MultiheadAttention(n_embd, n_head)
        self.ln_2 = nn.LayerNorm(n_embd)
        self.mlp = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.GELU(), nn.Linear(4 * n_embd, n_embd))


class GPT2(nn.Module):
    def __init__(self, n_embd=8, n_layer=3):
        super().__init__()
        self.wte = nn.Embedding(40, n_embd)
        self.wpe = nn.Embedding(16, n_embd)
        self.h = nn.ModuleList(Block(n_embd, 2) for _ in range(n_layer))
        self.ln_f = nn.LayerNorm(n_embd)
        self.lm_head = nn.Linear(n_embd, 40, bias=False)


def main():
    model = GPT2()
    no_decay = ["bias", "LayerNorm.bias", "LayerNorm.weight"]
    param_optimizer = list(model.named_parameters())
    grouped = [
        {
            "params": [p for n, p in param_optimizer if not any(nd in n for nd in no_decay)],
            "weight_decay": 0.01,
        },
        {"params": [p for n, p in param_optimizer if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(grouped, lr=3e-5)
    return optimizer


if __name__ == "__main__":
    main()
