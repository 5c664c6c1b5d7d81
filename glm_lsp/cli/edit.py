"""Change a file or some of its lines. Without --write nothing is touched: the change comes as a unified diff."""

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
    folder_of,
    question,
    snapshot_of,
)
from glm_lsp.cli.settings import settings_to_send
from glm_lsp.cli.terminal import warn
from glm_lsp.cli.write import hand_over

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.edits.proposal import Proposal
    from glm_lsp.settings import Settings
    from glm_lsp.workspace.snapshot import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_question(parser, "edit")
    add_diagnostics(parser)
    parser.add_argument("--write", action="store_true", help="change the files, and confirm what would be asked about")


def run(arguments: argparse.Namespace) -> int:
    settings = settings_to_send(arguments)
    action, place = asked_action(arguments, "edit"), asked_place(arguments)
    document = document_at(place.file)
    request = question(action, document, place.span(document.text), arguments)
    proposal = asyncio.run(_propose(request, snapshot_of(document, place.file, settings), settings))
    return hand_over(proposal, folder_of(place.file), write_it=arguments.write)


async def _propose(request: AskRequest, snapshot: Snapshot, settings: Settings) -> Proposal:
    from glm_lsp.ask import Notice, Retrying, ask
    from glm_lsp.edits.proposal import Proposal

    async with at_desk(settings) as (desk, asked):
        async for event in ask(request, replace(snapshot, settings=asked), desk):
            match event:
                case Proposal():
                    return event
                case Notice(text):
                    warn(text)
                case Retrying(seconds):
                    warn(f"The request is sent again in {seconds:.0f} s.")
                case _:
                    pass
    raise AssertionError("the last event of an edit is its proposal")
