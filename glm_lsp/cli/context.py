"""Show what would be sent for an action: part by part, with estimates of tokens, and what was left out.

The model is not asked, and no key is needed. `--as curl` and `--as python` print the request itself, as it could be run
with the key in $OXEN_API_KEY.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glm_lsp.cli.catalogue import action_of
from glm_lsp.cli.desk import at_desk
from glm_lsp.cli.question import (
    add_diagnostics,
    add_question,
    asked_place,
    document_at,
    folder_of,
    question,
    snapshot_of,
)
from glm_lsp.cli.settings import settings_to_send
from glm_lsp.cli.terminal import say, say_exactly, table, warn

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest, Prepared
    from glm_lsp.workspace.snapshot import Snapshot

FORMS = ("text", "json", "curl", "python")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_question(parser, "explain")
    add_diagnostics(parser)
    parser.add_argument("--as", dest="form", choices=FORMS, default="text", help="how to print it (text)")


def run(arguments: argparse.Namespace) -> int:
    from glm_lsp.context.shown import shown
    from glm_lsp.model.printed import as_curl, as_python
    from glm_lsp.settings import OFFLINE

    settings = settings_to_send(arguments)
    place = asked_place(arguments)
    action = action_of(arguments.action, folder_of(place.file))
    document = document_at(place.file)
    request = question(action, document, place.span(document.text), arguments)
    snapshot = snapshot_of(document, place.file, settings)
    prepared = asyncio.run(_prepared(request, snapshot))
    for complaint in dict.fromkeys(prepared.rules.complaints):
        warn(complaint)
    if settings.endpoint.base_url == OFFLINE and arguments.form in ("curl", "python"):
        warn("This address ends with this command. `glm-lsp offline` keeps a stand-in running.")
    if arguments.form == "curl":
        say_exactly(as_curl(prepared.cleared, prepared.endpoint))
    elif arguments.form == "python":
        say_exactly(as_python(prepared.cleared, prepared.endpoint))
    else:
        found = shown(prepared.receipt.parts, prepared.left_out, snapshot, "utf-16")
        if arguments.form == "json":
            say(json.dumps(found, indent=2))
        else:
            say(_text(found, prepared), end="")
    return 0


async def _prepared(request: AskRequest, snapshot: Snapshot) -> Prepared:
    from glm_lsp.ask import preview

    async with at_desk(snapshot.settings) as (desk, settings):
        return await preview(request, replace(snapshot, settings=settings), desk)


def _text(found: Mapping[str, Any], prepared: Prepared) -> str:
    """A table of the parts, what was left out, and then the texts, each below its title."""
    parts = found["parts"]
    rows = [(f"{part['tokens']:,}", part["title"], _place(part)) for part in parts]
    total = sum(part["tokens"] for part in parts)
    request = prepared.cleared
    lines = [
        f"To {prepared.endpoint.url('chat/completions')}, model {request.model}: about {total:,} tokens."
        f" The reply may have {request.max_tokens:,}.",
        "",
        table(("tokens", "part", "from"), rows, right=frozenset({0})),
    ]
    if redacted := prepared.receipt.redacted:
        lines += ["", f"Secrets replaced by placeholders: {redacted}."]
    if found["leftOut"]:
        lines += ["", *(f"Left out: {one['title']}. {one['why']}" for one in found["leftOut"])]
    for part, sent in zip(parts, prepared.receipt.parts, strict=True):
        role = request.messages[sent.message].role
        lines += [
            "",
            f"──── {role}: {part['title']}{f', {_place(part)}' if _place(part) else ''}",
            part["text"].rstrip("\n"),
        ]
    return "\n".join(lines) + "\n"


def _place(part: Mapping[str, Any]) -> str:
    """The file and lines a part comes from, counted from 1."""
    name = str(part.get("uri", "")).rpartition("/")[2]
    span = part.get("range")
    if not name or span is None:
        return name
    first, end = span["start"]["line"] + 1, span["end"]
    last = max(first, end["line"] + (end["character"] > 0))
    return f"{name}:{first}" if first == last else f"{name}:{first}-{last}"
