"""DETR: two groups that differ in learning rate only, so norms and biases decay in both."""

import argparse

import torch
from torch import nn


def get_args_parser():
    parser = argparse.ArgumentParser("detector", add_help=False)
    parser.add_argument("--lr", default=1e-4, type=float)
    parser.add_argument("--lr_backbone", default=1e-5, type=float)
    parser.add_argument("--weight_decay", default=1e-4, type=float)
    return parser


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)


class Detector(nn.Module):
    def __init__(self, hidden=8, queries=5):
        super().__init__()
        self.transformer = nn.TransformerEncoderLayer(hidden, 2, 16)
        self.class_embed = nn.Linear(hidden, 4)
        self.query_embed = nn.Embedding(queries, hidden)
        self.backbone = Backbone()


def main(args):
    model = Detector()
    model_without_ddp = model
    param_dicts = [
        {
            "params": [
                p for n, p in model_without_ddp.named_parameters() if "backbone" not in n and p.requires_grad
            ]
        },
        {
            "params": [
                p for n, p in model_without_ddp.named_parameters() if "backbone" in n and p.requires_grad
            ],
            "lr": args.lr_backbone,
        },
    ]
    optimizer = torch.optim.AdamW(param_dicts, lr=args.lr, weight_decay=args.weight_decay)
    return optimizer


if __name__ == "__main__":
    parser = argparse.ArgumentParser("training script", parents=[get_args_parser()])
    main(parser.parse_args())
