"""gather → compose → clear → ask the model → place and verify the reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace

from glm_lsp.ask import suggest
from glm_lsp.ask.conversation import Conversation
from glm_lsp.ask.events import Estimated, Event, Explanation, Notice, Outcome, Phase, Replied
from glm_lsp.ask.outcome import comment, proposed, region_of
from glm_lsp.ask.prepare import Prepared, clear, prepare, workspace
from glm_lsp.ask.refine import SHORTENED, continued
from glm_lsp.ask.reply import Reply, kept, read_reply
from glm_lsp.ask.request import AskRequest
from glm_lsp.context import calibration
from glm_lsp.context.tokens import estimate
from glm_lsp.desk import Desk
from glm_lsp.errors import BadInput, Failed, ReplyUnusable, RequestRejected
from glm_lsp.model.events import Usage
from glm_lsp.prompt import compose
from glm_lsp.prompt.draft import Draft
from glm_lsp.settings import Settings
from glm_lsp.syntax.comments import has_comments
from glm_lsp.workspace.snapshot import Snapshot

USUAL_REPLY = 400
"""Tokens of a reply besides the region's new text, about."""


async def ask(request: AskRequest, snapshot: Snapshot, desk: Desk) -> AsyncGenerator[Event]:
    """Answers `request` from `snapshot`. Cancel the task, or close the generator, and the request ends at once.

    Errors: BadInput, Refused, Failed.
    """
    yield Phase("gathering")
    settings = snapshot.settings
    endpoint = await desk.endpoint(settings, request.model)
    await desk.check_limit(settings)
    if request.follows is not None:
        prepared, shortened = await continued(request, request.follows, snapshot, desk, endpoint)
        if shortened:
            yield Notice(SHORTENED)
    else:
        prepared = await prepare(request, snapshot, desk, endpoint)
    if complaint := desk.complaint(prepared.rules.complaints):
        yield Notice(complaint, "warning")
    mode = request.action.mode
    written = request.action.writes(settings.explain.delivery)
    if written and mode == "explain" and not has_comments(prepared.context.target.document.language):
        raise BadInput("This language has no comments.", "Set explain.delivery to document.")
    yield await _estimated(prepared, snapshot, desk)
    repairs = settings.edit.repair if mode == "edit" else 0
    refused_tools = False
    while True:
        yield Phase("waiting")
        reply = Reply("", 0)
        try:
            async with aclosing(read_reply(prepared.cleared, endpoint, request, desk, written=written)) as events:
                async for event in events:
                    if isinstance(event, Reply):
                        reply = event
                    else:
                        yield event
        except RequestRejected:
            if not prepared.draft.tools or "tools" in endpoint.refused_parameters:
                raise
            # It may know no functions. What is asked for can be said without them.
            refused_tools = True
            prepared = await _again(prepared, replace(prepared.draft, tools=()), settings, desk)
            continue
        await asyncio.to_thread(_calibrate, prepared.draft, reply.prompt_tokens, snapshot, desk)
        if refused_tools:
            await desk.refuses(endpoint, "tools")
        said = reply.text if reply.text.strip() else "\n".join(reply.calls)
        yield Replied(Conversation(prepared.draft, said, region_of(prepared.context)))
        yield Phase("checking")
        try:
            outcome = await asyncio.to_thread(_outcome, reply, request, prepared, snapshot, last=repairs == 0)
        except ReplyUnusable as error:
            if repairs == 0:
                raise await kept(error, said, desk) from error
            repairs -= 1
            draft = compose.repair(prepared.draft, reply.text, error.problem, settings.context.window_tokens)
            prepared = await _again(prepared, draft, settings, desk)
        else:
            yield outcome
            return


def _outcome(reply: Reply, request: AskRequest, prepared: Prepared, snapshot: Snapshot, *, last: bool) -> Outcome:
    """What the reply comes to. `last`: no further ask follows it. Errors: CannotDo, ReplyUnusable."""
    context, receipt = prepared.context, prepared.receipt
    match request.action.mode:
        case "edit":
            return proposed(reply.text, request, context, snapshot, receipt, last=last)
        case "suggest":
            return suggest.read(reply.text, reply.calls, context, receipt)
        case "explain" if request.action.writes(snapshot.settings.explain.delivery):
            return comment(reply.text, context, snapshot, receipt)
        case "explain":
            return Explanation(reply.text.strip() + "\n", region_of(context))


async def _again(prepared: Prepared, draft: Draft, settings: Settings, desk: Desk) -> Prepared:
    """`prepared` with another draft, which passes the gate as the first did."""
    cleared, receipt = await clear(draft, prepared.rules, settings, desk)
    return replace(prepared, draft=draft, cleared=cleared, receipt=receipt)


async def _estimated(prepared: Prepared, snapshot: Snapshot, desk: Desk) -> Estimated:
    factor = await asyncio.to_thread(lambda: calibration.factor(desk.state, workspace(snapshot)))
    prompt = int(compose.estimated(prepared.draft) * factor)
    reply = min(USUAL_REPLY + estimate(prepared.context.excerpt.region), prepared.draft.max_tokens)
    return Estimated(prompt + reply, await desk.cost(Usage(prompt, reply), prepared.endpoint))


def _calibrate(draft: Draft, counted: int, snapshot: Snapshot, desk: Desk) -> None:
    """Learns from the server's own count. What cannot be kept is no reason to lose an answer."""
    if counted:
        with suppress(Failed):
            calibration.learn(desk.state, workspace(snapshot), compose.estimated(draft), counted)
