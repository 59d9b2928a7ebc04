"""open_clip's two lambdas over the named parameters."""

import torch
from torch import nn, optim


class Tower(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_pre = nn.LayerNorm(width)
        self.c_fc = nn.Linear(width, width * 2)
        self.bn = nn.BatchNorm1d(width * 2)
        self.scale_ln_table = nn.Parameter(torch.ones(2, width))


class CLIP(nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = Tower(6)
        self.token_embedding = nn.Embedding(9, 6)
        self.positional_embedding = nn.Parameter(torch.empty(4, 6))
        self.text_projection = nn.Parameter(torch.empty(6, 5))
        self.logit_scale = nn.Parameter(torch.ones([]) * 2.66)


class Args:
    lr = 5e-4
    wd = 0.2
    beta1 = 0.9
    beta2 = 0.98


def main():
    args = Args()
    model = CLIP()
    exclude = lambda n, p: p.ndim < 2 or "bn" in n or "ln" in n or "bias" in n or "logit_scale" in n  # noqa: E731
    include = lambda n, p: not exclude(n, p)  # noqa: E731
    named_parameters = list(model.named_parameters())
    gain_or_bias_params = [p for n, p in named_parameters if exclude(n, p) and p.requires_grad]
    rest_params = [p for n, p in named_parameters if include(n, p) and p.requires_grad]
    optimizer = optim.AdamW(
        [
            {"params": gain_or_bias_params, "weight_decay": 0.0},
            {"params": rest_params, "weight_decay": args.wd},
        ],
        lr=args.lr,
        betas=(args.beta1, args.beta2),
    )
    return optimizer


main()
