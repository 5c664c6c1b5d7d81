"""Explain a file or some of its lines. The explanation comes on stdout as it is written, in Markdown."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from glm_lsp.cli.desk import at_desk
from glm_lsp.cli.question import (
    add_diagnostics,
    add_question,
    asked_action,
    asked_place,
    document_at,
    question,
    snapshot_of,
)
from glm_lsp.cli.settings import settings_to_send
from glm_lsp.cli.terminal import say, warn

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.settings import Settings
    from glm_lsp.workspace.snapshot import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_question(parser, "explain")
    add_diagnostics(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_to_send(arguments)
    # A comment in the file is an edit (`glm-lsp edit` makes it); here the explanation is wanted on stdout.
    told = settings.explain.model_copy(update={"delivery": "document"})
    settings = settings.model_copy(update={"explain": told})
    action, place = asked_action(arguments, "explain"), asked_place(arguments)
    document = document_at(place.file)
    request = question(replace(action, delivery="chosen"), document, place.span(document.text), arguments)
    asyncio.run(_explain(request, snapshot_of(document, place.file, settings), settings))
    return 0


async def _explain(request: AskRequest, snapshot: Snapshot, settings: Settings) -> None:
    from glm_lsp.ask import Notice, Retrying, Streamed, ask

    last = "\n"
    async with at_desk(settings) as (desk, asked):
        async for event in ask(request, replace(snapshot, settings=asked), desk):
            match event:
                case Streamed(text, _, anew):
                    if anew:
                        warn("The answer begins anew.")
                    say(text, end="")
                    last = text or last
                case Notice(text):
                    warn(text)
                case Retrying(seconds):
                    warn(f"The request is sent again in {seconds:.0f} s.")
                case _:
                    pass
    if not last.endswith("\n"):
        say("")
