"""Part of the program in train.py."""

from .trainer import Trainer as Trainer
