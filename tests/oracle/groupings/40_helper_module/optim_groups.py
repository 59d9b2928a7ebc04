"""Parameter groups."""


def _exempt(name, param, extra_skip):
    return param.ndim < 2 or name in extra_skip


def split_by_decay(model, weight_decay, extra_skip=()):
    groups = {True: [], False: []}
    for name, param in model.named_parameters():
        groups[_exempt(name, param, extra_skip)].append(param)
    return [
        {"params": groups[False], "weight_decay": weight_decay},
        {"params": groups[True], "weight_decay": 0.0},
    ]
