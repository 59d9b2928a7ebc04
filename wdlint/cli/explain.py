"""``wdlint explain``: a rule, a concept, numbers to play with, or a place in a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from wdlint.cli.exits import CLEAN, FAILED
from wdlint.cli.flags import lookup, number, one_of, together
from wdlint.cli.settings import load
from wdlint.cli.streams import say, width, write, write_document

if TYPE_CHECKING:
    from wdlint.explain.page import Page
    from wdlint.explain.worked import Numbers

_PLACE: Final = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?")

_WIDEST: Final = 100
"""Columns of running text; longer lines are hard to read."""


def _two_numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """``0.9,0.95`` as numbers."""
    if value is None:
        return None
    try:
        first, second = (float(part) for part in value.strip("()[] ").split(","))
    except ValueError:
        raise click.UsageError(f"--betas: '{value}' is not two numbers such as 0.9,0.95") from None
    return first, second


_numbers = together(
    click.option("--lr", type=number, metavar="NUMBER", help="Work it out for this learning rate."),
    click.option("--weight-decay", type=number, metavar="NUMBER", help="Work it out for this weight decay."),
    click.option(
        "--betas", metavar="B1,B2", callback=_two_numbers, help="Those of Adam; 0.9,0.999 by default."
    ),
    click.option("--eps", type=number, metavar="NUMBER", help="That of Adam; 1e-8 by default."),
    click.option("--steps", type=int, metavar="N", help="The length of the run; 10,000 by default."),
    click.option("--steps-per-epoch", type=int, metavar="N", help="Times are given in epochs, too."),
)


class _Given(NamedTuple):
    """The numbers of the command line, by click's names for them; None where one was not given."""

    lr: float | None
    weight_decay: float | None
    betas: tuple[float, float] | None
    eps: float | None
    steps: int | None
    steps_per_epoch: int | None

    def numbers(self) -> Numbers | None:
        """None where none was given; an error where some are missing or out of range."""
        from wdlint.explain.worked import Numbers

        given = {name: value for name, value in self._asdict().items() if value is not None}
        if not given:
            return None
        for name in ("lr", "weight_decay"):
            if name not in given:
                raise click.UsageError(f"{_flag(name)} is missing: the numbers need both lr and weight decay")
        if betas := given.pop("betas", None):
            given["beta1"], given["beta2"] = betas
        try:
            return Numbers(**given)
        except ValueError as error:
            name, _, rest = str(error).partition(":")
            raise click.UsageError(f"{_flag(name)}:{rest}") from None


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@click.command(short_help="Print what a rule reports and why, or what happens at a line.")
@click.argument("target", metavar="CODE|NAME|CONCEPT|FILE:LINE")
@_numbers
@click.option(
    "--format",
    "output_format",
    default="text",
    metavar="FORMAT",
    callback=one_of("text", "markdown", "json", "html"),
    help="How it is printed: text, markdown, json, html.",
)
@lookup
def explain(target: str, output_format: str, **given: Any) -> int:
    """Explain a rule, a concept such as adamw, or what wdlint finds at a line of a file.

    With --lr and --weight-decay: what these numbers do, worked out.
    """
    asked = _Given(*(given.pop(name) for name in _Given._fields))
    if place := _PLACE.fullmatch(target):
        if any(value is not None for value in asked):
            raise click.UsageError("a place has numbers of its own; --lr and the like go with a rule")
        return _explain_place(place["path"], int(place["line"]), output_format, given)
    page = _card(target, asked.numbers())
    if page is None:
        raise click.UsageError(_unknown(target))
    _print(page, output_format)
    return CLEAN


def _card(target: str, numbers: Numbers | None) -> Page | None:
    """The page of a rule or a concept, or of numbers; None where there is neither of this name."""
    from wdlint import knowledge
    from wdlint.explain.card import card_page, concept_page

    card, concept = knowledge.card(target), knowledge.concept(target)
    if card is None and concept is None:
        return None
    if numbers is not None:
        from wdlint.explain.worked import numbers_page

        names = (card.code, *card.see) if card else (concept.name,) if concept else ()
        return numbers_page(numbers, names)
    return card_page(card) if card else concept_page(concept) if concept else None


def _explain_place(path: str, line: int, output_format: str, where: Mapping[str, Any]) -> int:
    from wdlint.engine.parameters import TargetError
    from wdlint.places import page_at
    from wdlint.settings import Flags

    flags = Flags(python=where["python"], roots=where["roots"], pedantic=True)
    settings = load([path], flags, where["config"], isolated=where["isolated"])
    try:
        page = page_at(path, line, settings, width() if output_format == "text" else _WIDEST)
    except TargetError as error:
        say(f"error: {error}")
        return FAILED
    _print(page, output_format)
    return CLEAN


def _unknown(target: str) -> str:
    """What is wrong with a name, and what may have been meant."""
    from wdlint import knowledge
    from wdlint.settings import suggestion

    if os.path.isfile(target):
        return f"name a line of {target}, for example {target}:1"
    if target.endswith(".py") or os.sep in target:
        return f"there is no file {target}"
    rules = knowledge.rule_names()
    names = (*rules, *rules.values(), *(concept.name for concept in knowledge.concepts()))
    wanted = target.upper() if re.match("(?i)wd", target) else target
    return f"unknown rule '{target}'; {suggestion(wanted, names, _listing())}"


def _listing() -> str:
    from wdlint import knowledge

    concepts = ", ".join(f"'{concept.name}'" for concept in knowledge.concepts())
    return f"'wdlint rules' lists them, and there is {concepts}"


def _print(page: Page, output_format: str) -> None:
    from wdlint.explain import json, markdown, text

    if output_format == "text":
        write(text.render(page, min(width(), _WIDEST)))
    elif output_format == "html":
        write_document(_html(page))
    else:
        write_document({"markdown": markdown, "json": json}[output_format].render(page))


def _html(page: Page) -> str:
    from wdlint.explain import html, mathml
    from wdlint.pictures.illustrate import pictures_of

    if html.has_formulas(page) and not mathml.available():
        say("formulas are printed as LaTeX; with pip install 'wdlint[html]' they are drawn")
    return html.render(page, {heading: picture.svg() for heading, picture in pictures_of(page).items()})
