"""Tokens, cost and time by day and action, from the log on this machine."""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from glm_lsp.cli.settings import add_settings, settings_of
from glm_lsp.cli.terminal import say, table
from glm_lsp.errors import BadInput

if TYPE_CHECKING:
    from glm_lsp.state.usage import Total

HEAD = ("day", "action", "requests", "failed", "prompt", "cached", "reply", "thinking", "cost", "first token", "time")
DAY = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=int, default=30, metavar="N", help="the last N days, today included (30)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.state import place, usage

    settings_of(arguments)  # tells what is wrong with them
    if arguments.days < 1:
        raise BadInput(f"--days {arguments.days}: it counts from 1, which is today.")
    since = max(DAY, time.time() - (arguments.days - 1) * DAY)
    totals = usage.summary(place.root(os.environ), since=since)
    if arguments.json:
        for total in totals:
            say(json.dumps(asdict(total)))
    elif not totals:
        say(f"Nothing was asked {'today' if arguments.days == 1 else f'in the last {arguments.days} days'}.")
    else:
        say(table(HEAD, [_row(total) for total in totals], right=frozenset(range(2, len(HEAD)))))
    return 0


def _row(total: Total) -> tuple[str, ...]:
    counts = (total.requests, total.failed, total.prompt, total.cached, total.completion, total.reasoning)
    return (
        total.day,
        total.action,
        *(f"{count:,}" for count in counts),
        "?" if total.cost is None else f"${total.cost:.4f}",
        _seconds(total.first_token),
        _seconds(total.seconds),
    )


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"
