"""Part of the program in train.py."""

from .resnet import *  # noqa: F403
from .vit import ViT as ViT


def create(name, **kw):
    return globals()[name](**kw)
