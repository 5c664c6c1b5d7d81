"""gather → compose → clear → ask the model → place and verify the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace

from glm_lsp.ask.events import Event, Explanation, Phase
from glm_lsp.ask.outcome import comment, proposed, region_of
from glm_lsp.ask.prepare import clear, prepare, workspace
from glm_lsp.ask.reply import Reply, kept, read_reply
from glm_lsp.ask.request import AskRequest
from glm_lsp.context import calibration
from glm_lsp.desk import Desk
from glm_lsp.errors import BadInput, Failed, ReplyUnusable
from glm_lsp.prompt import compose
from glm_lsp.prompt.draft import Draft
from glm_lsp.syntax.comments import has_comments
from glm_lsp.workspace.snapshot import Snapshot


async def ask(request: AskRequest, snapshot: Snapshot, desk: Desk) -> AsyncGenerator[Event]:
    """Answers `request` from `snapshot`. Cancel the task, or close the generator, and the request ends at once.

    Errors: BadInput, Refused, Failed.
    """
    yield Phase("gathering")
    settings = snapshot.settings
    endpoint = await desk.endpoint(settings, request.model)
    await desk.check_limit(settings)
    prepared = await prepare(request, snapshot, desk, endpoint)
    context = prepared.context
    repairs = settings.edit.repair
    # An explanation that becomes a comment in the file is an edit.
    written = request.action.mode == "edit" or settings.explain.delivery == "comment"
    if written and request.action.mode == "explain" and not has_comments(context.target.document.language):
        raise BadInput("This language has no comments.", "Set explain.delivery to document.")
    while True:
        yield Phase("waiting")
        reply = ""
        async with aclosing(read_reply(prepared.cleared, endpoint, request, desk, written=written)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    reply = event.text
                    await asyncio.to_thread(_calibrate, prepared.draft, event.prompt_tokens, snapshot, desk)
                else:
                    yield event
        yield Phase("checking")
        if request.action.mode == "explain":
            if not written:
                yield Explanation(reply.strip() + "\n", region_of(context))
                return
            try:
                proposal = await asyncio.to_thread(comment, reply, context, snapshot, prepared.receipt)
            except ReplyUnusable as error:
                raise await kept(error, reply, desk) from error
            yield proposal
            return
        try:
            proposal = await asyncio.to_thread(
                proposed, reply, request, context, snapshot, prepared.receipt, last=repairs == 0
            )
        except ReplyUnusable as error:
            if repairs == 0:
                raise await kept(error, reply, desk) from error
            repairs -= 1
            draft = compose.repair(prepared.draft, reply, error.problem, settings.context.window_tokens)
            cleared, receipt = await clear(draft, prepared.rules, settings, desk)
            prepared = replace(prepared, draft=draft, cleared=cleared, receipt=receipt)
        else:
            yield proposal
            return


def _calibrate(draft: Draft, counted: int, snapshot: Snapshot, desk: Desk) -> None:
    """Learns from the server's own count. What cannot be kept is no reason to lose an answer."""
    if counted:
        with suppress(Failed):
            calibration.learn(desk.state, workspace(snapshot), compose.estimated(draft), counted)
