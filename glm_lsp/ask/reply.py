"""One reply of the model, read as it streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from glm_lsp.actions.action import Mode
from glm_lsp.ask.events import Notice, Phase, Retrying, Spent, Streamed
from glm_lsp.ask.request import AskRequest
from glm_lsp.context.tokens import estimate
from glm_lsp.desk import Desk
from glm_lsp.errors import Failed, ReplyCut, ReplyUnusable
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import (
    Attempt,
    Finished,
    ReasoningDelta,
    Retracted,
    TextDelta,
    ToolCallDelta,
    Usage,
    Waiting,
)
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.reply.fence import FenceReader


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole reply. `calls`: the arguments of the functions it calls, as JSON. `prompt_tokens`: as the server
    counted; 0 if it did not say."""

    text: str
    prompt_tokens: int
    calls: tuple[str, ...] = ()


async def read_reply(
    cleared: ClearedRequest, endpoint: Endpoint, request: AskRequest, desk: Desk, *, written: bool
) -> AsyncGenerator[Phase | Streamed | Retrying | Notice | Spent | Reply]:
    """Asks once. Errors: ReplyCut, with the reply kept, if it ended early and is to be `written` to a file; Failed."""
    mode = request.action.mode
    fence = FenceReader()
    text, tokens, streaming = "", 0, False
    prompt_tokens = 0
    finished: Finished | None = None
    begun = time.monotonic()
    try:
        async with aclosing(desk.model.ask(cleared, endpoint)) as events:
            async for event in events:
                match event:
                    case TextDelta(delta) | ReasoningDelta(delta) | ToolCallDelta(arguments=delta):
                        if not streaming:
                            streaming = True
                            yield Phase("streaming")
                        tokens += estimate(delta)
                        shown = ""
                        if isinstance(event, TextDelta):
                            text += delta
                            shown = _shown(delta, mode, fence)
                        yield Streamed(shown, tokens)
                    case Retracted():
                        text = ""
                        fence = FenceReader()
                        yield Streamed("", tokens, anew=True)
                    case Waiting(seconds):
                        yield Retrying(seconds)
                    case Attempt():
                        prompt_tokens = event.usage.prompt if event.usage else 0
                        await desk.record(event, request.action.id, endpoint)
                        if used := event.usage:
                            yield Spent(used.prompt + used.completion, await desk.cost(used, endpoint))
                        if notice := desk.another_model(event, endpoint):
                            yield Notice(notice)
                    case Finished():
                        finished = event
                    case _:
                        pass
    except asyncio.CancelledError:
        if streaming and finished is None:
            # The provider charges for it all the same. Nobody has counted, so the log has our own estimates.
            await desk.record(_cancelled(cleared, tokens, begun), request.action.id, endpoint)
        raise
    text = finished.text if finished is not None else text
    cut = _cut(finished)
    if cut is not None and mode == "explain" and not written and text.strip():
        mark = f"\n\n*{cut.message}*\n"
        yield Streamed(mark, tokens)
        text += mark
    elif cut is not None and mode != "suggest":  # What is whole of a list of suggestions can be used.
        raise await kept(cut, text, desk)
    calls = tuple(call.arguments for call in finished.tool_calls) if finished is not None else ()
    if not text.strip() and not calls:
        raise ReplyUnusable("The model answered nothing.", "Try again.")
    yield Reply(text, prompt_tokens, calls)


def _shown(delta: str, mode: Mode, fence: FenceReader) -> str:
    """What of `delta` the user reads while it streams."""
    match mode:
        case "edit":
            return fence.feed(delta)
        case "explain":
            return delta
        case "suggest":
            return ""


def _cancelled(cleared: ClearedRequest, tokens: int, begun: float) -> Attempt:
    prompt = sum(estimate(message.content) for message in cleared.messages)
    seconds = time.monotonic() - begun
    return Attempt(200, "Cancelled", seconds, None, Usage(prompt, tokens), "")


def _cut(finished: Finished | None) -> ReplyCut | None:
    """Why the reply is not whole, if it is not: it can be read then, and is never an edit."""
    match finished.reason if finished is not None else "unknown":
        case "length":
            return ReplyCut("The reply was longer than allowed and is cut off.", "Select less, or raise max_tokens.")
        case "sensitive":
            return ReplyCut("The provider's filter stopped the reply.", "Select other text.")
        case "unknown":
            return ReplyCut("The model stopped for a reason glm-lsp does not know.", "Try again.")
        case _:
            return None


async def kept(error: ReplyUnusable, reply: str, desk: Desk) -> ReplyUnusable:
    """`error`, whose next step names the file the reply is kept in, if it can be."""
    try:
        path = await desk.keep_reply(reply)
    except Failed:
        return error  # what is wrong with the reply is what the person has to know
    return type(error)(error.message, f"{error.next} The reply is kept in {path}.".strip(), problem=error.problem)
