"""Models by name."""

from .resnet import deep, small

_MODELS = {"small": small, "deep": deep}


def build_model(args):
    return _MODELS[args.model](num_classes=5)
