"""Which picture stands in which section of an explanation."""

from __future__ import annotations

from typing import Any

from wdlint.explain.page import Page
from wdlint.pictures.decay_by_gradient import decay_by_gradient
from wdlint.pictures.over_steps import gain_over_steps
from wdlint.pictures.picture import Picture

_USUAL = {"lr": 1e-3, "weight_decay": 0.01}


def pictures_of(page: Page) -> dict[str, Picture]:
    """The pictures of a page, by the heading of their section; with its own numbers where it has some."""
    numbers: dict[str, Any] = page.data.get("numbers") or _USUAL
    lr, wd = numbers["lr"], numbers["weight_decay"]
    by_gradient = decay_by_gradient(lr, wd, eps=numbers.get("eps", 1e-8))
    found = {
        "Adam with L2: inside the gradient": by_gradient,
        "Why L2 under Adam is not weight decay": by_gradient,
    }
    if page.data.get("rule") == "WD101":
        found["Mathematics"] = by_gradient
    if page.data.get("rule") in ("WD201", "WD202", "WD203", "WD205"):
        gain = gain_over_steps(1e-3 * 0.1)
        found |= {"Mathematics": gain} if gain else {}
    return {section.heading: found[section.heading] for section in page.sections if section.heading in found}
