"""The models the endpoint offers with their prices, or all it says about one of them."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glm_lsp.cli.desk import at_desk
from glm_lsp.cli.settings import add_settings, settings_to_send
from glm_lsp.cli.terminal import say, table, warn
from glm_lsp.errors import Failed

if TYPE_CHECKING:
    from glm_lsp.model.catalogue import ModelInfo
    from glm_lsp.settings import Settings

HEAD = ("id", "name", "in, $/M tokens", "out, $/M tokens", "takes", "gives")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="ID", help="one model, with its price and request schema")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_to_send(arguments)
    if arguments.id:
        say(json.dumps(dict(asyncio.run(_one(settings, arguments.id)).document), indent=2, ensure_ascii=False))
        return 0
    models = asyncio.run(_all(settings))
    say(table(HEAD, [_row(model) for model in models], right=frozenset({2, 3})))
    return 0


async def _all(settings: Settings) -> Sequence[ModelInfo]:
    """As the endpoint says now; if it cannot be asked, as it last said."""
    async with at_desk(settings) as (desk, asked):
        endpoint = await desk.endpoint(asked)
        try:
            return await desk.models(endpoint)
        except Failed as error:
            kept = await desk.kept_models(endpoint)
            if not kept:
                raise
            warn(f"{error} This is what {endpoint.origin} said earlier.")
            return kept


async def _one(settings: Settings, id: str) -> ModelInfo:
    async with at_desk(settings) as (desk, asked):
        return await desk.model.model(id, await desk.endpoint(asked, id))


def _row(model: ModelInfo) -> tuple[str, ...]:
    prices = (model.input_price, model.output_price)
    return (
        model.id,
        model.name,
        *("?" if price is None else f"{price * 1e6:.2f}" for price in prices),
        ", ".join(model.inputs),
        ", ".join(model.outputs),
    )
