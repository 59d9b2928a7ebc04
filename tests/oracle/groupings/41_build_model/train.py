"""The model comes from a factory in a package, which chooses by an argument; groups are made here."""

import argparse

import torch
from models import build_model


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="deep", choices=["small", "deep"])
    parser.add_argument("--weight-decay", default=1e-4, type=float)
    return parser.parse_args()


def main():
    args = get_args()
    model = build_model(args)
    decay, no_decay = [], []
    for m in model.modules():
        for name, p in m.named_parameters(recurse=False):
            (no_decay if name == "bias" or p.ndim == 1 else decay).append(p)
    optimizer = torch.optim.SGD(
        [{"params": decay}, {"params": no_decay, "weight_decay": 0.0}],
        lr=0.1,
        weight_decay=args.weight_decay,
    )
    return optimizer


if __name__ == "__main__":
    main()
