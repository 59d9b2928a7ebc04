"""How large the HTML report of 1,000 findings is, how long it takes to make, and to open in a browser.

    python benchmarks/page.py [--browser /usr/bin/chromium]

No two of the findings are alike: another file, and other numbers, each time. With ``--browser``, which
needs the package playwright, the page is opened six times, until it has been painted; the median is
printed, and how long the first search takes. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from wdlint import engine
from wdlint.facts import FileReport
from wdlint.reports import Look, render
from wdlint.settings import default_settings

_FINDINGS: Final = 1000

_PROGRAM: Final = """\
import torch
from torch import nn


def build_{number}(width={decay}):
    model = nn.Sequential(nn.Linear(width, 4), nn.LayerNorm(4))
    return torch.optim.{optimizer}(model.parameters(), lr=1e-{rate}, weight_decay={decay}e-4)
"""

_PAINTED: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def reports() -> Iterator[FileReport]:
    """One finding each."""
    settings = replace(default_settings(), figures=True)
    for number in range(_FINDINGS):
        program = _PROGRAM.format(
            number=number,
            decay=10 + number % 90,
            optimizer=("Adam", "AdamW")[number % 2],
            rate=2 + number % 3,
        )
        yield engine.check_source(program.encode(), f"project_{number % 37}/train_{number}.py", settings)


def seconds_to_open(page: Path, browser: str) -> tuple[list[float], float]:
    """Seconds until the page is painted, six times, and seconds of a search."""
    from playwright.sync_api import sync_playwright

    opened: list[float] = []
    searched = 0.0
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for _ in range(6):
            tab: Any = chromium.new_page()
            start = time.perf_counter()
            tab.goto(page.as_uri(), wait_until="load")
            tab.evaluate(_PAINTED)
            opened.append(time.perf_counter() - start)
            start = time.perf_counter()
            tab.fill("#search", "adamw")
            tab.evaluate(_PAINTED)
            searched = time.perf_counter() - start
            tab.close()
        chromium.close()
    return opened, searched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browser", help="the program to open the page with")
    browser: str | None = parser.parse_args().browser
    run = engine.Run(tuple(reports()), (), _FINDINGS, _FINDINGS)
    start = time.perf_counter()
    text = render("html", run, Look())
    made = time.perf_counter() - start
    print(f"{len(run.findings):,} findings: {len(text.encode()) / 1e6:.2f} MB, made in {made:.1f} s")
    if browser:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "report.html")
            page.write_text(text, "utf-8")
            opened, searched = seconds_to_open(page, browser)
        print(f"opened in {statistics.median(opened):.2f} s, searched in {searched:.2f} s")


if __name__ == "__main__":
    main()
