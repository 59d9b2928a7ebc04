"""``wdlint explain``: the card of a rule."""

from __future__ import annotations

import click

from wdlint.cli.exits import CLEAN
from wdlint.cli.streams import width, write


@click.command(short_help="Print what a rule reports, and why.")
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> int:
    """Print what a rule reports, why, its mathematics, examples and limits."""
    from wdlint import knowledge
    from wdlint.explain import render_card
    from wdlint.settings import rule_suggestion

    card = knowledge.card(rule)
    if card is None:
        raise click.UsageError(f"unknown rule '{rule}'; {rule_suggestion(rule)}")
    write(render_card(card, min(width(), 100)))
    return CLEAN
