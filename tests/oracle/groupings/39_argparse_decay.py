"""The decay, the skip list and a switch come from argparse defaults; `--wd` is stored as weight_decay."""

import argparse

import torch
import torch.nn as nn

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=3e-4)
parser.add_argument("--wd", "--weight-decay", dest="weight_decay", type=float, default=0.03)
parser.add_argument("--width", type=int, default=6)
parser.add_argument("--no-bias-decay", action="store_true")
parser.add_argument("--skip", nargs="*", default=["embed", "norm"])
args = parser.parse_args()


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(5, width)
        self.fc = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)


model = Net(args.width)
skipped, kept = [], []
for name, param in model.named_parameters():
    if any(word in name for word in args.skip) or (args.no_bias_decay and name.endswith("bias")):
        skipped.append(param)
    else:
        kept.append(param)
groups = [{"params": kept, "weight_decay": args.weight_decay}, {"params": skipped, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=args.learning_rate)
