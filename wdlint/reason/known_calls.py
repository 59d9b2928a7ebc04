"""The calls an optimizer may be handed to without anyone counting its groups.

Code that is not read could do anything with an optimizer; these packages and functions are known to
step it, schedule it, wrap it, log it or save it, for however many groups there are. What loads a
checkpoint, shards parameters or takes one number a group is no matter of this table: see
:mod:`~wdlint.reason.sightings`.
"""

from __future__ import annotations

import re
from typing import Final

_PACKAGES: Final = frozenset(
    {
        "builtins",
        "copy",
        "pickle",
        "functools",
        "itertools",
        "logging",
        "collections",
        "contextlib",
        "types",
        "typing",
    }
    | {"torch", "torch_xla", "torchvision", "timm", "transformers", "accelerate", "apex", "horovod"}
    | {"lightning", "pytorch_lightning", "lightning_fabric", "ignite", "opacus", "higher", "wandb", "tqdm"}
    | {"torch_optimizer", "pytorch_optimizer", "bitsandbytes", "lion_pytorch", "diffusers", "composer"}
    | {"warmup_scheduler", "pl_bolts", "pytorch_warmup", "hydra", "intel_extension_for_pytorch"}
)
_METHODS: Final = re.compile(
    r"^(step|optimizer_step|update|unscale_?|minimize|scale_loss|backward|manual_backward|zero_grad"
    r"|prepare\w*|setup\w*|toggle_optimizer|untoggle_optimizer|append|extend|add|insert|attach|register\w*"
    r"|partial|clip\w*|train|fit|compile)$"
)
_SCHEDULERS_AND_SAVERS: Final = re.compile(
    r"sched|(^|_)lr|LR($|[A-Z_])|learning_?rate|warm_?up|anneal|cosine|(^|_)save|(^|_)log(ger)?($|_)|summar|scaler",
    re.I,
)
_HANDS_ON: Final = re.compile(
    r"^(list|tuple|dict|zip|enumerate|reversed|iter|next|prepare\w*|setup\w*|initialize|partial)$|optimizer|optimize$",
    re.I,
)


def keeps_groups(function: str, full_name: str = "") -> bool:
    """Whether a function that is not read is known to care for any number of groups.

    ``function`` is what it is called by, ``full_name`` its dotted name where an import tells it.
    """
    if is_known(full_name.partition(".")[0]):
        return True
    names = (function, full_name.rpartition(".")[2])
    return any(_METHODS.search(each) or _SCHEDULERS_AND_SAVERS.search(each) for each in names)


def is_known(package: str) -> bool:
    """Whether a package, by its top-level name, only does such things to an optimizer."""
    return package in _PACKAGES


def hands_on(function: str) -> bool:
    """Whether what a function returns holds, or wraps, the optimizer it is given."""
    return _HANDS_ON.search(function) is not None
