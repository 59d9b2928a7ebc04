"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run, so that a change is judged by itself and not by luck.
settings.register_profile("wdlint", derandomize=True, deadline=None)
settings.load_profile("wdlint")
