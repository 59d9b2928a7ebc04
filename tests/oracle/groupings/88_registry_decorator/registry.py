"""Ways to group parameters, by name."""

STRATEGIES = {}


def register(name):
    def decorate(function):
        STRATEGIES[name] = function
        return function

    return decorate


@register("everything")
def everything(model, weight_decay):
    return [{"params": list(model.parameters()), "weight_decay": weight_decay}]


@register("by_rank")
def by_rank(model, weight_decay):
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
